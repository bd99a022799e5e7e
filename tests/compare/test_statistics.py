"""Medians, ranges, paired differences and crossings against figures worked out by hand."""

from typing import Any

import numpy as np
import pytest

from windopt.compare.statistics import Curve, crossing, curve, holm, paired, spread
from windopt.compare.verdicts import correct, verdict
from windopt.compare.wording import difference_in_words


def test_spread_of_seeds() -> None:
    assert spread([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0, 3)
    assert spread([3.0, 1.0]) == (2.0, 1.0, 3.0, 2)


def test_a_seed_that_came_to_nothing_is_the_worst() -> None:
    assert spread([3.0, None, 2.0]) == (2.0, None, 3.0, 3)
    assert spread([None, None, 2.0]) == (None, None, 2.0, 3)
    assert spread([None, None]) == (None, None, None, 2)
    assert spread([]) == (None, None, None, 0)


def test_differences_are_paired_by_seed_with_students_interval() -> None:
    found = paired({0: 1.0, 1: 2.0, 2: 4.0, 3: None}, {1: 1.0, 0: 0.5, 2: 2.5, 3: 9.0, 4: 9.0})
    assert found is not None
    assert found.mean == pytest.approx(1.0)  # of 0.5, 1 and 1.5
    assert (found.n, found.left_out) == (3, 1)
    # standard error 0.5 / sqrt(3) = 0.288675; t of two degrees of freedom is 4.302653 at 97.5 %
    assert found.low == pytest.approx(-0.242069)
    assert found.high == pytest.approx(2.242069)
    # t = 3.464102 = sqrt(12); for two degrees of freedom p = 1 - t / sqrt(t**2 + 2)
    assert found.p_value == pytest.approx(1 - np.sqrt(12 / 14))


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(0.3, 1.0, (2000, 3))
    nothing = dict.fromkeys(range(3), 0.0)
    found = [paired(dict(enumerate(row)), nothing) for row in draws.tolist()]
    ends = np.array([(one.low, one.high) for one in found if one is not None], dtype=float)
    covered = np.mean((ends[:, 0] < 0.3) & (ends[:, 1] > 0.3))
    assert covered == pytest.approx(0.95, abs=0.015)  # three standard errors
    within = np.mean((draws.min(axis=1) < 0.3) & (draws.max(axis=1) > 0.3))
    assert within == pytest.approx(0.75, abs=0.03)  # the range, which a bootstrap of three is


def test_one_seed_and_seeds_that_do_not_differ_prove_nothing() -> None:
    alone = paired({0: 1.0}, {0: 0.0})
    assert alone == (1.0, None, None, 1, None, 0)
    same = paired({0: 1.0, 1: 2.0}, {0: 0.5, 1: 1.5})
    assert same == (0.5, 0.5, 0.5, 2, None, 0)
    assert paired({0: None}, {0: 1.0}) is None


def test_holms_correction_by_hand() -> None:
    # 0.005 x 4, 0.01 x 3, 0.03 x 2; 0.04 x 1 would fall below the one before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_differences_are_established_by_the_corrected_p_value_alone() -> None:
    def told(p_value: float | None) -> dict[str, Any]:
        return {"mean": 1.0, "low": 0.5, "high": 1.5, "p_value": p_value}

    first: dict[str, Any]
    second: dict[str, Any]
    first, second = (
        {"against": {"windopt": told(0.001), "windopt_analytic": told(None)}, "learning": {}},
        {"against": {"windopt": told(0.03), "x": None}, "learning": {"windopt": told(0.04)}},
    )
    assert correct([first, second]) == {"method": "Holm", "level": 0.05, "tested": 3}
    assert first["against"]["windopt"]["p_corrected"] == pytest.approx(0.003)
    assert first["against"]["windopt"]["established"]
    assert second["against"]["windopt"]["p_corrected"] == pytest.approx(0.06)
    assert not second["against"]["windopt"]["established"]  # 0.03, but one of three
    assert first["against"]["windopt_analytic"]["p_corrected"] is None
    assert not first["against"]["windopt_analytic"]["established"]


def test_what_learning_adds_is_told_against_the_better_formula() -> None:
    gains = {"windopt_cold": 3.0, "windopt_analytic": 1.0, "windopt_fitted": 2.5, "grid": 0.0}
    cells = {
        name: [_cell(s, (60, 6, gain + s * (1 + s))) for s in range(3)]
        for name, gain in gains.items()
    }
    said = verdict(cells, 60.0)
    assert said["formula"] == "windopt_fitted"
    assert list(said["learning"]) == ["windopt_cold"]
    assert said["learning"]["windopt_cold"]["mean"] == pytest.approx(0.5)
    assert verdict({"windopt_cold": cells["windopt_cold"]}, 60.0)["learning"] == {}


def test_a_difference_too_small_to_matter_is_said_to_be() -> None:
    one = {"mean": 0.3, "low": 0.2, "high": 0.4, "n": 5, "left_out": 0, "p_value": 1e-4}
    sure = one | {"p_corrected": 0.002, "established": True}
    assert difference_in_words(sure) == (
        "+0.300 % of AEP (95 % interval +0.200 to +0.400, 5 seeds; p = 0.0001, corrected 0.002: "
        "established)"
    )
    assert difference_in_words(sure | {"mean": 0.01}).endswith(
        "established, but too small to matter)"
    )
    unsure = one | {"p_corrected": 0.07, "established": False, "left_out": 1}
    assert difference_in_words(unsure).endswith(
        "5 seeds, 1 left out that came to nothing; p = 0.0001, corrected 0.07: not established)"
    )
    alike = one | {"p_value": None, "p_corrected": None, "established": False}
    assert difference_in_words(alike).endswith("5 seeds, all alike: not established)")


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


def test_crossings() -> None:
    def of(effort: list[float], median: list[float]) -> Curve:
        return Curve(*map(np.array, (effort, median, median, median)))

    ours, theirs = of([10, 30], [1.0, 3.0]), of([2, 20], [0.5, 2.0])
    assert crossing(ours, theirs) == 30  # ahead at 10, behind at 20, ahead for good at 30
    assert crossing(theirs, ours) is None


def test_the_verdict_ranks_and_pairs() -> None:
    cells = {
        "windopt": [_cell(s, (60, 6, 1.0 + s), (300, 200, 2.0 + s)) for s in range(3)],
        "topfarm_sgd": [_cell(s, (60, 50, 0.5 + s), (300, 240, 1.0 + s)) for s in range(3)],
        "floris_random": [_cell(s) for s in range(3)],
    }
    said = verdict(cells, 300.0)
    assert said["ranking"] == ["windopt", "topfarm_sgd"]
    assert (said["best_own"], said["best_other"]) == ("windopt", "topfarm_sgd")
    assert said["against"]["windopt"]["mean"] == pytest.approx(1.0)
    assert verdict(cells, 60.0)["against"]["windopt"]["mean"] == pytest.approx(0.5)
    nobody = verdict({"windopt": [_cell(0)]}, 60.0)
    assert (nobody["ranking"], nobody["best_own"]) == ([], None)
