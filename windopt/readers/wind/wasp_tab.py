"""Reads WAsP's observed wind climate, ``.tab``.

====  ==============================================================================
line  holds
====  ==============================================================================
1     a text
2     latitude and longitude [deg], height of the anemometer [m]
3     number of sectors, factor that makes speeds m/s, offset of the directions [deg]
4     frequency of each sector [%]
5...  upper bound of a speed class, frequency of the class in each sector [‰]
====  ==============================================================================

(WindFarmer's manual, "tab file format"; WAsP's help.) Sectors are equally wide, the first is
centred on north, or the offset. Classes are adjacent, the first begins at 0; each is taken at its
middle. Numbers are separated by blanks or tabs. Some programs write the classes in per cent, or as
shares of all times instead of those of the sector: their sums tell.
"""

from pathlib import Path

import numpy as np

from windopt.config.section import LARGEST
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import check_increasing
from windopt.readers.tables import read_text
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.series_checks import check_speed_unit

MOST_LINES = 1000
ROUNDING = 0.01
"""By how much a sum of printed frequencies may be off, as a share of it."""


def read_wasp_tab(path: Path, context: WindContext) -> WindResource:
    """Read an observed wind climate, at hub height by the power law."""
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path, "wind_resource").splitlines(), 1)
        if line.strip() or number == 1
    ]
    if len(lines) < 6:
        problem = f"has {len(lines)} lines"
        raise ConfigError.of(path.name, problem, "give a WAsP .tab with 4 header lines and classes")
    if len(lines) > MOST_LINES:
        problem = f"has {len(lines):,} lines"
        raise ConfigError.of(path.name, problem, "give a WAsP .tab with one line for each class")
    faults = FaultCollector()
    place = faults.attempt(_numbers, path, *lines[1], 3)
    grid = faults.attempt(_numbers, path, *lines[2], 3)
    faults.raise_any()
    assert place is not None
    assert grid is not None
    height, (sectors, factor, offset) = float(place[2]), grid.tolist()
    if sectors != round(sectors) or not 1 <= sectors <= 360:
        problem = f"names {sectors:g} sectors"
        faults.append(Fault(f"{path.name}: line {lines[2][0]}", problem, "give a whole number"))
    if not 0 < factor < 10:
        cure = "give what makes the speeds m/s, mostly 1"
        where = f"{path.name}: line {lines[2][0]}"
        faults.append(Fault(where, f"has the speed factor {factor:g}", cure))
    if not 0 < height < 1000:
        problem, cure = f"has the height {height:g} m", "give that of the anemometer above ground"
        faults.append(Fault(f"{path.name}: line {lines[1][0]}", problem, cure))
    faults.raise_any()
    n = int(sectors)
    sector = faults.attempt(_numbers, path, *lines[3], n)
    rows = [faults.attempt(_numbers, path, *line, n + 1) for line in lines[4:]]
    faults.raise_any()
    assert sector is not None
    table = np.array(rows, dtype=np.float64)
    upper = factor * table[:, 0]
    faults.extend(check_increasing(f"{path.name}: line {lines[4][0]} and on", upper))
    faults.raise_any()
    speed = (np.append(0.0, upper[:-1]) + upper) / 2
    joint = faults.attempt(_joint, path.name, sector, table[:, 1:].T)
    known = faults.attempt(context.turbulence, path.name)
    ratio = faults.attempt(context.speed_up, path.name, height)
    faults.raise_any()
    assert joint is not None
    assert known is not None
    assert ratio is not None
    where = f"{path.name}: speed classes"
    FaultCollector(check_speed_unit(where, speed, joint.sum(axis=0))).raise_any()
    direction = offset + np.arange(n) * 360 / n
    return WindResource.scaled(direction, ratio * speed, joint, np.full(joint.shape, known))


def _numbers(path: Path, number: int, line: str, count: int) -> FloatArray:
    """Read the first `count` numbers of a line."""
    where, cells = f"{path.name}: line {number}", line.replace(";", " ").split()
    if len(cells) < count:
        problem = f"has {len(cells)} numbers, not {count}"
        raise ConfigError.of(where, problem, "separate them by blanks, one for each sector")
    try:
        values = np.array([float(cell) for cell in cells[:count]])
    except ValueError:
        cure = "write numbers with a decimal point, separated by blanks"
        raise ConfigError.of(where, f"{line.strip()[:40]!r} is not all numbers", cure) from None
    if not (np.abs(values) <= LARGEST).all():
        raise ConfigError.of(where, "holds numbers that are not finite", "correct it")
    return values


def _joint(where: str, sector: FloatArray, classes: FloatArray) -> FloatArray:
    """Return the joint probability of sectors (n,) and speed classes (n, k)."""
    if (sector < 0).any() or (classes < 0).any():
        raise ConfigError.of(where, "holds negative frequencies", "give frequencies >= 0")
    total, sums = float(sector.sum()), classes.sum(axis=1)
    if abs(total / 100 - 1) > ROUNDING:
        cure = "give them in per cent, or export the file with frequencies instead of counts"
        raise ConfigError.of(where, f"the sectors' frequencies sum to {total:g}, not 100 %", cure)
    blowing = sector > 0
    for whole in (1000.0, 100.0):
        if np.allclose(sums[blowing], whole, rtol=ROUNDING, atol=0):
            given = np.divide(
                classes, sums[:, None], np.zeros_like(classes), where=blowing[:, None]
            )
            return np.asarray(given * sector[:, None])
    for scale in (1.0, 10.0):  # shares of all times, in per cent or per mille
        if np.allclose(sums, scale * sector, rtol=ROUNDING, atol=ROUNDING * scale):
            return classes
    worst = int(np.argmax(np.where(blowing, abs(sums - 1000), 0)))
    problem = f"the classes of sector {worst + 1} sum to {sums[worst]:g}, not 1000 per mille"
    raise ConfigError.of(where, problem, "correct them; each sector's classes sum to 1000")
