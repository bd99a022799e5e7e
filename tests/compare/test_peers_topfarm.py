"""TopFarm's optimisers propose feasible layouts that are better, by PyWake's account."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("topfarm", reason="topfarm comes with windopt[compare]")

from windopt.compare.peers import topfarm_peers
from windopt.compare.peers.limits import CannotPlay
from windopt.compare.peers.topfarm_peers import METHODS
from windopt.compare.start import fair_start
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.pywake.farm import PyWakeFarm

Clock = Callable[..., Callable[[], float]]

ASKED = {"topfarm_smart": 8, "topfarm_slsqp": 15, "topfarm_random": 80, "topfarm_sgd": 10}
"""How often a search may ask for the time."""
LEFT_S = 3.0
"""What it is told then [s]; a descent has as many steps as there is time for."""


@pytest.fixture(autouse=True)
def _few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a smart start look at fewer places."""
    monkeypatch.setattr(topfarm_peers, "GRID_POINTS", 200)


@pytest.mark.parametrize("name", METHODS)
def test_what_it_proposes_is_feasible_better_and_what_pywake_says(
    name: str,
    plain: LayoutProblem,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    proposed: list[tuple[FloatArray, float]] = []
    monkeypatch.chdir(tmp_path)
    METHODS[name].search(plain, 1, clock(ASKED[name], LEFT_S), lambda *p: proposed.append(p))

    assert all(check_feasibility(plain, layout).feasible for layout, _ in proposed)
    claims = [claim for _, claim in proposed]
    assert claims == sorted(claims)
    farm = PyWakeFarm(plain, plain.wind)
    assert farm.aep(proposed[-1][0]) > farm.aep(fair_start(plain, 1))
    assert farm.aep(proposed[-1][0]) == pytest.approx(claims[-1], rel=1e-9)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "name", sorted(METHODS.keys() - {"topfarm_smart"})
)  # it does so above and below
def test_it_ends_when_the_time_is_over(name: str, plain: LayoutProblem, clock: Clock) -> None:
    METHODS[name].search(plain, 0, clock(3, 1.0), lambda *_: None)


@pytest.mark.parametrize("name", ["topfarm_smart", "topfarm_slsqp"])
def test_parcels_and_holes_are_kept(name: str, unrefined: LayoutProblem, clock: Clock) -> None:
    proposed: list[FloatArray] = []
    METHODS[name].search(unrefined, 0, clock(5), lambda layout, _: proposed.append(layout))
    assert len(proposed) > 1
    assert all(check_feasibility(unrefined, layout).feasible for layout in proposed)


def test_what_it_does_not_know_is_refused(
    plain: LayoutProblem, mixed: LayoutProblem, clock: Clock
) -> None:
    beside = replace(plain, fixed_layout=np.array([[3000.0, 0.0]]), fixed_types=np.zeros(1, int))
    for method in METHODS.values():
        with pytest.raises(CannotPlay, match="1 turbines are fixed"):
            method.search(beside, 0, clock(1), lambda *_: None)
    with pytest.raises(CannotPlay, match="2 turbine types"):
        METHODS["topfarm_smart"].search(mixed, 0, clock(1), lambda *_: None)
