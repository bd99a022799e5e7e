"""Reads WAsP's generalised wind climate, ``.lib``: the Global Wind Atlas's "GWC file".

====  ==============================================================================
line  holds
====  ==============================================================================
1     a text; within it <coordinates>longitude,latitude,height</coordinates>
2     number of roughness lengths, of heights and of sectors
3     roughness lengths [m], 0 for water
4     heights above ground [m]
5...  for each roughness: a line of frequencies [%] by sector; for each height a line of
      A [m/s] and one of k
====  ==============================================================================

(WAsP's help, "generalised wind climate"; windkit's ``io/wasp/lib.py``, which a test holds this
reader against.) Sectors are equally wide, the first is centred on north. Numbers are apart by
blanks; long lines may be broken.
"""

import re
from pathlib import Path

import numpy as np

from windopt.config.section import LARGEST
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.tables import read_text
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.generalised import GeneralisedClimate

MOST = (50, 50, 360)
"""Roughness lengths, heights and sectors."""
AGAIN = "fetch the file again from the Global Wind Atlas, or export it from WAsP"


def read_wasp_lib(path: Path, context: WindContext) -> WindResource:
    """Read a generalised climate, as the rose at the hub over the config's roughness length."""
    return read_generalised_lib(path).resource(context)


def read_generalised_lib(path: Path) -> GeneralisedClimate:
    """Read all that a ``.lib`` holds."""
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path, "wind_resource").splitlines(), 1)
        if line.strip() or number == 1
    ]
    if len(lines) < 5:
        raise ConfigError.of(path.name, f"has {len(lines)} lines", AGAIN)
    sizes = _numbers(path, *lines[1])
    if len(sizes) != 3 or any(
        size != round(size) or not 1 <= size <= most
        for size, most in zip(sizes, MOST, strict=False)
    ):
        problem = (
            f"{lines[1][1].strip()[:40]!r} is not how many roughness lengths, heights, sectors"
        )
        raise ConfigError.of(f"{path.name}: line {lines[1][0]}", problem, AGAIN)
    r, h, s = (round(size) for size in sizes)
    roughness, height = (_axis(path, *lines[2 + k], (r, h)[k]) for k in (0, 1))
    values = np.array([value for line in lines[4:] for value in _numbers(path, *line)])
    if len(values) != r * (1 + 2 * h) * s:
        problem = (
            f"holds {len(values)} numbers after the heights, not the {r * (1 + 2 * h) * s} of "
            f"{r} roughness lengths, {h} heights and {s} sectors"
        )
        raise ConfigError.of(path.name, problem, AGAIN)
    table = values.reshape(r, 1 + 2 * h, s)
    return GeneralisedClimate(
        path.name,
        roughness,
        height,
        np.arange(s) * 360.0 / s,
        np.repeat(table[:, :1], h, axis=1),
        table[:, 1::2],
        table[:, 2::2],
        _place(lines[0][1]),
    ).checked()


def _axis(path: Path, number: int, line: str, count: int) -> FloatArray:
    values = _numbers(path, number, line)
    if len(values) != count:
        problem = f"has {len(values)} numbers, not {count}"
        raise ConfigError.of(f"{path.name}: line {number}", problem, AGAIN)
    return np.array(values)


def _numbers(path: Path, number: int, line: str) -> list[float]:
    try:
        values = [float(cell) for cell in line.split()]
    except ValueError:
        values = [np.nan]
    if not (np.abs(values) <= LARGEST).all():
        problem = f"{' '.join(line.split())[:40]!r} is not all numbers"
        raise ConfigError.of(f"{path.name}: line {number}", problem, AGAIN)
    return values


def _place(text: str) -> tuple[float, float] | None:
    """Read longitude and latitude out of the first line."""
    found = re.search(r"<coordinates>\s*([^,<]+),([^,<]+)", text)
    try:
        lon, lat = (float(found[k]) for k in (1, 2)) if found else (np.nan, np.nan)
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 360 and abs(lat) <= 90 else None
