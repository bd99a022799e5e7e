"""`windopt study`: many runs, one after the other."""

from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.options import Set
from windopt.commands.output import console, say
from windopt.commands.overrides import parse_overrides
from windopt.words import count_of


def study(
    file: Annotated[Path, typer.Argument(help="YAML with configs, and a grid of settings")],
    out: Annotated[Path | None, typer.Option(help="the study's folder [results/<name>]")] = None,
    set_: Set = None,
) -> None:
    """Do many runs, one after the other, each on all cores; the same call goes on."""
    from windopt.config.reader import load_config
    from windopt.ledger.began import Began
    from windopt.report.console import ConsoleObserver
    from windopt.report.study_table import study_table
    from windopt.study import Study
    from windopt.workers.executor import workers_in_words

    jobs = Study(file, out, parse_overrides(set_), Began.with_process())
    first = jobs.jobs[0]
    where = workers_in_words(load_config(first.config, first.overrides).workers)
    count = count_of(len(jobs.jobs), "job")
    say(f"{count} without faults, one after the other, each on {where}")
    content = jobs.run(ConsoleObserver(console), say)
    console.print(study_table(content))
    say(f"everything is in {jobs.path}/, start with study.md")
    if content["total"]["failed"]:
        say(f"{content['total']['failed']} failed: the same call tries them again")
        raise typer.Exit(1)
