"""The ladder: from the given layout to the search with AI, each rung with its gain and its energy.

The rungs are those of `assessment.json`, in words that need no knowledge of the code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from windopt.report.plain_words import a_year, factor_of_error, share, watt_hours
from windopt.report.three_lines import reference_name
from windopt.runs.assessment_record import AssessmentRecord, Rung
from windopt.words import count_of, significant

STEPS = {
    "grid": ("regular grid", "regular grid"),
    "formula": ("search with a wake formula", "wake\nformula"),
    "fitted formula": ("search with a fitted wake formula", "fitted\nformula"),
    "kernel": ("search with AI, one wake model", "AI, one\nwake model"),
    "kernels": ("search with AI, several wake models", "AI, several\nwake models"),
}
"""What a rung is called in the table, and in the figure."""
EXPLAINED = {
    "grid": "a regular grid has rows and columns, turned, stretched and sheared until they yield "
    "most by a simple formula",
    "formula": "a wake formula is a simple one from textbooks, by which the same search judges "
    "layouts, with nothing learned",
    "fitted formula": "a fitted one has its few constants adjusted to the wake model",
    "kernel": "the AI is a small neural network that has learned the wakes of one wake model",
    "kernels": "with several wake models, the layout is searched that does well under all of them "
    "together",
}
"""What a step is, in a clause."""
HEAD = (
    "step",
    "gain [GWh a year]",
    "by wake model",
    "electricity [Wh]",
    "processor time [s]",
    "more gain for each Wh more [GWh a year]",
    "its part of the gain",
)


def step_name(rung: Rung, over: str, short: bool = False) -> str:
    """Name a rung; `over` is what people call the layout that gains count from."""
    if rung.rung == "given":
        return over if "grid" not in over else rung.label
    return STEPS.get(rung.rung, (rung.label, rung.label))[short]


def ladder_rows(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the table of the ladder with its headings in the first row; empty without rungs.

    Columns of which nothing is known are left out.
    """
    if not record.ladder:
        return []
    over = reference_name(summary, record)
    rows = [_row(rung, over) for rung in record.ladder]
    known = [k for k in range(len(HEAD)) if any(row[k] for row in rows)]
    return [tuple(row[k] for k in known) for row in [HEAD, *rows]]


def _row(rung: Rung, over: str) -> tuple[str, ...]:
    gains = rung.gain_gwh.values()
    by_model = f"{_gwh(min(gains))} to {_gwh(max(gains))}" if len(gains) > 1 and any(gains) else ""
    marginal = rung.marginal_gwh_per_wh
    return (
        step_name(rung, over),
        _gwh(rung.mean_gain_gwh),
        by_model,
        "" if rung.energy_wh is None else watt_hours(rung.energy_wh).replace(" Wh", ""),
        "" if not rung.cpu_s else significant(rung.cpu_s, 2),
        "" if marginal is None else _rounded(marginal),
        "" if rung.share_pct is None else share(rung.share_pct),
    )


def _rounded(amount: float) -> str:
    return f"{'−' if amount < 0 else ''}{significant(abs(amount), 2)}"


def _gwh(gain: float) -> str:
    sign = "−" if gain < 0 else ""
    return f"{sign}{significant(abs(gain), 3)}"


def steps_in_words(record: AssessmentRecord) -> str:
    """Return what the steps of the ladder are; empty without any."""
    told = [EXPLAINED[rung.rung] for rung in record.ladder if rung.rung in EXPLAINED]
    return f"The steps: {'; '.join(told)}." if told else ""


def ladder_in_words(record: AssessmentRecord, summary: Mapping[str, Any]) -> str:
    """Return what the figure of the ladder shows, for who cannot see it."""
    over = reference_name(summary, record)
    told = [f"{step_name(rung, over)}: {_point(rung)}" for rung in record.ladder]
    models = count_of(len(record.ladder[-1].gain_gwh), "wake model")
    return (
        f"Gain in yearly energy over the {over}, mean of {models}, against the electricity spent. "
        f"{'; '.join(told)}.{_doubt(record)}"
    )


def _doubt(record: AssessmentRecord) -> str:
    """Return by which factor all energies may be wrong; empty where none is known."""
    known = [rung.energy_wh for rung in record.ladder if rung.energy_wh is not None]
    factors = [factor for wh in known if (factor := factor_of_error(wh)) is not None]
    if not factors:
        return ""
    return f" All energies may be wrong by a factor of {significant(max(factors), 2)}."


def _point(rung: Rung) -> str:
    gain = a_year(rung.mean_gain_gwh, signed=True) + " a year" if rung.mean_gain_gwh else "0"
    if rung.energy_wh is None or rung.energy_wh["central"] is None:
        return gain
    return f"{gain} for {significant(rung.energy_wh['central'], 2)} Wh"


def improving(ladder: Sequence[Rung]) -> list[Rung]:
    """Return the rungs that lead upwards: each with a higher mean gain than all before."""
    best, found = -float("inf"), []
    for rung in ladder:
        if rung.mean_gain_gwh > best:
            best = rung.mean_gain_gwh
            found.append(rung)
    return found
