"""The steps of one wake at one rotor, from the primitives, and their adjoints.

`act` lets the wake of a source reach the rotor of a receiver, `receive` adds it to those that the
receiver stands in. Each adjoint stands below its step and takes it back in reverse. i is a source,
s where its state is, j a receiver, p the pair.
"""

import math

from windopt.surrogate.compiled import rotor, swirl, wake
from windopt.surrogate.compiled.constants import EDGE, GAUSSIAN, MAX, SOSFS, SUPER, Constants
from windopt.surrogate.compiled.downstream import is_behind
from windopt.surrogate.compiled.jit import step
from windopt.surrogate.compiled.records import UNKNOWN, Flow, Slopes, Turbines, Wakes
from windopt.surrogate.wake_kernel import SCALE_D

AMPLITUDE, WIDTH, TURBULENCE, EXPONENT = range(4)
"""Numbers of the heads."""


@step
def is_felt(t: Turbines, flow: Flow, i: int, j: int) -> bool:
    """Return whether the wake of `i`, as wide as its turbulence makes it, reaches `j`."""
    s, dx, dy = flow.state[i], t.x[j] - t.x[i], t.y[j] - t.y[i]
    return is_behind(dx, dy, flow.half_width[s], flow.growth[s])


@step
def act(c: Constants, t: Turbines, flow: Flow, wakes: Wakes, p: int, i: int, j: int) -> None:
    """Evaluate the wake of `i` at the rotor points of `j` (equations 3 to 8)."""
    columns, rows = len(c.columns), len(c.row_weight)
    half = 1.0 if c.superposition == SOSFS else 0.5
    of_i, of_j, s = t.kind[i], t.kind[j], flow.state[i]
    diameter = c.diameter[of_i]
    dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
    if wakes.between[p] == UNKNOWN:
        wakes.knot[p], wakes.between[p] = wake.trunk_place(dx / (diameter * SCALE_D))
    knot, between = wakes.knot[p], wakes.between[p]
    log_amplitude = flow.log_scale[s] + wakes.stands_for[p] * (0.5 / half)
    log_amplitude += wake.head(c, flow.coefficient, s, AMPLITUDE, knot, between)
    narrow = math.exp(-2.0 * wake.head(c, flow.coefficient, s, WIDTH, knot, between))
    wakes.narrow[p] = narrow
    shift = swirl.turned(c.swirl, flow.swirl, s, of_i, dx / diameter)
    ratio = c.diameter[of_j] / diameter
    rise = flow.lift[s] * wake.growth(dx / diameter, c.lift_rate) if c.lifts else 0.0
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
        exponent = math.exp(wake.head(c, flow.coefficient, s, EXPONENT, knot, between))
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
    of_i, of_j, s = t.kind[i], t.kind[j], flow.state[i]
    diameter, dx = c.diameter[of_i], t.x[j] - t.x[i]
    narrow = wakes.narrow[p]
    g_amplitude, g_across, g_narrow, g_rise, g_exponent = 0.0, 0.0, 0.0, 0.0, 0.0
    if c.profile == GAUSSIAN:
        for a in range(columns):
            slopes.column[a] = 0.0
        for r in range(rows):
            height = c.above[of_i, of_j, r] - wakes.rise[p]
            height2, g_row = height**2, 0.0
            if c.mirror:
                image = c.image[of_i, of_j, r] - wakes.rise[p]
                height, height2 = wake.mean_height(
                    height, image, wakes.vertical[p, r], wakes.mirrored[p, r]
                )
            for a in range(columns):
                is_deepest = c.superposition != MAX or flow.deepest[j, a, r] == p
                g_deficit = rotor.gather_adjoint(slopes.total[a, r], is_deepest)
                g = g_deficit * wakes.deficit[p, a, r] * half
                slopes.column[a] += g
                g_row += g
            by_narrow, by_rise = wake.vertical_adjoint(g_row, height, height2, narrow)
            g_narrow, g_rise = g_narrow + by_narrow, g_rise + by_rise
        for a in range(columns):
            by_amplitude, by_across, by_narrow = wake.lateral_adjoint(
                slopes.column[a], wakes.across[p, a], narrow
            )
            g_amplitude, g_across = g_amplitude + by_amplitude, g_across + by_across
            g_narrow += by_narrow
    else:
        for r in range(rows):
            for a in range(columns):
                across = wakes.across[p, a]
                distance2 = across**2 + c.above[of_i, of_j, r] ** 2
                is_deepest = c.superposition != MAX or flow.deepest[j, a, r] == p
                g_deficit = rotor.gather_adjoint(slopes.total[a, r], is_deepest)
                if c.profile == SUPER:
                    part, g_1, g_2, g_3 = wake.super_gaussian_adjoint(
                        g_deficit * wakes.deficit[p, a, r] * half,
                        across, distance2, narrow, wakes.exponent[p],
                    )  # fmt: skip
                    g_exponent += g_3
                else:
                    part, g_1, g_2 = wake.widened_edge_adjoint(
                        g_deficit * wakes.widened[p, a, r] * half, across, distance2, narrow
                    )
                g_amplitude, g_across, g_narrow = g_amplitude + part, g_across + g_1, g_narrow + g_2
    g_loud = 0.0
    if wakes.added[p] > 0.0 and (c.mixing or flow.loudest[j] == p):
        g_loud = rotor.added_turbulence_adjoint(slopes.ti[j], wakes.added[p], flow.ti[j])
    g_place = 0.0
    for h in range(len(c.first)):
        g = g_amplitude
        if h == WIDTH:
            g = -2.0 * narrow * g_narrow
        elif h == TURBULENCE:
            g = g_loud
        elif h == EXPONENT:
            g = g_exponent
        if g != 0.0:
            knot, between = wakes.knot[p], wakes.between[p]
            g_place += wake.head_slope(c, g, flow.coefficient, s, h, knot)
            if s == i:  # else it is in free wind, which no place changes
                wake.head_adjoint(c, g, s, h, knot, between, slopes.coefficient)
    slopes.log_scale[s] += g_amplitude
    g_dx, g_dy = wake.trunk_place_adjoint(g_place, dx, diameter), g_across / diameter
    if c.lifts:
        slopes.lift[s] += g_rise * wake.growth(dx / diameter, c.lift_rate)
        g_dx += wake.growth_adjoint(g_rise * flow.lift[s], dx / diameter, c.lift_rate) / diameter
    by_x, by_y = swirl.stir_adjoint(
        c.swirl, g_across, flow.swirl, slopes.swirl, s, j, of_i, of_j,
        dx / diameter, (t.y[j] - t.y[i]) / diameter, c.diameter[of_j] / diameter,
    )  # fmt: skip
    g_dx, g_dy = g_dx + by_x / diameter, g_dy + by_y / diameter
    slopes.x[j] += g_dx
    slopes.x[i] -= g_dx
    slopes.y[j] += g_dy
    slopes.y[i] -= g_dy


@step
def receive(
    c: Constants, t: Turbines, flow: Flow, wakes: Wakes, ws: float, p: int, i: int, j: int
) -> None:
    """Add a wake to those that `j` stands in (equations 9, 11 and 12)."""
    columns, rows, of_j = len(c.columns), len(c.row_weight), t.kind[j]
    for a in range(columns):
        for r in range(rows):
            deficit = wakes.deficit[p, a, r]
            if c.superposition == MAX:
                deepest = flow.widened[j, a, r] if c.profile == EDGE else flow.total[j, a, r]
                sloped = wakes.widened[p, a, r] if c.profile == EDGE else deficit
                if sloped > deepest:
                    flow.deepest[j, a, r] = p
            if c.profile == EDGE:
                flow.widened[j, a, r] = rotor.gather(
                    flow.widened[j, a, r], wakes.widened[p, a, r], c.superposition
                )
            flow.total[j, a, r] = rotor.gather(flow.total[j, a, r], deficit, c.superposition)
    wakes.added[p] = 0.0
    dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
    if swirl.swirls(c.swirl):
        of_i = t.kind[i]
        d = c.diameter[of_i]
        swirl.stir(
            c.swirl, flow.swirl, flow.state[i], j, of_i, of_j, dx / d, dy / d, c.diameter[of_j] / d
        )
    if c.turbulent and (c.mixing or rotor.is_close(dx, dy, c.diameter[t.kind[i]])):
        overlap = 0.0
        stands_for = math.exp(wakes.stands_for[p]) if c.mixing else 1.0  # without, it is near
        for r in range(rows):
            for a in range(columns):
                deficit = flow.total[j, a, r] if c.cumulative else wakes.deficit[p, a, r]
                wind = ws if c.cumulative else ws * c.speed_up[of_j, r] * t.free[j, a]
                if deficit > rotor.visible(wind, c.superposition) * stands_for:
                    overlap += c.row_weight[r]
        loudness = wake.head(
            c, flow.coefficient, flow.state[i], TURBULENCE, wakes.knot[p], wakes.between[p]
        )
        added = rotor.added_turbulence(overlap, loudness + 0.5 * wakes.stands_for[p])
        if c.mixing:  # FLORIS measures the distance in diameters of the receiver
            added *= (c.diameter[of_j] / c.diameter[t.kind[i]]) ** 2
        wakes.added[p] = added
        if c.mixing:
            flow.square[j] += added**2
        elif added**2 > flow.square[j]:
            flow.square[j], flow.loudest[j] = added**2, p
