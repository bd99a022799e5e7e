"""A surrogate as plain arrays, for the compiled loops."""

from typing import NamedTuple

import numpy as np
import torch

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.curve_tables import Curves, curve_tables
from windopt.surrogate.compiled.jit import Index
from windopt.surrogate.compiled.swirl import SwirlTables, swirl_tables
from windopt.surrogate.tables import BranchTable, TurbulenceAxis
from windopt.surrogate.wake_flow import ROTOR_OFFSET_D, WakeFlow
from windopt.surrogate.wake_kernel import TURBULENCE

SOSFS, FLS, MAX = range(3)
GAUSSIAN, SUPER, EDGE = range(3)


class Constants(NamedTuple):
    """A surrogate as plain arrays.

    Attributes
    ----------
    table : (knots, terms)
        The trunk over ln x/D.
    offset : (heads,)
    first, end : (heads,) int
        The terms of head h are those from ``first[h]`` to before ``end[h]``. Those of ln T stand
        last.
    branch : (ct knots, ti knots, terms less those of T)
        Over Ct and the source's turbulence (`tables`).
    ambient_branch : (ct knots, ti knots, terms of T)
        Over Ct and ambient turbulence.
    ti_floor, ti_first, ti_step : float
        Of the axis ln(I + floor) of `branch`.
    ambient_first, ambient_step : float
        Of that of `ambient_branch`.
    strip : (ti knots, 2)
        Where a source's wake is felt in turbulence on that axis: half-width at its rotor [D], and
        the growth of that.
    margin : (types,) [m]
        By which strips are wider for larger rotors that are hit.
    profile, superposition : int
    mirror, mixing, turbulent, cumulative : bool
    mixing_gain : float
        Of mixing from ambient turbulence.
    cut : float
        Widths at which wakes end.
    diameter, density_factor : (types,)
    curves : Curves
    columns : tuple of float
        Lateral places of a rotor's columns of points [D]; a tuple, so that their number is known
        when loops over them are compiled.
    row_weight : (rows,)
        Weight of each point of a row of the rotor.
    speed_up : (types, rows)
        U(z) / U.
    above, image : (types, types, rows)
        Height of a receiver's rows over the axis of a source and of its image, in D of the source.
    lifts : bool
        Wakes of tilted rotors rise, by `lift_gain` and `lift_rate`.
    swirl : SwirlTables, optional
        Wakes swirl. None is another type: loops are compiled for farms with swirl, and without.
    """

    table: FloatArray
    offset: FloatArray
    first: Index
    end: Index
    branch: FloatArray
    ambient_branch: FloatArray
    ti_floor: float
    ti_first: float
    ti_step: float
    ambient_first: float
    ambient_step: float
    strip: FloatArray
    margin: FloatArray
    profile: int
    superposition: int
    mirror: bool
    mixing: bool
    turbulent: bool
    cumulative: bool
    mixing_gain: float
    cut: float
    diameter: FloatArray
    density_factor: FloatArray
    curves: Curves
    columns: tuple[float, ...]
    row_weight: FloatArray
    speed_up: FloatArray
    above: FloatArray
    image: FloatArray
    lifts: bool
    lift_gain: float
    lift_rate: float
    swirl: SwirlTables | None


def constants(flow: WakeFlow) -> Constants:
    """Take a flow's numbers out of its modules."""
    kernel, physics, deflection = flow.kernel, flow.physics, flow.physics.deflection

    def numbers(tensor: torch.Tensor) -> FloatArray:
        return np.ascontiguousarray(tensor.detach().cpu().double().numpy())

    ranks = np.array(kernel.shape.ranks)
    with torch.no_grad():
        table = numbers(kernel.trunk(kernel.knots[:, None])) / np.sqrt(np.repeat(ranks, ranks))
    end = np.cumsum(ranks)
    loud = np.zeros(len(table[0]), dtype=bool)
    loud[end[TURBULENCE] - ranks[TURBULENCE] : end[TURBULENCE]] = True
    table = np.ascontiguousarray(np.hstack([table[:, ~loud], table[:, loud]]))
    end[TURBULENCE + 1 :] -= ranks[TURBULENCE]
    end[TURBULENCE] = len(loud)
    rows = np.array(physics.rotor_rows)
    turbines = physics.turbines
    diameter = np.array([t.rotor_diameter for t in turbines], dtype=np.float64)
    height = np.array([t.hub_height for t in turbines], dtype=np.float64)
    ground = height[:, None] + rows[:, 0] * diameter[:, None]
    axis, ambient = TurbulenceAxis.of(kernel.shape.mixing), TurbulenceAxis.of(False)
    return Constants(
        table=table,
        offset=numbers(kernel.offset)[:, 0],
        first=(end - ranks).astype(np.uint32),
        end=end.astype(np.uint32),
        branch=numbers(BranchTable.of(kernel.branch, axis, kernel.knots).table),
        ambient_branch=numbers(
            BranchTable.of(kernel.turbulence_branch, ambient, kernel.knots).table
        ),
        ti_floor=axis.floor, ti_first=axis.first, ti_step=axis.step,
        ambient_first=ambient.first, ambient_step=ambient.step,
        strip=numbers(flow.strips().T),
        margin=ROTOR_OFFSET_D * (diameter.max() - diameter),
        profile={"gaussian": GAUSSIAN, "super": SUPER, "edge": EDGE}[kernel.shape.profile],
        superposition={"sosfs": SOSFS, "fls": FLS, "max": MAX}[physics.superposition],
        mirror=physics.mirror,
        mixing=physics.mixing,
        turbulent=physics.turbulent,
        cumulative=physics.cumulative,
        mixing_gain=physics.mixing_gain,
        cut=physics.cut,
        diameter=diameter,
        density_factor=np.array([curves.density_factor for curves in flow.fleet.types]),
        curves=curve_tables(turbines),
        columns=physics.rotor_columns,
        row_weight=rows[:, 1] / len(physics.rotor_columns),
        speed_up=numbers(physics.speed_up(*(torch.from_numpy(v) for v in (height, diameter))).T),
        above=(ground[None] - height[:, None, None]) / diameter[:, None, None],
        image=(ground[None] + height[:, None, None]) / diameter[:, None, None],
        lifts=deflection is not None,
        lift_gain=0.0 if deflection is None else deflection.gain,
        lift_rate=1.0 if deflection is None else deflection.rate,
        swirl=None
        if physics.swirl is None
        else swirl_tables(physics.swirl_numbers, physics.rotor_columns),
    )  # fmt: skip
