"""`windopt verify`: FLORIS evaluates a layout, of a run folder or of any file.

Of a run folder it is the stage of that name. With a config it evaluates a layout and nothing else:
nothing is searched or learned, and no folder is left where none is asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from windopt.commands.opened import opened
from windopt.commands.options import Set
from windopt.commands.output import console, say
from windopt.commands.overrides import parse_overrides

if TYPE_CHECKING:
    from collections.abc import Mapping


def verify(
    source: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="config file, or a run folder to verify anew")
    ],
    layout: Annotated[
        str | None,
        typer.Argument(help="file with the layout to evaluate [the one that the config gives]"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for judgement, layout and ledger [none]")
    ] = None,
    json_: Annotated[
        Path | None, typer.Option("--json", help="write the judgement there as JSON")
    ] = None,
    whole_rose: Annotated[
        bool,
        typer.Option("--whole-rose", help="of a run folder: ask FLORIS about every wind condition"),
    ] = False,
    turbines: Annotated[bool, typer.Option("--turbines", help="tell of each turbine")] = False,
    set_: Set = None,
) -> None:
    """Let FLORIS evaluate a layout: AEP, wake loss, every rule it breaks; or a run folder's."""
    from windopt.runs.folder import RunFolder, write_json

    if layout is None and (source.is_dir() or (out and RunFolder(out).config.exists())):
        if json_ is not None or turbines:
            raise typer.BadParameter(
                "a run folder is judged as a stage of its run, which writes verification.json and "
                "layout.csv; give a config file, or name the LAYOUT",
                param_hint="--json and --turbines",
            )
        _verify_run(source, out, set_, whole_rose)
        return
    from windopt.ledger.began import Began
    from windopt.report.console import ConsoleObserver
    from windopt.stages.evaluate import judge_layout

    overrides = parse_overrides(set_)
    observer, began = ConsoleObserver(console), Began.with_process()
    judgement = judge_layout(source, layout, out, overrides, observer, began)
    _show(judgement, turbines)
    if json_ is not None:
        write_json(json_, judgement)
        say(f"written to {json_}")
    if out is not None:
        say(f"written to {out}/")


def _verify_run(source: Path, out: Path | None, pairs: list[str] | None, whole_rose: bool) -> None:
    with opened(source, out, pairs) as run:
        from windopt.stages.verify import verify_layout

        verify_layout(run, whole_rose)
    say(f"verify done, in {run.folder.path}/")


def _show(judgement: "Mapping[str, Any]", turbines: bool) -> None:
    from windopt.report.judgement import judgement_table, turbine_table
    from windopt.report.wording import energy

    console.print(judgement_table(judgement))
    if turbines:
        console.print(turbine_table(judgement))
    used, band = energy(judgement["energy_wh"])
    say(f"judging it took {judgement['cpu_s']:,.0f} CPU-seconds and {used} ({band})")
