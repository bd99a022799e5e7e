"""Reads WAsP's resource files: the grid ``.wrg``, and ``.rsf`` where its points form one.

=======  ==========================================================================
columns  of each line after the first: ``nx ny xmin ymin cell`` (``.wrg`` only)
=======  ==========================================================================
1-10     a label
11-30    x and y [m], 10 each
31-38    elevation [m]
39-43    height above ground [m]
44-69    A [m/s], k and power density of all sectors together: 5, 6 and 15
70-72    number of sectors
73-...   for each sector: frequency [per mille], 10 A [m/s], 100 k: 4, 4 and 5
=======  ==========================================================================

(WAsP's help, "resource grid file"; windkit's ``io/wasp/rsf.py``.) Many programs write the numbers
apart by blanks and leave the columns: both are read. The first sector is centred on north. The file
names no coordinate system: x and y are taken to be the site's. Scales are rounded to 0.1 m/s, which
is 0.4 % of a usual wind speed (rms) from node to node.

windkit reads these files too; it brings GDAL, 0.2 GB, which eight numbers a line do not need. A
test holds this reader against FLORIS's and windkit's.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

from windopt.config.section import LARGEST
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.tables import read_text
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.weibull_grid import WeibullGrid, loss_of_yield, tell_loss

COLUMNS = (10, 20, 30, 38, 43, 48, 54, 69, 72)
SECTOR = (4, 4, 5)
BEFORE_SECTORS = 8
"""Numbers of a line before those of the sectors: x, y, z, height, A, k, power, sectors."""
MOST_SECTORS = 99
SAME_PLACE = 0.1
"""Coordinates closer than that are one [m]; some files have whole metres."""


def read_wrg(path: Path, context: WindContext) -> WindResource:
    """Read a resource grid, at hub height by the power law, as a rose and its speed-up."""
    grid, height = read_weibull_grid(path)
    turbulence = context.turbulence(path.name)
    ratio = context.speed_up(path.name, height)
    wind = grid.resource(context.site, turbulence, ratio)
    if context.turbine is not None:
        loss = loss_of_yield(grid, wind, context.turbine, ratio)
        tell_loss(path.name, loss, grid.on_site(context.site))
    return wind


def read_weibull_grid(path: Path) -> tuple[WeibullGrid, float]:
    """Read the grid and its height above ground [m]."""
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path, "wind_resource").splitlines(), 1)
        if line.strip()
    ]
    header = _header(path, lines[0][1]) if lines else None
    rows = lines if header is None else lines[1:]
    if not rows:
        raise ConfigError.of(path.name, "holds no nodes", "export the resource grid from WAsP")
    values = np.array([_row(f"{path.name}: line {number}", line) for number, line in rows[:1]])
    width = values.shape[1]
    values = np.array([_row(f"{path.name}: line {n}", line, width) for n, line in rows])
    x, y = (_axis(values[:, k]) for k in (0, 1))
    if header is not None and header != (len(x), len(y)):
        nx, ny = header
        problem = (
            f"promises {nx} x {ny} nodes, but its lines have {len(x)} x and {len(y)} y coordinates"
        )
        raise ConfigError.of(f"{path.name}: line 1", problem, "export the whole grid again")
    where = _places(path.name, values, x, y)
    heights = np.unique(values[:, 3])
    if len(heights) > 1:
        problem = f"has nodes at {heights[0]:g} to {heights[-1]:g} m above ground"
        raise ConfigError.of(path.name, problem, "export the grid at hub height")
    if not 0 < heights[0] < 1000:
        problem = f"is {heights[0]:g} m above ground"
        raise ConfigError.of(path.name, problem, "give the height of the grid above ground")
    sectors = values[where][:, BEFORE_SECTORS:].reshape(len(x), len(y), -1, 3)
    frequency, scale, shape = np.moveaxis(sectors, (3, 2), (0, 1)) / np.array(
        [1000.0, 10.0, 100.0]
    ).reshape(3, 1, 1, 1)
    direction = np.arange(frequency.shape[0]) * 360.0 / frequency.shape[0]
    grid = WeibullGrid(path.name, x, y, direction, frequency, scale, shape)
    return grid.checked(), float(heights[0])


def _header(path: Path, line: str) -> tuple[int, int] | None:
    """Read the numbers of nodes in x and y; None where the first line is a node's."""
    cells = line.split()
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return None
    if len(numbers) > 5:
        return None
    if len(numbers) < 5 or not all(2 <= number < 1e9 for number in numbers[:2]):
        problem = f"{line.strip()[:40]!r} is no header of a grid"
        cure = "write nx ny xmin ymin cell, with two nodes at least each way"
        raise ConfigError.of(f"{path.name}: line 1", problem, cure)
    return round(numbers[0]), round(numbers[1])


def _row(where: str, line: str, width: int | None = None) -> FloatArray:
    """Read the numbers of a node (8 + 3 sectors,)."""
    numbers = _apart(line)
    if numbers is None:
        numbers = _in_columns(line)
    if numbers is None:
        problem = f"{' '.join(line.split())[:50]!r} is no node of a resource grid"
        cure = "give label, x, y, z, height, A, k, power, sectors and three numbers for each"
        raise ConfigError.of(where, problem, cure)
    if width is not None and len(numbers) != width:
        problem = f"has {round(numbers[7])} sectors, the first node {(width - 8) // 3}"
        raise ConfigError.of(where, problem, "give all nodes the same sectors")
    if not (np.abs(numbers) <= LARGEST).all():
        raise ConfigError.of(where, "holds numbers that are not finite", "correct them")
    return np.array(numbers)


def _apart(line: str) -> list[float] | None:
    """Read numbers that stand apart by blanks, after a label of any number of words."""
    cells = line.split()
    for first in range(min(4, len(cells))):
        numbers = _numbers(cells[first:])
        if (
            numbers is not None
            and len(numbers) > BEFORE_SECTORS
            and 1 <= numbers[7] <= MOST_SECTORS
            and len(numbers) == BEFORE_SECTORS + 3 * round(numbers[7])
        ):
            return numbers
    return None


def _in_columns(line: str) -> list[float] | None:
    """Read numbers by the columns they stand in."""
    main = _numbers([line[a:b] for a, b in pairwise(COLUMNS)])
    if main is None or not 1 <= main[7] <= MOST_SECTORS:
        return None
    edges = COLUMNS[-1] + np.cumsum([0, *SECTOR * round(main[7])])
    rest = _numbers([line[a:b] for a, b in pairwise(edges)])
    return None if rest is None else main + rest


def _numbers(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None


def _axis(values: FloatArray) -> FloatArray:
    """Return the coordinates that occur, increasing."""
    known = np.unique(values)
    return np.asarray(known[np.append(True, np.diff(known) > SAME_PLACE)])


def _places(where: str, values: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return in which line each node of the grid stands (nx * ny,)."""
    if len(x) < 2 or len(y) < 2:
        problem = f"has {len(x)} x and {len(y)} y coordinates"
        raise ConfigError.of(where, problem, "give a grid of two nodes at least each way")
    if len(x) * len(y) > 1000 * len(values):
        problem = f"has {len(values):,} of {len(x)} x {len(y)} nodes"
        raise ConfigError.of(where, problem, "export a full rectangle around the site")
    i = np.searchsorted(x, values[:, 0] - SAME_PLACE)
    j = np.searchsorted(y, values[:, 1] - SAME_PLACE)
    line = np.full(len(x) * len(y), -1)
    number = i * len(y) + j
    line[number] = np.arange(len(values))
    if (doubled := np.bincount(number) > 1).any():
        a, b = divmod(int(np.argmax(doubled)), len(y))
        problem = f"has the node ({x[a]:.10g}, {y[b]:.10g}) twice"
        raise ConfigError.of(where, problem, "keep one of them")
    if (missing := line < 0).any():
        a, b = divmod(int(np.argmax(missing)), len(y))
        problem = (
            f"lacks {missing.sum()} of {len(x)} x {len(y)} nodes, the first at "
            f"({x[a]:.10g}, {y[b]:.10g})"
        )
        cure = "export a full rectangle around the site, without masked nodes"
        raise ConfigError.of(where, problem, cure)
    return line
