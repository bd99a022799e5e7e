"""`windopt compare`: windopt and other optimisers at equal compute."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from windopt.commands.options import Set
from windopt.commands.output import console, say
from windopt.commands.overrides import parse_overrides
from windopt.terminal import plain


def compare(
    config: Annotated[Path | None, typer.Argument(help="config file")] = None,
    suite: Annotated[bool, typer.Option("--suite", help="windopt's benchmark problems")] = False,
    problem: Annotated[list[str] | None, typer.Option(help="of the suite [the core suite]")] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder; a comparison that is there goes on")
    ] = None,
    set_: Set = None,
    method: Annotated[
        list[str] | None, typer.Option(help="who takes part; FILE.py:NAME is your own search")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(help="one or several")] = None,
    cpu_seconds: Annotated[
        list[float] | None,
        typer.Option(help="budget of each search [s]; or several"),
    ] = None,
    renew: Annotated[
        bool | None,
        typer.Option(
            "--renew/--no-renew",
            help="do cells again that are of other code than today's [with --suite yes, else no]",
            show_default=False,
        ),
    ] = None,
    spend: Annotated[
        float | None,
        typer.Option(min=0, help="CPU-seconds for all; begin no cell beyond; 0 only writes pages"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="tell what is to be done and what it takes; stop")
    ] = False,
) -> None:
    """Compare windopt and other optimisers at equal compute, FLORIS as the judge."""
    from datetime import datetime

    from windopt.assessment.labels import label
    from windopt.compare.comparison import Comparison
    from windopt.compare.plans import plan_of_config, plan_of_suite
    from windopt.compare.renewal import forecast, survey

    if (config is None) == (not suite):
        text = "give a config, or --suite; not both"
        raise typer.BadParameter(text, param_hint="CONFIG")
    if problem and not suite:
        raise typer.BadParameter("is for --suite", param_hint="--problem")
    overrides = parse_overrides(set_)
    for key, value in (
        ("compare.methods", method),
        ("compare.seeds", seed),
        ("compare.cpu_seconds", cpu_seconds),
    ):
        if value:
            overrides[key] = value
    if config is None:
        plans, name = plan_of_suite(problem, overrides), "suite"
    else:
        plans = plan_of_config(config, overrides)
        name = plans[0].problem.name
    out = out or Path("results") / f"compare-{name}-{datetime.now():%Y%m%d-%H%M%S}"
    renew = suite if renew is None else renew
    if dry_run:
        for line in forecast(survey(plans, out), renew):
            say(line)
        return
    comparison = Comparison(plans, out, say, renew=renew, spend=spend)
    if suite and spend != 0.0:
        comparison.measure_compilation()
    content = comparison.run()
    for one, record in content["problems"].items():
        _show(one, record)
    for name, one in content["methods"].items():
        if one["missing"]:
            say(f"{label(name)} is not installed: {one['pip']}")
    say(f"everything is in {out}/, start with comparison.html")


def _show(name: str, problem: Mapping[str, Any]) -> None:
    """Print a problem's table and what is said of it."""
    from rich.table import Table

    from windopt.assessment.labels import label
    from windopt.compare.writing import table_rows

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), title=plain(name))
    table.add_column("method")
    for budget in problem["verdicts"]:
        table.add_column(f"gain after {budget} CPU-s", justify="right")
    table.add_column("AEP [GWh]", justify="right")
    for row in table_rows(problem):
        table.add_row(*map(plain, (label(row["name"]), *row["gains"], row["aep"])))
    console.print(table)
    for sentence in problem["said"]:
        say(f"  {sentence}")
