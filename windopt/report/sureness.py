"""How sure an assessment is, and what it assumes: in sentences for who knows no wake models."""

from collections.abc import Mapping
from typing import Any

from windopt.ledger.energy import NOT_MEASURED
from windopt.report.ai_share import asking_in_words, chances, delta_in_words, uses_ai
from windopt.report.ground import ground_sentences
from windopt.report.plain_words import a_year, method, watt_hours
from windopt.report.verified import is_sampled, rounded_error
from windopt.report.wording import given_sentences
from windopt.runs.assessment_record import AiShare, AssessmentRecord, LayoutChoice
from windopt.words import count_of, significant

WORDS = (
    "*very probably* stands for a probability of at least 0.9, *probably* for at least 0.66; below "
    "that, it cannot be told"
)
CODES = {
    "FLORIS": "FLORIS, a public simulator of wind farms by NREL",
    "PyWake": "PyWake, one by DTU",
}
ANSWERS = {
    "worth it": "worth it",
    "equivalent": "it makes no difference that matters",
    "worse": "not worth it, the search without finds more",
}
"""What the rule says of the AI, in words."""


def how_sure_sentences(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[str]:
    """Return why the answers are as sure as they are.

    Parameters
    ----------
    record : AssessmentRecord
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    judges = [] if record.layout is None else _judges(record.layout)
    if record.gate is not None:
        judges.append(f"Before anything was spent, this was expected: {record.gate.says}.")
    if not uses_ai(summary):
        return judges
    if record.ai.difference_mwh is None:
        return [*judges, asking] if (asking := asking_in_words(record.ai)) else judges
    return [_answer(record.ai), *judges, *_duel(record.ai, record.ai.difference_mwh)]


def assumed_sentences(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[str]:
    """Return what the figures rest on, and what they leave out; parameters as above."""
    told = [
        "Yields are on paper: what wake models compute for the wind that the config gives. Every "
        "gain is that of a whole year, before electrical losses, downtime and the slowing of the "
        "wind in front of the farm (blockage).",
        *ground_sentences(summary),
    ]
    if is_sampled(summary):
        told.append(_sampled(summary))
    told += given_sentences(summary)
    told.append(_energy(record))
    if provider := summary.get("provider"):
        told.append(provider_sentence(provider))
    return told


def _judges(choice: LayoutChoice) -> list[str]:
    """Return who computed the yields, and what they cannot tell."""
    by_code: dict[str, list[str]] = {}
    for model, code in choice.codes.items():
        by_code.setdefault(code, []).append(model)
    named = "; ".join(
        f"{CODES.get(code, code)}: {', '.join(models)}" for code, models in by_code.items()
    )
    if choice.of == 1:
        return [
            f"The yields are those of one wake model ({named}): a formula for the wind that "
            "turbines take from each other. Nobody knows which is right for this farm, and no "
            "other was asked."
        ]
    told = [
        f"Each layout was computed by {choice.of} wake models ({named}): formulas for the wind "
        "that turbines take from each other. Nobody knows which is right for this farm, so what "
        "counts is their mean, and how much they differ."
    ]
    codes = list(by_code)
    if len(codes) == 1:
        told.append(
            f"All belong to one code, {codes[0]}. Models of one code share their blindness: what "
            "it leaves out, none of them shows, however well they agree. No other code was asked."
        )
    else:
        told.append(
            f"They belong to {len(codes)} codes of different makers ({' and '.join(codes)}). "
            "Models of one code share their blindness; what all codes leave out, nothing here "
            "shows."
        )
    return told


def _duel(ai: AiShare, difference_mwh: float) -> list[str]:
    told = [
        f"The search with AI and the searches without ran {ai.seeds} times each, with different "
        "random numbers and as much computing; the AI's share is the mean over these and over "
        f"{count_of(ai.models, 'wake model')}."
        if ai.seeds > 1
        else "The search with AI and the one without ran once each, with as much computing. With "
        "other random numbers either may find more or less."
    ]
    spreads = {
        "from wake model to wake model": ai.std_models_mwh,
        "from repetition to repetition": ai.std_seeds_mwh,
        "because only a sample of the wind was computed": ai.std_rose_mwh,
    }
    known = [f"{a_year(mwh / 1e3)} {why}" for why, mwh in spreads.items() if mwh]
    if known:
        told.append(
            f"The AI's share of {a_year(difference_mwh / 1e3)} a year varies by "
            f"{', '.join(known)} (standard deviations)."
        )
    if chance := chances(ai):
        told.append(
            f"{chance}: the probability that one more wake model like these would say so."
            f"{_least(ai)} In words, {WORDS}."
        )
    if asked := asking_in_words(ai):
        told.append(asked.replace("To know:", "To know better:"))
    return told


def _least(ai: AiShare) -> str:
    """Return what was declared too small to matter."""
    if ai.delta_mwh is None:
        return ""
    delta = f"{a_year(ai.delta_mwh / 1e3)} a year"
    if ai.delta_pct is not None:
        delta = f"{delta_in_words(ai)} of the farm's yield ({delta})"
    return f" What is less than {delta} was declared beforehand not to matter."


def _answer(ai: AiShare) -> str:
    """Return what the rule says of the AI."""
    ruled = "Was the AI worth it? By the rule that was set beforehand: "
    if ai.answer in ANSWERS:
        return f"{ruled}**{ANSWERS[ai.answer]}**."
    leaning = f", leaning towards: {ANSWERS[ai.leaning]}" if ai.leaning in ANSWERS else ""
    known = "undecided" if ai.answer == "undecided" else "not known yet"
    return f"{ruled}**{known}{leaning}**."


def _sampled(summary: Mapping[str, Any]) -> str:
    known = summary["verified"]
    told = (
        f"FLORIS computed each layout in {known['conditions']:,} of "
        f"{count_of(known['of_conditions'], 'wind condition')} (sampled); what was learned filled "
        "in the others, corrected by these. The standard error of the yield is "
        f"{rounded_error(known['standard_error_pct'])} %"
    )
    if (error := known.get("gain_standard_error_pct")) is not None:
        told += f", of the gain {rounded_error(error)} % of the yield"
    return f"{told}."


def _energy(record: AssessmentRecord) -> str:
    energy = record.bill.energy_wh
    if energy["central"] is None:
        return "Electricity was not measured."
    return (
        f"Electricity: {method(energy)}. The bounds are those of the method; as all steps were "
        "measured in the same way, their ratios are surer than their sizes. Not in the bill: "
        "making the computer, and developing the software."
    )


def provider_sentence(provider: Mapping[str, Any]) -> str:
    """Say what making a shipped kernel took, which is in no figure of the run.

    Parameters
    ----------
    provider : mapping of str to Any
        The entry of `summary.json`.
    """
    made = watt_hours(provider["made_wh"])
    if made == NOT_MEASURED:
        return (
            f"What was learned ships with windopt ({provider['kernel']}); what learning it took "
            "was not measured, and is not in the bill."
        )
    share = significant(provider["share_wh"]["central"], 2)
    return (
        f"What was learned ships with windopt ({provider['kernel']}): learning it took {made}, "
        f"once for all who use it, and is not in the bill. This machine knows "
        f"{count_of(provider['users'], 'run')} with it, which makes at most {share} Wh each."
    )
