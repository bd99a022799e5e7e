"""Swirl: how wakes turn the air behind rotors, and what that does to the wakes of others (GCH).

FLORIS's Gauss-curl hybrid (King et al. 2021, https://doi.org/10.5194/wes-6-701-2021; in FLORIS
``core/wake_deflection/gauss.py``). At zero yaw a rotor leaves one vortex behind, and its image at
the ground. Lengths in D of the source, speeds over the wind U of the rose; x downstream, y to the
left, h over the axis, h' over that of the image. Of source i with the tip speed ratio l there come,
on average over the rotor of j (`calculate_transverse_velocity`),

    v_ij = s_i mean { decay [h phi(y^2 + h^2) - h' phi(y^2 + h'^2)] }
    w_ij = s_i mean { decay max(0, y phi(y^2 + h'^2) - y phi(y^2 + h^2)) }
    s_i = Ct u_i / (16 l U),   phi(q) = (1 - exp(-q / e^2)) / q,   e = 0.2
    decay = 1 / (1 + 4 nu x / (U D e^2)),   nu = (k z / (1 + 8 k z / D))^2 dU/dz,   k = 0.41

to the left and upwards. Their sums v and w do two things at j.

The wake of j turns aside as if j were yawed by g, which would give as much lateral wind at its own
rotor (`wake_added_yaw`), and its axis runs (`GaussVelocityDeflection`) at

    g = asin(c v / Ct) / 2,   R = sqrt(1 - Ct)
    n = (1 + R) / (sqrt(2) (4 alpha I + 2 beta (1 - R)))
    axis = -0.3 dm g (1 - R) [min(x, n) + E / (5.2 a r) L] + ad / D + bd x
    L = ln ((1.6 + r) (1.6 b - r) / ((1.6 - r) (1.6 b + r))),   b = 1 + a max(0, x - n)
    a = sqrt(8) (ka I + kb),   r = sqrt(Ct),   E = (1 - R)^2 - 3 e^(1/12) (1 - R) + 3 e^(1/3)

And the turbulence in which its wake mixes (`yaw_added_turbulence_mixing`) is, with its own swirl in
v and w and G = 2,

    I' = I + G (sqrt(I^2 + (v^2 + w^2) / (3 (u / U)^2)) - I)

In `cc` G is 1, the swirl comes from the thrust in free wind, and c is half as large
(``cc_solver``).
Left out are the cosines and tangents of the angles g, which are some degrees, and swirl that is
felt further to the side than wakes are (`REACH_D`).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from windopt.problem.layout import FloatArray
from windopt.problem.turbine import Turbine

CORE_D = 0.2
"""Radius of a vortex's core, FLORIS's `eps_gain`."""
CORE2 = CORE_D**2
KARMAN, MIXING_LENGTH_D = 0.41, 1.0 / 8.0
"""Of the decay of vortices."""
SPIN = 1.0 / 16.0
"""Circulation over 2 pi D U, times tip speed ratio over thrust coefficient."""
TIP_VORTEX = 1.0 / 16.0
"""Circulation of the vortices of a yawed rotor over 2 pi D U, over its thrust coefficient."""
SKEW = 0.3
"""Initial angle of a wake over the yaw angle and 1 - sqrt(1 - Ct)."""
AXIS_ROOT, AXIS_SCALE = 1.6, 5.2
"""Of Bastankhah's and Porte-Agel's (2016) deflection in the far wake."""
NEAR, FAR = 3.0 * math.exp(1.0 / 12.0), 3.0 * math.exp(1.0 / 3.0)
"""Coefficients of E."""
LARGEST_SINE = 1.0 - 1e-9
"""FLORIS lets no effective yaw angle exceed 45 degrees."""
WITHIN_CORE = 1e-8
"""Squared distance from a vortex's axis [D2] below which it is still."""
REACH_D = 3.0
"""Least half-width of strips in which wakes are felt, where they swirl."""


class Swirl(NamedTuple):
    """FLORIS's parameters of the deflection model, and what its solvers set.

    Attributes
    ----------
    alpha, beta, ka, kb, dm, bd : float [-]
    ad : float [m]
    scale : float [-]
        Of the vortices of a yawed rotor.
    gain : float [-]
        Of turbulence by mixing.
    """

    alpha: float
    beta: float
    ka: float
    kb: float
    ad: float
    bd: float
    dm: float
    scale: float = 1.0
    gain: float = 2.0


class SwirlNumbers(NamedTuple):
    """What swirl depends on besides places and states.

    Attributes
    ----------
    alpha, beta, ka, kb, bd : float
        FLORIS's.
    gain : float [-]
        Of turbulence by mixing.
    skew : float [-]
        Angle of a wake over g and 1 - R, and against it.
    spin : (types,)
        s over the thrust coefficient and u / U.
    steering : (types,)
        c.
    own_v, own_w : (types,)
        v and w of a rotor's swirl at itself, over its s.
    start : (types,) [D]
        ad.
    damping : (types, types, rows)
        4 nu / (U D e^2) at a receiver's rows, of a source and a receiver.
    above, image : (types, types, rows) [D]
        h and h'.
    weight : (rows,)
        Of a point of a row of the rotor.
    """

    alpha: float
    beta: float
    ka: float
    kb: float
    bd: float
    gain: float
    skew: float
    spin: FloatArray
    steering: FloatArray
    own_v: FloatArray
    own_w: FloatArray
    start: FloatArray
    damping: FloatArray
    above: FloatArray
    image: FloatArray
    weight: FloatArray


def swirl_numbers(
    swirl: Swirl,
    turbines: Sequence[Turbine],
    wind_shear: float,
    speed_height: float,
    rows: Sequence[tuple[float, float]],
    columns: Sequence[float],
) -> SwirlNumbers:
    """Return the numbers of a farm.

    Parameters
    ----------
    swirl : Swirl
    turbines : sequence of Turbine
        The types. FLORIS measures swirl in the mean free wind of all rotors; here that of the types
        is taken, whatever their numbers.
    wind_shear : float [-]
    speed_height : float [m]
        Where the wind of the rose holds.
    rows, columns
        As of `FarmPhysics`.
    """
    diameter = np.array([t.rotor_diameter for t in turbines], dtype=np.float64)
    hub = np.array([t.hub_height for t in turbines], dtype=np.float64)
    row, weight = np.array(rows).T
    column = np.array(columns)
    weight = weight / len(column)
    ground = hub[:, None] + row * diameter[:, None]
    free = float(((ground / speed_height) ** wind_shear).mean())
    length = (
        KARMAN * ground / (1.0 + KARMAN * ground / (MIXING_LENGTH_D * diameter[:, None, None]))
    )  # (source, receiver, row)
    slope = wind_shear * (ground / speed_height) ** wind_shear / ground / free
    damping = 4.0 * length**2 * slope / (CORE2 * diameter[:, None, None])
    above = (ground - hub[:, None, None]) / diameter[:, None, None]
    image = (ground + hub[:, None, None]) / diameter[:, None, None]

    def over_rotor(height: FloatArray) -> float:
        """Return the mean of h phi over a rotor that many rows over a vortex."""
        q = column[:, None] ** 2 + height**2
        return float((weight * height * -np.expm1(-q / CORE2) / q).sum())

    steering, own = [], np.zeros((2, len(turbines)))
    for of, (d, z) in enumerate(zip(diameter, hub, strict=True)):
        top, bottom = (((z + side * d / 2) / z) ** wind_shear for side in (1, -1))
        each = top * over_rotor(row - 0.5) - bottom * over_rotor(row + 0.5)
        steering.append(2.0 / (swirl.scale * TIP_VORTEX * free * each))
        across = torch.from_numpy(column)[:, None]
        heights, images, damped = (
            torch.from_numpy(a[of, of])[:, None] for a in (above, image, damping)
        )
        here = torch.zeros(1, dtype=torch.float64)
        own[:, of] = over_rotors(
            here, across, heights, images, damped, torch.from_numpy(weight)
        ).numpy()[:, 0]
    return SwirlNumbers(
        swirl.alpha, swirl.beta, swirl.ka, swirl.kb, swirl.bd, swirl.gain,
        skew=-SKEW * swirl.dm,
        spin=SPIN / np.array([t.tip_speed_ratio for t in turbines], dtype=np.float64),
        steering=np.array(steering),
        own_v=own[0],
        own_w=own[1],
        start=swirl.ad / diameter,
        damping=damping,
        above=above,
        image=image,
        weight=weight,
    )  # fmt: skip


def over_rotors(
    distance: Tensor, across: Tensor, above: Tensor, image: Tensor, damping: Tensor, weight: Tensor
) -> Tensor:
    """Return v and w at rotors over s of the sources: (2, n_pairs).

    Parameters
    ----------
    distance : (n_pairs,) [D]
    across : (columns, n_pairs) [D]
        Lateral distances of the rotors' columns of points from the sources.
    above, image, damping : (rows, 1 or n_pairs)
    weight : (rows,)
    """
    decay = weight[:, None] / (1.0 + damping * distance)  # (rows, n)
    of_wake, of_image = (_core(across[:, None] ** 2 + h**2) for h in (above, image))
    lateral = above * of_wake - image * of_image
    upwards = (-across).clamp_min(0.0)[:, None] * (of_wake - of_image)
    return torch.stack([(decay * part).sum((0, 1)) for part in (lateral, upwards)])


def _core(q: Tensor) -> Tensor:
    """Return phi."""
    q = q.clamp_min(WITHIN_CORE)
    return -torch.expm1(-q / CORE2) / q


def mixed_turbulence(ti: Tensor, v: Tensor, w: Tensor, u: Tensor, gain: float) -> Tensor:
    """Return I', of all of v and w and of u over the wind of the rose: (n,) each."""
    return ti + gain * (torch.sqrt(ti**2 + (v**2 + w**2) / (3.0 * u**2)) - ti)


def bending(numbers: SwirlNumbers, ct: Tensor, ti: Tensor, v: Tensor, steering: Tensor) -> Tensor:
    """Return how the wakes of sources bend, for `axis`: (5, n).

    Parameters
    ----------
    ct, ti, v : (n,)
    steering : (n,) or scalar
    """
    left = torch.sqrt(1.0 - ct)
    yaw = 0.5 * torch.asin((steering * v / ct).clamp(-LARGEST_SINE, LARGEST_SINE))
    near = (1.0 + left) / (
        math.sqrt(2.0) * (4.0 * numbers.alpha * ti + 2.0 * numbers.beta * (1.0 - left))
    )
    rate = math.sqrt(8.0) * (numbers.ka * ti + numbers.kb)
    root = torch.sqrt(ct)
    far = ((1.0 - left) ** 2 - NEAR * (1.0 - left) + FAR) / (AXIS_SCALE * rate * root)
    return torch.stack([numbers.skew * yaw * (1.0 - left), near, far, rate, root])


def axis(distance: Tensor, bent: Tensor) -> Tensor:
    """Return how far wakes have turned to the left of their sources, less ad and bd: (n,) [D].

    Parameters
    ----------
    distance : (n,) [D]
    bent : (5, n)
        Of `bending`.
    """
    bend, near, far, rate, root = bent
    width = AXIS_ROOT * (1.0 + rate * (distance - near).clamp_min(0.0))
    grown = (AXIS_ROOT + root) * (width - root) / ((AXIS_ROOT - root) * (width + root))
    turned: Tensor = bend * (torch.minimum(distance, near) + far * torch.log(grown))
    return turned
