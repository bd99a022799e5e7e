"""Which part of a run found its layout, in words: learning is named only if it contributed."""

from collections.abc import Mapping
from typing import Any

from windopt.report.verified import places, rounded_error
from windopt.report.wording import Row
from windopt.words import significant

SHORT = {
    "learning": "learned search",
    "formula_then_learning": "formula, then learning",
    "formula": "wake formula",
    "formula_search": "search on the formula",
    "grid": "regular grid",
    "given": "given layout",
}
STARTS = {
    "warm_start": "the wake formula's warm start",
    "given": "the given layout",
    "grid": "a regular grid",
    "greedy": "a greedy layout",
    "random": "a random layout",
    "tight": "the tightest lattice",
    "lattice": "a lattice drawn at random",
    "from": "a layout of the curve over the number of turbines",
    "rows": "free layouts and lattices",
}
LEARNED = ("learning", "formula_then_learning")
"""Values of `found_by` to which learning contributed."""


def found_sentences(summary: Mapping[str, Any]) -> str:
    """Return which part of a run found its layout, and its share of the gain.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`; nothing is told where it has no `origin`.
    """
    part, origin = summary.get("found_by"), summary.get("origin")
    if not part or not origin:
        return ""
    begun = _start(origin["start"])
    said = {
        "learning": f"The learned search found this layout, from {begun}.",
        "formula_then_learning": "This layout was begun by the wake formula's warm start and "
        f"improved by the learned search{_added(origin)}.",
        "formula": "The wake formula's warm start found this layout; the learned search added "
        "nothing that FLORIS can distinguish from zero."
        if origin.get("over_warm_start_pct") is not None
        else "The wake formula's warm start found this layout; the learned search added nothing "
        "to it.",
        "formula_search": f"The search on the wake formula found this layout, from {begun}; "
        "nothing was learned.",
        "grid": "This layout is a regular grid: no search has found a better one.",
        "given": f"This layout is the {_given(summary)}: no search has found a better one.",
    }[part]
    shares = _shares(origin) if part in LEARNED else ""
    return " ".join(filter(None, [said, shares, _over_warm_start(origin)]))


def found_row(summary: Mapping[str, Any]) -> list[Row]:
    """Return the line of the summary on which part found the layout; none if unknown."""
    part, origin = summary.get("found_by"), summary.get("origin")
    if not part or not origin:
        return []
    begun, remark = _start(origin["start"]), ""
    if part in ("learning", "formula_search"):
        remark = f"from {begun}"
    elif part == "formula_then_learning":
        remark = f"improved by learning{_added(origin)}"
    elif part == "formula":
        remark = "learning added nothing"
    return [Row("found by", _given(summary) if part == "given" else SHORT[part], remark)]


def _shares(origin: Mapping[str, Any]) -> str:
    """Return the warm start's share of the gain."""
    gain, warm_started = origin["gain_pct"], origin["warm_start_gain_pct"]
    if gain is None or warm_started is None:
        return ""
    return (
        f"Of the predicted gain of {gain:+.2f} % the warm start had {warm_started:+.2f} %, the "
        f"search after it added {gain - warm_started:+.2f} points."
    )


def _over_warm_start(origin: Mapping[str, Any]) -> str:
    """Return the lead of the layout over the warm start, by FLORIS."""
    lead, error = origin.get("over_warm_start_pct"), origin.get("over_warm_start_error_pct")
    if lead is None or error is None:
        return ""
    figure = f"{lead:+.{places(error)}f}" + (f" ± {rounded_error(error)}" if error else "")
    return f"By FLORIS this layout yields {figure} % over the warm start."


def _start(name: str) -> str:
    """Put the name of a start into words; "grid-1" is a grid."""
    if name.endswith(("turbine", "turbines")):
        return f"the quick estimate for {name}"
    return STARTS.get(name.partition("-")[0], name)


def _given(summary: Mapping[str, Any]) -> str:
    return "given layout, repaired" if summary.get("given_feasible") is False else "given layout"


def _added(origin: Mapping[str, Any]) -> str:
    """Return what the search added to its start; empty if unknown."""
    added = origin["added_pct"]
    return "" if added is None else f" (+{significant(added, 2)} % predicted)"
