"""The assessment of a run folder, put together for `assessment.json` and `differences.csv`."""

from collections.abc import Mapping

from windopt.ledger.energy import Energy, EnergyWh
from windopt.ledger.totals import Cost, LedgerContent, own_costs
from windopt.problem.measure import ENERGY
from windopt.problem.objective import aim_of
from windopt.problem.problem import LayoutProblem
from windopt.runs.ai_share import share_of
from windopt.runs.asking import missing_in, what_asking_takes
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Bill, Gate
from windopt.runs.baselines import BaselineResult, Baselines
from windopt.runs.differences import Difference
from windopt.runs.folder import RunFolder
from windopt.runs.judged import Asked
from windopt.runs.judged_so_far import judged_so_far, layouts_in
from windopt.runs.ladder import Effort, ladder_of
from windopt.runs.layout_choice import choose_layout
from windopt.runs.robust_account import SINGLE
from windopt.runs.verification import VerifiedLayout
from windopt.runs.without_ai import banded, without_ai
from windopt.verification.second_code import code_of, why_not

ASSESSING = ("baseline", "robustness", "assess")
"""Kinds of stages whose energy is the assessment's."""


def assessment_in(
    problem: LayoutProblem,
    folder: RunFolder,
    content: LedgerContent,
    learns: bool = True,
    gate: Gate | None = None,
) -> tuple[AssessmentRecord, list[Difference]]:
    """Return the assessment of a run, and the differences that its answer rests on.

    Parameters
    ----------
    problem : LayoutProblem
        Of the run.
    folder : RunFolder
    content : LedgerContent
        Its ledger's.
    learns : bool
        Whether wakes were learned.
    gate : Gate or None
        What was expected before the run.
    """
    totals = content.totals
    bill = Bill(totals.energy_wh, _assessing(content))
    if not folder.has(RunFolder.verification):
        share = AiShare(asking="FLORIS has judged no layout yet")
        return AssessmentRecord(None, share, bill, gate=gate), []
    verified = folder.read(RunFolder.verification).layouts
    asked, judged = folder.find(RunFolder.asked) or Asked(), judged_so_far(problem, folder)
    baselines = (folder.find(RunFolder.baselines) or Baselines()).baselines
    repaired = "initial" in verified and verified["initial"].repaired
    config, seed, asking = problem.config.assessment, problem.seed, cannot_assess(problem)
    of_run: dict[str, VerifiedLayout | BaselineResult] = {**verified, **baselines}
    broken = [name for name, one in of_run.items() if not one.feasible]
    choice = choose_layout(judged, baselines, learns, repaired, broken, by_aep=not asking)
    if not asking and learns:
        cannot = {*asked.refused, *without_code(problem)}
        found = layouts_in(folder)
        missing = missing_in(problem, content, judged, found, cannot=cannot)
        asking = what_asking_takes(missing, folder.path) or ""
    share, rows = share_of(judged, config, seed, totals.cpu_s, asking or None, learns)
    efforts = _efforts(content, baselines, asked)
    seeds = sorted({seed, *(one.seed for one in asked.searches)}, key=lambda one: one != seed)
    rungs = ladder_of(judged, seed, seeds, efforts, problem.config.robust is not None, learns)
    bill = without_ai(bill, judged, problem, share, baselines, asked, content)
    return AssessmentRecord(choice, share, bill, rungs, gate), rows


def cannot_assess(problem: LayoutProblem) -> str:
    """Return why `windopt assess` cannot be asked about a problem; nothing where it can."""
    if (aim := aim_of(problem)) != ENERGY:
        return f"the run maximises {aim.name}, and wake models judge by AEP"
    if problem.turbine_range is not None:
        return "the number of turbines is free, and wake models compare layouts of one number"
    if problem.config.optimise.pattern == "regular" or any(problem.config.optimise.regularity):
        return "rows are weighed beside AEP, and wake models judge by AEP alone"
    return ""


def without_code(problem: LayoutProblem) -> dict[str, str]:
    """Return the wake models of the panel whose code cannot be asked, and why."""
    others = {name: code_of(name) for name in problem.config.assessment.panel}
    why = {name: why_not(problem, other[0]) for name, other in others.items() if other is not None}
    return {name: told for name, told in why.items() if told}


def _assessing(content: LedgerContent) -> EnergyWh | None:
    apart = [cost for kind, cost in content.totals.apart.items() if kind in ASSESSING]
    return sum((cost.energy for cost in apart), Energy()).to_wh() if apart else None


def _efforts(
    content: LedgerContent, baselines: Mapping[str, BaselineResult], asked: Asked
) -> dict[str, Effort]:
    """Return what it took to come to each layout of the run's own seed."""
    totals = content.totals
    searches = [own for stage, own in own_costs(content.stages) if stage.kind == "optimise"]
    later = sum(searches[1:], Cost())
    alone = Cost(cpu_s=totals.cpu_s, energy=totals.energy).without(later)
    efforts = {
        "final": Effort(totals.energy_wh, totals.cpu_s),
        SINGLE: Effort(alone.energy_wh, alone.cpu_s),
    }
    for one in asked.searches:
        efforts[one.name] = Effort(one.energy_wh, one.cpu_s)
    for name, other in baselines.items():
        efforts[name] = Effort(banded(other.energy_wh, content), other.cpu_s)
    return efforts
