"""A sentence about a run that anybody can quote, with a formula and a source for each figure.

It is composed of the run's own numbers, with the uncertainty in words. What is not known is said,
never left out: no energy measured, no search without AI, no gain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from windopt.assessment.equivalences import EQUIVALENCES, Equivalence
from windopt.problem.measure import ENERGY, measures_of
from windopt.report.ai_share import how_sure, is_near, own_share, rival_in_words, uses_ai
from windopt.report.plain_words import a_year, factor_of_error, method
from windopt.report.three_lines import (
    gain_error,
    reference_name,
)
from windopt.report.verified import rounded_error
from windopt.report.wording import duration
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Candidate
from windopt.words import count_of, significant

BY_NAME = {one.name: one for one in EQUIVALENCES}
BULB, HOUSEHOLDS = BY_NAME["60 W bulb"], BY_NAME["Dutch dwellings"]


class Origin(NamedTuple):
    """Where a figure of the sentence comes from."""

    figure: str
    formula: str
    source: str


@dataclass(frozen=True)
class Quotable:
    """The sentence, and the origin of each of its figures."""

    sentence: str
    origins: tuple[Origin, ...]


class _Clause(NamedTuple):
    text: str
    origins: tuple[Origin, ...] = ()


def quotable(record: AssessmentRecord, summary: Mapping[str, Any]) -> Quotable:
    """Compose the sentence of a run.

    Parameters
    ----------
    record : AssessmentRecord
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    clauses = [_energy(record, summary)]
    if measures_of(summary) != [ENERGY]:
        clauses.append(_revenue(summary))
    else:
        clauses.append(_gain(record, summary))
        if not _is_in_vain(record):
            clauses += _ai_and_rival(record, summary)
    told = "; ".join(one.text for one in clauses)
    return Quotable(f"{told}.", tuple(one for clause in clauses for one in clause.origins))


def _is_in_vain(record: AssessmentRecord) -> bool:
    """Return whether the layout to be used is the one that gains count from."""
    choice = record.layout
    return choice is not None and (choice.use == choice.over or choice.used.mean_gain_gwh <= 0)


def _energy(record: AssessmentRecord, summary: Mapping[str, Any]) -> _Clause:
    """Return what electricity the run took, in seconds of a bulb."""
    turbines = count_of(summary["n_turbines"], "turbine")
    arrange = f"to arrange the {turbines}" if summary["n_turbines"] > 1 else "to place the turbine"
    who = "the AI" if uses_ai(summary) else "the computer"
    energy = record.bill.energy_wh
    if energy["central"] is None:
        cpu = f"{significant(summary['cpu_s'], 2)} seconds of processor time"
        told = f"{arrange}, {who} took {cpu}, whose electricity was not measured"
        return _Clause(_capital(told), (Origin(cpu, "counted", "ledger.jsonl"),))
    seconds = energy["central"] / BULB.divisor
    lit = duration(seconds, 2)
    factor = factor_of_error(energy)
    doubt = "" if factor is None else f" (give or take a factor of {significant(factor, 2)})"
    told = f"{arrange}, {who} took as much electricity as a 60 W bulb in {lit}{doubt}"
    origin = Origin(
        f"{lit} of a bulb",
        f"{significant(energy['central'], 2)} Wh × 3,600 J/Wh / 60 W",
        f"ledger.jsonl, {method(energy)}; bulb: {BULB.source}",
    )
    return _Clause(_capital(told), (origin,))


def _gain(record: AssessmentRecord, summary: Mapping[str, Any]) -> _Clause:
    """Return what the layout to be used gains on paper."""
    choice = record.layout
    if choice is None:
        return _Clause("there is no other layout to tell what that gained")
    used, over = choice.used, reference_name(summary, record)
    if _is_in_vain(record):
        return _Clause(f"no layout was found that yields more on paper than the {over}")
    gained = a_year(used.mean_gain_gwh)
    models = count_of(len(used.gain_gwh), "wake model")
    mean = (
        f"mean over {models} of " if len(used.gain_gwh) > 1 else f"by {next(iter(used.gain_gwh))}, "
    )
    codes = ", ".join(dict.fromkeys(choice.codes.values()))
    origin = Origin(
        f"{gained} a year",
        f"{mean}yearly energy of {choice.file} less that of the {over}",
        f"{codes}; assessment.json, candidates{_sampled(used)}",
    )
    text = f"on paper the farm yields {gained} a year more than the {over}"
    if record.ai.difference_mwh is None or record.ai.difference_mwh <= 0:
        homes, more = _households(used.mean_gain_gwh)
        return _Clause(f"{text}, some {homes} Dutch households' worth", (origin, more))
    return _Clause(text, (origin,))


def _ai_and_rival(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[_Clause]:
    """Return what a search without AI found, and what is left as the AI's own share."""
    if not uses_ai(summary):
        return [_Clause("no AI was needed, for the wakes are a known formula")]
    ai, rival = record.ai, rival_in_words(record.ai)
    if ai.difference_mwh is None:
        return [_Clause("how much of that an ordinary formula finds has not been asked")]
    lead = ai.difference_mwh / 1e3
    size, part = a_year(abs(lead)), own_share(ai)
    origins = Origin(
        f"{size} a year",
        f"mean over {count_of(ai.models, 'wake model')}{_repeated(ai)} of "
        f"yearly energy with AI less that by {rival}",
        f"differences.csv; {', '.join(ai.codes)}",
    )
    sure = how_sure(ai)
    if lead <= 0:
        told = f"{rival}, given as much computing, found {size} a year more"
        return [_Clause(f"{told}: {sure}", (origins,))]
    others: list[_Clause] = []
    if part is not None and ai.gain_mwh is not None:
        gain, of_rival = ai.gain_mwh / 1e3, 100.0 - part
        if of_rival <= 0:
            others.append(_Clause(f"{rival}, given as much computing, found nothing"))
        else:
            percent = f"{of_rival:.0f} per cent" if of_rival < 99.5 else "practically all"
            from_ = Origin(
                percent,
                f"({a_year(gain)} − {size}) / {a_year(gain)}, gains of the search with AI and lead",
                "assessment.json, ai",
            )
            that = "that" if _is_of_ai(record) else "what the AI found"
            text = f"{rival}, given as much computing, found {percent} of {that}"
            others.append(_Clause(text, (from_,)))
    if is_near(ai) and "small" in sure:
        return [*others, _Clause(f"the AI's own share is {sure}", (origins,))]
    homes, more = _households(lead)
    worth = f"some {homes} Dutch households' worth"
    if "cannot be told" in sure:
        but = "; " if sure.startswith("AI ") else ", but "
        own = f"the AI's own share is {size}, {worth}{but}{sure}"
    else:
        own = f"the AI's own share is {size}, {sure}, {worth}"
    return [*others, _Clause(own, (origins, more))]


def _repeated(ai: AiShare) -> str:
    return f" and {ai.seeds} repetitions" if ai.seeds > 1 else ""


def _sampled(used: Candidate) -> str:
    error = gain_error(used)
    return "" if error is None else f"; sampled, ± {rounded_error(error)} GWh"


def _is_of_ai(record: AssessmentRecord) -> bool:
    """Return whether the layout to be used is the AI's."""
    return record.layout is not None and record.layout.used.learned


def _revenue(summary: Mapping[str, Any]) -> _Clause:
    """Return what the layout earns more, where the revenue was maximised."""
    gain, over = summary.get("revenue_gain_pct"), reference_name(summary)
    if gain is None:
        return _Clause("there is no other layout to tell what that gained")
    if gain <= 0:
        return _Clause(f"no layout was found that earns more on paper than the {over}")
    percent = f"{significant(gain, 2)} per cent"
    origin = Origin(percent, f"revenue of layout.csv / revenue of the {over} − 1", "summary.json")
    return _Clause(f"on paper the farm earns {percent} more than with the {over}", (origin,))


def _households(gwh: float) -> tuple[str, Origin]:
    """Return how many households a yearly energy supplies, and where that comes from."""
    return _counted(HOUSEHOLDS, 1e9 * gwh, a_year(gwh))


def _counted(one: Equivalence, amount: float, what: str) -> tuple[str, Origin]:
    number = significant(amount / one.divisor, 2)
    source = one.source if one.year is None else f"{one.source}, {one.year}"
    return number, Origin(f"{number} households", f"{what}: {one.formula}", source)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
