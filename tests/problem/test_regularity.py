"""The departure from rows: 0 on a lattice, whatever way that lies, and its exact gradient."""

from dataclasses import replace

import numpy as np
import pytest
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.floris.alone import wake_free_aep
from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import (
    Regularity,
    departure,
    departure_gradient,
    fit_lattice,
    refit,
)
from windopt.problem.site import Site
from windopt.surrogate.surrogate import Surrogate

CELL = np.array([[900.0, 80.0], [-260.0, 1150.0]])


def rows(n: int = 12) -> FloatArray:
    """Three rows of four, less what is beyond `n`."""
    indices = np.stack(np.divmod(np.arange(12), 4), axis=1)
    return np.array([300.0, 200.0]) + indices[:n] @ CELL


@pytest.fixture(scope="module")
def twelve(small: LayoutProblem) -> LayoutProblem:
    """Twelve turbines on a square of 4 km."""
    square = Site("square", shapely.MultiPolygon([shapely.box(-500, 0, 3500, 4000)]))
    return replace(
        small, site=square, n_turbines=12, types=np.zeros(12, dtype=int), initial_layout=None
    )


def turned(problem: LayoutProblem, angle: float, scale: float, shift: float) -> LayoutProblem:
    """Turn and scale a problem, rotors and all."""
    area = shapely.affinity.rotate(problem.site.area, angle, (0, 0))
    area = shapely.affinity.translate(shapely.affinity.scale(area, scale, scale, 1, (0, 0)), shift)
    larger = replace(problem.turbine, rotor_diameter=scale * problem.turbine.rotor_diameter)
    return replace(problem, site=Site("turned", area), turbines=(larger,))


@settings(max_examples=4, deadline=None)
@given(st.floats(0, 360), st.floats(0.3, 3.0), st.floats(-5e4, 5e4))
def test_departure_turns_scales_and_moves_with_the_farm(
    twelve: LayoutProblem, angle: float, scale: float, shift: float
) -> None:
    other = turned(twelve, angle, scale, shift)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    turn = scale * np.array([[c, s], [-s, c]])
    noise = 30.0 * np.random.default_rng(0).standard_normal((12, 2))
    for layout in (rows(), rows() + noise):
        there = layout @ turn + [shift, 0.0]
        assert departure(other, there) == pytest.approx(departure(twelve, layout), abs=1e-6)
    assert departure(other, rows() @ turn + [shift, 0.0]) < 1e-6


def test_lattice_is_found_again(twelve: LayoutProblem) -> None:
    noise = 20.0 * np.random.default_rng(1).standard_normal((12, 2))
    fit = fit_lattice(twelve, rows() + noise)
    assert fit.lattice.spacing_in_row == pytest.approx(np.hypot(*CELL[0]), rel=0.03)
    assert fit.departure_d * twelve.rotor_diameter < 20.0 * np.sqrt(2)  # the fit takes up some
    best = refit(twelve, Lattice(np.array([300.0, 200.0]), CELL), rows() + noise)
    assert fit.departure_d <= best.departure_d + 1e-9


def test_irregular_layout_departs_and_no_fine_lattice_hides_it(twelve: LayoutProblem) -> None:
    layout = np.random.default_rng(3).uniform((-500, 0), (3500, 4000), (12, 2))
    fit = fit_lattice(twelve, layout)
    assert fit.departure_d > 0.2
    assert fit.lattice.cell_area * 12 * 1.5 >= twelve.site.area.area * (1 - 1e-9)


def test_every_turbine_has_a_point_of_its_own(twelve: LayoutProblem) -> None:
    crowd = rows()
    crowd[1] = crowd[0] + 50.0
    fit = refit(twelve, Lattice(np.array([300.0, 200.0]), CELL), crowd)
    points = np.round((crowd - fit.residual - fit.lattice.origin) @ np.linalg.inv(fit.lattice.cell))
    assert len(np.unique(points, axis=0)) == 12


def test_gradient_of_the_departure_equals_finite_differences(twelve: LayoutProblem) -> None:
    layout = rows() + 40.0 * np.random.default_rng(2).standard_normal((12, 2))
    lattice = Lattice(np.array([300.0, 200.0]), CELL)
    gradient = departure_gradient(twelve, refit(twelve, lattice, layout))
    for turbine, axis in ((0, 0), (5, 1), (11, 0)):
        step = np.zeros((12, 2))
        step[turbine, axis] = 0.1
        ahead = refit(twelve, lattice, layout + step).departure_d
        behind = refit(twelve, lattice, layout - step).departure_d
        assert gradient[turbine, axis] == pytest.approx((ahead - behind) / 0.2, rel=1e-4)
    assert not departure_gradient(twelve, refit(twelve, lattice, rows())).any()


def test_score_is_aep_with_a_price_and_has_its_gradient(
    twelve: LayoutProblem, small_surrogate: Surrogate
) -> None:
    plain = Objective.of(twelve, small_surrogate)
    price = 0.02 * wake_free_aep(twelve)
    term = Regularity(twelve, price, Lattice(np.array([300.0, 200.0]), CELL))
    neat = replace(plain, terms=(term,))
    layout = rows() + 40.0 * np.random.default_rng(2).standard_normal((12, 2))
    lost = price * departure(twelve, layout)
    assert neat.value(layout) == pytest.approx(plain.value(layout) - lost)
    power, lost_w = neat.rates(layout[None], plain.rose)[0], lost / twelve.hours_per_year
    assert power == pytest.approx(plain.rates(layout[None], plain.rose)[0] - lost_w)
    value, gradient = neat.rate_and_gradient(layout, plain.rose)
    assert value == pytest.approx(power, rel=1e-6)
    # so short that no wake passes the threshold of 0.05 m/s in between, where turbulence jumps
    step = 1e-3 * gradient / np.abs(gradient).max()
    ahead, behind = neat.rates(np.stack([layout + step, layout - step]), plain.rose)
    assert (ahead - behind) / 2 == pytest.approx((gradient * step).sum(), rel=2e-3)
    kept, places = np.arange(1, 12), np.add(rows()[:1], [[0.0, 0.0], [200.0, 0.0]])
    values = neat.place_values(rows(), kept, 0, places, plain.rose)
    free = plain.place_values(rows(), kept, 0, places, plain.rose)
    assert values[0] == pytest.approx(free[0])
    away_d = 200 / np.sqrt(12) / twelve.rotor_diameter
    assert values[1] == pytest.approx(free[1] - price * away_d / twelve.hours_per_year)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_turbines_always_stand_in_rows(small: LayoutProblem, n: int) -> None:
    few = replace(small, n_turbines=n, types=np.zeros(n, dtype=int), initial_layout=None)
    layout = np.array([[100.0, 100.0], [3900.0, 150.0], [200.0, 3900.0]])[:n]
    assert departure(few, layout) < 1e-6
