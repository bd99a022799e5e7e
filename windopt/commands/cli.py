"""The command line: `windopt COMMAND`, thin over the package.

Exit codes: 0 done, 1 failed, 2 bad input (nothing was spent), 130 interrupted.

Each command has its module in this package and imports what it needs when it is called: PyTorch and
Numba take seconds to start, and `windopt --help`, `check` and `init` do without.
"""

import gc
import logging
import signal
import sys
from typing import Annotated

import typer
from rich.logging import RichHandler

from windopt.commands.assess import assess
from windopt.commands.baseline import baseline
from windopt.commands.check import check
from windopt.commands.compare import compare
from windopt.commands.compile_code import compile_code
from windopt.commands.init import init
from windopt.commands.ledger import ledger
from windopt.commands.meter import meter
from windopt.commands.output import complaints, console
from windopt.commands.report import report
from windopt.commands.robustness import robustness
from windopt.commands.run import run
from windopt.commands.stages import optimise, simulate, train
from windopt.commands.study import study
from windopt.commands.surrogates import surrogates
from windopt.commands.validate import validate
from windopt.commands.verify import verify
from windopt.commands.watch import watch
from windopt.errors import WindoptError
from windopt.ledger.meters.share import look_at_start
from windopt.terminal import VisibleFormatter, plain, write_what_can_be_written

__all__ = ["app", "complaints", "console", "main"]

INTERRUPTED = 130
"""The exit code that typer makes of Ctrl-C."""

app = typer.Typer(
    help="Better places for a farm's turbines, verified by FLORIS, with the energy bill.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    init,
    check,
    run,
    watch,
    study,
    simulate,
    train,
    optimise,
    verify,
    report,
    assess,
    baseline,
    robustness,
    validate,
    compare,
    ledger,
    meter,
):
    app.command()(command)
app.command("compile")(compile_code)
app.add_typer(surrogates, name="surrogates", no_args_is_help=True)


@app.callback()
def version(
    show: Annotated[bool, typer.Option("--version", help="show the version and leave")] = False,
) -> None:
    """Show the version where asked to; the commands do the rest."""
    if show:
        from importlib import metadata

        console.print(f"windopt {metadata.version('windopt')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    look_at_start()
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
        _complain(error, str(error))
        sys.exit(error.exit_code)
    except (OSError, MemoryError) as error:  # of the machine: no space, no memory, no permission
        where = getattr(error, "filename", None)
        said = getattr(error, "strerror", None) or str(error) or "no memory is left"
        _complain(error, f"'{where}': {said}" if where else said)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            complaints.print(
                "interrupted; `windopt run --resume` with the run folder goes on from here; a "
                "study, a comparison or an assessment does when it is called again",
                soft_wrap=True,
            )
        raise
    finally:
        gc.freeze()  # Python would look through all that PyTorch and FLORIS leave, for seconds


def _complain(error: BaseException, said: str) -> None:
    complaints.print(plain("error:", "bold red"), type(error).__name__)
    complaints.print(said, soft_wrap=True)
