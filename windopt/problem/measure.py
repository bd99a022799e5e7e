"""Measures: by what layouts are compared, with its unit and its names in files and words."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Measure(NamedTuple):
    """A quantity of a farm's year.

    Attributes
    ----------
    name : str
        In words.
    unit : str
        Of an objective's value.
    verb : str
        What a farm does that has it.
    keys : str
        Names in files, with a place for what they tell of, such as ``aep{}_gwh``.
    gain_key : str
        Name of a difference in files.
    per : float
        Units in that of the files.
    prefix : str
        Of gains in per cent, such as ``gain_pct``.
    """

    name: str
    unit: str
    verb: str
    keys: str
    gain_key: str
    per: float = 1.0
    prefix: str = ""

    @property
    def key(self) -> str:
        """Name of a layout's value in files."""
        return self.keys.format("")

    def of(self, what: str) -> str:
        """Return the name of another value in files, such as that of the ``initial`` layout."""
        return self.keys.format(f"_{what}")

    def told(self, value: float) -> dict[str, float]:
        """Return a layout's value [unit] as files have it, by its name."""
        return {self.key: value / self.per}


ENERGY = Measure("AEP", "Wh/yr", "yields", "aep{}_gwh", "gain_gwh", 1e9)
ROBUST = Measure(
    "robust AEP", "Wh/yr", "yields", "robust_aep{}_gwh", "robust_gain_gwh", 1e9, "robust_"
)
"""A risk measure over scenarios, each scaled such that the reference has its own AEP."""
REVENUE = Measure("revenue", "currency/yr", "earns", "revenue{}", "revenue", prefix="revenue_")
PROFIT = Measure("profit", "currency/yr", "earns", "profit{}", "profit", prefix="profit_")


def measures_of(told: Mapping[str, Any]) -> list[Measure]:
    """Return what a file tells of a layout: first what was maximised, AEP in any case."""
    return [ENERGY] if told.get(REVENUE.key) is None else [REVENUE, ENERGY]
