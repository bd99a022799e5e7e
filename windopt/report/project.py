"""Many runs in a few lines: energy, waste and shared surrogates."""

from rich.table import Table

from windopt.assessment.shared import SurrogateAccount, surrogate_accounts
from windopt.ledger.energy import NOT_MEASURED, Energy
from windopt.ledger.project import Project
from windopt.report.wording import Row
from windopt.terminal import plain
from windopt.words import significant

MENTIONED = 3
"""Of the copies of runs."""


def project_table(project: Project) -> Table:
    """Tabulate a project's energy, waste and shared surrogates for a terminal."""
    table = Table(
        title="project",
        title_style="bold",
        title_justify="left",
        box=None,
        show_header=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for row in project_rows(project):
        table.add_row(*map(plain, row))
    return table


def project_rows(project: Project) -> list[Row]:
    """Put a project into words: label, figure and remark of each line."""
    totals = project.totals
    rows = [Row("runs", str(len(project.runs)), _copies(project)), _row("energy", totals.energy)]
    reasons = [f"{reason} {_wh(energy)}" for reason, energy in totals.wasted.items()]
    share = totals.waste_share
    wasted = "not known" if share is None else f"{significant(100 * share, 2)} %"
    rows.append(Row("waste", wasted, ", ".join(reasons)))
    if totals.kills:
        killed = totals.wasted["killed"]
        remark = f"{totals.kills} killed, charged up to their last record"
        rows.append(Row("kills", _wh(killed), remark))
    for kind, energy in totals.apart.items():
        rows.append(_row(kind, energy, "questions about finished runs, in no total"))
    shared = [account for account in surrogate_accounts(project.runs) if account.reusers]
    rows += [Row(f"surrogate {one.name}", _wh(one.debt), _sharing(one)) for one in shared]
    if project.empty:
        rows.append(Row("empty", "", ", ".join(str(path) for path in project.empty)))
    return rows


def _copies(project: Project) -> str:
    """Return which ledgers hold a run that another one has too."""
    said = [f"{one.path.parent} holds the run of {one.of.parent}" for one in project.repeats]
    if len(said) > MENTIONED:
        said[MENTIONED:] = [f"{len(said) - MENTIONED} more hold runs of others"]
    return "; ".join([*said, "each is counted once"]) if said else ""


def _sharing(account: SurrogateAccount) -> str:
    """Return by how many farms a surrogate was used, and what that saved."""
    made = ", ".join(account.makers) or "a run that is not among these"
    if account.users:
        made = "those who ship it, in no total here"
    band = _band(account.debt)
    said = [
        f"to make, {band}" if band else "to make",
        f"by {made}",
        f"used by {_number(account.runs, 'run')}",
        _number(account.farms, "farm"),
    ]
    if (per_farm := account.per_farm) is not None:
        said[-1] += f" at {_wh(per_farm)} each" if per_farm.known else ""
    if account.users:
        said.append(f"this machine knows of {_number(account.users, 'run')} with it")
    else:
        said.append(f"reuse saved {_wh(account.saved)}")
    needed = account.break_even_farms
    if needed is None:
        why = "no search without learning ran" if account.without_wh is None else NOT_MEASURED
        said.append(f"paid off: not known, {why}")
    elif needed == float("inf"):
        said.append("never pays off: a search without learning takes no more")
    else:
        paid = "paid off" if account.paid_off else "not paid off yet"
        said.append(f"{paid}: that takes {_number(significant(needed, 2), 'farm')}")
    return "; ".join(said)


def _row(label: str, energy: Energy, remark: str = "") -> Row:
    return Row(label, _wh(energy), "; ".join(filter(None, (_band(energy), remark))))


def _wh(energy: Energy) -> str:
    wh = energy.to_wh()["central"]
    return NOT_MEASURED if wh is None else f"{significant(wh, 2)} Wh"


def _band(energy: Energy) -> str:
    wh = energy.to_wh()
    if wh["low"] is None or wh["high"] is None:
        return ""
    return f"{significant(wh['low'], 2)} to {significant(wh['high'], 2)}"


def _number(count: int | str, what: str) -> str:
    return f"{count} {what}{'' if str(count) == '1' else 's'}"
