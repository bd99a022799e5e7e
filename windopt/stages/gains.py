"""The gains that the ledger weighs: over references and baselines, with all that is known."""

from collections.abc import Sequence
from typing import Any

from windopt.errors import ConfigError
from windopt.problem.measure import ENERGY
from windopt.problem.objective import aim_of
from windopt.runs.baselines import BaselineResult, Baselines, EvaluatedLook
from windopt.runs.folder import RunFolder
from windopt.runs.robust_account import opinions
from windopt.runs.robustness import Robustness
from windopt.runs.session import Run
from windopt.runs.verification import VerifiedLayout


def refuse_other_aims(run: Run, what: str) -> None:
    """Refuse to ask what goes by AEP of a run that maximises something else."""
    aim = aim_of(run.problem)
    if aim != ENERGY:
        fault = f"makes {aim.name} the aim, and {what} by AEP"
        raise ConfigError.of("value", fault, "ask it of a run without value")


def what_wake_models_say(run: Run) -> Robustness | None:
    """Return what several wake models say of a verified run's gain, asked after it or during it."""
    asked, robust = run.folder.find(RunFolder.robustness), run.folder.find(RunFolder.robust)
    if asked is not None or robust is None:
        return asked
    verified = run.folder.read(RunFolder.verification).layouts
    return opinions(robust, run.problem.wake.velocity_model, verified)


def wake_model_facts(said: Robustness | None, name: str, share: float) -> dict[str, Any]:
    """Return what wake models say of the gain over a layout, as a record of it has it.

    Parameters
    ----------
    said : Robustness or None
    name : str
        Of the layout.
    share : float [-]
        Of the AEP, what reaches the grid.
    """
    if said is None or name not in said.spread_gwh:
        return {}
    return {
        "spread_wh_per_year": 1e9 * share * said.spread_gwh[name],
        "gain_by_wake_model_wh_per_year": {
            model: 1e9 * share * gain for model, gain in said.gain_gwh[name].items()
        },
    }


def book_gains(run: Run) -> None:
    """Write gains over references and baselines into the ledger, with all that is known of them."""
    record, share = run.folder.read(RunFolder.verification), run.problem.net_share
    baselines = (run.folder.find(RunFolder.baselines) or Baselines()).baselines
    said, final = what_wake_models_say(run), record.final
    delta = run.problem.config.assessment.materiality_pct / 100.0
    of_references: dict[str, VerifiedLayout | BaselineResult] = {**record.layouts, **baselines}
    for name, one in of_references.items():
        if name == "final":
            continue
        facts: dict[str, Any] = {"reference": name}
        if isinstance(one, BaselineResult):
            facts = {
                "reference": "baseline",
                "name": name,
                "energy_wh": one.energy_wh,
                "equalled_wh": _equalled(one.looks, (1.0 - delta) * final.aep_gwh),
            }
        elif one.repaired:
            facts["repaired"] = True
        facts |= wake_model_facts(said, name, share)
        run.ledger.gain(
            aep_wh=1e9 * final.aep_gwh,
            reference_aep_wh=1e9 * one.aep_gwh,
            feasible=final.feasible,
            predicted_aep_wh=1e9 * final.aep_predicted_gwh,
            wake_model=run.problem.wake.velocity_model,
            loss_factor=share,
            **facts,
        )


def _equalled(looks: Sequence[EvaluatedLook], aep_gwh: float) -> float | None:
    """Return the energy [Wh] after which a search had so much, None where it never had."""
    energies = [look.energy_wh for look in looks if look.aep_gwh >= aep_gwh]
    return energies[0] if energies else None
