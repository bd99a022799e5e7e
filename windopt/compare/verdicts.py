"""Who won at a budget, by how much, and with how much less compute."""

from collections.abc import Mapping, Sequence
from typing import Any

from windopt.compare.registry import OURS
from windopt.compare.statistics import crossing, curve, effort_to, paired, spread

Cells = Mapping[str, Sequence[Mapping[str, Any]]]

EFFORTS = {"cpu_s": "found_cpu_s", "energy_wh": "found_energy_wh"}


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
        [% of the reference's AEP]. `effort`: for each of ours, CPU-seconds and watt-hours after
        which its median gain was what the best other has at the budget, what that took the other,
        the ratio of the two, and from where on our median is ahead; null where it never is.
    """
    gains = {name: _gains(own, budget) for name, own in cells.items()}
    medians = {name: spread(list(of.values())).median for name, of in gains.items()}
    known = {name: median for name, median in medians.items() if median is not None}
    ranking = sorted(known, key=lambda name: -known[name])
    own = next((name for name in ranking if name in OURS), None)
    other = next((name for name in ranking if name not in OURS), None)
    ours = [name for name in ranking if name in OURS] if other else []
    against = {name: paired(gains[name], gains[str(other)]) for name in ours}
    return {
        "ranking": ranking,
        "best_own": own,
        "best_other": other,
        "against": {
            name: one and one._asdict() | {"established": one.established}
            for name, one in against.items()
        },
        "effort": {
            name: {
                effort: _effort(cells[name], cells[str(other)], known[str(other)], key, budget)
                for effort, key in EFFORTS.items()
            }
            for name in ours
        },
    }


def _gains(cells: Sequence[Mapping[str, Any]], budget: float) -> dict[int, float | None]:
    """Return the gain at a budget by seed [%]."""
    return {
        cell["seed"]: next((k["gain_pct"] for k in cell["looks"] if k["cpu_s"] == budget), None)
        for cell in cells
    }


def _effort(
    own: Sequence[Mapping[str, Any]],
    other: Sequence[Mapping[str, Any]],
    gain_pct: float,
    key: str,
    budget: float,
) -> dict[str, float | None]:
    """Compare what it takes to come to a gain [%]."""
    ours, theirs = (curve(_until(cells, budget), key) for cells in (own, other))
    need, took = effort_to(ours, gain_pct), effort_to(theirs, gain_pct)
    return {
        "ours": need,
        "theirs": took,
        "ratio": took / need if need and took else None,
        "ahead_from": crossing(ours, theirs),
    }


def _until(cells: Sequence[Mapping[str, Any]], budget: float) -> list[dict[str, Any]]:
    return [
        {**cell, "looks": [look for look in cell["looks"] if look["cpu_s"] <= budget]}
        for cell in cells
    ]
