"""The AI's share in words: what the search with AI found more than the best search without.

How sure that is are the probabilities of `windopt.assessment.duel`, that one more wake model would
see it, in words.
"""

from collections.abc import Mapping
from typing import Any

from windopt.assessment.labels import LABELS
from windopt.problem.measure import ENERGY, measures_of
from windopt.report.plain_words import a_year, degree, probability, share
from windopt.runs.assessment_record import AiShare

COMMAND = "windopt assess"
ONE_SEARCH = "as far as one search of each kind can tell"


def ai_share_in_words(ai: AiShare, summary: Mapping[str, Any], over: str) -> str:
    """Return the second of the three lines.

    Parameters
    ----------
    ai : AiShare
    summary : mapping of str to Any
        The content of `summary.json`.
    over : str
        What people call the layout that gains count from.
    """
    if not uses_ai(summary):
        return "none: this run has used no AI, for its wake model is a known formula."
    if measures_of(summary) != [ENERGY]:
        return (
            "not known: this run looked for the highest revenue, and the searches without AI look "
            "for energy."
        )
    asking = f" {told}" if (told := asking_in_words(ai)) else ""
    if ai.difference_mwh is None:
        return f"not known: no search without AI has run here.{asking}"
    chance = chances(ai)
    told = f"{_size(ai, ai.difference_mwh, over)}; {how_sure(ai)}"
    told += f": {chance}." if chance else "."
    return told + asking if ai.answer == "unknown" else told


def asking_in_words(ai: AiShare) -> str:
    """Return what would have to be done to know, or why it cannot be; empty where all was done."""
    if not ai.asking:
        return ""
    told = ai.asking.rstrip(".")
    if COMMAND not in told:
        return f"{told[:1].upper()}{told[1:]}."
    if f"`{COMMAND}" not in told:
        told = told.replace(f"{COMMAND} RUN", f"`{COMMAND} RUN`")
    return f"To know: {told}."


def uses_ai(summary: Mapping[str, Any]) -> bool:
    """Return whether a run has searched with something learned; runs of old versions had."""
    return (summary.get("surrogate") or {}).get("from") != "formula"


def rival_in_words(ai: AiShare) -> str:
    """Name what the best search without AI searched with."""
    rival = ai.rival or ""
    return LABELS[rival].phrase if rival in LABELS else rival


def own_share(ai: AiShare) -> float | None:
    """Return the AI's share of the gain [%]; None where there is no gain to share."""
    if ai.gain_mwh is None or ai.difference_mwh is None or ai.gain_mwh <= 0:
        return None
    return 100.0 * ai.difference_mwh / ai.gain_mwh


def delta_in_words(ai: AiShare) -> str:
    """Write what is too small to matter: as a share of the farm's yield, else as an energy."""
    if ai.delta_pct is not None:
        return f"{ai.delta_pct:.2g} %"
    return "nothing" if ai.delta_mwh is None else f"{a_year(ai.delta_mwh / 1e3)} a year"


def how_sure(ai: AiShare) -> str:
    """Return in words how sure the AI's share is: real, too small to matter, or not to be told.

    Nothing can be said where the difference is known under one wake model alone.
    """
    if ai.p_better is None or ai.difference_mwh is None:
        return "how sure that is cannot be told from one wake model"
    found = _how_sure(ai, ai.p_better, ai.difference_mwh > 0)
    return f"{found}, {ONE_SEARCH}" if ai.seeds == 1 else found


def _how_sure(ai: AiShare, p_better: float, ahead: bool) -> str:
    than = delta_in_words(ai) + " of the yield" * (ai.delta_pct is not None)
    if is_near(ai) and (said := degree(ai.p_equivalent)):
        return f"{said} too small to matter, less than {than} either way"
    matters, at_all = (ai.p_material, p_better) if ahead else (ai.p_worse, 1.0 - p_better)
    if said := degree(matters):
        return f"{said} real" if ahead else f"AI {said} does worse here"
    if said := degree(at_all):
        which = "better" if ahead else "worse"
        return f"AI {said} does {which} here, but whether by more than {than} cannot be told"
    return "whether that is real cannot be told"


def is_near(ai: AiShare) -> bool:
    """Return whether a difference too small to matter is what is most probable."""
    return "equivalent" in (ai.answer, ai.leaning)


def chances(ai: AiShare) -> str:
    """Return the probabilities behind `how_sure`; empty where there are none."""
    than = delta_in_words(ai)
    told = {"better": ai.p_better, f"more than {than}": ai.p_material}
    if is_near(ai):
        told = {"better": ai.p_better, f"less than {than} either way": ai.p_equivalent}
    elif ai.difference_mwh is not None and ai.difference_mwh <= 0 and ai.p_better is not None:
        told = {"worse": 1.0 - ai.p_better, f"worse by more than {than}": ai.p_worse}
    return ", ".join(f"P({what}) {probability(p)}" for what, p in told.items() if p is not None)


def _size(ai: AiShare, difference_mwh: float, over: str) -> str:
    """Return how large the difference is, against the whole gain."""
    found, part = a_year(abs(difference_mwh) / 1e3), own_share(ai)
    if difference_mwh <= 0:
        return f"none: {rival_in_words(ai)} found {found} a year more"
    if part is None or ai.gain_mwh is None:
        return f"{found} a year over the best search without AI, but no gain over the {over}"
    whole = a_year(ai.gain_mwh / 1e3)
    if part >= 100:
        return f"all of the {whole} a year: no search without AI gained anything"
    number, unit = found.split()
    found = number if whole.endswith(unit) else found
    return f"+{found} of {whole} a year ({share(part)}) over the best search without AI"
