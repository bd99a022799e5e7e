"""The steps that a farm's flow is made of, from the primitives, and their adjoints.

`act` lets the wake of a source reach the rotor of a receiver, `receive` adds it to those that the
receiver stands in, and `settle` gives a turbine in its wakes its power and makes it a source. Each
adjoint stands below its step and takes it back in reverse. i is a source, j a receiver, p the pair.
"""

import math

from windopt.surrogate.compiled import rotor, turbine, wake
from windopt.surrogate.compiled.constants import MAX, SOSFS, Constants
from windopt.surrogate.compiled.jit import step
from windopt.surrogate.compiled.records import Flow, Slopes, Turbines, Wakes
from windopt.surrogate.wake_flow import NO_MIXING
from windopt.surrogate.wake_kernel import SCALE_D


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
    wake.heads(c, flow.coefficient, i, knot, between, wakes.product, wakes.head)
    log_amplitude = wakes.head[0] + flow.log_scale[i]
    narrow = math.exp(-2.0 * wakes.head[1])
    wakes.narrow[p] = narrow
    shift = wakes.head[c.heads - 1] if c.drifts else 0.0
    ratio = c.diameter[of_j] / diameter
    rise = flow.lift[i] * wake.growth(dx / diameter, c.lift_rate) if c.lifts else 0.0
    wakes.rise[p] = rise
    for a in range(columns):
        wakes.across[p, a] = dy / diameter + c.columns[a] * ratio - shift
    if c.gaussian:
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
    else:
        exponent = math.exp(wakes.head[3])
        wakes.exponent[p] = exponent
        for a in range(columns):
            for r in range(rows):
                distance2 = wakes.across[p, a] ** 2 + c.above[of_i, of_j, r] ** 2
                wakes.deficit[p, a, r] = wake.super_gaussian(
                    log_amplitude, distance2, narrow, exponent, half
                )
    if c.local_speed and t.varied:
        for a in range(columns):
            deeper = wake.deepen(t.level[i], t.free[j, a], half)
            for r in range(rows):
                wakes.deficit[p, a, r] *= deeper


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
    if c.local_speed and t.varied:
        _deepen_adjoint(c, t, flow, wakes, slopes, p, i, j)
    g_amplitude, g_across, g_narrow, g_rise, g_exponent = 0.0, 0.0, 0.0, 0.0, 0.0
    for r in range(rows):
        above = c.above[of_i, of_j, r] - wakes.rise[p]
        height, height2 = 0.0, above**2
        if c.gaussian:
            image = c.image[of_i, of_j, r] - wakes.rise[p]
            height, height2 = wake.mean_height(
                above, image, wakes.vertical[p, r], wakes.mirrored[p, r]
            )
        for a in range(columns):
            across = wakes.across[p, a]
            is_deepest = c.superposition != MAX or flow.deepest[j, a, r] == p
            g_deficit = rotor.gather_adjoint(slopes.total[a, r], is_deepest)
            g = g_deficit * wakes.deficit[p, a, r] * half
            if c.gaussian:
                part, g_1, g_2, g_3 = wake.gaussian_adjoint(g, across, height, height2, narrow)
                g_rise += g_3
            else:
                part, g_1, g_2, g_3 = wake.super_gaussian_adjoint(
                    g, across, across**2 + height2, narrow, wakes.exponent[p]
                )
                g_exponent += g_3
            g_amplitude, g_across, g_narrow = g_amplitude + part, g_across + g_1, g_narrow + g_2
    slopes.log_scale[i] += g_amplitude
    slopes.head[0], slopes.head[1], slopes.head[2] = g_amplitude, -2.0 * narrow * g_narrow, 0.0
    if wakes.added[p] > 0.0 and (c.mixing or flow.loudest[j] == p):
        slopes.head[2] = rotor.added_turbulence_adjoint(slopes.ti[j], wakes.added[p], flow.ti[j])
    if not c.gaussian:
        slopes.head[3] = g_exponent
    if c.drifts:
        slopes.head[c.heads - 1] = -g_across
    g_place = wake.heads_adjoint(
        c, slopes.head, flow.coefficient, i, wakes.knot[p], wakes.between[p],
        slopes.product, slopes.coefficient,
    )  # fmt: skip
    g_dx, g_dy = wake.trunk_place_adjoint(g_place, dx, diameter), g_across / diameter
    if c.lifts:
        slopes.lift[i] += g_rise * wake.growth(dx / diameter, c.lift_rate)
        g_dx += wake.growth_adjoint(g_rise * flow.lift[i], dx / diameter, c.lift_rate) / diameter
    slopes.x[j] += g_dx
    slopes.x[i] -= g_dx
    slopes.y[j] += g_dy
    slopes.y[i] -= g_dy


@step
def _deepen_adjoint(
    c: Constants, t: Turbines, flow: Flow, wakes: Wakes, slopes: Slopes, p: int, i: int, j: int
) -> None:
    """Add the derivatives by the free wind of source and receiver (equation 8*)."""
    half = 1.0 if c.superposition == SOSFS else 0.5
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            is_deepest = c.superposition != MAX or flow.deepest[j, a, r] == p
            g = rotor.gather_adjoint(slopes.total[a, r], is_deepest) * wakes.deficit[p, a, r] * half
            of_source, of_receiver = wake.deepen_adjoint(g, t.level[i], t.free[j, a])
            slopes.level[i] += of_source
            slopes.free[j, a] += of_receiver


@step
def expect(c: Constants, t: Turbines, flow: Flow, ws: float, j: int) -> None:
    """Let no wake act on `j` yet, and say which deficits will count for turbulence."""
    for a in range(len(c.columns)):
        for r in range(len(c.row_weight)):
            flow.total[j, a, r], flow.deepest[j, a, r] = 0.0, -1
            up = c.speed_up[t.kind[j], r]
            flow.visible[a, r] = rotor.visible(ws, up, t.free[j, a], c.superposition)
    flow.square[j], flow.loudest[j] = 0.0, -1


@step
def receive(c: Constants, t: Turbines, flow: Flow, wakes: Wakes, p: int, i: int, j: int) -> None:
    """Add a wake to those that `j` stands in (equations 9, 11 and 12)."""
    for a in range(len(c.columns)):
        for r in range(len(c.row_weight)):
            deficit = wakes.deficit[p, a, r]
            if c.superposition == MAX and deficit > flow.total[j, a, r]:
                flow.deepest[j, a, r] = p
            flow.total[j, a, r] = rotor.gather(flow.total[j, a, r], deficit, c.superposition)
    wakes.added[p] = 0.0
    dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
    if c.turbulent and rotor.is_close(dx, dy, c.diameter[t.kind[i]]):
        overlap = 0.0
        for r in range(len(c.row_weight)):
            for a in range(len(c.columns)):
                if wakes.deficit[p, a, r] > flow.visible[a, r]:
                    overlap += c.row_weight[r]
        added = rotor.added_turbulence(overlap, wakes.head[2])
        wakes.added[p] = added
        if c.mixing:
            flow.square[j] += added**2
        elif added**2 > flow.square[j]:
            flow.square[j], flow.loudest[j] = added**2, p


@step
def settle(c: Constants, t: Turbines, flow: Flow, ws: float, ambient: float, j: int) -> None:
    """Give `j`, in its wakes, its wind, its power and its own wake (equations 10, 12 to 15)."""
    of_j = t.kind[j]
    free_ti = NO_MIXING if c.mixing else ambient
    cube = 0.0
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            loss = rotor.superposed(flow.total[j, a, r], c.superposition)
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
    flow.input[0] = (ct - 0.6) / 0.3
    flow.input[1] = math.log(ti / 0.1) / 0.6
    flow.input[2] = math.log(free_ti / 0.1) / 0.6
    if c.local_speed:
        flow.input[3] = (1.0 - u / (ws * t.level[j])) / 0.15
    turbine.branch(c, flow.input, flow.unit, flow.bend, flow.coefficient, j)


@step
def settle_adjoint(
    c: Constants, t: Turbines, flow: Flow, slopes: Slopes, ws: float, j: int
) -> None:
    """Take the derivatives by the wake of `j` back to the deficits at its rotor (15* to 10*)."""
    of_j, u, ti, ct, level = t.kind[j], flow.u[j], flow.ti[j], flow.ct[j], t.level[j]
    columns = len(c.columns)
    turbine.branch_adjoint(c, slopes.coefficient, flow.bend, j, slopes.input)
    g_ct = slopes.input[0] / 0.3 + turbine.log_scale_adjoint(slopes.log_scale[j], ct)
    if c.lifts:
        by_ct, by_tilt = turbine.lift_adjoint(slopes.lift[j], c.lift_gain, ct, flow.tilt[j])
        g_ct += by_ct
        slopes.u[j] += by_tilt * flow.tilt_slope[j]
    slopes.u[j] += g_ct * flow.ct_slope[j]
    slopes.ti[j] += slopes.input[1] / (0.6 * ti)
    if c.local_speed:
        slopes.u[j] -= slopes.input[3] / (0.15 * ws * level)
        slopes.level[j] += slopes.input[3] * u / (0.15 * ws * level**2)
    if t.varied:
        for a in range(columns):
            free = t.free[j, a]
            slopes.free[j, a] += rotor.free_level_adjoint(slopes.level[j], free, level, columns)
    g_cube_third = rotor.cubic_mean_adjoint(slopes.u[j], u, ws)
    for r in range(len(c.row_weight)):
        for a in range(columns):
            loss = flow.loss[j, a, r]
            g_loss, g_free = rotor.point_cube_adjoint(
                g_cube_third * c.row_weight[r], c.speed_up[of_j, r], loss, t.free[j, a]
            )
            slopes.total[a, r] = rotor.superposed_adjoint(g_loss, loss, c.superposition)
            if t.varied:
                slopes.free[j, a] += g_free
