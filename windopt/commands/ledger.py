"""`windopt ledger`: what runs have cost and gained, as a table and as files."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windopt.commands.output import console, say
from windopt.terminal import plain
from windopt.words import count_of

if TYPE_CHECKING:
    from rich.table import Table

    from windopt.assessment.summarise import LedgerRow

COUNTS = {
    "floris_evaluations": "FLORIS run",
    "training_steps": "step",
    "starts": "start",
}
"""The counts that are shown, and the word for one."""


def ledger(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="run folders, or folders with some below")
    ] = None,
    csv_: Annotated[Path | None, typer.Option("--csv", help="write the table there as CSV")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="and there as JSON")] = None,
    project: Annotated[
        Path | None, typer.Option(help="write all runs there as an SQLite file")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="publish each run there: RO-Crate, model card, BoAmps reports"),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="look for records that were edited, removed or moved"),
    ] = False,
) -> None:
    """Show what runs have cost and gained, all below results/ by default."""
    paths = folders or sorted(path.parent for path in Path("results").glob("*/ledger.jsonl"))
    if check:
        _check(paths)
        return
    from windopt.assessment.summarise import ledger_table
    from windopt.exports.ledger_tables import to_csv, to_json
    from windopt.exports.run_exports import write_exports
    from windopt.exports.sqlite import write_database
    from windopt.ledger.project import read_project
    from windopt.report.project import project_table
    from windopt.runs.folder import write_text

    rows, all_runs = ledger_table(paths), read_project(paths)
    console.print(_table(rows))
    if len(all_runs.runs) + len(all_runs.repeats) > 1:
        console.print()
        console.print(project_table(all_runs))
    for file, text in ((csv_, to_csv), (json_, to_json)):
        if file is not None:
            write_text(file, text(rows))
            say(f"written to {file}")
    if project is not None:
        write_database(all_runs, project)
        say(f"written to {project}")
    if export is not None:
        for written in write_exports(all_runs, export):
            say(f"written to {written}/")


def _check(paths: list[Path]) -> None:
    """Say of each ledger whether its records are as they were written; exit code 2 where not."""
    from windopt.ledger.folders import ledger_files
    from windopt.runs.ledger_check import check_ledger

    all_whole = True
    for file in ledger_files(paths):
        found = check_ledger(file)
        all_whole = all_whole and found.whole
        number = count_of(found.records, "record")
        if found.whole:
            say(f"{file}: whole, {number}, last hash {found.hashes[-1][:16]}")
        elif found.faults:
            say(f"{file}: not as it was written")
        else:
            say(
                f"{file}: no chain, {number} without hashes, from a windopt before there were any: "
                "nobody can tell whether they were edited"
            )
        for line in (*map(str, found.faults), *found.notes):
            say(f"  {line}")
    if not all_whole:
        raise typer.Exit(2)


def _table(rows: "list[LedgerRow]") -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("run", "stage", "status"):
        table.add_column(heading)
    for heading in ("wall s", "CPU s", "Wh", "band"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("did")
    for row in rows:
        table.add_row(*map(plain, _cells(row)))
    return table


def _cells(row: "LedgerRow") -> list[str]:
    from windopt.assessment.summarise import UNLISTED
    from windopt.ledger.totals import IN_WORDS
    from windopt.words import significant

    energy = row.energy_wh
    low, central, high = energy["low"], energy["central"], energy["high"]
    wh = "not measured" if central is None else significant(central, 2)
    wh = "" if row.stage == UNLISTED else wh
    bounds = "" if low is None or high is None else f"{significant(low, 2)}-{significant(high, 2)}"
    times = (f"{row.wall_s:,.0f}", f"{row.cpu_s:,.0f}")
    if row.stage == UNLISTED:
        times = ("", f"{row.cpu_s:,.2f}")
    return [
        row.run,
        IN_WORDS.get(row.stage, row.stage),
        row.status,
        *times,
        wh,
        bounds,
        ", ".join(_did(row)),
    ]


def _did(row: "LedgerRow") -> Iterator[str]:
    """Yield what a row's stages did, or what the whole run gained."""
    from windopt.assessment.summarise import CROSS_CHECK, PROVIDER, UNLISTED
    from windopt.report.wording import band

    if row.stage == CROSS_CHECK:
        yield f"{row.energy_wh['method']}, in no total"
    elif row.stage == PROVIDER:
        yield "of making the shipped kernel, at most; in no total"
    elif row.stage == UNLISTED:
        yield f"{100 * row.unlisted_share:.2f} % of the CPU time, in no total"
    elif row.gain_pct is not None:
        yield from _gained(row)
        yield from _wasted(row)
    else:
        for key, word in COUNTS.items():
            if key in row.counts:
                yield count_of(row.counts[key], word)
    if row.answer is not None:
        yield f"the AI's share: {row.answer}"
    if row.carbon is not None:
        yield f"{band(row.carbon.sci_g)} g CO2e"


def _wasted(row: "LedgerRow") -> Iterator[str]:
    if row.waste_share:
        yield f"waste {100 * row.waste_share:.0f} %"


def _gained(row: "LedgerRow") -> Iterator[str]:
    from windopt.report.verified import rounded_error
    from windopt.report.wording import duration

    if row.gain_error_pct is None:
        yield f"gain {row.gain_pct:+.2f} %"
    else:
        yield f"gain {row.gain_pct:+.2f} ± {rounded_error(row.gain_error_pct)} % (sampled)"
    if row.payback_s is not None and math.isfinite(row.payback_s):
        yield f"paid back in {duration(row.payback_s)}"
