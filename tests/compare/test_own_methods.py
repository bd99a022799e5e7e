"""Searches without learning propose feasible layouts, claim what FLORIS finds, and end in time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from windopt.compare import own
from windopt.errors import LayoutError
from windopt.floris.simulator import Simulator
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.verification.evaluate import judge

Search = Callable[..., list[tuple[FloatArray, float | None]]]


@pytest.mark.parametrize("name", ["initial", "grid", "windopt_fitted", "windopt_floris"])
def test_proposals_are_feasible_and_get_better(
    name: str, unrefined: LayoutProblem, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "ASKED", 0)
    heard = search(name, unrefined)
    assert heard
    assert all(check_feasibility(unrefined, layout).feasible for layout, _ in heard)
    claims = [aep for _, aep in heard if aep is not None]
    assert claims == sorted(claims)
    judged = judge(unrefined, {"last": heard[-1][0]}, Simulator(unrefined))["last"]
    if claims:  # a formula is not FLORIS, but no stranger either
        assert claims[-1] == pytest.approx(judged.aep, rel=0.03)


def test_a_problem_without_a_layout_has_no_given_one(small_config: Path, search: Search) -> None:
    with pytest.raises(LayoutError, match="gives no layout"):
        search("initial", load_problem(small_config, {"layout": None, "n_turbines": 9}))


def test_a_site_without_room_for_a_grid_has_none(
    small: LayoutProblem, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "best_grids", lambda *_: [])
    with pytest.raises(LayoutError, match="no regular grid of 9 turbines fits"):
        search("grid", small)


@pytest.mark.parametrize("name", ["windopt_analytic", "windopt_floris"])
def test_of_a_small_problem_only_what_floris_finds_better_is_proposed(
    name: str, unrefined: LayoutProblem, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "ASKED", unrefined.n_turbines * len(unrefined.wind.conditions))
    heard = [(layout, aep) for layout, aep in search(name, unrefined) if aep is not None]
    judged = judge(
        unrefined, {str(i): one for i, (one, _) in enumerate(heard)}, Simulator(unrefined)
    )
    claims = [aep for _, aep in heard]
    assert claims == [one.aep for one in judged.values()]
    assert claims == sorted(set(claims))


def test_of_a_large_problem_floris_is_not_asked(
    unrefined: LayoutProblem, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "ASKED", unrefined.n_turbines * len(unrefined.wind.conditions) - 1)
    monkeypatch.setattr(own, "judge", None)
    assert len(search("windopt_analytic", unrefined)) > 1
