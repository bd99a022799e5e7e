"""The steps at one turbine, from the primitives, and their adjoints.

`expect` lets no wake act on it yet; once those that reach it have been added (`pair`), `settle`
gives it its wind and its power, and `shed` its own wake. Each adjoint stands below its step. A
turbine that no wake reaches has the state of all of its type, as long as the wind is the same
everywhere.
"""

import math

from windopt.surrogate.compiled import rotor, swirl, turbine
from windopt.surrogate.compiled.constants import EDGE, Constants
from windopt.surrogate.compiled.jit import step
from windopt.surrogate.compiled.records import Flow, Slopes, Turbines
from windopt.surrogate.wake_flow import NO_MIXING


@step
def least_turbulence(c: Constants, ambient: float) -> float:
    """Return what a rotor out of all wakes has, of ambient turbulence or of mixing (12)."""
    if c.mixing:
        return rotor.turbulence(NO_MIXING, (c.mixing_gain * ambient) ** 2)
    return ambient


@step
def expect(c: Constants, flow: Flow, j: int) -> None:
    """Let no wake act on `j` yet."""
    for a in range(len(c.columns)):
        for r in range(len(c.row_weight)):
            flow.total[j, a, r], flow.widened[j, a, r], flow.deepest[j, a, r] = 0.0, 0.0, -1
    flow.square[j], flow.loudest[j] = 0.0, -1
    if swirl.swirls(c.swirl):
        flow.swirl[j, swirl.V], flow.swirl[j, swirl.W] = 0.0, 0.0


@step
def settle(c: Constants, t: Turbines, flow: Flow, ws: float, free_ti: float, j: int) -> None:
    """Give `j`, in its wakes, its wind and its power (equations 10, 12 and 13)."""
    of_j, cube = t.kind[j], 0.0
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            loss = rotor.superposed(flow.total[j, a, r], c.superposition)
            flow.loss[j, a, r] = loss
            if c.cumulative:
                loss = rotor.of_free_wind(loss, c.speed_up[of_j, r] * t.free[j, a])
            cube += c.row_weight[r] * rotor.point_cube(c.speed_up[of_j, r], loss, t.free[j, a])
    flow.u[j] = rotor.cubic_mean(ws, cube)
    flow.ti[j] = rotor.turbulence(free_ti, flow.square[j])
    flow.power[j], flow.power_slope[j] = turbine.power(c, of_j, flow.u[j])


@step
def settle_adjoint(
    c: Constants, t: Turbines, flow: Flow, slopes: Slopes, ws: float, j: int
) -> None:
    """Take the derivative by the wind of `j` back to the deficits at its rotor (10*, 9*, 8*)."""
    of_j = t.kind[j]
    g_cube_third = rotor.cubic_mean_adjoint(slopes.u[j], flow.u[j], ws)
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            gathered = loss = flow.loss[j, a, r]
            wind = c.speed_up[of_j, r] * t.free[j, a]
            if c.cumulative:
                loss = rotor.of_free_wind(loss, wind)
            g_loss, g_free = rotor.point_cube_adjoint(
                g_cube_third * c.row_weight[r], c.speed_up[of_j, r], loss, t.free[j, a]
            )
            if c.cumulative:
                g_loss, g_wind = rotor.of_free_wind_adjoint(g_loss, gathered, wind)
                g_free += g_wind * c.speed_up[of_j, r]
            if c.profile == EDGE:
                gathered = rotor.superposed(flow.widened[j, a, r], c.superposition)
            slopes.total[a, r] = rotor.superposed_adjoint(g_loss, gathered, c.superposition)
            if t.varied:
                slopes.free[j, a] += g_free


@step
def shed(c: Constants, t: Turbines, flow: Flow, ws: float, j: int) -> None:
    """Give `j`, which has its wind, its own wake (equations 13 to 15)."""
    of_j, u = t.kind[j], flow.u[j]
    ct, flow.ct_slope[j] = turbine.thrust(c, of_j, u)
    flow.ct[j] = ct
    flow.log_scale[j] = turbine.log_scale(ct)
    if c.lifts:
        flow.tilt[j], flow.tilt_slope[j] = turbine.tilt(c, of_j, u)
        flow.lift[j] = turbine.lift(c.lift_gain, ct, flow.tilt[j])
        flow.log_scale[j] += turbine.log_tilted(flow.tilt[j])
    if c.cumulative:
        flow.log_scale[j] += math.log(u / ws)
    driven = ct
    if swirl.swirls(c.swirl) and c.cumulative:
        driven = turbine.thrust(c, of_j, _free_speed(c, t, ws, j))[0]
    ti = swirl.shed(c.swirl, flow.swirl, j, of_j, ct, driven, flow.ti[j], u / ws)
    flow.mixed[j] = ti
    turbine.branch(c, ct, ti, flow.ambient_row, flow.coefficient, j)
    half_width, flow.growth[j] = turbine.strip(c, ti)
    flow.half_width[j] = half_width * c.diameter[of_j] + c.margin[of_j]


@step
def shed_adjoint(c: Constants, t: Turbines, flow: Flow, slopes: Slopes, ws: float, j: int) -> None:
    """Take the derivatives by the wake of `j` back to its wind (equations 15* to 12*)."""
    ct = flow.ct[j]
    g_ct, g_ti = turbine.branch_adjoint(
        c, slopes.coefficient, j, ct, flow.mixed[j], flow.ambient_row
    )
    g_ct += turbine.log_scale_adjoint(slopes.log_scale[j], ct)
    if swirl.swirls(c.swirl):
        driven, by_wind, free = ct, 0.0, 0.0
        if c.cumulative:
            free = _free_speed(c, t, ws, j)
            driven, by_wind = turbine.thrust(c, t.kind[j], free)
        by_ct, by_driven, g_ti, by_u = swirl.shed_adjoint(
            c.swirl, g_ti, flow.swirl, slopes.swirl,
            j, t.kind[j], ct, driven, flow.ti[j], flow.u[j] / ws,
        )  # fmt: skip
        slopes.u[j] += by_u / ws
        g_ct += by_ct
        if c.cumulative:
            if t.varied:
                _free_speed_adjoint(by_driven * by_wind, c, t, slopes, ws, free, j)
        else:
            g_ct += by_driven
    if c.lifts:
        by_ct, by_tilt = turbine.lift_adjoint(slopes.lift[j], c.lift_gain, ct, flow.tilt[j])
        g_ct += by_ct
        by_tilt += turbine.log_tilted_adjoint(slopes.log_scale[j], flow.tilt[j])
        slopes.u[j] += by_tilt * flow.tilt_slope[j]
    if c.cumulative:
        slopes.u[j] += slopes.log_scale[j] / flow.u[j]
    slopes.u[j] += g_ct * flow.ct_slope[j]
    slopes.ti[j] += g_ti


@step
def _free_speed(c: Constants, t: Turbines, ws: float, j: int) -> float:
    """Return the wind at `j` without wakes [m/s] (equation 10)."""
    cube = 0.0
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            up = c.speed_up[t.kind[j], r]
            cube += c.row_weight[r] * rotor.point_cube(up, 0.0, t.free[j, a])
    return rotor.cubic_mean(ws, cube)


@step
def _free_speed_adjoint(
    g: float, c: Constants, t: Turbines, slopes: Slopes, ws: float, u: float, j: int
) -> None:
    """Add the derivatives by the free wind at its points (equation 10*)."""
    g_cube_third = rotor.cubic_mean_adjoint(g, u, ws)
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            up = c.speed_up[t.kind[j], r]
            by_free = rotor.point_cube_adjoint(
                g_cube_third * c.row_weight[r], up, 0.0, t.free[j, a]
            )[1]
            slopes.free[j, a] += by_free
