"""Before the first stage: whether learning is likely to pay, in a line and as a question."""

from windopt.runs.folder import RunFolder
from windopt.runs.gate import gate_of
from windopt.runs.session import Run

NOT_LIKELY = "learning was not likely to pay, and the run was not wanted"
BEGUN = RunFolder.warm_start, RunFolder.dataset, RunFolder.surrogate, RunFolder.solution
"""What tells that a run has been wanted."""


def expect_to_pay(run: Run) -> bool:
    """Say what is expected of learning, and ask where it is not likely to pay.

    Returns
    -------
    wanted : False where somebody has said no; a run that was begun before is wanted
    """
    if any(map(run.folder.has, BEGUN)) or run.folder.has(RunFolder.verification):
        return True
    run.gate = gate_of(run.problem, run.ready.has_to_learn)
    if run.gate is None:
        return True
    run.observer.told(run.gate.says)
    return run.gate.pays or run.observer.asked("Search all the same?")
