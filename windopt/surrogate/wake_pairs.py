"""Which turbine stands in whose wake: a list of (source, receiver) pairs, upstream first.

Coordinates are turned so that the wind blows along +x (FLORIS turns it to come from 270°). Only
downstream pairs whose lateral distance lies within the wake's reach are kept, a small share of all.
Nodes are numbered by *level*: those of level 0 stand in no wake, those of level k only in wakes of
lower levels. One sweep over the levels then does exactly what FLORIS does by visiting turbines one
by one, for all wind directions at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

MIN_DOWNSTREAM_M = 0.1
"""FLORIS's own bump that keeps a turbine out of its own wake (``wake_velocity/gauss.py``)."""
TURBINES_AT_A_TIME = 8
"""Receivers compared with all upstream turbines at a time: fits a processor's cache."""


@dataclass(frozen=True)
class WakePairs:
    """Pairs of a batch of farms; a *node* is one turbine of one farm in one condition.

    Attributes
    ----------
    order : (n_nodes,) int
        The number ``farm * n_turbines + turbine`` of each node; nodes stand sorted by level.
    source, receiver : (n_pairs,) int
        Places of nodes in that order; sorted by the receiver's level.
    dx, dy : (n_pairs,) [m]
        Downstream and lateral distance from source to receiver; differentiable in the layout.
    node_ends, pair_ends : tuple of int
        Where each level ends among the nodes, and among the pairs, by their receivers.
    """

    order: Tensor
    source: Tensor
    receiver: Tensor
    dx: Tensor
    dy: Tensor
    node_ends: tuple[int, ...]
    pair_ends: tuple[int, ...]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.order)

    def by_level(self) -> list["WakePairs"]:
        """Cut into the pairs of each level's receivers; nodes keep their numbers."""
        sizes = [b - a for a, b in zip((0, *self.pair_ends), self.pair_ends, strict=False)]
        split: Callable[[Tensor, list[int]], tuple[Tensor, ...]] = torch.split
        columns = [split(c, sizes) for c in (self.source, self.receiver, self.dx, self.dy)]
        return [
            replace(self, source=source, receiver=receiver, dx=dx, dy=dy)
            for source, receiver, dx, dy in zip(*columns, strict=True)
        ]

    def at_speeds(self, n: int) -> "WakePairs":
        """Repeat the farms for `n` wind speeds: node and pair i become ``i * n + speed``."""
        speed = torch.arange(n, device=self.order.device)

        def numbered(index: Tensor) -> Tensor:
            return (index[:, None] * n + speed).flatten()

        return WakePairs(
            numbered(self.order),
            numbered(self.source),
            numbered(self.receiver),
            self.dx.repeat_interleave(n),
            self.dy.repeat_interleave(n),
            tuple(end * n for end in self.node_ends),
            tuple(end * n for end in self.pair_ends),
        )

    def original(self, values: Tensor) -> Tensor:
        """Put values of the nodes back into the farms' own order."""
        return torch.empty_like(values).index_copy(0, self.order, values)


def rotate_to_wind(layouts: Tensor, wd: Tensor) -> tuple[Tensor, Tensor]:
    """Turn layouts so that the wind blows along +x.

    Parameters
    ----------
    layouts : (..., n, 2) [m]
    wd : (...) [deg]

    Returns
    -------
    x, y : (..., n) [m]
    """
    # towards which the wind blows, as a mathematical angle: 270° - wd
    angle = torch.deg2rad(270.0 - wd)
    cos, sin = torch.cos(angle)[..., None], torch.sin(angle)[..., None]
    east, north = layouts.unbind(-1)
    return east * cos + north * sin, north * cos - east * sin


def wake_pairs(x: Tensor, y: Tensor, half_width: Tensor, growth: float) -> WakePairs:
    """List the pairs with the receiver downstream and within reach of the wake.

    Parameters
    ----------
    x, y : (farms, n) [m]
        With the wind along +x; NaN is no turbine.
    half_width : (n,) [m]
        Of the strip in which each turbine's wake is felt, at its rotor.
    growth : float [-]
        Of that half-width over downstream distance.
    """
    with torch.no_grad():
        upstream_first = x.argsort(dim=1)
        level, receiver, source = _near(
            x.gather(1, upstream_first).T.contiguous(),
            y.gather(1, upstream_first).T.contiguous(),
            half_width.expand_as(x).gather(1, upstream_first).T.contiguous(),
            growth,
        )
        farms, n = x.shape
        nodes = level.argsort(stable=True)
        place = torch.empty_like(nodes)
        place[nodes] = torch.arange(len(nodes), device=x.device)
        of_level = level.index_select(0, receiver)
        pairs = of_level.argsort(stable=True)
        receiver = place.index_select(0, receiver.index_select(0, pairs))
        source = place.index_select(0, source.index_select(0, pairs))
        first = torch.arange(farms, device=x.device) * n
        order = (first + upstream_first.T).flatten().index_select(0, nodes)
        node_ends = torch.bincount(level).cumsum(0)
        pair_ends = torch.bincount(of_level, minlength=len(node_ends)).cumsum(0)
    x, y = x.flatten().index_select(0, order), y.flatten().index_select(0, order)
    return WakePairs(
        order=order,
        source=source,
        receiver=receiver,
        dx=x.index_select(0, receiver) - x.index_select(0, source),
        dy=y.index_select(0, receiver) - y.index_select(0, source),
        node_ends=tuple(node_ends.tolist()),
        pair_ends=tuple(pair_ends.tolist()),
    )


def _near(x: Tensor, y: Tensor, half_width: Tensor, growth: float) -> tuple[Tensor, Tensor, Tensor]:
    """Find pairs and levels of farms whose turbines stand upstream first.

    Parameters
    ----------
    x, y, half_width : (n, farms) [m]

    Returns
    -------
    level : (n * farms,)
        Uint8 Turbines in the longest chain of wakes that ends in each node, itself not counted.
    receiver, source : (n_pairs,) int
        Numbers ``turbine * farms + farm``.
    """
    n, farms = x.shape
    # |dy| < half_width + growth dx, as two comparisons of coordinates slanted along its edges
    left, right = y - growth * x, y + growth * x
    above, below, behind = left + half_width, right - half_width, x + MIN_DOWNSTREAM_M
    depth = torch.ones(n, farms, dtype=torch.uint8, device=x.device)
    receivers, sources = [], []
    for start in range(0, n, TURBINES_AT_A_TIME):
        end = min(n, start + TURBINES_AT_A_TIME)
        some = slice(start, end)
        near = left[some, None] < above[:end]
        near &= right[some, None] > below[:end]
        near &= x[some, None] > behind[:end]
        for k in range(max(1, start), end):
            depth[k] += (depth[:k] * near[k - start, :k]).amax(0)
        flat = near.flatten().nonzero().squeeze(1)
        turbine = torch.div(flat, end * farms, rounding_mode="floor")
        within = flat - turbine * (end * farms)  # source * farms + farm
        sources.append(within)
        receivers.append((start + turbine) * farms + within % farms)
    return (depth - 1).flatten(), torch.cat(receivers), torch.cat(sources)
