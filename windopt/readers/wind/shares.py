"""Tells in which unit the frequencies of a wind table are, by their name and their sum."""

import logging

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray, IntArray
from windopt.readers.checks import PROBABILITY_TOLERANCE
from windopt.readers.tables import Table
from windopt.readers.wind.names import PER_CENT

logger = logging.getLogger(__name__)

SHARES = {"": 1.0, "-": 1.0, **dict.fromkeys(PER_CENT, 0.01), "permille": 0.001, "‰": 0.001}
COUNTS = ("h", "hours", "hours/year", "h/a", "count", "counts", "n")
"""Units of which the sum is the whole."""
MOST_ROUNDING = 0.01
"""By which a sum may be off where many cells are rounded."""
HOURS = (8760.0, 8766.0, 8784.0)
"""Of a year."""


def shares(table: Table, frequency: FloatArray, sector: IntArray) -> FloatArray:
    """Return frequencies (n_rows,) as shares of 1.

    Parameters
    ----------
    table : Table
        With the column frequency.
    frequency : (n_rows,)
        Its numbers.
    sector : (n_rows,)
        The number of the direction of each.
    """
    where, unit = table.place("frequency"), table.units["frequency"]
    if (frequency < 0).any():
        problem = f"holds the negative {frequency.min():g}"
        raise ConfigError.of(where, problem, "give frequencies >= 0")
    summed = float(frequency.sum())
    if unit in COUNTS and summed > 0:
        return frequency / summed
    if unit not in SHARES:
        raise ConfigError.of(where, f"is in {unit!r}", "give shares of 1, or per cent as [%]")
    total = summed * SHARES[unit]
    if abs(total - 1) <= PROBABILITY_TOLERANCE:
        return frequency * SHARES[unit]
    for whole in (100, 1000, *HOURS):  # can only be per cent, per mille, or hours of a year
        if not unit and abs(total / whole - 1) <= PROBABILITY_TOLERANCE:
            if whole in HOURS:
                logger.warning("%s: sums to %g, and is taken for hours of a year", where, total)
            return frequency / whole
    for whole in (1.0,) if unit else (1.0, 100.0, 1000.0):
        if abs(total / whole - 1) <= min(_rounding(table, whole / SHARES[unit]), MOST_ROUNDING):
            logger.warning(
                "%s: sums to %.6g: rounding explains it, and it is scaled to %g",
                where, total, whole,
            )  # fmt: skip
            return frequency / summed
    sums = np.bincount(sector, frequency * SHARES[unit])
    problem, cure = f"sums to {total:.6g}, not 1", "divide it by its sum"
    if 0.5 < total < 1:
        cure += ", or add the winds that are missing, such as calm"
    if len(sums) > 1 and (abs(sums - 1) <= PROBABILITY_TOLERANCE).all():
        problem += f": it sums to 1 in each of the {len(sums)} directions"
        cure = "multiply the frequencies of each direction by how often it occurs"
    raise ConfigError.of(where, problem, cure)


def _rounding(table: Table, whole: float) -> float:
    """Return by what share of the whole rounded cells may be off in all."""
    cells = [cell.replace(",", ".") for cell in table.columns["frequency"]]
    if any("e" in cell.lower() for cell in cells):
        return 0.0
    decimals = max((len(cell.partition(".")[2]) for cell in cells), default=0)
    return len(cells) * 0.5 * 10.0**-decimals / whole
