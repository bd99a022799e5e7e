"""`windopt check`: all faults of a config at once, and a picture of what it says."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windopt.commands.options import Set
from windopt.commands.output import say
from windopt.commands.overrides import parse_overrides
from windopt.errors import FaultCollector, InfeasibleError

if TYPE_CHECKING:
    from windopt.problem.layout import FloatArray
    from windopt.problem.problem import LayoutProblem

PICTURES = (".png", ".svg", ".pdf")


def check(
    config: Annotated[Path, typer.Argument(help="config file")],
    set_: Set = None,
    figure: Annotated[
        Path | None, typer.Option(help="picture to draw: png, svg or pdf [NAME.check.png]")
    ] = None,
    draw: Annotated[bool, typer.Option("--draw/--no-draw", help="draw the picture")] = True,
) -> None:
    """Check a config and all files it names, before a joule is spent, and draw what it says."""
    from windopt.readers.load import read_parts

    if figure is not None and figure.suffix.lower() not in PICTURES:
        known = ", ".join(PICTURES)
        raise typer.BadParameter(f"'{figure}' ends with none of {known}", param_hint="--figure")
    faults = FaultCollector()
    parts = read_parts(config, parse_overrides(set_), faults)
    start, stuck = None, None
    if parts is not None and not faults:
        try:
            start = _start(parts.problem())
        except InfeasibleError as error:
            stuck = error
    if draw and parts is not None:
        from windopt.commands.checked_picture import draw_what_can_be_drawn

        draw_what_can_be_drawn(parts, faults, figure, start)
    faults.raise_any()
    assert parts is not None
    problem = parts.problem()
    _require_room(problem, stuck)
    if problem.config.robust is not None:
        from windopt.surrogate.scenarios import check_scenarios

        check_scenarios(problem)
    from windopt.report.wording import problem_in_words

    say(f"{config}: no faults")
    for line in problem_in_words(problem):
        say(f"  {line}")


def _start(problem: "LayoutProblem") -> "FloatArray":
    """Return a layout that the search may begin with: the given one mended, or one by chance.

    Raises
    ------
    InfeasibleError
        When none is found: the search would end so, too.
    """
    import numpy as np

    from windopt.problem.random_layout import random_layout
    from windopt.problem.repair import repair

    if problem.initial_layout is not None:
        return repair(problem, problem.initial_layout, problem.seed)
    return random_layout(problem, np.random.default_rng(problem.seed))


def _require_room(problem: "LayoutProblem", stuck: InfeasibleError | None) -> None:
    """Refuse a problem without a start, or whose regular pattern does not fit.

    What counts lattices comes with SciPy's optimisers, so it is imported only where it is asked.
    """
    if stuck is not None:
        from windopt.search.fitting_lattices import fullest

        raise InfeasibleError(f"{stuck}; {fullest(problem)} fit in rows") from stuck
    if problem.config.optimise.pattern == "regular":
        from windopt.search.fitting_lattices import require_lattice

        require_lattice(problem)
