"""A surrogate as plain arrays, for the compiled loops."""

from typing import NamedTuple

import numpy as np
import torch

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.tables import CT_KNOTS, TI_KNOTS, BranchTable, TurbulenceAxis
from windopt.surrogate.wake_flow import WakeFlow
from windopt.surrogate.wake_kernel import TURBULENCE

SOSFS, FLS, MAX = range(3)
GAUSSIAN, SUPER, EDGE = range(3)


class Constants(NamedTuple):
    """A surrogate as plain arrays.

    Attributes
    ----------
    table, slope : (knots, terms)
        The trunk over ln x/D, and its differences.
    offset : (heads,)
    branch, ambient_branch : (ct knots, ti knots, terms)
        The branch over Ct and the source's turbulence, and T's terms over Ct and ambient turbulence
        (`tables`); each has zeros where the other has its terms.
    ti_floor, ti_first, ti_step : float
        Of the axis ln(I + floor) of `branch`.
    ambient_first, ambient_step : float
        Of that of `ambient_branch`.
    first : (heads + 1,) int
        The terms of head h are those from ``first[h]`` to before ``first[h + 1]``.
    profile, superposition : int
    drifts, mirror, mixing, turbulent, cumulative : bool
    mixing_gain : float
        Of mixing from ambient turbulence.
    cut : float
        Widths at which wakes end.
    diameter, density_factor : (types,)
    curve_speed, curve_power, curve_thrust : (types, points)
        Padded by repeating speeds of infinity.
    curve_points : (types,) int
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
    curve_tilt : (types, points) [rad]
    """

    table: FloatArray
    slope: FloatArray
    offset: FloatArray
    branch: FloatArray
    ambient_branch: FloatArray
    ti_floor: float
    ti_first: float
    ti_step: float
    ambient_first: float
    ambient_step: float
    first: IntArray
    profile: int
    superposition: int
    drifts: bool
    mirror: bool
    mixing: bool
    turbulent: bool
    cumulative: bool
    mixing_gain: float
    cut: float
    diameter: FloatArray
    density_factor: FloatArray
    curve_speed: FloatArray
    curve_power: FloatArray
    curve_thrust: FloatArray
    curve_points: IntArray
    columns: tuple[float, ...]
    row_weight: FloatArray
    speed_up: FloatArray
    above: FloatArray
    image: FloatArray
    lifts: bool
    lift_gain: float
    lift_rate: float
    curve_tilt: FloatArray


def constants(flow: WakeFlow) -> Constants:
    """Take a flow's numbers out of its modules."""
    kernel, physics, deflection = flow.kernel, flow.physics, flow.physics.deflection

    def numbers(tensor: torch.Tensor) -> FloatArray:
        return np.ascontiguousarray(tensor.detach().cpu().double().numpy())

    ranks = np.array(kernel.shape.ranks)
    with torch.no_grad():
        table = numbers(kernel.trunk(kernel.knots[:, None])) / np.sqrt(np.repeat(ranks, ranks))
    rows = np.array(physics.rotor_rows)
    turbines = physics.turbines
    diameter = np.array([t.rotor_diameter for t in turbines], dtype=np.float64)
    height = np.array([t.hub_height for t in turbines], dtype=np.float64)
    ground = height[:, None] + rows[:, 0] * diameter[:, None]
    length = max(len(t.wind_speed) for t in turbines)

    def padded(name: str, fill: float) -> FloatArray:
        out = np.full((len(turbines), length), fill)
        for line, turbine in zip(out, turbines, strict=True):
            line[: len(turbine.wind_speed)] = getattr(turbine, name)
        return out

    axis, ambient = TurbulenceAxis.of(kernel.shape.mixing), TurbulenceAxis.of(False)
    first = np.concatenate([[0], np.cumsum(ranks)])
    branch, ambient_branch = np.zeros((2, CT_KNOTS, TI_KNOTS, len(table[0])))
    loud = np.zeros(len(table[0]), dtype=bool)
    loud[first[TURBULENCE] : first[TURBULENCE + 1]] = True
    branch[..., ~loud] = numbers(BranchTable.of(kernel.branch, axis, kernel.knots).table)
    added = BranchTable.of(kernel.turbulence_branch, ambient, kernel.knots)
    ambient_branch[..., loud] = numbers(added.table)
    return Constants(
        table=table,
        slope=np.vstack([np.diff(table, axis=0), np.zeros_like(table[:1])]),
        offset=numbers(kernel.offset)[:, 0],
        branch=branch,
        ambient_branch=ambient_branch,
        ti_floor=axis.floor, ti_first=axis.first, ti_step=axis.step,
        ambient_first=ambient.first, ambient_step=ambient.step,
        first=first,
        profile={"gaussian": GAUSSIAN, "super": SUPER, "edge": EDGE}[kernel.shape.profile],
        superposition={"sosfs": SOSFS, "fls": FLS, "max": MAX}[physics.superposition],
        drifts=kernel.shape.drifts,
        mirror=physics.mirror,
        mixing=physics.mixing,
        turbulent=physics.turbulent,
        cumulative=physics.cumulative,
        mixing_gain=physics.mixing_gain,
        cut=physics.cut,
        diameter=diameter,
        density_factor=np.array([curves.density_factor for curves in flow.fleet.types]),
        curve_speed=padded("wind_speed", np.inf),
        curve_power=padded("power", 0.0),
        curve_thrust=padded("thrust_coefficient", 0.0),
        curve_points=np.array([len(t.wind_speed) for t in turbines]),
        columns=physics.rotor_columns,
        row_weight=rows[:, 1] / len(physics.rotor_columns),
        speed_up=numbers(physics.speed_up(*(torch.from_numpy(v) for v in (height, diameter))).T),
        above=(ground[None] - height[:, None, None]) / diameter[:, None, None],
        image=(ground[None] + height[:, None, None]) / diameter[:, None, None],
        lifts=deflection is not None,
        lift_gain=0.0 if deflection is None else deflection.gain,
        lift_rate=1.0 if deflection is None else deflection.rate,
        curve_tilt=np.deg2rad(padded("tilt_curve", 0.0)),
    )  # fmt: skip
