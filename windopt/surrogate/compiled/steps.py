"""The steps that a farm's flow is made of, from the primitives, and their adjoints.

`act` lets the wake of a source reach the rotor of a receiver, `receive` adds it to those that the
receiver stands in, and `settle` gives a turbine in its wakes its power and makes it a source. Each
adjoint stands below its step and takes it back in reverse. i is a source, j a receiver, p the pair.
"""

import math

from windopt.surrogate.compiled import rotor, turbine, wake
from windopt.surrogate.compiled.constants import EDGE, GAUSSIAN, MAX, SOSFS, SUPER, Constants
from windopt.surrogate.compiled.jit import step
from windopt.surrogate.compiled.records import Flow, Slopes, Turbines, Wakes
from windopt.surrogate.wake_flow import NO_MIXING
from windopt.surrogate.wake_kernel import SCALE_D

AMPLITUDE, WIDTH, TURBULENCE, EXPONENT = range(4)
"""Numbers of the heads; the shift, where wakes drift, is the last."""


@step
def act(c: Constants, t: Turbines, flow: Flow, wakes: Wakes, p: int, i: int, j: int) -> None:
    """Evaluate the wake of `i` at the rotor points of `j` (equations 3 to 8)."""
    columns, rows = len(c.columns), len(c.row_weight)
    half = 1.0 if c.superposition == SOSFS else 0.5
    of_i, of_j = t.kind[i], t.kind[j]
    diameter = c.diameter[of_i]
    dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
    knot, between = wake.trunk_place(dx / (diameter * SCALE_D))
    wakes.knot[p], wakes.between[p] = knot, between
    log_amplitude = flow.log_scale[i]
    log_amplitude += wake.head(c, flow.coefficient, i, AMPLITUDE, knot, between)
    narrow = math.exp(-2.0 * wake.head(c, flow.coefficient, i, WIDTH, knot, between))
    wakes.narrow[p] = narrow
    shift = 0.0
    if c.drifts:
        shift = wake.head(c, flow.coefficient, i, len(c.first) - 2, knot, between)
    ratio = c.diameter[of_j] / diameter
    rise = flow.lift[i] * wake.growth(dx / diameter, c.lift_rate) if c.lifts else 0.0
    wakes.rise[p] = rise
    for a in range(columns):
        wakes.across[p, a] = dy / diameter + c.columns[a] * ratio - shift
    if c.profile == GAUSSIAN:
        for a in range(columns):
            wakes.lateral[a] = wake.lateral(log_amplitude, wakes.across[p, a], narrow, half)
        for r in range(rows):
            both = wake.vertical(c.above[of_i, of_j, r] - rise, narrow)
            wakes.vertical[p, r] = both
            wakes.mirrored[p, r] = 0.0
            if c.mirror:
                wakes.mirrored[p, r] = wake.vertical(c.image[of_i, of_j, r] - rise, narrow)
                both += wakes.mirrored[p, r]
            if c.superposition != SOSFS:
                both = math.sqrt(both)
            for a in range(columns):
                wakes.deficit[p, a, r] = wakes.lateral[a] * both
                if c.cut > 0.0:
                    distance2 = wakes.across[p, a] ** 2 + (c.above[of_i, of_j, r] - rise) ** 2
                    if wake.ends_before(distance2, narrow, 0.5 * ratio, c.cut):
                        wakes.deficit[p, a, r] = 0.0
    elif c.profile == SUPER:
        exponent = math.exp(wake.head(c, flow.coefficient, i, EXPONENT, knot, between))
        wakes.exponent[p] = exponent
        for a in range(columns):
            for r in range(rows):
                distance2 = wakes.across[p, a] ** 2 + c.above[of_i, of_j, r] ** 2
                wakes.deficit[p, a, r] = wake.super_gaussian(
                    log_amplitude, distance2, narrow, exponent, half
                )
    else:
        for a in range(columns):
            for r in range(rows):
                distance2 = wakes.across[p, a] ** 2 + c.above[of_i, of_j, r] ** 2
                wakes.deficit[p, a, r] = wake.edged(log_amplitude, distance2, narrow, half)
                wakes.widened[p, a, r] = wake.widened_edge(log_amplitude, distance2, narrow, half)


@step
def act_adjoint(
    c: Constants, t: Turbines, flow: Flow, wakes: Wakes, slopes: Slopes, p: int, i: int, j: int
) -> None:
    """Add the derivatives by places and by the source's state (equations 9* and 8* to 3*)."""
    columns, rows = len(c.columns), len(c.row_weight)
    half = 1.0 if c.superposition == SOSFS else 0.5
    of_i, of_j = t.kind[i], t.kind[j]
    diameter, dx = c.diameter[of_i], t.x[j] - t.x[i]
    narrow = wakes.narrow[p]
    g_amplitude, g_across, g_narrow, g_rise, g_exponent = 0.0, 0.0, 0.0, 0.0, 0.0
    for r in range(rows):
        above = c.above[of_i, of_j, r] - wakes.rise[p]
        height, height2 = 0.0, above**2
        if c.profile == GAUSSIAN:
            image = c.image[of_i, of_j, r] - wakes.rise[p]
            height, height2 = wake.mean_height(
                above, image, wakes.vertical[p, r], wakes.mirrored[p, r]
            )
        for a in range(columns):
            across = wakes.across[p, a]
            is_deepest = c.superposition != MAX or flow.deepest[j, a, r] == p
            g_deficit = rotor.gather_adjoint(slopes.total[a, r], is_deepest)
            deficit = wakes.widened[p, a, r] if c.profile == EDGE else wakes.deficit[p, a, r]
            g = g_deficit * deficit * half
            if c.profile == GAUSSIAN:
                part, g_1, g_2, g_3 = wake.gaussian_adjoint(g, across, height, height2, narrow)
                g_rise += g_3
            elif c.profile == SUPER:
                part, g_1, g_2, g_3 = wake.super_gaussian_adjoint(
                    g, across, across**2 + height2, narrow, wakes.exponent[p]
                )
                g_exponent += g_3
            else:
                part, g_1, g_2 = wake.widened_edge_adjoint(g, across, across**2 + height2, narrow)
            g_amplitude, g_across, g_narrow = g_amplitude + part, g_across + g_1, g_narrow + g_2
    slopes.log_scale[i] += g_amplitude
    knot, between = wakes.knot[p], wakes.between[p]
    b, g_b = flow.coefficient, slopes.coefficient
    g_place = wake.head_adjoint(c, g_amplitude, b, i, AMPLITUDE, knot, between, g_b)
    g_width = -2.0 * narrow * g_narrow
    g_place += wake.head_adjoint(c, g_width, b, i, WIDTH, knot, between, g_b)
    if wakes.added[p] > 0.0 and (c.mixing or flow.loudest[j] == p):
        g_loud = rotor.added_turbulence_adjoint(slopes.ti[j], wakes.added[p], flow.ti[j])
        g_place += wake.head_adjoint(c, g_loud, b, i, TURBULENCE, knot, between, g_b)
    if c.profile == SUPER:
        g_place += wake.head_adjoint(c, g_exponent, b, i, EXPONENT, knot, between, g_b)
    if c.drifts:
        g_place += wake.head_adjoint(c, -g_across, b, i, len(c.first) - 2, knot, between, g_b)
    g_dx, g_dy = wake.trunk_place_adjoint(g_place, dx, diameter), g_across / diameter
    if c.lifts:
        slopes.lift[i] += g_rise * wake.growth(dx / diameter, c.lift_rate)
        g_dx += wake.growth_adjoint(g_rise * flow.lift[i], dx / diameter, c.lift_rate) / diameter
    slopes.x[j] += g_dx
    slopes.x[i] -= g_dx
    slopes.y[j] += g_dy
    slopes.y[i] -= g_dy


@step
def expect(c: Constants, t: Turbines, flow: Flow, ws: float, j: int) -> None:
    """Let no wake act on `j` yet, and say which deficits will count for turbulence."""
    for a in range(len(c.columns)):
        for r in range(len(c.row_weight)):
            flow.total[j, a, r], flow.widened[j, a, r], flow.deepest[j, a, r] = 0.0, 0.0, -1
            wind = ws if c.cumulative else ws * c.speed_up[t.kind[j], r] * t.free[j, a]
            flow.visible[a, r] = rotor.visible(wind, c.superposition)
    flow.square[j], flow.loudest[j] = 0.0, -1


@step
def receive(c: Constants, t: Turbines, flow: Flow, wakes: Wakes, p: int, i: int, j: int) -> None:
    """Add a wake to those that `j` stands in (equations 9, 11 and 12)."""
    for a in range(len(c.columns)):
        for r in range(len(c.row_weight)):
            deficit = wakes.deficit[p, a, r]
            flow.total[j, a, r] = rotor.gather(flow.total[j, a, r], deficit, c.superposition)
            sloped, deepest = deficit, flow.widened[j, a, r]
            if c.profile == EDGE:
                sloped = wakes.widened[p, a, r]
            if c.superposition == MAX and sloped > deepest:
                flow.deepest[j, a, r] = p
            flow.widened[j, a, r] = rotor.gather(deepest, sloped, c.superposition)
    wakes.added[p] = 0.0
    dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
    if c.turbulent and (c.mixing or rotor.is_close(dx, dy, c.diameter[t.kind[i]])):
        overlap = 0.0
        for r in range(len(c.row_weight)):
            for a in range(len(c.columns)):
                deficit = flow.total[j, a, r] if c.cumulative else wakes.deficit[p, a, r]
                if deficit > flow.visible[a, r]:
                    overlap += c.row_weight[r]
        knot, between = wakes.knot[p], wakes.between[p]
        loudness = wake.head(c, flow.coefficient, i, TURBULENCE, knot, between)
        added = rotor.added_turbulence(overlap, loudness)
        if c.mixing:  # FLORIS measures the distance in diameters of the receiver
            added *= (c.diameter[t.kind[j]] / c.diameter[t.kind[i]]) ** 2
        wakes.added[p] = added
        if c.mixing:
            flow.square[j] += added**2
        elif added**2 > flow.square[j]:
            flow.square[j], flow.loudest[j] = added**2, p


@step
def least_turbulence(c: Constants, ambient: float) -> float:
    """Return what a rotor out of all wakes has, of ambient turbulence or of mixing (12)."""
    if c.mixing:
        return rotor.turbulence(NO_MIXING, (c.mixing_gain * ambient) ** 2)
    return ambient


@step
def settle(c: Constants, t: Turbines, flow: Flow, ws: float, ambient: float, j: int) -> None:
    """Give `j`, in its wakes, its wind, its power and its own wake (equations 10, 12 to 15)."""
    of_j = t.kind[j]
    free_ti = least_turbulence(c, ambient)
    cube = 0.0
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            loss = rotor.superposed(flow.total[j, a, r], c.superposition)
            if c.cumulative:
                loss = rotor.of_free_wind(loss, c.speed_up[of_j, r] * t.free[j, a])
            flow.loss[j, a, r] = loss
            cube += c.row_weight[r] * rotor.point_cube(c.speed_up[of_j, r], loss, t.free[j, a])
    u = rotor.cubic_mean(ws, cube)
    ti = rotor.turbulence(free_ti, flow.square[j])
    ct, flow.ct_slope[j] = turbine.thrust(c, of_j, u)
    flow.u[j], flow.ti[j], flow.ct[j] = u, ti, ct
    flow.power[j], flow.power_slope[j] = turbine.power(c, of_j, u)
    if c.lifts:
        flow.tilt[j], flow.tilt_slope[j] = turbine.tilt(c, of_j, u)
        flow.lift[j] = turbine.lift(c.lift_gain, ct, flow.tilt[j])
    flow.log_scale[j] = turbine.log_scale(ct)
    if c.lifts:
        flow.log_scale[j] += turbine.log_tilted(flow.tilt[j])
    if c.cumulative:
        flow.log_scale[j] += math.log(u / ws)
    turbine.branch(c, ct, ti, free_ti, flow.coefficient, j)


@step
def settle_adjoint(
    c: Constants, t: Turbines, flow: Flow, slopes: Slopes, ws: float, ambient: float, j: int
) -> None:
    """Take the derivatives by the wake of `j` back to the deficits at its rotor (15* to 10*)."""
    of_j, u, ti, ct = t.kind[j], flow.u[j], flow.ti[j], flow.ct[j]
    columns = len(c.columns)
    free_ti = least_turbulence(c, ambient)
    g_ct, g_ti = turbine.branch_adjoint(c, slopes.coefficient, j, ct, ti, free_ti)
    g_ct += turbine.log_scale_adjoint(slopes.log_scale[j], ct)
    if c.lifts:
        by_ct, by_tilt = turbine.lift_adjoint(slopes.lift[j], c.lift_gain, ct, flow.tilt[j])
        g_ct += by_ct
        by_tilt += turbine.log_tilted_adjoint(slopes.log_scale[j], flow.tilt[j])
        slopes.u[j] += by_tilt * flow.tilt_slope[j]
    slopes.u[j] += g_ct * flow.ct_slope[j]
    slopes.ti[j] += g_ti
    if c.cumulative:
        slopes.u[j] += slopes.log_scale[j] / u
    g_cube_third = rotor.cubic_mean_adjoint(slopes.u[j], u, ws)
    for r in range(len(c.row_weight)):
        for a in range(columns):
            loss = flow.loss[j, a, r]
            g_loss, g_free = rotor.point_cube_adjoint(
                g_cube_third * c.row_weight[r], c.speed_up[of_j, r], loss, t.free[j, a]
            )
            if c.cumulative:
                wind = c.speed_up[of_j, r] * t.free[j, a]
                g_loss, g_wind = rotor.of_free_wind_adjoint(g_loss, loss * wind, wind)
                g_free += g_wind * c.speed_up[of_j, r]
            gathered = flow.widened[j, a, r] if c.profile == EDGE else flow.total[j, a, r]
            loss = rotor.superposed(gathered, c.superposition)
            slopes.total[a, r] = rotor.superposed_adjoint(g_loss, loss, c.superposition)
            if t.varied:
                slopes.free[j, a] += g_free
