"""Before the first stage, where time is limited: a layout on a wake formula, already a good one.

A run whose time is over when its surrogate is trained has that layout to verify, and every search
begins there.
"""

from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.search.warm_start import WARM_START_SHARE, warm_start_layout
from windopt.surrogate.analytic import is_formula


def search_warm_start(run: Run) -> None:
    """Search a little on a wake formula, before anything is simulated."""
    if not is_asked(run.problem) or run.folder.dataset.exists():
        return
    left_s = run.allowance.clock(0.0, share=WARM_START_SHARE)
    with run.stage("optimise", "searching a warm start on a wake formula"):
        run.warm_workers()  # which takes them as long as the warm start
        layout = warm_start_layout(run.problem, run.seed, left_s)
    run.folder.write(RunFolder.warm_start, layout)


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether a run has a warm start: its time is limited, and it has to learn first."""
    config = problem.config
    free = config.optimise.pattern == "free" and problem.turbine_range is None
    return config.budget.limits_time and free and not is_formula(problem)
