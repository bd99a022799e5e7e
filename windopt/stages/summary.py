"""How a run ended: its assessment, in the ledger too, `summary.json` and `assessment.md`."""

from typing import Any

from windopt.errors import RunFolderError
from windopt.ledger.totals import LedgerContent
from windopt.problem.layout import write_layout_csv
from windopt.report.assessment import write_assessment
from windopt.report.figures import draw_ladder
from windopt.report.study_table import SEARCH_INTERRUPTED
from windopt.runs.assessment_account import assessment_in
from windopt.runs.assessment_record import AssessmentRecord, Gate
from windopt.runs.baselines import Baselines
from windopt.runs.folder import RunFolder
from windopt.runs.history import energy_curve
from windopt.runs.judged_so_far import layouts_in
from windopt.runs.ledger_check import SEAL
from windopt.runs.physical import rows_of as rows_of_physical
from windopt.runs.session import Run
from windopt.runs.summary import Results, summarise
from windopt.runs.uncertainty import budget_in, rows_of

BUDGET_SPENT = "the budget was spent"


def outcome(run: Run) -> tuple[str, str]:
    """Return how a run that went through ended, and why: as its search did.

    A run folder that was published without its `solution.json` says it in its summary.
    """
    if not run.folder.solution.exists() and run.folder.summary.exists():
        before = run.folder.read_summary()
        return str(before.get("status", "completed")), str(before.get("reason", ""))
    reasons = {"budget": BUDGET_SPENT, "stopped": SEARCH_INTERRUPTED}
    reason = reasons.get(run.folder.read(RunFolder.solution).solution.status, "")
    return ("stopped" if reason else "completed"), reason


def sum_up(run: Run, status: str, reason: str) -> dict[str, Any]:
    """Write the assessment, `summary.json` and what follows from it; returns the summary."""
    results, content = read_results(run.folder), run.ledger.content()
    record = _assess(run, content)
    summary = summarise(run.problem, content, results, record, status, reason)
    summary[SEAL] = run.ledger.last_hash
    run.folder.write(RunFolder.summary, summary)
    run.folder.uncertainty.unlink(missing_ok=True)
    if (budget := budget_in(summary)) is not None and budget.is_known:
        run.folder.write(RunFolder.uncertainty, rows_of(budget))
    if summary["physical"] is not None:
        run.folder.write(RunFolder.physical, rows_of_physical(summary["physical"]))
    if results.verification:
        write_assessment(run.folder, summary)
    return summary


def _assess(run: Run, content: LedgerContent) -> AssessmentRecord:
    """Write what is known of which layout to use, and of whether the AI was worth it."""
    gate = run.gate or _gate_before(run.folder)
    record, differences = assessment_in(run.problem, run.folder, content, run.learns, gate)
    run.folder.write(RunFolder.assessment_record, record)
    run.folder.differences.unlink(missing_ok=True)
    if differences:
        run.folder.write(RunFolder.differences, differences)
    _write_layouts(run, record)
    run.ledger.note("assessment", record.in_short)
    return record


def _gate_before(folder: RunFolder) -> Gate | None:
    """Return what was expected when the run began, as an earlier assessment has kept it."""
    try:
        before = folder.find(RunFolder.assessment_record)
    except RunFolderError:  # torn: it is written anew
        return None
    return None if before is None else before.gate


def _write_layouts(run: Run, record: AssessmentRecord) -> None:
    """Write the layouts that may be used and have no file of their own."""
    if record.layout is None:
        return
    layouts = layouts_in(run.folder)
    types = run.problem.types if len(run.problem.turbines) > 1 else None
    for one in record.layout.candidates:
        path = run.folder.path / one.file
        if path.parent == run.folder.assess_layouts:
            path.parent.mkdir(exist_ok=True)
            write_layout_csv(path, layouts[one.name], types)


def sum_up_again(run: Run) -> dict[str, Any]:
    """Sum a finished run up after one more question about it, and draw its ladder again."""
    summary = sum_up(run, *outcome(run))
    draw_ladder(run.folder, summary)
    return summary


def read_results(folder: RunFolder) -> Results:
    """Read what a run has found so far."""
    try:
        card = folder.read_json(folder.surrogate / "card.json")
    except RunFolderError:
        card = {}  # there is none, or it is torn: nothing is known of it
    return Results(
        verification=folder.read_verification() if folder.verification.exists() else {},
        baselines=folder.find(RunFolder.baselines) or Baselines(),
        robustness=folder.find(RunFolder.robustness),
        robust=folder.find(RunFolder.robust),
        second_opinion=folder.find(RunFolder.second_opinion),
        sized=folder.find(RunFolder.sizing),
        by_number=folder.find(RunFolder.turbine_count) or [],
        card=card,
        curve=energy_curve(folder.find(RunFolder.history)),
        given_spacing=folder.find(RunFolder.given_spacing),
        neighbours=folder.find(RunFolder.neighbours),
    )
