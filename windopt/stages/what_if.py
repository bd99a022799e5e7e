"""The questions before the report: what each move gained, what one more turbine would yield."""

import numpy as np

from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.surrogate.checkpoint import load_surrogate
from windopt.verification.what_if import EVALUATIONS, ask_what_if, moved, plan_questions


def answer_what_if(run: Run, ask: float | None) -> None:
    """Let FLORIS tell what each move gained and what one more turbine would yield.

    Parameters
    ----------
    ask : float, optional [s]
        Processor time for it, whatever the budget; None asks as config and budget have it.
    """
    record = run.folder.read(RunFolder.verification)
    before = None if record.initial is None else record.initial.layout
    after = record.final.layout
    movers = np.empty(0, dtype=np.intp)
    if before is not None:
        movers = moved(run.problem, before, after)
    limit_s = run.problem.config.report.cpu_seconds if ask is None else ask
    left = np.inf if ask is not None else run.allowance.evaluations_left()
    plan = plan_questions(run.problem, movers, limit_s, left)
    spent = ask is None and (
        left < EVALUATIONS or run.allowance.left_s(run.allowance.core * plan.cpu_s) <= 0
    )
    if not limit_s or spent or not plan.draws:
        refused = "config" if not limit_s else "budget" if spent else "size"
        answers = {"refused": refused, "cpu_s": plan.cpu_s, "limit_s": limit_s}
        run.folder.write(RunFolder.what_if, answers)
        return
    surrogate = None
    if run.folder.surrogate.exists():
        surrogate = load_surrogate(run.folder.surrogate, run.problem)
    with (
        run.stage("report", "asking what each move gained") as (stage, progress),
        run.floris(stage) as floris,
    ):
        answers = ask_what_if(run.problem, before, after, plan, floris, surrogate, progress)
    left_out = movers[len(plan.moves) :]
    told = answers | {"movers": len(movers), "not_asked": left_out}
    run.folder.write(RunFolder.what_if, told)
    run.forget_states()
