"""How measures are written: amounts, table cells and axes."""

from typing import NamedTuple

from windopt.problem.measure import ENERGY, Measure
from windopt.words import significant


class Scale(NamedTuple):
    """The unit in which tables and axes show a measure, in those of the files.

    Attributes
    ----------
    unit : str
    per : float
    gain_unit : str
        Of differences.
    gain_per : float
    """

    unit: str
    per: float
    gain_unit: str
    gain_per: float


def scale_of(measure: Measure) -> Scale:
    """Return the unit in which a measure is shown; a currency is the config's secret."""
    if measure == ENERGY:
        return Scale("GWh", 1.0, "GWh", 1.0)
    return Scale("million", 1e6, "thousand", 1e3)


def amount(value: float) -> str:
    """Write an amount of money, whose currency is the config's secret, to five digits."""
    if abs(value) < 1e6:
        return significant(value, 5)
    return f"{significant(value / 1e6, 5)} million"


def quantity(measure: Measure, value: float, decimals: int = 1) -> str:
    """Write a value as files have it, with its unit."""
    return f"{value:,.{decimals}f} GWh" if measure == ENERGY else amount(value)


def cell(measure: Measure, value: float) -> str:
    """Write a value as files have it for a table, whose head says the unit."""
    if measure == ENERGY:
        return f"{value:,.2f}"
    return significant(value / scale_of(measure).per, 5)


def gain_cell(measure: Measure, gain: float | None) -> str:
    """Write a difference as files have it for a table, whose head says the unit."""
    if gain is None:
        return ""
    scale, decimals = scale_of(measure), 2 if measure == ENERGY else 1
    return f"{gain / scale.gain_per:+,.{decimals}f}"


def difference(measure: Measure, gain: float) -> str:
    """Write a difference as files have it, with its unit."""
    return f"{gain_cell(measure, gain)} {scale_of(measure).gain_unit}"
