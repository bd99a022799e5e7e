"""Before the first stage, where time is limited: a layout on a wake formula, already a good one.

A run whose time is over when its surrogate is trained has that layout to verify, and every search
begins there.
"""

from windopt.problem.layout import FloatArray, read_layout_csv, write_layout_csv
from windopt.runs.session import Run
from windopt.search.clock import part_of
from windopt.search.sketch import SKETCH_SHARE, draw_sketch


def sketch_layout(run: Run) -> None:
    """Search a little on a wake formula: `sketch.csv`, where `is_asked`."""
    if not is_asked(run):
        return
    left_s = part_of(run.allowance.clock(0.0), SKETCH_SHARE)
    with run.stage("optimise", "sketching a layout on a wake formula"):
        run.warm_workers()  # which takes them as long as the sketch
        layout = draw_sketch(run.problem, run.seed, left_s)
    write_layout_csv(run.folder.sketch, layout)


def is_asked(run: Run) -> bool:
    """Tell whether a run sketches: its time is limited, and it has something to learn first."""
    free = run.problem.config.optimise.pattern == "free" and run.problem.turbine_range is None
    first = run.learns and not run.folder.dataset.exists()
    return run.allowance.budget.limits_time and free and first


def read_sketch(run: Run) -> FloatArray | None:
    """Give the layout that was sketched, (n_turbines, 2) [m], if one was."""
    return read_layout_csv(run.folder.sketch) if run.folder.sketch.exists() else None
