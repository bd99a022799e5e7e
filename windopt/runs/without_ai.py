"""What bought nearly all that the best search without learning has found, for the bill.

That is the first look at it, on its way, after which it found no more than what matters. Where the
assessment has made the search, all judges have looked; else FLORIS has, under the run's wake model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from windopt.ledger.energy import JOULES_PER_WH, EnergyWh
from windopt.ledger.totals import Cost, LedgerContent
from windopt.problem.problem import LayoutProblem
from windopt.runs.assessment_record import AiShare, Bill
from windopt.runs.baselines import BaselineResult
from windopt.runs.judged import ON_ITS_WAY, Asked, Judged
from windopt.runs.layout_choice import reference_of

MWH_PER_GWH = 1e3


class Bought(NamedTuple):
    """A gain [GWh] for an energy."""

    energy_wh: EnergyWh | None
    gain_gwh: float


def without_ai(
    bill: Bill,
    judged: Judged,
    problem: LayoutProblem,
    share: AiShare,
    baselines: Mapping[str, BaselineResult],
    asked: Asked,
    content: LedgerContent,
) -> Bill:
    """Return the bill with what the rival took, and what share of the gain that bought.

    Parameters
    ----------
    bill : Bill
    judged : Judged
    problem : LayoutProblem
    share : AiShare
        Names the rival.
    baselines, asked
        The searches without learning that the run, and its assessment, have made.
    content : LedgerContent
        Of the run's ledger.
    """
    over, rival = reference_of(judged), share.rival
    if over is None or rival is None:
        return bill
    if (by_run := baselines.get(rival)) is not None:
        own = str(problem.wake.velocity_model)
        models, looks = [own], _looks_of_run(judged, own, over, by_run, content)
    else:
        names = [one.name for one in asked.searches if one.name.startswith(rival + ON_ITS_WAY)]
        models = judged.models(("final", over, rival, *names))
        looks = _looks_of_judges(judged, models, over, [*names, rival], asked)
    if not looks or not set(models) <= set(judged.models(("final", over))):
        return bill
    gain = _mean_gain(judged, models, "final", over)
    least = looks[-1].gain_gwh - (share.delta_mwh or 0.0) / MWH_PER_GWH
    enough = next(look for look in looks if look.gain_gwh >= least)
    if gain <= 0 or enough.energy_wh is None:
        return bill
    part = 100.0 * enough.gain_gwh / gain
    return replace(bill, without_ai_wh=enough.energy_wh, without_ai_share_pct=part)


def banded(central: float | None, content: LedgerContent) -> EnergyWh | None:
    """Return an energy of the baselines [Wh] with the band that all of them have."""
    of = content.totals.apart.get("baseline", Cost()).energy
    if central is None or not of.known or of.central <= 0:
        return None
    return of.scaled(JOULES_PER_WH * central / of.central).to_wh()


def _looks_of_run(
    judged: Judged, own: str, over: str, rival: BaselineResult, content: LedgerContent
) -> list[Bought]:
    reference = judged.aep_gwh.get(own, {}).get(over)
    if reference is None:
        return []
    return [
        Bought(banded(look.energy_wh, content), look.aep_gwh - reference)
        for look in rival.looks
        if look.feasible
    ]


def _looks_of_judges(
    judged: Judged, models: Sequence[str], over: str, names: Sequence[str], asked: Asked
) -> list[Bought]:
    if not models:
        return []
    energies = {one.name: one.energy_wh for one in asked.searches}
    return [
        Bought(energies[name], _mean_gain(judged, models, name, over))
        for name in names
        if name in energies
    ]


def _mean_gain(judged: Judged, models: Sequence[str], layout: str, over: str) -> float:
    return float(np.mean([judged.difference(model, layout, over) for model in models]))
