"""How a run ended, in its ledger's verdict, `summary.json` and `assessment.md`."""

from typing import Any

from windopt.assessment.assess import conclude
from windopt.report.assessment import write_assessment
from windopt.report.study_table import SEARCH_INTERRUPTED
from windopt.runs.folder import RunFolder
from windopt.runs.history import read_energy_curve
from windopt.runs.session import Run
from windopt.runs.summary import write_summary

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
    """Write the ledger's verdict, `summary.json` and `assessment.md`; returns the summary."""
    content = conclude(run.ledger, read_energy_curve(run.folder))
    summary = write_summary(run.folder, run.problem, content, status, reason)
    if run.folder.verification.exists():
        write_assessment(run.folder, summary)
    return summary
