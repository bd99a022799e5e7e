"""Medians, ranges, paired differences and crossings against figures worked out by hand."""

from typing import Any

import numpy as np
import pytest

from windopt.compare.statistics import Curve, crossing, curve, effort_to, paired, spread
from windopt.compare.verdicts import verdict


def test_spread_of_seeds() -> None:
    assert spread([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0, 3)
    assert spread([3.0, 1.0]) == (2.0, 1.0, 3.0, 2)


def test_a_seed_that_came_to_nothing_is_the_worst() -> None:
    assert spread([3.0, None, 2.0]) == (2.0, None, 3.0, 3)
    assert spread([None, None, 2.0]) == (None, None, 2.0, 3)
    assert spread([None, None]) == (None, None, None, 2)
    assert spread([]) == (None, None, None, 0)


def test_differences_are_paired_by_seed() -> None:
    found = paired({0: 1.0, 1: 2.0, 2: 4.0, 3: None}, {1: 1.0, 0: 0.5, 2: 2.5, 3: 9.0, 4: 9.0})
    assert found is not None
    assert found.mean == pytest.approx(1.0)  # of 0.5, 1 and 1.5
    assert found.n == 3
    # the mean of three draws among them is 0.5 or 1.5 once in 27 times, more than 2.5 %
    assert (found.low, found.high) == (pytest.approx(0.5), pytest.approx(1.5))
    assert found.p_value is None
    assert found.established


def test_what_may_as_well_be_nothing_is_not_established() -> None:
    found = paired({0: 1.0, 1: 0.0, 2: 0.0}, {0: 0.0, 1: 1.0, 2: 0.0})
    assert found is not None
    assert found.mean == pytest.approx(0.0)
    assert not found.established
    alone = paired({0: 1.0}, {0: 0.0})
    assert alone is not None
    assert (alone.low, alone.high, alone.established) == (None, None, False)
    assert paired({0: None}, {0: 1.0}) is None


def test_wilcoxon_is_asked_from_six_pairs_on() -> None:
    gains = {seed: 0.1 * (seed + 1) for seed in range(6)}
    found = paired(gains, dict.fromkeys(range(6), 0.0))
    assert found is not None
    # all six of one sign: 2 of the 2**6 assignments of signs are as far out
    assert found.p_value == pytest.approx(2 / 64)


def _cell(seed: int, *looks: tuple[float, float, float], energy: float = 0.01) -> dict[str, Any]:
    """Make a cell of looks (look [CPU-s], found [CPU-s], gain [%])."""
    return {
        "seed": seed,
        "looks": [
            {"cpu_s": at, "found_cpu_s": s, "found_energy_wh": energy * s, "gain_pct": gain}
            for at, s, gain in looks
        ],
    }


def test_the_curve_steps_when_a_layout_was_found() -> None:
    found = curve([_cell(0, (10, 5, 1.0), (20, 18, 3.0)), _cell(1, (10, 8, 2.0))], "found_cpu_s")
    assert found.effort.tolist() == [5, 8, 18]
    assert found.median.tolist() == [-np.inf, 1.5, 2.5]
    assert found.low.tolist() == [-np.inf, 1.0, 2.0]
    assert found.high.tolist() == [1.0, 2.0, 3.0]


def test_efforts_and_crossings() -> None:
    def of(effort: list[float], median: list[float]) -> Curve:
        return Curve(*map(np.array, (effort, median, median, median)))

    ours, theirs = of([10, 30], [1.0, 3.0]), of([2, 20], [0.5, 2.0])
    assert effort_to(ours, 2.0) == 30
    assert effort_to(ours, 1.0) == 10
    assert effort_to(ours, 4.0) is None
    assert crossing(ours, theirs) == 30  # ahead at 10, behind at 20, ahead for good at 30
    assert crossing(theirs, ours) is None
    assert effort_to(of([1, 2, 3], [2.0, 1.0, 2.0]), 2.0) == 3  # what is lost again does not count


def test_the_verdict_ranks_pairs_and_prices() -> None:
    cells = {
        "windopt": [_cell(s, (60, 6, 1.0 + s), (300, 200, 2.0 + s)) for s in range(3)],
        "topfarm_sgd": [_cell(s, (60, 50, 0.5 + s), (300, 240, 1.0 + s)) for s in range(3)],
        "floris_random": [_cell(s) for s in range(3)],
    }
    said = verdict(cells, 300.0)
    assert said["ranking"] == ["windopt", "topfarm_sgd"]
    assert (said["best_own"], said["best_other"]) == ("windopt", "topfarm_sgd")
    assert said["against"]["windopt"]["mean"] == pytest.approx(1.0)
    effort = said["effort"]["windopt"]
    assert effort["cpu_s"] == {"ours": 6, "theirs": 240, "ratio": 40.0, "ahead_from": 6}
    assert effort["energy_wh"]["ratio"] == pytest.approx(40.0)
    early = verdict(cells, 60.0)
    assert early["effort"]["windopt"]["cpu_s"]["theirs"] == 50
    nobody = verdict({"windopt": [_cell(0)]}, 60.0)
    assert (nobody["ranking"], nobody["best_own"]) == ([], None)
