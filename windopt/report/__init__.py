"""What a run leaves for people to read: run folder, console table, figures, HTML report."""

from windopt.report.animation import write_animation
from windopt.report.certificate import certify
from windopt.report.console import ConsoleObserver, summary_table
from windopt.report.evaluation import evaluation_table, figure_evaluation, write_evaluation
from windopt.report.exports import write_exports
from windopt.report.figures import (
    figure_convergence,
    figure_energy,
    figure_wake_loss,
    write_figures,
)
from windopt.report.html import write_report
from windopt.report.project import project_table
from windopt.report.run_folder import RunFolder, finished_runs, write_json, write_text
from windopt.report.site_map import figure_layout
from windopt.report.worth_figures import (
    figure_payback,
    figure_rivals,
    figure_sharing,
    figure_wake_models,
)

__all__ = [
    "ConsoleObserver",
    "RunFolder",
    "certify",
    "evaluation_table",
    "figure_convergence",
    "figure_energy",
    "figure_evaluation",
    "figure_layout",
    "figure_payback",
    "figure_rivals",
    "figure_sharing",
    "figure_wake_loss",
    "figure_wake_models",
    "finished_runs",
    "project_table",
    "summary_table",
    "write_animation",
    "write_evaluation",
    "write_exports",
    "write_figures",
    "write_json",
    "write_report",
    "write_text",
]
