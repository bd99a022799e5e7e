"""How long a method takes to come to 50, 75, 90, 95 or 99 % of the best gain that is known.

A method's gain grows until its time is over, so "n times faster" hangs on the gain that is asked
for: here it is a share of the best gain that any search of the comparison, or a published layout,
has on the problem. A cell has come to it at the time at which the layout was found that the referee
held at the first look from which on no look has less: what is lost again does not count, and a
better layout between two looks is seen at the second.

A cell that never comes to it is censored: it says that its method needs more than it had. The
expected running time

    ERT = (sum of all cells' times until they had it, or were over) / (number that had it)

counts it with all its time, as if a search in vain were followed by another one (A. Auger and N.
Hansen 2005, IEEE Congress on Evolutionary Computation, 1777; N. Hansen et al. 2021, Optimization
Methods and Software 36:114). Where no cell had it there is no estimate, only that every cell
searched for at least so long. The median, too, counts a censored cell as longer than all others.

Times are those of the cells: with compiled code on the disk, imports, training data and training of
the cell's own included. What was paid beforehand (`paid_beforehand`) comes on top for who uses a
method for the first time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from windopt.compare.registry import COMPILED, OURS, REUSING

Record = Mapping[str, Any]

SHARES_PCT = (50, 75, 90, 95, 99)
"""Of the best known gain [%]."""
EFFORTS = {"cpu_s": "found_cpu_s", "energy_wh": "found_energy_wh"}
"""What a running time is counted in, and its key in a look."""


class RunningTime(NamedTuple):
    """What it takes a method to come to a gain, in CPU-seconds or watt-hours.

    Attributes
    ----------
    expected : float or None
        ERT, see the module; None where no cell came to the gain.
    median : float or None
        Over cells; None where more than half are censored.
    more_than : float or None
        Where no cell came to the gain: what the shortest search in vain used.
    reached, n : int
        Cells that came to the gain, and all.
    """

    expected: float | None
    median: float | None
    more_than: float | None
    reached: int
    n: int


def running_time(cells: Sequence[Record], gain_pct: float, effort: str = "cpu_s") -> RunningTime:
    """Return what it takes to come to a gain [%].

    Parameters
    ----------
    cells : sequence of Record
        Of one method, one a seed, with `gain_pct` at every look.
    gain_pct : float
    effort : "cpu_s" or "energy_wh"
        Cells whose energy is not known are left out.
    """
    times, spent = [], []
    for cell in cells:
        used = cell["cpu_s"] if effort == "cpu_s" else cell["energy_wh"]["central"]
        if used is None:
            continue
        at = _reached_at(cell["looks"], gain_pct, EFFORTS[effort])
        times.append(np.inf if at is None else at)
        spent.append(used)
    n, had = len(times), np.isfinite(times)
    if not had.any():
        return RunningTime(None, None, float(min(spent)) if n else None, 0, n)
    expected = float(np.where(had, times, spent).sum()) / int(had.sum())
    with np.errstate(invalid="ignore"):  # the median of infinities
        median = float(np.median(times))
    return RunningTime(expected, median if np.isfinite(median) else None, None, int(had.sum()), n)


def running_times(facts: Record, by_method: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """Return the running times of all methods on a problem.

    Returns
    -------
    times : dict
        `best_known`: `gain_pct` and whose it is. `by_method`: for each method and share of that
        gain ("90") the running time in `cpu_s` and in `energy_wh`; methods that declined the
        problem are left out. `paid_beforehand`: by method, see there. Empty where nobody gained.
    """
    best = best_known(facts, by_method)
    if best is None:
        return {}
    return {
        "best_known": best,
        "by_method": {
            name: {
                str(share): {
                    effort: running_time(took, best["gain_pct"] * share / 100, effort)._asdict()
                    for effort in EFFORTS
                }
                for share in SHARES_PCT
            }
            for name, own in by_method.items()
            if (took := [cell for cell in own if cell["status"] != "refused"])
        },
        "paid_beforehand": {
            name: paid for name in by_method if (paid := paid_beforehand(name, facts))
        },
    }


def best_known(facts: Record, by_method: Mapping[str, Sequence[Record]]) -> dict[str, Any] | None:
    """Return the highest gain that FLORIS found, or that is published under the same conditions.

    None where nobody gained anything over the reference.
    """
    found: list[dict[str, Any]] = [
        {"gain_pct": look["gain_pct"], "method": name, "seed": cell["seed"]}
        for name, own in by_method.items()
        for cell in own
        for look in cell["looks"]
    ]
    found += [
        {
            "gain_pct": 100 * (one["aep_gwh"] / facts["reference"]["aep_gwh"] - 1),
            "published": one["what"],
        }
        for one in facts["published"]
        if one["comparable"]
    ]
    best = max(found, key=lambda one: float(one["gain_pct"]), default=None)
    return best if best is not None and best["gain_pct"] > 0.0 else None


def paid_beforehand(name: str, facts: Record) -> dict[str, Any]:
    """Return what a method's times leave out, as CPU-seconds [s] where they are known.

    `training`: of the surrogate that all farms share which use it, and `compilation`, once for a
    machine; None stands for what was not measured.
    """
    paid: dict[str, Any] = {}
    if name == REUSING and facts["shared_surrogate"]:
        paid["training"] = facts["shared_surrogate"]["cpu_s"]
    if name == "windopt" and facts.get("kernel"):
        paid["training"] = facts["kernel"]["cpu_s"]
    if name in COMPILED:
        compiled = facts.get("compilation")
        paid["compilation"] = compiled["cpu_s"] if compiled else None
    return paid


def fastest(times: Record, share: int, ours: bool) -> str | None:
    """Return who is expected to come to a share of the best known gain first; None where nobody."""
    expected = {
        name: one[str(share)]["cpu_s"]["expected"]
        for name, one in times["by_method"].items()
        if (name in OURS) == ours
    }
    known = {name: time for name, time in expected.items() if time is not None}
    return min(known, key=lambda name: float(known[name])) if known else None


def time_in_words(one: Record) -> str:
    """Write a running time with how many cells got there: ``12 (3/3)``, ``> 300 (0/3)``."""
    if one["n"] == 0:
        return "-"
    if one["expected"] is None:
        return f"> {one['more_than']:,.0f} (0/{one['n']})"
    return f"{_short(one['expected'])} ({one['reached']}/{one['n']})"


def _short(time: float) -> str:
    return f"{time:,.0f}" if time >= 10 else f"{time:.2g}"


def _reached_at(looks: Sequence[Record], gain_pct: float, key: str) -> float | None:
    """Return when the layout was found from which on no look has less than a gain [%]."""
    first: float | None = None
    for look in _by_time(looks):
        if look["gain_pct"] < gain_pct or look[key] is None:
            first = None
        elif first is None:
            first = float(look[key])
    return first


def _by_time(looks: Sequence[Record]) -> Iterator[Record]:
    yield from sorted(looks, key=lambda look: float(look["cpu_s"]))
