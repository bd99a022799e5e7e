"""The last stage: questions answered, the run summed up, figures and report drawn."""

from windopt.report.animation import write_animation
from windopt.report.html import write_report
from windopt.runs.folder import RunFolder
from windopt.runs.kept_layouts import read_kept_layouts
from windopt.runs.session import Run
from windopt.stages.summary import outcome, sum_up
from windopt.stages.what_if import answer_what_if


def draw_report(run: Run, animate: bool = False, ask: float | None = None) -> None:
    """Ask FLORIS what moves gained, sum the run up, draw figures and page.

    Where it is asked for, the search is animated first: `figures/search.gif`.

    Parameters
    ----------
    ask : float, optional [s]
        Processor time FLORIS may take for `what_if.json`; by default the config's, and only
        where that is not there yet.
    """
    run.folder.need(RunFolder.verification)
    if animate:
        path = run.folder.history_layouts
        read_kept_layouts(path, run.problem.n_turbines)  # refuses before it is metered
    if ask is not None or not run.folder.what_if.exists():
        answer_what_if(run, ask)
    sum_up(run, *outcome(run))  # the report shows it
    with run.stage("report", "drawing the report") as (_, progress):
        if animate:
            write_animation(run.folder, run.problem, progress)
        left_s = None
        if run.allowance.budget.limits_time:
            left_s = run.allowance.clock(0.0, run.allowance.page_cpu_s, cores=1)
        write_report(run.folder, run.problem, left_s, progress)
