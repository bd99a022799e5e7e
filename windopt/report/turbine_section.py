"""The report's section on turbines: the moves and their gains, and one more turbine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from windopt.exports.placed import turbine_columns
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY, Measure, measures_of
from windopt.problem.problem import LayoutProblem
from windopt.report.measures import difference, gain_cell, quantity, scale_of
from windopt.report.svg_map import SvgMap, map_of_moves, map_of_one_more
from windopt.report.wording import label_of, references
from windopt.words import count_of

STAYED = "stayed"
MOVED_D = 0.05
"""As in `windopt.verification.what_if`."""
HIGHEST = 3
"""Of the moves that gained most, so many are named in words."""


@dataclass(frozen=True)
class TurbineRow:
    """One turbine before and after; nan where FLORIS was not asked.

    Attributes
    ----------
    number, parcel, type : int
        From 1, from 1 (0 off the site), its name.
    moved_m, moved_d : float
        How far [m, rotor diameters]; nan without a given layout.
    before_gwh, after_gwh : float [GWh]
        Its own energy a year.
    wake_loss_pct : float [%]
        After.
    gains : tuple of str
        Of its move by each measure, the last in words where it is no number.
    order : float
        By which rows are sorted.
    """

    number: int
    parcel: int
    type: str
    moved_m: float
    moved_d: float
    before_gwh: float
    after_gwh: float
    wake_loss_pct: float
    gains: tuple[str, ...]
    order: float


@dataclass(frozen=True)
class TurbineSection:
    """What the section shows.

    Attributes
    ----------
    maps : (title, sentence, svg) of each layout
    ways : str
        Svg map of the moves; empty without a given layout.
    rows : list[TurbineRow]
        The turbines, those whose moves gained most first.
    said : list[str]
        On moves, in sentences.
    several_types : bool
        Whether there are.
    measures : list of Measure
        By which moves and places are told of.
    one_more : str
        Svg map of what one more turbine would yield; empty if FLORIS was not asked.
    places : list[tuple[float, float, list[str]]]
        Of one more turbine, (x, y, gain by each measure).
    more : list[str]
        On one more turbine, in sentences.
    """

    maps: list[tuple[str, str, str]]
    ways: str
    rows: list[TurbineRow]
    said: list[str]
    several_types: bool
    measures: list[Measure]
    one_more: str
    places: list[tuple[float, float, list[str]]]
    more: list[str]


def turbine_section(
    problem: LayoutProblem, layouts: Mapping[str, Any], answers: Mapping[str, Any] | None
) -> TurbineSection:
    """Put together what a run knows of its turbines.

    Parameters
    ----------
    layouts : mapping of str to Any
        Those of `verification.json`.
    answers : mapping of str to Any, or None
        The content of `what_if.json`; None where FLORIS has not been asked.
    """
    before = np.array(layouts["initial"]["layout"]) if "initial" in layouts else None
    after = np.array(layouts["final"]["layout"])
    measures = measures_of({**layouts["final"], **(answers or {})})
    rows = _rows(problem, layouts, before, after, answers, measures)
    return TurbineSection(
        maps=[_map(problem, layouts, key) for key in [*references(layouts)[:1], "final"]],
        ways="" if before is None else map_of_moves(problem, before, after),
        rows=rows,
        said=_said(rows, layouts.get("initial"), answers, measures),
        several_types=len(problem.turbines) > 1,
        measures=measures,
        one_more=(map_of_one_more(problem, after, answers) if answers and "map" in answers else ""),
        places=[
            (place["x"], place["y"], [gain_cell(m, place.get(m.gain_key)) for m in measures])
            for place in (answers or {}).get("places", [])
        ],
        more=_more(answers, _mean_yield(problem, layouts["final"], answers)),
    )


def _map(problem: LayoutProblem, layouts: Mapping[str, Any], key: str) -> tuple[str, str, str]:
    one = layouts[key]
    layout, label = np.array(one["layout"]), label_of(layouts, key)
    drawn = SvgMap(problem, f"{label}: {count_of(len(layout), 'turbine')}")
    own, loss = one.get("turbine_aep_gwh"), one.get("turbine_wake_loss_pct")
    titles = [f"turbine {i}" for i in range(1, len(layout) + 1)]
    if len(problem.turbines) > 1 and len(layout) == len(problem.types):
        titles = [
            f"{title}, {problem.turbines[kind].name}"
            for title, kind in zip(titles, problem.types, strict=True)
        ]
    if own and loss:
        titles = [
            f"{title}: {gwh:,.2f} GWh a year, wake loss {pct:.1f} %"
            for title, gwh, pct in zip(titles, own, loss, strict=True)
        ]
    drawn.turbines(layout, "given" if key == "initial" else key, titles, numbered=True)
    words = f"{one['aep_gwh']:,.1f} GWh a year, wake loss {one['wake_loss_pct']:.2f} %"
    for measure in measures_of(one)[:-1]:
        words = f"{quantity(measure, one[measure.key])} a year, {words}"
    return label, words, drawn.render()


def _rows(
    problem: LayoutProblem,
    layouts: Mapping[str, Any],
    before: FloatArray | None,
    after: FloatArray,
    answers: Mapping[str, Any] | None,
    measures: list[Measure],
) -> list[TurbineRow]:
    n, final = len(after), layouts["final"]
    columns = turbine_columns(problem, after)
    way = np.full(n, np.nan) if before is None else np.hypot(*(after - before).T)
    own = _of_each(final, "turbine_aep_gwh", n)
    was = _of_each(layouts.get("initial", {}), "turbine_aep_gwh", n)
    loss = _of_each(final, "turbine_wake_loss_pct", n)
    moves = {move["turbine"]: move for move in (answers or {}).get("moves", [])}
    rows = []
    for i in range(n):
        move, gains, order = moves.get(i), [""] * len(measures), -np.inf
        if move is not None and move[ENERGY.gain_key] is not None:
            gains = [gain_cell(measure, move.get(measure.gain_key)) for measure in measures]
            order = next(move[m.gain_key] for m in measures if m.gain_key in move)
        elif move is not None:
            gains[-1] = f"place taken by {_name(move['taken_by'], n)}"
        elif before is not None and way[i] <= MOVED_D * problem.rotor_diameter:
            gains[-1] = STAYED
        diameter = problem.turbines[problem.types[i]].rotor_diameter
        rows.append(
            TurbineRow(
                number=i + 1,
                parcel=columns["parcel"][i],
                type=str(columns["type"][i]),
                moved_m=float(way[i]),
                moved_d=float(way[i] / diameter),
                before_gwh=was[i],
                after_gwh=own[i],
                wake_loss_pct=loss[i],
                gains=tuple(gains),
                order=order,
            )
        )
    return sorted(rows, key=lambda row: (-row.order, -np.nan_to_num(row.moved_m), row.number))


def _of_each(one: Mapping[str, Any], key: str, n: int) -> list[float]:
    values = list(one.get(key, []))
    return values if len(values) == n else [float("nan")] * n


def _name(number: int, n: int) -> str:
    return f"{number + 1}" if number < n else f"fixed turbine {number - n + 1}"


def _said(
    rows: list[TurbineRow],
    given: Mapping[str, Any] | None,
    answers: Mapping[str, Any] | None,
    measures: list[Measure],
) -> list[str]:
    """Return in sentences which turbines moved and how the gains were computed."""
    if given is None:
        return ["No layout was given, so no turbine has moved: all of them are new."]
    movers = [row for row in rows if row.gains[-1] != STAYED]
    way = sum(row.moved_m for row in movers) / max(1, len(movers))
    said = [
        f"{len(movers)} of {count_of(len(rows), 'turbine')} "
        f"{'has' if len(movers) == 1 else 'have'} moved, by {way:,.0f} m on average. Turbines "
        "of a type are paired, before and after, so that the sum of the distances is least."
    ]
    if given.get("repaired"):
        said.append("Distances begin where the repair of the given layout has put the turbines.")
    if why := _why_not(answers):
        return [*said, f"The gain of each move is not known: {why}."]
    assert answers is not None
    asked = [row for row in rows if row.order > -np.inf]
    said.append(
        "The gain of a move is what the farm loses, by FLORIS, when that turbine alone is put "
        "back where it was. Moves depend on each other, so their gains do not add up to the gain "
        "of the layout."
    )
    told = [measure for measure in measures if measure.gain_key in answers]
    gained = " and ".join(difference(measure, answers[measure.gain_key]) for measure in told)
    whole = f", where the whole layout gains {gained}"
    said.append(f"{_how_asked(answers)}{whole}.")
    if left := len(answers["not_asked"]):
        said.append(f"For the {left} that moved least there was no time to ask FLORIS.")
    if asked and (best := [row for row in asked[:HIGHEST] if row.order > 0]):
        unit, k = scale_of(told[0]).gain_unit, measures.index(told[0])
        named = ", ".join(f"{row.number} ({row.gains[k]} {unit})" for row in best)
        said.append(f"The moves that gained most: {named}.")
    return said


def _how_asked(answers: Mapping[str, Any]) -> str:
    """Return how much of the rose FLORIS was asked about, and what that leaves open."""
    if answers["conditions"] == answers["of"]:
        return f"FLORIS was asked about all {count_of(answers['of'], 'wind condition')}"
    return (
        f"FLORIS was asked about {answers['conditions']:,} of "
        f"{count_of(answers['of'], 'wind condition')}, and the surrogate has its word on the rest "
        f"(standard error of a gain at most {answers['error_gwh']:.2g} GWh)"
    )


def _mean_yield(
    problem: LayoutProblem, final: Mapping[str, Any], answers: Mapping[str, Any] | None
) -> float:
    """Return what a turbine yields on average, of the newcomer's type where that is known [GWh]."""
    own = _of_each(final, "turbine_aep_gwh", problem.n_turbines)
    of_type = [
        gwh
        for gwh, kind in zip(own, problem.types, strict=True)
        if problem.turbines[kind].name == (answers or {}).get("type")
    ]
    mean = float(np.mean(of_type)) if of_type else np.nan
    return final["aep_gwh"] / len(problem.counted_types) if np.isnan(mean) else mean


def _more(answers: Mapping[str, Any] | None, mean_gwh: float) -> list[str]:
    """Return in sentences what one more turbine would yield."""
    if why := _why_not(answers):
        return [f"Not known: {why}."]
    assert answers is not None
    if "map" not in answers:
        return ["No map: no place keeps the spacing, or the run folder has no surrogate."]
    gains = [place["gain_gwh"] for place in answers["places"]]
    return [
        f"One more turbine ({answers['type']}) would raise the farm's yield by {max(gains):,.2f} "
        f"GWh a year at the best place found; now one yields {mean_gwh:,.2f} GWh on average.",
        "The map and the choice of places are the surrogate's; the yields are FLORIS's, less what "
        "the other turbines lose in the new wake. The other turbines stay where they are.",
    ]


def _why_not(answers: Mapping[str, Any] | None) -> str:
    """Return why FLORIS was not asked; empty where it was."""
    if answers is None:
        return "FLORIS was not asked; windopt report with --ask 180 asks it"
    match answers.get("refused"):
        case "config":
            return "the config leaves it out (report.cpu_seconds: 0); --ask 180 computes it"
        case "budget":
            return "the budget was spent; windopt report with --ask 180 asks again"
        case "size":
            return (
                f"it would take FLORIS some {answers['cpu_s']:,.0f} CPU-seconds, more than the "
                f"{answers['limit_s']:g} of report.cpu_seconds; --ask gives it more"
            )
    return ""
