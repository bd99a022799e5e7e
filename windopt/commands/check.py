"""The command `windopt check`: all faults of a config at once, and a picture of what it says.

What draws is imported where it is used: no other command should wait for it.
"""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from windopt.atomic import replacing
from windopt.commands.compare import parse_overrides
from windopt.errors import FaultCollector, InfeasibleError, RunFolderError
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.readers.load import Parts, read_parts
from windopt.readers.places.site import read_site
from windopt.terminal import PlainConsole

MADE_BY = "windopt check"
METADATA = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}
"""The kinds of picture, and where each says who has made it."""

console = PlainConsole()
complaints = PlainConsole(stderr=True)


def check(
    config: Annotated[Path, typer.Argument(help="config file")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="config value, as wake.velocity_model=cc")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="picture to draw: png, svg or pdf [NAME.check.png]")
    ] = None,
    draw: Annotated[bool, typer.Option("--draw/--no-draw", help="draw the picture")] = True,
) -> None:
    """Check a config and all files it names, before a joule is spent, and draw what it says."""
    faults = FaultCollector()
    if figure is not None and figure.suffix.lower() not in METADATA:
        known = ", ".join(METADATA)
        raise typer.BadParameter(f"'{figure}' ends with none of {known}", param_hint="--figure")
    parts = read_parts(config, parse_overrides(set_), faults)
    start, stuck = None, None
    if parts is not None and not faults:
        try:
            start = _start(parts.problem())
        except InfeasibleError as error:
            stuck = error
    if draw and parts is not None:
        try:
            _draw(parts, faults, figure, start)
        except RunFolderError:
            raise
        except Exception as error:
            if not faults:
                raise
            # of faulty input anything may come; what counts are its faults
            complaints.print(f"no picture: {type(error).__name__}: {error}")
    faults.raise_any()
    assert parts is not None
    problem = parts.problem()
    if stuck is not None:
        from windopt.search.fitting_lattices import fullest

        raise InfeasibleError(f"{stuck}; {fullest(problem)} fit in rows") from stuck
    if problem.config.optimise.pattern == "regular":
        from windopt.search.fitting_lattices import require_lattice  # with SciPy's optimisers

        require_lattice(problem)
    from windopt.report.wording import problem_in_words

    console.print(f"{config}: no faults", soft_wrap=True)
    for line in problem_in_words(problem):
        console.print(f"  {line}", soft_wrap=True)


def _draw(
    parts: Parts, faults: FaultCollector, figure: Path | None, start: FloatArray | None
) -> None:
    """Draw what could be read, and say where; a picture nobody asked for by name may fail."""
    from windopt.report.site_check import Drawn, boundary_of, figure_check, remarks
    from windopt.report.style import DPI, unknown_letters_said

    with _warned_already():
        plain = None
        if parts.config.site:
            plain = FaultCollector().attempt(
                read_site, parts.config.site, True, (), parts.config.crs, parts.config.where
            )
        boundary = boundary_of(parts.site, plain)
        if boundary is None:
            return
        drawn = Drawn(parts, boundary, tuple(faults), start)
        picture = figure_check(drawn)
    for remark in remarks(drawn) if faults else ():  # else they are told turbine by turbine
        console.print(f"  {remark}", soft_wrap=True)
    path = figure or Path(f"{_plain_name(parts.config.name)}.check.png")
    try:
        _require_ours(path)
        image = io.BytesIO()
        kind = path.suffix.lower()
        with unknown_letters_said():
            picture.savefig(image, format=kind[1:], dpi=DPI, metadata={METADATA[kind]: MADE_BY})
        _replace(path, image.getvalue())
    except RunFolderError as error:
        if figure is not None:
            raise
        complaints.print(str(error), soft_wrap=True)
    else:
        console.print(f"drawn in {path}", soft_wrap=True)


def _start(problem: LayoutProblem) -> FloatArray:
    """Return a layout that the search may begin with: the given one mended, or one by chance.

    Raises
    ------
    InfeasibleError
        When none is found: the search would end so, too.
    """
    if problem.initial_layout is not None:
        return repair(problem, problem.initial_layout, problem.config.seed)
    return random_layout(problem, np.random.default_rng(problem.config.seed))


@contextmanager
def _warned_already() -> Iterator[None]:
    """Keep readers from warning a second time."""
    logger = logging.getLogger("windopt.problem")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _plain_name(name: str) -> str:
    """Make a config's name a file's, which stays in the folder."""
    return re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "config"


def _require_ours(path: Path) -> None:
    """Refuse to write over what somebody else has made."""
    if path.is_dir() or (path.exists() and MADE_BY.encode() not in path.read_bytes()):
        raise RunFolderError(
            f"'{path}' exists and was not drawn by {MADE_BY}; name another file with --figure"
        )


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    try:
        with replacing(path) as partial:
            partial.write_bytes(content)
    except RunFolderError as error:
        raise RunFolderError(
            f"'{path}' cannot be written: {getattr(error.__cause__, 'strerror', None) or error}; "
            "name another file with --figure, or ask for none with --no-draw"
        ) from error
