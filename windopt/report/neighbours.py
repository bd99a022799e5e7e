"""The neighbours in words: what farms cost each other, and the regret of not knowing who comes."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from windopt.report.wording import Row
from windopt.words import count_of

MOST_SPOKEN = 3
"""Neighbours that have sentences of their own above the table."""


class FarmCells(NamedTuple):
    """A neighbour's row of the report's table."""

    name: str
    turbines: str
    years: str
    probability: str
    is_cost: str
    costs_own: str


class NeighbourSection(NamedTuple):
    """What the section shows, in words."""

    said: list[str]
    rows: list[FarmCells]
    notes: list[str]


def neighbour_section(summary: Mapping[str, Any]) -> NeighbourSection | None:
    """Return the section of a run's report; None where there are no neighbours.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    told = summary.get("neighbours")
    if told is None:
        return None
    rows = [
        FarmCells(
            one["name"],
            str(one["turbines"]),
            _years(one),
            f"{one['probability']:.0%}",
            _figure(one["is_cost"]),
            _figure(one["costs_own"]),
        )
        for one in told["farms"]
    ]
    spoken = told if len(rows) <= MOST_SPOKEN else {**told, "farms": []}
    return NeighbourSection(sentences(spoken), rows, _notes(told))


def sentences(told: Mapping[str, Any]) -> list[str]:
    """Return what farms cost each other and the regret, a sentence each."""
    said = []
    for one in told["farms"]:
        name = one["name"]
        said.append(f"Your farm costs {name} {_figure(one['is_cost'])} a year while both stand.")
        said.append(f"{name} costs yours {_figure(one['costs_own'])} a year while both stand.")
    said.append(
        f"All neighbours together cost yours {_figure(told['on_own'])} a year, over the years of "
        "operation."
    )
    return said + _regret(told["regret"])


def neighbour_rows(summary: Mapping[str, Any]) -> list[Row]:
    """Return the rows that a run's table on the console has."""
    told = summary.get("neighbours")
    if told is None:
        return []
    rows = [Row("neighbours cost it", _short(told["on_own"]), "a year, all together")]
    for one in told["farms"]:
        rows.append(Row(f"costs {one['name']}", _short(one["is_cost"]), "a year, while both stand"))
        rows.append(Row(f"{one['name']} costs it", _short(one["costs_own"]), ""))
    regret = told["regret"]
    if "missing" not in regret:
        rows.append(Row("regret", _short(regret["ignoring_them"]), "by ignoring the neighbours"))
        rows.append(Row("", _short(regret["none_comes"]), "if none of them ever comes"))
    return rows


def _regret(regret: Mapping[str, Any]) -> list[str]:
    if "missing" in regret:
        return [f"The regret of ignoring the neighbours is not told: {regret['missing']}."]
    return [
        f"Regret of ignoring them: a layout searched without the neighbours yields "
        f"{_figure(regret['ignoring_them'])} a year less than this one where they come.",
        f"Regret of counting on them: if none ever comes, this layout yields "
        f"{_figure(regret['none_comes'])} a year less than the one searched without them.",
    ]


def _notes(told: Mapping[str, Any]) -> list[str]:
    number, sets = told["conditions"], count_of(len(told["build_outs"]), "set")
    how = "a sample of" if told["sampled"] else "all"
    notes = [
        f"By FLORIS in {how} {count_of(number, 'wind condition')}, the same with and without each "
        "farm; ± is one standard error. What one farm costs is told among the neighbours that most "
        f"likely stand with it; what all cost, over {sets} of neighbours, weighed by years and "
        "probability."
    ]
    if "missing" not in told["regret"]:
        notes.append(
            "The layout searched without the neighbours had at most a share of the search's "
            "processor time (report.neighbours_share): a regret below its error, or below 0, says "
            "that the neighbours make no difference which these searches can tell."
        )
    return notes


def _years(one: Mapping[str, Any]) -> str:
    if one["from"] is None and one["to"] is None:
        return "always"
    return f"{one['from'] or ''}–{one['to'] or ''}"


def _figure(one: Mapping[str, float]) -> str:
    """Return a loss such as ``0.41 ± 0.02 % (0.93 ± 0.05 GWh)``."""
    share = _with_error(one["pct"], one["error_pct"])
    return f"{share} % ({_with_error(one['gwh'], one['error_gwh'])} GWh)"


def _short(one: Mapping[str, float]) -> str:
    """Return a loss such as ``0.93 ± 0.05 GWh, 0.41 %``."""
    return f"{_with_error(one['gwh'], one['error_gwh'])} GWh, {one['pct']:.2f} %"


def _with_error(figure: float, error: float) -> str:
    """Return a figure with as many digits as its error has, such as ``0.934 ± 0.005``."""
    if not error:
        return f"{figure:.2f}"
    digits = min(4, max(2, -math.floor(math.log10(error))))
    return f"{figure:.{digits}f} ± {max(error, 10.0**-digits):.{digits}f}"
