"""The ladder of the assessment: what each step of effort adds, from the given layout to kernels.

    given -> grid -> formula -> fitted formula -> kernel -> kernels

The search on the wake formula, that on the fitted formula and that with learning took the same
energy. The kernel's rung is the search under one wake model, that of a robust run which precedes
its search over all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from windopt.ledger.energy import EnergyWh
from windopt.runs.assessment_record import Rung
from windopt.runs.judged import Judged, named
from windopt.runs.layout_choice import reference_of
from windopt.runs.robust_account import SINGLE

MORE = 0.05
"""Share of an energy by which another has to exceed it to count as more."""
LABELS = {
    "given": "given layout",
    "grid": "regular grid by a wake formula",
    "formula": "search on a wake formula",
    "fitted formula": "search on a fitted wake formula",
    "kernel": "search with one learned wake kernel",
    "kernels": "search with the learned kernels of several wake models",
}


@dataclass(frozen=True)
class Effort:
    """What a search took; None is what nothing measured."""

    energy_wh: EnergyWh | None = None
    cpu_s: float | None = None


def ladder_of(
    judged: Judged,
    own_seed: int,
    seeds: Sequence[int],
    efforts: Mapping[str, Effort],
    robust: bool,
    learns: bool = True,
) -> tuple[Rung, ...]:
    """Return the rungs that are known, each with its mean gain over wake models and seeds.

    Parameters
    ----------
    judged : Judged
    own_seed : int
    seeds : sequence of int
        Those of the assessment.
    efforts : mapping of str to Effort
        By layout of the run's own seed.
    robust : bool
        Whether the run has searched under several wake models.
    learns : bool
        Whether wakes were learned; else the run's own search is that on the formula.
    """
    over = reference_of(judged)
    if over is None:
        return ()
    layouts = {"given": "initial", "grid": "grid"}
    if learns:
        layouts |= {"formula": "analytic", "fitted formula": "fitted"}
        layouts |= {"kernel": SINGLE, "kernels": "final"} if robust else {"kernel": "final"}
    else:
        layouts["formula"] = "final"
    models = judged.models(("final", over))
    rungs: list[Rung] = []
    for rung, layout in layouts.items():
        names = judged.under_most([named(layout, s, own_seed) for s in seeds], ("final", over))
        if layout not in names:
            continue
        gains = {
            model: float(np.mean([judged.difference(model, name, over) for name in names]))
            for model in models
        }
        effort = efforts.get(layout, Effort())
        rungs.append(
            Rung(
                rung,
                LABELS[rung],
                rung in ("kernel", "kernels"),
                effort.energy_wh,
                effort.cpu_s,
                gains,
                float(np.mean(list(gains.values()))),
            )
        )
    return _with_steps(rungs)


def _with_steps(rungs: Sequence[Rung]) -> tuple[Rung, ...]:
    """Return the rungs with what each adds to the best one before."""
    if not rungs:
        return ()
    whole, told = max(one.mean_gain_gwh for one in rungs), [rungs[0]]
    best = rungs[0]
    for one in rungs[1:]:
        step = one.mean_gain_gwh - best.mean_gain_gwh
        share = 100.0 * max(step, 0.0) / whole if whole > 0 else None
        told.append(replace(one, marginal_gwh_per_wh=_marginal(step, best, one), share_pct=share))
        if step > 0:
            best = one
    return tuple(told)


def _marginal(step: float, before: Rung, one: Rung) -> float | None:
    """Return the gain per energy that a rung took more [GWh/Wh]; None where it took no more."""
    now = _central(one)
    if now is None:
        return None
    earlier = _central(before) or 0.0  # a grid is made on the way to the formula's layout
    return step / (now - earlier) if now > (1.0 + MORE) * earlier and now > 0 else None


def _central(rung: Rung) -> float | None:
    return None if rung.energy_wh is None else rung.energy_wh["central"]
