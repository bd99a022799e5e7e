"""What wake models have said of the layouts of a run folder, whoever asked them.

`windopt assess` asks all its judges about all layouts. Without it the stages of a run have asked
some: that of verification the run's own wake model, a robust run its own, `robustness` others.
"""

from math import hypot

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.runs.baselines import Baselines
from windopt.runs.folder import RunFolder
from windopt.runs.judged import Judged
from windopt.runs.robust import RobustRecord

FLORIS = "FLORIS"


def layouts_in(folder: RunFolder) -> dict[str, FloatArray]:
    """Return the layouts of a verified run folder by name, those of the assessment among them."""
    found = {name: one.layout for name, one in folder.read(RunFolder.verification).layouts.items()}
    if (single := folder.find(RunFolder.single)) is not None:
        found["single"] = single.layout
    baselines = (folder.find(RunFolder.baselines) or Baselines()).baselines
    found |= {name: one.layout for name, one in baselines.items()}
    asked = folder.find(RunFolder.asked)
    return found if asked is None else found | asked.layouts


def judged_so_far(problem: LayoutProblem, folder: RunFolder) -> Judged:
    """Return what is known: from the assessment's judges, else from those that the run asked."""
    asked = folder.find(RunFolder.asked)
    if asked is not None and "final" in next(iter(asked.judged.aep_gwh.values()), {}):
        return asked.judged
    own = str(problem.wake.velocity_model)
    judged = _verified(own, folder)
    if (robust := folder.find(RunFolder.robust)) is not None:
        for model in robust.models:
            judged = judged.with_model(model, _of_robust(model, robust, judged, own))
    if (said := folder.find(RunFolder.robustness)) is not None:
        for model, aep in said.aep_gwh.items():
            if model != own:
                judged = judged.with_model(model, Judged({model: FLORIS}, {model: aep}))
    return judged


def _verified(own: str, folder: RunFolder) -> Judged:
    """Return what FLORIS says under the run's own wake model."""
    layouts = folder.read(RunFolder.verification).layouts
    baselines = (folder.find(RunFolder.baselines) or Baselines()).baselines
    aep = {name: one.aep_gwh for name, one in layouts.items()}
    errors = {
        name: (one.gain_error_pct or 0.0) / 100.0 * one.aep_gwh
        for name, one in layouts.items()
        if name != "final"
    }
    final_error = layouts["final"].aep_error_gwh
    for name, other in baselines.items():
        if other.feasible:
            aep[name] = other.aep_gwh
            errors[name] = hypot(final_error, other.aep_error_gwh)  # at most
    return Judged({own: FLORIS}, {own: aep}, {own: {"final": errors}})


def _of_robust(model: str, robust: RobustRecord, verified: Judged, own: str) -> Judged:
    """Return what a robust run says under one of its wake models."""
    under = {name: one[model] for name, one in robust.layouts.items() if model in one}
    aep = {name: one.aep_gwh for name, one in under.items()}
    reference = aep.get(robust.reference, 0.0)
    errors = {
        name: (one.gain_error_pct or 0.0) / 100.0 * reference
        for name, one in under.items()
        if name != robust.reference
    }
    if model != own:
        return Judged({model: FLORIS}, {model: aep}, {model: {robust.reference: errors}})
    first = dict(verified.error_gwh[own])
    return Judged(
        {own: FLORIS},
        {own: {**aep, **verified.aep_gwh[own]}},
        {own: {**first, robust.reference: errors}},
    )
