"""FLORIS's optimisers propose feasible layouts that are better, by FLORIS's own account."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from windopt.compare.peers import floris_peers
from windopt.compare.peers.coarse_rose import coarse_rose
from windopt.compare.peers.floris_peers import METHODS
from windopt.compare.peers.improvements import TimeIsUp
from windopt.compare.peers.limits import CannotPlay
from windopt.compare.start import fair_start
from windopt.floris.simulator import Simulator
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.wind_resource import WindResource
from windopt.verification.evaluate import judge

Clock = Callable[..., Callable[[], float]]

ASKED = {
    "floris_scipy": 24,
    "floris_scipy_tuned": 24,
    "floris_scipy_full": 24,
    "floris_random": 400,
    "floris_random_full": 400,
    "floris_gridded": 3,
}
"""How often a search may ask for the time at most."""


@pytest.mark.parametrize("name", METHODS)
def test_what_it_proposes_is_feasible_better_and_what_floris_says(
    name: str,
    plain: LayoutProblem,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    proposed: list[tuple[FloatArray, float | None]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(floris_peers, "GENERATION_S", 0.5)  # as many of them as it takes
    ticks = clock(ASKED[name])

    def left_s() -> float:
        # of the random search no seed governs when that is
        lucky = name.startswith("floris_random") and len(proposed) > 1
        return 0.0 if lucky else ticks()

    METHODS[name].search(plain, 1, left_s, lambda *p: proposed.append(p))

    assert proposed
    assert all(check_feasibility(plain, layout).feasible for layout, _ in proposed)
    claims = [claim for _, claim in proposed if claim is not None]
    assert len(claims) == len(proposed)
    assert claims == sorted(claims)
    layouts = {"start": fair_start(plain, 1), "found": proposed[-1][0]}
    judged = judge(plain, layouts, Simulator(plain))
    assert judged["found"].aep > judged["start"].aep
    assert claims[-1] == pytest.approx(judged["found"].aep, rel=1e-9)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["floris_scipy", "floris_scipy_tuned", "floris_scipy_full"])
def test_it_ends_when_the_time_is_over(name: str, plain: LayoutProblem) -> None:
    asked = iter(range(12))
    METHODS[name].search(plain, 0, lambda: 11.0 - next(asked), lambda *_: None)
    assert next(asked, None) is None


@pytest.mark.parametrize("name", METHODS)
def test_a_site_with_holes_is_refused(name: str, small: LayoutProblem) -> None:
    with pytest.raises(CannotPlay, match="1 exclusions inside a parcel"):
        METHODS[name].search(small, 0, lambda: 1.0, lambda *_: None)


def test_scipy_refuses_parcels_and_the_gridded_layout_takes_them(plain: LayoutProblem) -> None:
    halves = [shapely.box(0, 0, 2500, 1000), shapely.box(0, 1500, 2500, 2500)]
    parted = replace(plain, site=Site("halves", shapely.MultiPolygon(halves)))
    with pytest.raises(CannotPlay, match="2 parcels and it knows one polygon"):
        METHODS["floris_scipy"].search(parted, 0, lambda: 1.0, lambda *_: None)
    proposed: list[object] = []
    METHODS["floris_gridded"].search(parted, 0, lambda: -1.0, lambda *p: proposed.append(p))
    assert len(proposed) == 1


def test_no_peer_of_floris_knows_fixed_turbines(plain: LayoutProblem) -> None:
    beside = replace(plain, fixed_layout=np.array([[3000.0, 0.0]]), fixed_types=np.zeros(1, int))
    for method in METHODS.values():
        with pytest.raises(CannotPlay, match="1 turbines are fixed"):
            method.search(beside, 0, lambda: 1.0, lambda *_: None)


def test_on_the_full_rose_a_claim_is_what_the_judge_finds(
    borssele: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FLORIS is asked about the judge's conditions but for those in which nothing turns."""
    asked: list[WindResource] = []

    def model(problem: LayoutProblem, layout: FloatArray, rose: WindResource) -> None:
        asked.append(rose)
        raise TimeIsUp

    monkeypatch.setattr(floris_peers, "_model", model)
    for name in ("floris_scipy_tuned", "floris_scipy_full", "floris_random_full"):
        METHODS[name].search(borssele, 0, lambda: 9.0, lambda *_: None)
    coarse, *full = asked
    assert len(coarse.conditions.wd) == 72
    wind = borssele.wind
    turning = wind.wind_speed >= borssele.turbine.idle_below
    turning &= wind.wind_speed <= borssele.turbine.wind_speed[-1]
    for rose in full:
        np.testing.assert_allclose(rose.wind_speed, wind.wind_speed[turning])
        np.testing.assert_allclose(rose.probability, wind.probability[:, turning])


def test_the_coarse_rose_keeps_the_wind(borssele: LayoutProblem) -> None:
    fine, coarse = borssele.wind, coarse_rose(borssele, 72, 3)
    turning = fine.wind_speed >= borssele.turbine.cut_in
    assert coarse.probability.shape == (72, 3)
    assert coarse.probability.sum() == pytest.approx(fine.probability[:, turning].sum())
    assert coarse.probability[0].sum() == pytest.approx(
        fine.probability[[358, 359, 0, 1, 2]][:, turning].sum()
    )
    mean = fine.probability[:, turning].sum(axis=0) @ fine.wind_speed[turning]
    assert coarse.probability.sum(axis=0) @ coarse.wind_speed == pytest.approx(mean)


def test_the_coarse_rose_keeps_speeds_at_which_turbines_consume(borssele: LayoutProblem) -> None:
    """The judge counts them as well; below its table a turbine neither yields nor consumes."""
    turbine, speed = borssele.turbine, borssele.wind.wind_speed
    power = np.where(turbine.wind_speed > 6.0, turbine.power, -1e4)
    hungry = replace(borssele, turbines=(replace(turbine, power=power),))
    assert hungry.turbine.cut_in >= 5.0
    counted = (speed >= turbine.wind_speed[0]) & (speed <= turbine.wind_speed[-1])
    assert speed[counted].min() < 5.0
    kept = coarse_rose(hungry).probability.sum()
    assert kept == pytest.approx(borssele.wind.probability[:, counted].sum())


def test_a_coarse_enough_rose_stays_as_it_is(plain: LayoutProblem) -> None:
    coarse = coarse_rose(plain, 12, 3)
    np.testing.assert_allclose(coarse.probability, plain.wind.probability)
    np.testing.assert_allclose(coarse.wind_speed, plain.wind.wind_speed)
    np.testing.assert_allclose(coarse.turbulence_intensity, plain.wind.turbulence_intensity)
