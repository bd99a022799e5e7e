"""The picture that `windopt check` draws: what the files of a config say, beside its faults."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windopt.atomic import replacing
from windopt.commands.output import complaints, say
from windopt.errors import FaultCollector, RunFolderError
from windopt.problem.layout import FloatArray
from windopt.readers.load import Parts
from windopt.readers.places.site import read_site
from windopt.report.site_check import Drawn, boundary_of, figure_check, remarks
from windopt.report.style import DPI, unknown_letters_said

MADE_BY = "windopt check"
METADATA = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}
"""Where each kind of picture says who has made it."""


def draw_what_can_be_drawn(
    parts: Parts, faults: FaultCollector, figure: Path | None, start: FloatArray | None
) -> None:
    """Draw a config, and say where; of a faulty one anything may come.

    Parameters
    ----------
    parts : Parts
        What could be read.
    faults : FaultCollector
        What was wrong with it.
    figure : Path or None
        The picture; None for one in this folder, which may fail.
    start : (n_turbines, 2) or None [m]
        A layout to draw where none is given.

    Raises
    ------
    RunFolderError
        When the picture that was asked for cannot be written.
    """
    try:
        _draw(parts, faults, figure, start)
    except RunFolderError:
        raise
    except Exception as error:
        if not faults:
            raise
        complaints.print(f"no picture: {type(error).__name__}: {error}")


def _draw(
    parts: Parts, faults: FaultCollector, figure: Path | None, start: FloatArray | None
) -> None:
    """Draw, and say where; a picture nobody asked for by name may fail."""
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
        say(f"  {remark}")
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
        say(f"drawn in {path}")


@contextmanager
def _warned_already() -> Iterator[None]:
    """Keep readers from warning a second time."""
    logger = logging.getLogger("windopt.readers")
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
