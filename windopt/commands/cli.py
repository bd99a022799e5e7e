"""The command line: `windopt COMMAND`, thin over `windopt.pipeline` and `windopt.stages.validate`.

Exit codes: 0 done, 1 failed, 2 bad input (nothing was spent), 130 interrupted.

Each command imports what it needs when it is called: PyTorch and Numba take seconds to start, and
`check` and `init` do without.
"""

import gc
import logging
import math
import signal
import sys
from collections.abc import Collection
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.logging import RichHandler
from rich.table import Table

from windopt.alive import Alive
from windopt.commands.check import check
from windopt.commands.compare import compare, parse_overrides
from windopt.commands.init import init
from windopt.commands.verify import verify
from windopt.errors import WindoptError
from windopt.terminal import PlainConsole, VisibleFormatter, plain, write_what_can_be_written
from windopt.words import count_of

if TYPE_CHECKING:
    from windopt.assessment.summarise import LedgerRow

INTERRUPTED = 130
"""The exit code that typer makes of Ctrl-C."""

app = typer.Typer(
    help="Better places for a farm's turbines, verified by FLORIS, with the energy bill.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COUNTS = {
    "floris_evaluations": "FLORIS run",
    "training_steps": "step",
    "starts": "start",
}
app.command()(check)
app.command()(init)
app.command()(compare)
console = PlainConsole()
complaints = PlainConsole(stderr=True)

Source = Annotated[Path, typer.Argument(help="config file, or a run folder to go on with")]
Out = Annotated[Path | None, typer.Option(help="run folder [results/<name>-<time>]")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="config value, as wake.velocity_model=cc")
]
Seed = Annotated[int | None, typer.Option(help="seed of data, training and search")]
MaxSeconds = Annotated[float | None, typer.Option(help="wall-clock time the run may take [s]")]
MaxWh = Annotated[float | None, typer.Option(help="energy the run may take, central estimate [Wh]")]

Animate = Annotated[bool, typer.Option("--animate", help="show the search: figures/search.gif")]
Reuse = Annotated[bool, typer.Option("--reuse", help="take the surrogate from the library")]


@app.callback()
def version(
    show: Annotated[bool, typer.Option("--version", help="show the version and leave")] = False,
) -> None:
    """Show the version where asked to; the commands do the rest."""
    if show:
        console.print(f"windopt {metadata.version('windopt')}")
        raise typer.Exit


@app.command()
def run(
    config: Annotated[
        Path | None, typer.Argument(help="config file, or a run folder to go on with")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="run folder to go on with, as it was begun")
    ] = None,
    out: Out = None,
    set_: Set = None,
    seed: Seed = None,
    max_seconds: MaxSeconds = None,
    max_wh: MaxWh = None,
    reuse: Reuse = False,
) -> None:
    """Run the whole pipeline: simulate, train, optimise, verify, report."""
    if (config is None) == (resume is None):
        text = "give a config, or --resume with a run folder; not both"
        raise typer.BadParameter(text, param_hint="CONFIG")
    if resume is not None and out is not None:
        raise typer.BadParameter("a resumed run stays in its folder", param_hint="--out")
    overrides = parse_overrides(set_)
    for key, value in (
        ("seed", seed),
        ("budget.seconds", max_seconds),
        ("budget.watt_hours", max_wh),
        ("train.reuse", reuse or None),
    ):
        if value is not None:
            overrides[key] = value
    with Alive(console) as alive:
        alive.begin("windopt is starting")
        from windopt import pipeline
        from windopt.ledger.began import Began
        from windopt.report.console import ConsoleObserver, summary_table

        source = config if resume is None else pipeline.run_folder(resume).path
        assert source is not None
        result = pipeline.run(
            source, out, overrides, ConsoleObserver(console, alive), Began.with_process()
        )
    console.print(summary_table(result.summary))
    console.print(f"everything is in {result.folder.path}/, start with report.html", soft_wrap=True)


@app.command()
def study(
    file: Annotated[Path, typer.Argument(help="YAML with configs, and a grid of settings")],
    out: Annotated[Path | None, typer.Option(help="the study's folder [results/<name>]")] = None,
    set_: Set = None,
) -> None:
    """Do many runs, one after the other, each on all cores; the same call goes on."""
    from windopt.report.console import ConsoleObserver
    from windopt.report.study_table import study_table
    from windopt.study import Study
    from windopt.workers.executor import available_cores

    jobs = Study(file, out, parse_overrides(set_))
    count = len(jobs.jobs)
    say = partial(console.print, soft_wrap=True)
    cores = available_cores()
    where = "one core" if cores == 1 else f"all {cores} cores"
    say(f"{count_of(count, 'job')} without faults, one after the other, each on {where}")
    content = jobs.run(ConsoleObserver(console), say)
    console.print(study_table(content))
    say(f"everything is in {jobs.path}/, start with study.md")
    if content["total"]["failed"]:
        say(f"{content['total']['failed']} failed: the same call tries them again")
        raise typer.Exit(1)


def _stage_command(name: str, description: str) -> None:
    def command(source: Source, out: Out = None, set_: Set = None) -> None:
        from windopt import pipeline
        from windopt.report.console import ConsoleObserver

        with pipeline.begin(source, out, parse_overrides(set_), ConsoleObserver(console)) as job:
            pipeline.STAGES[name](job)
        console.print(f"{name} done, in {job.folder.path}/", soft_wrap=True)

    app.command(name, help=description)(command)


_stage_command("simulate", "Simulate the training data in FLORIS.")
_stage_command("train", "Train the surrogate on a run folder's data.")
_stage_command("optimise", "Search for a layout with a run folder's surrogate.")
app.command()(verify)


@app.command()
def baseline(
    source: Source,
    method: Annotated[
        list[str] | None, typer.Option(help="analytic or floris [those of the config, or analytic]")
    ] = None,
    out: Out = None,
    set_: Set = None,
) -> None:
    """Let searches without learning try as long as the run took."""
    from windopt import pipeline
    from windopt.report.console import ConsoleObserver, summary_table
    from windopt.stages.baseline import BASELINES, run_baselines
    from windopt.stages.summary import outcome, sum_up

    _one_of("--method", method, BASELINES)
    with pipeline.begin(source, out, parse_overrides(set_), ConsoleObserver(console)) as job:
        asked = method or job.problem.config.baseline.methods or ["analytic"]
        run_baselines(job, asked)
        summary = sum_up(job, *outcome(job))
    console.print(summary_table(summary))


@app.command()
def robustness(
    source: Source,
    wake_model: Annotated[
        list[str] | None,
        typer.Option(help="velocity model of FLORIS [those of the config, or five]"),
    ] = None,
    out: Out = None,
    set_: Set = None,
) -> None:
    """Ask other wake models about the gain."""
    from windopt import pipeline
    from windopt.report.console import ConsoleObserver, summary_table
    from windopt.stages.robustness import WAKE_MODELS, ask_other_wake_models
    from windopt.stages.summary import outcome, sum_up

    _one_of("--wake-model", wake_model, (*WAKE_MODELS, "turbopark"))
    with pipeline.begin(source, out, parse_overrides(set_), ConsoleObserver(console)) as job:
        asked = wake_model or job.problem.config.robustness.wake_models or WAKE_MODELS
        ask_other_wake_models(job, asked)
        summary = sum_up(job, *outcome(job))
    console.print(summary_table(summary))


def _one_of(option: str, given: list[str] | None, known: Collection[str]) -> None:
    for value in given or []:
        if value not in known:
            text = f"{value!r} is none of {', '.join(known)}"
            raise typer.BadParameter(text, param_hint=option)


@app.command()
def report(
    source: Source,
    out: Out = None,
    set_: Set = None,
    animate: Animate = False,
    ask: Annotated[
        float | None,
        typer.Option(help="ask FLORIS again what moves gained, for so many CPU-seconds", min=0),
    ] = None,
) -> None:
    """Draw figures and report.html of a run folder."""
    from windopt import pipeline
    from windopt.report.console import ConsoleObserver
    from windopt.stages.report import draw_report

    with pipeline.begin(source, out, parse_overrides(set_), ConsoleObserver(console)) as job:
        draw_report(job, animate, ask)
    console.print(f"report done, in {job.folder.path}/", soft_wrap=True)


@app.command()
def validate(
    target: Annotated[Path, typer.Argument(help="run folder, or folder of a saved surrogate")],
    out: Annotated[Path | None, typer.Option(help="folder to write into [TARGET]")] = None,
    seed: Annotated[int, typer.Option(help="seed of the farms asked about", min=0)] = 0,
) -> None:
    """Examine a surrogate against FLORIS on farms it has never seen."""
    from windopt.report.console import ConsoleObserver
    from windopt.report.validation import validation_table
    from windopt.stages import validate as validating

    console.print(
        validation_table(validating.validate(target, out, seed, ConsoleObserver(console)))
    )
    console.print(f"validation.json and validation.png are in {out or target}/", soft_wrap=True)


@app.command()
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
) -> None:
    """Show what runs have cost and gained, all below results/ by default."""
    from windopt.assessment.summarise import ledger_table
    from windopt.exports.ledger_tables import to_csv, to_json
    from windopt.exports.run_exports import write_exports
    from windopt.exports.sqlite import write_database
    from windopt.ledger.project import read_project
    from windopt.report.project import project_table
    from windopt.runs.folder import write_text

    paths = folders or sorted(path.parent for path in Path("results").glob("*/ledger.jsonl"))
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("run", "stage", "status"):
        table.add_column(heading)
    for heading in ("wall s", "CPU s", "Wh", "band"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("did")
    rows, all_runs = ledger_table(paths), read_project(paths)
    for row in rows:
        table.add_row(*map(plain, _ledger_cells(row)))
    console.print(table)
    if len(all_runs.runs) + len(all_runs.repeats) > 1:
        console.print()
        console.print(project_table(all_runs))
    for file, text in ((csv_, to_csv), (json_, to_json)):
        if file is not None:
            write_text(file, text(rows))
            console.print(f"written to {file}", soft_wrap=True)
    if project is not None:
        write_database(all_runs, project)
        console.print(f"written to {project}", soft_wrap=True)
    if export is not None:
        for written in write_exports(all_runs, export):
            console.print(f"written to {written}/", soft_wrap=True)


surrogates = typer.Typer(help="The library of trained surrogates (WINDOPT_LIBRARY).")
app.add_typer(surrogates, name="surrogates", no_args_is_help=True)


@surrogates.command("list")
def list_surrogates() -> None:
    """Show the library: what each surrogate stands for, how good it is, what it cost."""
    from windopt.surrogate.library import default_library, library_entries
    from windopt.words import significant

    library = default_library()
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("surrogate", "wake model", "combination", "turbines"):
        table.add_column(heading)
    for heading in ("turbine power MAPE %", "Wh"):
        table.add_column(heading, justify="right")
    for entry in library_entries(library):
        wake = entry.card["wake"]
        debt = (entry.energy_debt_wh or {}).get("central")
        cells = (
            entry.path.name,
            f"{wake['velocity_model']}{' + gch' if wake['gch'] else ''}",
            wake["combination_model"],
            ", ".join(turbine["name"] for turbine in entry.card["turbines"]),
            f"{entry.mape_pct:.2f}",
            "unknown" if debt is None else significant(debt, 2),
        )
        table.add_row(*map(plain, cells))
    console.print(f"library {library}", soft_wrap=True)
    console.print(table if table.row_count else "  is empty: `windopt surrogates add RUN_FOLDER`")


@surrogates.command("add")
def add_surrogate(
    source: Annotated[Path, typer.Argument(help="a run folder, or a surrogate's own")],
) -> None:
    """Copy a trained surrogate into the library, for `windopt run --reuse`."""
    from windopt.surrogate.library import add_to_library, default_library

    entry = add_to_library(source, default_library())
    console.print(f"added {entry.path}", soft_wrap=True)
    if entry.dataset is None:
        complaints.print(
            f"{source} has no dataset.nc: windopt run --reuse passes such a surrogate over; add a "
            "run folder that still has it",
            soft_wrap=True,
        )


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    write_what_can_be_written()
    # its own level as well: FLORIS's loggers do not ask the root logger's
    handler = RichHandler(logging.WARNING, console=complaints, show_time=False, show_path=False)
    handler.setFormatter(VisibleFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # a polite kill ends a run as Ctrl-C does: charged, readable, resumable
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except WindoptError as error:
        complaints.print(plain("error:", "bold red"), type(error).__name__)
        complaints.print(str(error), soft_wrap=True)
        sys.exit(error.exit_code)
    except (OSError, MemoryError) as error:  # of the machine: no space, no memory, no permission
        where = getattr(error, "filename", None)
        said = getattr(error, "strerror", None) or str(error) or "no memory is left"
        complaints.print(plain("error:", "bold red"), type(error).__name__)
        text = f"'{where}': {said}" if where else said
        complaints.print(text, soft_wrap=True)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            complaints.print(
                "interrupted; `windopt run --resume` with the run folder goes on from here; a "
                "study or a comparison does when it is called again",
                soft_wrap=True,
            )
        raise
    finally:
        gc.freeze()  # Python would look through all that PyTorch and FLORIS leave, for seconds


def _ledger_cells(row: "LedgerRow") -> list[str]:
    from windopt.assessment.summarise import CROSS_CHECK
    from windopt.report.verified import rounded_error
    from windopt.report.wording import band, duration
    from windopt.words import significant

    energy = row.energy_wh
    low, central, high = energy["low"], energy["central"], energy["high"]
    wh = "not measured" if central is None else significant(central, 2)
    bounds = "" if low is None or high is None else f"{significant(low, 2)}-{significant(high, 2)}"
    did = [count_of(row.counts[key], word) for key, word in COUNTS.items() if key in row.counts]
    if row.gain_pct is not None:
        error = "" if row.gain_error_pct is None else f" ± {rounded_error(row.gain_error_pct)}"
        did = [f"gain {row.gain_pct:+.2f}{error} %{' (sampled)' if error else ''}"]
        if row.payback_s is not None and math.isfinite(row.payback_s):
            did.append(f"paid back in {duration(row.payback_s)}")
    if row.stage == CROSS_CHECK:
        did = [f"{energy['method']}, in no total"]
    if row.assessment is not None:
        did.append(f"verdict {row.assessment.value}")
    if row.carbon is not None:
        did.append(f"{band(row.carbon.sci_g)} g CO2e")
    times = (f"{row.wall_s:,.0f}", f"{row.cpu_s:,.0f}")
    return [row.run, row.stage, row.status, *times, wh, bounds, ", ".join(did)]
