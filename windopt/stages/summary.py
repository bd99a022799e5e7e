"""How a run ended, in its ledger's verdict, `summary.json` and `assessment.md`."""

from typing import Any

from windopt.assessment.assess import conclude
from windopt.errors import RunFolderError
from windopt.report.assessment import write_assessment
from windopt.report.study_table import SEARCH_INTERRUPTED
from windopt.runs.baselines import Baselines
from windopt.runs.folder import RunFolder
from windopt.runs.history import energy_curve
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
    """Write the ledger's verdict, `summary.json` and what follows from it; returns the summary."""
    results = read_results(run.folder)
    content = conclude(run.ledger, results.curve)
    summary = summarise(run.problem, content, results, status, reason)
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
    )
