"""Which farms the surrogate learns from: random layouts in random conditions.

Of six layouts three are rotated grids with jitter, so that deep aligned rows, where errors of a
wake model pile up, are in the data; two are random with a minimum spacing; one is a few turbines
with the wind along two of them, up to 45 D apart: single wakes, near and far. A third are large.
Mean spacings are drawn log-uniformly, since wakes of a dense and of a sparse farm weigh alike.
Conditions cover the surrogate's valid range; half of them take their turbulence intensity from the
site. Where the problem has several turbine types, each turbine's is drawn in proportion to the
problem's. In half of the farms turbines push harder or less hard than they do, so that the wakes of
other turbines are learned too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from windopt.floris.simulator import FarmCase
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine

MIN_SPACING_D = 2.0
MEAN_SPACING_D, FAR_SPACING_D = (3.0, 12.0), (2.0, 45.0)
THRUST_FACTORS, MAX_THRUST = (1.25, 0.75), 0.95
TURBULENCE_INTENSITY = (0.03, 0.20)
KINDS = 6
"""After so many farms their kinds come again."""
JITTER = 0.2
"""Standard deviation of a grid point's displacement as a share of the grid's spacing."""


def with_other_thrusts(turbines: Sequence[Turbine]) -> tuple[Turbine, ...]:
    """Return the turbines, and the same again for each of `THRUST_FACTORS`."""
    others = [_pushing(turbine, factor) for factor in THRUST_FACTORS for turbine in turbines]
    return (*turbines, *others)


def _pushing(turbine: Turbine, factor: float) -> Turbine:
    """Return a turbine that pushes `factor` times as hard, a floating one at its reference tilt."""
    name = f"{turbine.name}, thrust x {factor:g}"
    if turbine.floater is not None:
        thrust = np.minimum(factor * turbine.floater.thrust_coefficient, MAX_THRUST)
        floater = replace(turbine.floater, thrust_coefficient=thrust)
        curves = floater.curves(turbine.tilt)._asdict()
        return replace(turbine, name=name, floater=floater, **curves)
    thrust = np.minimum(factor * turbine.thrust_coefficient, MAX_THRUST)
    return replace(turbine, name=name, thrust_coefficient=thrust)


def training_cases(
    problem: LayoutProblem,
    n_farms: int,
    n_learned: int,
    n_conditions: int,
    max_turbines: int,
    seed: int,
) -> Iterator[FarmCase]:
    """Draw the farms to simulate, `n_conditions` each, their types those of `with_other_thrusts`.

    Of the first `n_learned` farms, a third have up to three times `max_turbines`; the others are to
    be held out: there turbines are as they are.
    """
    rng = np.random.default_rng(seed)
    for i in range(n_farms):
        few, deep = (i < n_learned and i % KINDS in kinds for kinds in ((5,), (2, 3)))
        most = min(4, max_turbines) if few else max_turbines * (3 if deep else 1)
        n = int(rng.integers(max(2, most // 2), most + 1))
        low, high = np.log(FAR_SPACING_D if few else MEAN_SPACING_D)
        spacing = float(np.exp(rng.uniform(low, high)))
        draw = random_farm if i % 2 else jittered_grid
        layout = draw(n, spacing, rng) * problem.rotor_diameter
        types = rng.choice(problem.all_types, n)
        other = int(rng.choice([0, 0, *range(1, len(THRUST_FACTORS) + 1)]))
        if i < n_learned:
            types = types + other * len(problem.turbines)
        wd, ws, ti = _conditions(problem, n_conditions, rng)
        if few:
            wd = _along_pairs(layout / problem.rotor_diameter, n_conditions, rng)
        yield FarmCase(layout, wd, ws, ti, types)


def _along_pairs(layout_d: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw directions that put one of two turbines into the other's wake, more or less."""
    source, receiver = rng.permuted(np.tile(np.arange(len(layout_d)), (n, 1)), axis=1)[:, :2].T
    way = layout_d[receiver] - layout_d[source]
    distance = np.hypot(*way.T)
    aside = np.arctan2(rng.normal(0.0, 0.7 + 0.05 * distance), distance)
    wd: FloatArray = (270.0 - np.rad2deg(np.arctan2(way[:, 1], way[:, 0]) + aside)) % 360.0
    return wd


def random_farm(n: int, spacing_d: float, rng: np.random.Generator) -> FloatArray:
    """Place `n` turbines at random in a square, at least `MIN_SPACING_D` apart: (n, 2) [D]."""
    side = spacing_d * np.sqrt(n)
    layout = np.empty((0, 2))
    while len(layout) < n:
        point = rng.uniform(0.0, side, 2)
        if not len(layout) or np.hypot(*(layout - point).T).min() >= MIN_SPACING_D:
            layout = np.vstack([layout, point])
        else:
            side *= 1.001  # a dense draw that jams grows until it fits
    return layout


def jittered_grid(n: int, spacing_d: float, rng: np.random.Generator) -> FloatArray:
    """Place `n` turbines on a rotated grid and displace them: (n, 2) [D]."""
    columns = int(np.ceil(np.sqrt(n)))
    stretch = rng.uniform(0.7, 1.4)
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(columns)), axis=-1).reshape(-1, 2)
    grid = grid[:n] * np.array([spacing_d * stretch, spacing_d / stretch])
    jitter = rng.normal(0.0, JITTER * rng.uniform(0.0, 1.0) * spacing_d, (n, 2))
    angle = rng.uniform(0.0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    layout: FloatArray = (grid + jitter) @ turn
    distance = np.hypot(*np.moveaxis(layout[:, None] - layout[None], -1, 0))
    closest = distance[~np.eye(n, dtype=bool)].min()
    layout = layout * max(1.0, MIN_SPACING_D / closest)
    return layout


def _conditions(
    problem: LayoutProblem, n: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    turbines, site = problem.turbines, problem.wind.conditions
    # from hub height to where the speeds hold
    lower = (problem.reference_height / problem.turbine.hub_height) ** problem.wind_shear
    cut_in = lower * min(turbine.wind_speed[0] for turbine in turbines)
    cut_out = lower * max(turbine.wind_speed[-1] for turbine in turbines)
    rated = lower * max(_rated_speed(turbine) for turbine in turbines)
    # above rated speed wakes cost little: a quarter of the speeds is enough there
    below = rng.uniform(cut_in, min(1.2 * rated, cut_out), n)
    ws = np.where(rng.random(n) < 0.75, below, rng.uniform(cut_in, cut_out, n))
    ti = np.where(
        rng.random(n) < 0.5, rng.choice(site.ti, n), rng.uniform(*TURBULENCE_INTENSITY, n)
    )
    return rng.uniform(0.0, 360.0, n), ws, ti


def _rated_speed(turbine: Turbine) -> float:
    return float(turbine.wind_speed[np.argmax(turbine.power >= 0.999 * turbine.rated_power)])
