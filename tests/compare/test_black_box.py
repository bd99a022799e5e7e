"""Black-box searches propose feasible layouts, the start first."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely

from windopt.compare.peers.black_box import METHODS
from windopt.compare.start import fair_start
from windopt.floris.simulator import Simulator
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.verification.evaluate import judge

Clock = Callable[..., Callable[[], float]]

ASKED = {"random": 12, "cma": 120}
"""How often a search may ask for the time."""


@pytest.fixture
def wide(plain: LayoutProblem) -> LayoutProblem:
    """The plain problem on 36 km², where a random layout is often feasible."""
    return replace(plain, site=Site("wide", shapely.MultiPolygon([shapely.box(0, 0, 6e3, 6e3)])))


@pytest.mark.parametrize("name", METHODS)
def test_what_it_proposes_is_feasible_better_and_what_floris_says(
    name: str, wide: LayoutProblem, clock: Clock
) -> None:
    if name == "cma":
        pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    proposed: list[tuple[FloatArray, float]] = []
    METHODS[name].search(wide, 1, clock(ASKED[name]), lambda *p: proposed.append(p))

    np.testing.assert_array_equal(proposed[0][0], fair_start(wide, 1))
    assert all(check_feasibility(wide, layout).feasible for layout, _ in proposed)
    claims = [claim for _, claim in proposed]
    assert claims == sorted(claims)
    judged = judge(wide, {"start": proposed[0][0], "found": proposed[-1][0]}, Simulator(wide))
    assert judged["found"].aep > judged["start"].aep
    assert judged["found"].aep == pytest.approx(claims[-1], rel=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_holes_parcels_and_fixed_turbines_are_kept(
    name: str, small: LayoutProblem, clock: Clock
) -> None:
    if name == "cma":
        pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    beside = replace(small, fixed_layout=np.array([[2500.0, 500.0]]), fixed_types=np.zeros(1, int))
    proposed: list[FloatArray] = []
    METHODS[name].search(beside, 0, clock(5), lambda layout, _: proposed.append(layout))
    assert proposed
    assert all(check_feasibility(beside, layout).feasible for layout in proposed)
