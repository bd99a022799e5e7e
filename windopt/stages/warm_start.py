"""Before the first stage, where time is limited: a layout on a wake formula, already a good one.

A run whose time is over when its surrogate is trained has that layout to verify, and every search
begins there.
"""

from windopt.problem.layout import FloatArray, read_layout_csv, write_layout_csv
from windopt.runs.session import Run
from windopt.search.clock import part_of
from windopt.search.warm_start import WARM_START_SHARE, warm_start_layout


def search_warm_start(run: Run) -> None:
    """Search a little on a wake formula: `warm_start.csv`, where `is_asked`."""
    if not is_asked(run):
        return
    left_s = part_of(run.allowance.clock(0.0), WARM_START_SHARE)
    with run.stage("optimise", "searching a warm start on a wake formula"):
        run.warm_workers()  # which takes them as long as the warm start
        layout = warm_start_layout(run.problem, run.seed, left_s)
    write_layout_csv(run.folder.warm_start, layout)


def is_asked(run: Run) -> bool:
    """Return whether a run has a warm start: its time is limited, and it has to learn first."""
    free = run.problem.config.optimise.pattern == "free" and run.problem.turbine_range is None
    first = run.learns and not run.folder.dataset.exists()
    return run.allowance.budget.limits_time and free and first


def read_warm_start(run: Run) -> FloatArray | None:
    """Return the layout of the warm start, (n_turbines, 2) [m], if there was one."""
    return read_layout_csv(run.folder.warm_start) if run.folder.warm_start.exists() else None
