"""Who won at a budget and by how much, and which differences more seeds would not take back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from windopt.compare.registry import FORMULAS, LEARNED, OURS
from windopt.compare.statistics import ERROR, holm, paired, spread

Cells = Mapping[str, Sequence[Mapping[str, Any]]]
Gains = Mapping[str, Mapping[int, float | None]]


def verdict(cells: Cells, budget: float) -> dict[str, Any]:
    """Compare all methods at a budget.

    Parameters
    ----------
    cells : Cells
        By method, one a seed.
    budget : float [CPU-s]

    Returns
    -------
    verdict : dict
        `ranking`: methods with a median gain, the best first. `best_own`, `best_other`: the first
        of each in it, or null. `against`: for each of ours, the paired difference to the best other
        [% of the reference's AEP] with its t interval and p value, see `correct`. `formula`: the
        better of the same searches on a formula, or null, and `learning`: the same differences of
        those that learn to it.
    """
    gains = {name: _gains(own, budget) for name, own in cells.items()}
    medians = {name: spread(list(of.values())).median for name, of in gains.items()}
    known = {name: median for name, median in medians.items() if median is not None}
    ranking = sorted(known, key=lambda name: -known[name])
    own = next((name for name in ranking if name in OURS), None)
    other = next((name for name in ranking if name not in OURS), None)
    ours = [name for name in ranking if name in OURS] if other else []
    formula = next((name for name in ranking if name in FORMULAS), None)
    learned = [name for name in ranking if name in LEARNED] if formula else []
    return {
        "ranking": ranking,
        "best_own": own,
        "best_other": other,
        "against": {name: _paired(gains, name, str(other)) for name in ours},
        "formula": formula,
        "learning": {name: _paired(gains, name, str(formula)) for name in learned},
    }


def correct(verdicts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Correct the p values of all differences of a comparison together, by Holm's procedure.

    Each difference gets `p_corrected` (None where it could not be tested) and `established`:
    whether that is below 5 %.

    Returns
    -------
    correction : dict
        `method`, `level`, and how many differences were `tested`.
    """
    told = [
        one
        for said in verdicts
        for one in (*said["against"].values(), *said["learning"].values())
        if one is not None
    ]
    tested = [one for one in told if one["p_value"] is not None]
    corrected = holm([one["p_value"] for one in tested])
    for one in told:
        one |= {"p_corrected": None, "established": False}
    for one, p_value in zip(tested, corrected, strict=True):
        one |= {"p_corrected": p_value, "established": p_value < ERROR}
    return {"method": "Holm", "level": ERROR, "tested": len(tested)}


def _paired(gains: Gains, ours: str, theirs: str) -> dict[str, Any] | None:
    found = paired(gains[ours], gains[theirs])
    return None if found is None else found._asdict()


def _gains(cells: Sequence[Mapping[str, Any]], budget: float) -> dict[int, float | None]:
    """Return the gain at a budget by seed [%]."""
    return {
        cell["seed"]: next((k["gain_pct"] for k in cell["looks"] if k["cpu_s"] == budget), None)
        for cell in cells
    }
