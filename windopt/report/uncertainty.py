"""The report's section on how surely AEP is known, and its line on the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from windopt.assessment.uncertainty import EXCEEDED, Budget
from windopt.report.verified import rounded_error
from windopt.runs.uncertainty import budget_in
from windopt.words import count_of, significant

SHOWN_YEARS = 10
"""Years of which the console speaks, or the nearest that the config names."""
NOTHING_KNOWN = (
    "Nothing is known of it: the config's uncertainty states nothing, and no other wake models "
    "have been asked."
)
LEFT_OUT = "What is left out makes P75, P90 and P99 look better than they are."
ASSUMED = (
    "The components are taken as independent, and AEP as normally distributed. The wind of single "
    "years averages out over the years; what else is uncertain is the same in all of them."
)


class ComponentCells(NamedTuple):
    """A component in the table: its figures in words, and the length of its bar [% of longest]."""

    name: str
    speed: str
    aep: str
    bar: float
    source: str


class YearCells(NamedTuple):
    """The mean AEP of some years in the table: standard deviation, then what is exceeded."""

    years: str
    std: str
    exceeded: list[str]


@dataclass(frozen=True)
class UncertaintySection:
    """What the section shows, in words; without tables where nothing is known."""

    said: list[str]
    components: list[ComponentCells]
    by_years: list[YearCells]
    notes: list[str]


def uncertainty_section(summary: Mapping[str, Any]) -> UncertaintySection:
    """Return the section of a run's report.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    budget = budget_in(summary)
    if budget is None or not budget.is_known:
        return UncertaintySection([NOTHING_KNOWN], [], [], [])
    longest = max(one.aep_pct or 0.0 for one in budget.components) or 1.0
    return UncertaintySection(
        [_expected(summary, budget)],
        [
            ComponentCells(
                one.name + (", of one year" if one.of_a_year else ""),
                _percent(one.speed_pct),
                "not stated" if one.aep_pct is None else _percent(one.aep_pct),
                100.0 * (one.aep_pct or 0.0) / longest,
                "" if one.aep_pct is None and one.speed_pct is None else one.source,
            )
            for one in budget.components
        ],
        [
            YearCells(
                count_of(years, "year"),
                _percent(budget.std_pct(years)),
                [f"{budget.exceeded_gwh(q, years):,.1f}" for q in EXCEEDED],
            )
            for years in budget.years
        ],
        _notes(budget),
    )


def uncertainty_row(summary: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return label, value and remark of the line on the console; None where nothing is known.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    budget = budget_in(summary)
    if budget is None or not budget.is_known:
        return None
    years = min(budget.years, key=lambda one: abs(one - SHOWN_YEARS))
    p90 = budget.exceeded_gwh(90, years)
    said = [f"± {_percent(budget.std_pct(years))} %"]
    if summary.get("losses_pct"):
        said.insert(0, "net")
    if summary.get("robust"):
        said.insert(-1, "over the wake models")
    if budget.years_differ:
        said.insert(-1, f"mean over {count_of(years, 'year')}")
    if budget.p50_error_gwh:
        said.append(f"P50 {_sampled(budget)}")
    remark = ", ".join(said)
    if left_out := ", ".join(budget.not_stated):
        remark += f"; without {left_out}: not stated"
    return "P50 / P90 of AEP", f"{budget.p50_gwh:,.1f} / {p90:,.1f} GWh", remark


def _expected(summary: Mapping[str, Any], budget: Budget) -> str:
    """Return what P50 is, and of what."""
    losses = summary.get("losses_pct") or 0.0
    after = f"after losses of {significant(losses)} %" if losses else "before losses"
    sampled = f" ({_sampled(budget)})" if budget.p50_error_gwh else ""
    return (
        f"Expected AEP, P50: {budget.p50_gwh:,.1f} GWh a year by FLORIS{sampled}, {after}, of "
        f"{budget.p50_of}. P90 is exceeded with a probability of 90 %."
    )


def _sampled(budget: Budget) -> str:
    return f"sampled, ± {rounded_error(budget.p50_error_gwh)} GWh"


def _notes(budget: Budget) -> list[str]:
    """Return what is left out, and what is assumed."""
    notes = []
    if left_out := budget.not_stated:
        notes.append(f"Not stated, and not in the sum: {', '.join(left_out)}. {LEFT_OUT}")
    if not budget.years_differ:
        notes.append("Without the wind year, the numbers of years make no difference.")
    if budget.speed_sensitivity is not None:
        notes.append(
            f"1 % of wind speed is {significant(budget.speed_sensitivity)} % of AEP, by the "
            "power curves in this wind; wakes are taken as one drop of all wind speeds that loses "
            "as much energy."
        )
    notes.append(ASSUMED)
    if any(budget.exceeded_gwh(99, years) < 0 for years in budget.years):
        notes.append("P99 is below zero: a normal distribution does not describe so much spread.")
    return notes


def _percent(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value >= 0.1 or value == 0 else significant(value, 1)
