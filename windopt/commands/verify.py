"""The command `windopt verify`: FLORIS judges a layout, of a run folder or of any file.

Of a run folder it is the stage of that name. With a config it judges a layout and nothing else:
nothing is searched or learned, and no folder is left where none is asked for.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.compare import parse_overrides
from windopt.terminal import PlainConsole

console = PlainConsole()


def verify(
    source: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="config file, or a run folder to judge anew")
    ],
    layout: Annotated[
        str | None,
        typer.Argument(help="file with the layout to judge [the one that the config gives]"),
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
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="config value, as wake.velocity_model=cc")
    ] = None,
) -> None:
    """Let FLORIS judge a layout: AEP, wake loss, every rule it breaks; or a run folder's."""
    from windopt.report.console import ConsoleObserver
    from windopt.report.judgement import judgement_table, turbine_table
    from windopt.report.wording import energy
    from windopt.runs.folder import RunFolder, write_json
    from windopt.stages.evaluate import judge_layout

    overrides = parse_overrides(set_)
    if layout is None and (source.is_dir() or (out and RunFolder(out).config.exists())):
        if json_ is not None or turbines:
            raise typer.BadParameter(
                "a run folder is judged as a stage of its run, which writes verification.json and "
                "layout.csv; give a config file, or name the LAYOUT",
                param_hint="--json and --turbines",
            )
        _judge_run(source, out, overrides, whole_rose)
        return
    judgement = judge_layout(source, layout, out, overrides, ConsoleObserver(console))
    console.print(judgement_table(judgement))
    if turbines:
        console.print(turbine_table(judgement))
    used, band = energy(judgement["energy_wh"])
    say = f"FLORIS took {judgement['cpu_s']:,.0f} CPU-seconds and {used} ({band})"
    console.print(say, soft_wrap=True)
    if json_ is not None:
        write_json(json_, judgement)
        console.print(f"written to {json_}", soft_wrap=True)
    if out is not None:
        console.print(f"written to {out}/", soft_wrap=True)


def _judge_run(
    source: Path, out: Path | None, overrides: Mapping[str, object], whole_rose: bool
) -> None:
    """Do the stage of a run."""
    from windopt import pipeline  # PyTorch takes seconds to start, and a judge needs none
    from windopt.report.console import ConsoleObserver
    from windopt.stages.verify import verify_layout

    with pipeline.begin(source, out, overrides, ConsoleObserver(console)) as job:
        verify_layout(job, whole_rose)
    console.print(f"verify done, in {job.folder.path}/", soft_wrap=True)
