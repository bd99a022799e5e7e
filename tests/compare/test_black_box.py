"""Black-box searches propose feasible layouts, the start first."""

import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from windopt.compare.contest import hold_contest
from windopt.compare.method_process import Task
from windopt.compare.peers import black_box
from windopt.compare.peers.black_box import METHODS
from windopt.compare.start import fair_start
from windopt.floris.simulator import Simulator
from windopt.ledger.meters.base import VcpuMeter
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.site import Site
from windopt.verification.evaluate import judge

Clock = Callable[..., Callable[[], float]]

ASKED = {"random": 12, "cma": 120, "cma_tuned": 120}
"""How often a search may ask for the time."""


@pytest.fixture
def wide(plain: LayoutProblem) -> LayoutProblem:
    """The plain problem on 36 km², where a random layout is often feasible."""
    return replace(plain, site=Site("wide", shapely.MultiPolygon([shapely.box(0, 0, 6e3, 6e3)])))


@pytest.mark.parametrize("name", METHODS)
def test_what_it_proposes_is_feasible_better_and_what_floris_says(
    name: str, wide: LayoutProblem, clock: Clock
) -> None:
    if name.startswith("cma"):
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
    if name.startswith("cma"):
        pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    beside = replace(small, fixed_layout=np.array([[2500.0, 500.0]]), fixed_types=np.zeros(1, int))
    proposed: list[FloatArray] = []
    METHODS[name].search(beside, 0, clock(5), lambda layout, _: proposed.append(layout))
    assert proposed
    assert all(check_feasibility(beside, layout).feasible for layout in proposed)


def test_what_cma_breaks_is_repaired_before_floris_sees_it(
    small: LayoutProblem, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    repaired: list[FloatArray] = []
    seen: list[FloatArray] = []

    def note(problem: LayoutProblem, layout: FloatArray) -> FloatArray:
        assert not check_feasibility(problem, layout).feasible
        repaired.append(repair(problem, layout))
        return repaired[-1]

    def count(_: object, layout: FloatArray) -> float:
        seen.append(layout)
        return 1e9

    monkeypatch.setattr(black_box, "repair", note)
    monkeypatch.setattr(black_box, "STEP_D", 1.0)  # most of what is drawn breaks the constraints
    monkeypatch.setattr(black_box._Box, "aep", count)
    METHODS["cma_tuned"].search(small, 0, clock(30), lambda *_: None)
    assert len(repaired) > 15
    assert len(seen) > len(repaired)
    assert all(check_feasibility(small, layout).feasible for layout in seen)


def test_a_repair_costs_the_square_of_its_distance(
    small: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CMA-ES is told the cost of the repaired layout, and how far it is from what it drew."""
    cma = pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    told: list[float] = []

    def ask(cost: Callable[[FloatArray], float], x: FloatArray, *_: object, **__: object) -> None:
        outside = x.copy()
        outside[np.argmin(x[:9])] = -0.01  # the westernmost turbine a hundredth of the site west
        told.extend((cost(x), cost(outside)))

    monkeypatch.setattr(cma, "fmin2", ask)
    monkeypatch.setattr(black_box._Box, "aep", lambda *_: 1e9)
    METHODS["cma_tuned"].search(small, 0, lambda: 9.0, lambda *_: None)
    start, moved = told
    assert start == -1.0
    assert 0.01**2 <= moved - start < 0.05


def test_the_time_of_cma_is_counted(small_config: Path, tmp_path: Path) -> None:
    pytest.importorskip("cma", reason="cma comes with windopt[compare]")
    task = Task("cma_tuned", str(small_config), 0, 12.0, -1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    contest = hold_contest(task, tmp_path / "log", VcpuMeter())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert contest.status == "budget"
    assert contest.cpu_s == pytest.approx(12.0, abs=0.3)
    assert used == pytest.approx(contest.cpu_s, abs=0.3)
    assert contest.counts["infeasible"] == 0
    assert contest.held
