"""Who found the answer, in words: learning is praised only for what it did."""

from typing import Any

import pytest

from windopt.report.found_by import SHORT, found_row, found_sentences
from windopt.search.solution import Origin


def told(found_by: Any, start: str = "warm_start", **gains: float) -> dict[str, Any]:
    origin = vars(Origin(found_by, start, **gains))
    return {"found_by": found_by, "origin": origin}


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (
            told("formula", added_pct=0.0, gain_pct=0.69, warm_start_gain_pct=0.69),
            "The wake formula's warm start found this layout; the learned search added nothing to "
            "it.",
        ),
        (
            told("formula_then_learning", added_pct=0.12, gain_pct=0.81, warm_start_gain_pct=0.69),
            "This layout was begun by the wake formula's warm start and improved by the learned "
            "search (+0.12 % predicted). Of the predicted gain of +0.81 % the warm start had "
            "+0.69 %, the search after it added +0.12 points.",
        ),
        (
            told("learning", "given", added_pct=0.81, gain_pct=0.81),
            "The learned search found this layout, from the given layout.",
        ),
        (
            told("learning", "greedy-2", gain_pct=0.81, warm_start_gain_pct=-0.2),
            "The learned search found this layout, from a greedy layout. Of the predicted gain of "
            "+0.81 % the warm start had -0.20 %, the search after it added +1.01 points.",
        ),
        (
            told("formula_search", "grid-1", added_pct=0.4, gain_pct=0.81),
            "The search on the wake formula found this layout, from a regular grid; nothing was "
            "learned.",
        ),
        (
            told("grid", "grid", added_pct=0.0),
            "This layout is a regular grid: no search has found a better one.",
        ),
        (
            told("given", "given", added_pct=0.0) | {"given_feasible": False},
            "This layout is the given layout, repaired: no search has found a better one.",
        ),
        (
            told("learning", "9 turbines"),
            "The learned search found this layout, from the quick estimate for 9 turbines.",
        ),
        ({}, ""),
    ],
)
def test_each_part_has_its_sentence(summary: dict[str, Any], said: str) -> None:
    assert found_sentences(summary) == said


@pytest.mark.parametrize("part", SHORT)
def test_learning_is_named_only_where_it_had_a_share(part: str) -> None:
    summary = told(part, "given", added_pct=0.1)
    learned = part in ("learning", "formula_then_learning")
    (row,) = found_row(summary)
    assert ("learn" in row.value) == learned


def test_runs_that_do_not_say_it_are_not_guessed_at() -> None:
    assert found_row({"found_by": None, "origin": None}) == []
