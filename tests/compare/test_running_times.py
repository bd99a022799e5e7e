"""Expected running times with censored searches, against figures worked out by hand."""

from typing import Any

import pytest

from windopt.compare.running_times import (
    best_known,
    paid_beforehand,
    running_time,
    running_times,
    time_in_words,
)


def _cell(spent: float, *looks: tuple[float, float, float], seed: int = 0) -> dict[str, Any]:
    """Make a cell of looks (look [CPU-s], found [CPU-s], gain [%])."""
    return {
        "seed": seed,
        "status": "budget",
        "cpu_s": spent,
        "energy_wh": {"central": 0.001 * spent},
        "looks": [
            {"cpu_s": at, "found_cpu_s": s, "found_energy_wh": 0.001 * s, "gain_pct": gain}
            for at, s, gain in looks
        ],
    }


def test_a_search_in_vain_counts_with_all_its_time() -> None:
    cells = [
        _cell(300, (60, 20, 1.0), (300, 290, 1.1)),
        _cell(300, (60, 20, 0.4), (300, 80, 1.0)),
        _cell(250, (60, 50, 0.9)),  # ended by itself
    ]
    found = running_time(cells, 1.0)
    # (20 + 80 + 250) / 2
    assert (found.expected, found.median, found.reached, found.n) == (175.0, 80.0, 2, 3)
    assert found.more_than is None
    assert running_time(cells, 1.0, "energy_wh").expected == pytest.approx(0.175)
    one = running_time(cells, 1.1)
    # (290 + 300 + 250) / 1; more than half are censored: no median
    assert (one.expected, one.median, one.reached) == (840.0, None, 1)


def test_where_nobody_came_there_is_no_estimate_but_a_bound() -> None:
    found = running_time([_cell(300, (60, 20, 1.0)), _cell(250, (60, 50, 0.9))], 2.0)
    assert list(found) == [None, None, 250.0, 0, 2]
    assert time_in_words(found._asdict()) == "> 250 (0/2)"
    assert running_time([_cell(300)], 0.1).more_than == 300.0  # held nothing
    assert time_in_words(running_time([_cell(9, (9, 4.2, 1.0))], 1.0)._asdict()) == "4.2 (1/1)"


def test_what_is_lost_again_does_not_count() -> None:
    """A referee holds the best by the method's own claim, which FLORIS may find worse."""
    lost = _cell(300, (60, 20, 1.0), (120, 90, 0.8), (300, 200, 1.0))
    assert running_time([lost], 1.0).expected == 200.0
    assert running_time([lost], 0.8).expected == 20.0
    gone = _cell(300, (60, 20, 1.0), (300, 90, 0.8))
    assert running_time([gone], 1.0).more_than == 300.0


FACTS: dict[str, Any] = {
    "reference": {"aep_gwh": 100.0},
    "published": [],
    "shared_surrogate": {"cpu_s": 83.0},
    "kernel": {"name": "gauss", "cpu_s": 454.0},
    "compilation": None,
}


def test_the_best_known_is_anybodys() -> None:
    cells = {"grid": [_cell(300, (60, 20, 1.0))], "windopt": [_cell(300, (60, 20, 0.5))]}
    assert best_known(FACTS, cells) == {"gain_pct": 1.0, "method": "grid", "seed": 0}
    published = [
        {"what": "a layout", "aep_gwh": 103.0, "comparable": True},
        {"what": "another wind", "aep_gwh": 110.0, "comparable": False},
    ]
    best = best_known(FACTS | {"published": published}, cells)
    assert best == {"gain_pct": pytest.approx(3.0), "published": "a layout"}
    assert best_known(FACTS, {"grid": [_cell(300, (60, 20, -1.0))]}) is None
    assert running_times(FACTS, {"grid": [_cell(300)]}) == {}


def test_shares_of_the_gain_and_who_declined() -> None:
    declined = _cell(4) | {"status": "refused"}
    cells = {
        "windopt": [_cell(300, (60, 10, 0.9), (300, 70, 2.0))],
        "floris_scipy": [declined],
    }
    times = running_times(FACTS, cells)
    assert list(times["by_method"]) == ["windopt"]
    shares = times["by_method"]["windopt"]
    assert [shares[share]["cpu_s"]["expected"] for share in ("50", "90", "99")] == [70, 70, 70]
    assert running_times(FACTS, {"grid": cells["windopt"]})["paid_beforehand"] == {
        "grid": {"compilation": None}
    }


def test_what_was_paid_beforehand_is_told_apart() -> None:
    assert paid_beforehand("windopt_reused", FACTS) == {"training": 83.0, "compilation": None}
    known = FACTS | {"compilation": {"cpu_s": 42.0}}
    assert paid_beforehand("windopt", known) == {"training": 454.0, "compilation": 42.0}
    assert paid_beforehand("windopt_cold", known) == {"compilation": 42.0}
    assert paid_beforehand("topfarm_smart", known) == {}
