"""Which turbine stands in whose wake: a list of (source, receiver) pairs per wind direction.

Coordinates are turned so that the wind blows along +x (FLORIS turns it to come from 270°). Only
downstream pairs whose lateral distance lies within the wake's reach are kept, 10-20 % of all, and
they are sorted by receiver. Everything after this is a gather from sources, arithmetic on pairs,
and a sum over the pairs of each receiver.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MIN_DOWNSTREAM_M = 0.1
"""FLORIS's own bump that keeps a turbine out of its own wake (``wake_velocity/gauss.py``)."""
TURBULENCE_REACH_D = 15.0
TURBULENCE_HALF_WIDTH_D = 2.0
"""Added turbulence acts within this box behind a rotor (``floris/core/solver.py``)."""


@dataclass(frozen=True)
class WakePairs:
    """Pairs of one batch of farms; a *node* is one turbine of one layout in one direction.

    Attributes
    ----------
    source, receiver : (n_pairs,) int
        Node numbers ``(layout * n_directions + direction) * n_turbines + turbine``.
    dx, dy : (n_pairs,) [m]
        Downstream and lateral distance from source to receiver; differentiable in the layout.
    turbulent : (n_turbulent,) int
        The pairs close enough for the source to add turbulence to the receiver.
    turbulent_receiver : (n_turbulent,) int
    n_nodes : int
    """

    source: Tensor
    receiver: Tensor
    dx: Tensor
    dy: Tensor
    turbulent: Tensor
    turbulent_receiver: Tensor
    n_nodes: int


def rotate_to_wind(layouts: Tensor, wd: Tensor) -> tuple[Tensor, Tensor]:
    """Turn layouts so that the wind blows along +x.

    Parameters
    ----------
    layouts : (b, n, 2) [m]
    wd : (n_directions,) [deg]

    Returns
    -------
    x, y : (b, n_directions, n) [m]
    """
    # towards which the wind blows, as a mathematical angle: 270° - wd
    angle = torch.deg2rad(270.0 - wd)
    cos, sin = torch.cos(angle)[:, None], torch.sin(angle)[:, None]
    east, north = layouts[..., None, :, 0], layouts[..., None, :, 1]
    return east * cos + north * sin, north * cos - east * sin


def wake_pairs(
    layouts: Tensor, wd: Tensor, reach: tuple[float, float], diameter: float
) -> WakePairs:
    """List the pairs with the receiver downstream and within reach of the wake.

    Parameters
    ----------
    layouts : (b, n, 2) [m]
    wd : (n_directions,) [deg]
    reach : (float [D], float [-])
        Half-width of the strip in which a wake is felt: at the rotor, and its growth downstream.
    diameter : float [m]
    """
    x, y = rotate_to_wind(layouts, wd)
    n = x.shape[-1]
    with torch.no_grad():
        dx = x[..., :, None] - x[..., None, :]  # (b, d, receiver, source)
        dy = y[..., :, None] - y[..., None, :]
        near = (dx > MIN_DOWNSTREAM_M) & (dy.abs() < reach[0] * diameter + reach[1] * dx)
        farm, receiver, source = near.flatten(0, 1).nonzero(as_tuple=True)
    receiver, source = farm * n + receiver, farm * n + source
    x, y = x.flatten(), y.flatten()
    dx = x.index_select(0, receiver) - x.index_select(0, source)
    dy = y.index_select(0, receiver) - y.index_select(0, source)
    close = (dx <= TURBULENCE_REACH_D * diameter) & (dy.abs() < TURBULENCE_HALF_WIDTH_D * diameter)
    turbulent = close.nonzero().squeeze(1)
    return WakePairs(source, receiver, dx, dy, turbulent, receiver[turbulent], x.numel())
