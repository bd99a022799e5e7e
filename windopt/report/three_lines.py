"""What a developer of a wind farm reads first: use, the AI's share, the bill.

The first line says which layout to build, whatever found it. The second says what the search with
AI found more than the best search without: that is about the next farm, not about this layout.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from windopt.assessment.labels import label
from windopt.ledger.energy import EnergyWh
from windopt.problem.measure import ENERGY, measures_of
from windopt.report.ai_share import ai_share_in_words
from windopt.report.plain_words import a_year, method, share, watt_hours
from windopt.report.verified import rounded_error
from windopt.report.wording import LABELS
from windopt.runs.assessment_record import AssessmentRecord, Candidate, LayoutChoice
from windopt.words import count_of, significant


class Line(NamedTuple):
    """One of the three lines: what it is about, and what it says."""

    label: str
    text: str


def three_lines(record: AssessmentRecord, summary: Mapping[str, Any]) -> tuple[Line, ...]:
    """Return the three lines of a run.

    Parameters
    ----------
    record : AssessmentRecord
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    over = reference_name(summary, record)
    return (
        Line("Use", _use(record.layout, summary, over)),
        Line("The AI's share", ai_share_in_words(record.ai, summary, over)),
        Line("The bill", _bill(record, summary)),
    )


def reference_name(summary: Mapping[str, Any], record: AssessmentRecord | None = None) -> str:
    """Name the layout that gains count from, by the assessment or else by the summary."""
    over = str(summary.get("reference", "initial"))
    if record is not None and record.layout is not None:
        over = record.layout.over
    return label(over, repaired=over == "initial" and summary.get("given_feasible") is False)


def candidate_name(one: Candidate) -> str:
    """Name a layout, with whether AI found it."""
    if one.name in ("initial", "grid"):
        return one.label
    return f"{one.label}, {'with' if one.learned else 'without'} AI"


def gain_error(used: Candidate) -> float | None:
    """Return the standard error of a layout's mean gain [GWh]; None where all was computed.

    The wake models were asked about the same sample of the wind, so their errors go together.
    """
    if not used.sampled:
        return None
    return sum(used.gain_error_gwh.values()) / len(used.gain_error_gwh)


def _use(choice: LayoutChoice | None, summary: Mapping[str, Any], over: str) -> str:
    if measures_of(summary) != [ENERGY]:
        return _use_for_revenue(summary)
    if choice is None:
        return "layout.csv: there is no other layout here to hold it against."
    used = choice.used
    what = {
        "final": "",
        "initial": f", the {label('initial', summary.get('given_feasible') is False)}",
        "grid": ", a regular grid",
    }.get(used.name, ", found with AI" if used.learned else ", found without AI")
    what = f"{choice.file}{what}"
    best = f"best under {choice.best_under} of {count_of(choice.of, 'wake model')}"
    if choice.of == 1:
        (model,) = used.gain_gwh
        best = f"best under the one wake model that was asked, {model}"
    if used.name == choice.over:
        return f"{what}: {best}; no layout was found that yields more on average."
    told = f"{what}: {best}; {_gain_in_words(used, over)}."
    if used.name == "final" and summary.get("feasible") is False:
        told += " It breaks a boundary or a spacing rule: mend that before it is built."
    return told


def _gain_in_words(used: Candidate, over: str) -> str:
    error = gain_error(used)
    sampled = "" if error is None else f", sampled: ± {rounded_error(error)} GWh"
    average = "on average " if len(used.gain_gwh) > 1 else ""
    pct = significant(abs(used.mean_gain_pct), 2)
    return (
        f"{average}{a_year(abs(used.mean_gain_gwh))} a year ({pct} %{sampled}) "
        f"{'more' if used.mean_gain_gwh >= 0 else 'less'} than the {over}"
    )


def _use_for_revenue(summary: Mapping[str, Any]) -> str:
    gains = {
        reference_name(summary): summary.get("revenue_gain_pct"),
        LABELS["grid"]: summary.get("revenue_gain_over_grid_pct"),
    }
    known = {name: gain for name, gain in gains.items() if gain is not None}
    if not known:
        return "layout.csv: there is no other layout here to hold it against."
    name, least = min(known.items(), key=lambda one: one[1])
    if least <= 0:
        return f"the {name}: no layout was found that earns more."
    return (
        f"layout.csv: it earns {significant(least, 2)} % more a year than the {name}, which was "
        "what was asked for."
    )


def _bill(record: AssessmentRecord, summary: Mapping[str, Any]) -> str:
    bill = record.bill
    if bill.energy_wh["central"] is None:
        cpu = summary.get("cpu_s")
        took = "" if cpu is None else f"; {count_of(round(cpu), 'second')} of processor time"
        return f"not measured (energy.meter: none){took}."
    told = [f"{watt_hours(bill.energy_wh)} for the run"]
    if bill.assessing_wh is not None and bill.assessing_wh["central"]:
        told.append(f"{watt_hours(bill.assessing_wh)} for asking")
    line = ", ".join(told)
    without, part, by = _without_ai(record, summary)
    if without is not None and without["central"] is not None and part is not None:
        bought = f"{share(part)} of the gain" if part < 99.5 else "practically all of the gain"
        if part <= 0:
            bought = "no gain"
        already = "already " if part > 0 else ""
        line += f"; without AI {watt_hours(without)} {already}bought {bought}{by}"
    return f"{line}. {_capital(method(bill.energy_wh))}."


def _without_ai(
    record: AssessmentRecord, summary: Mapping[str, Any]
) -> tuple[EnergyWh | None, float | None, str]:
    """Return what a search without AI took, what part of the gain it found by then [%], by whom.

    Where nothing is known of the way to it, that is the rung of the best search without AI.
    """
    bill, whole = record.bill, record.ladder[-1].mean_gain_gwh if record.ladder else 0.0
    if bill.without_ai_wh is not None:
        several = record.layout is not None and record.layout.of > 1
        own = summary.get("wake_model", "the run's own wake model")
        by = f" (by {own} alone)" if several else ""
        return bill.without_ai_wh, bill.without_ai_share_pct, by
    without = [r for r in record.ladder if r.rung in ("formula", "fitted formula")]
    if not without or whole <= 0 or not record.ladder[-1].learned:
        return None, None, ""
    best = max(without, key=lambda rung: rung.mean_gain_gwh)
    return best.energy_wh, 100.0 * best.mean_gain_gwh / whole, ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].islower() else text
