"""A figure with what bounds it, for whatever is derived from an energy.

Bounds go with bounds: what is low together was caused by the same doubtful figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Bounds:
    """Low bound, best estimate and high bound, in whatever unit the figure has."""

    low: float
    central: float
    high: float

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read the bounds that a ledger record, or an energy in watt-hours, holds."""
        return cls(float(record["low"]), float(record["central"]), float(record["high"]))

    def __add__(self, other: "Bounds") -> "Bounds":
        return Bounds(self.low + other.low, self.central + other.central, self.high + other.high)

    def times(self, other: "Bounds") -> "Bounds":
        """Multiply by another figure; neither may be negative."""
        return Bounds(self.low * other.low, self.central * other.central, self.high * other.high)

    def scaled(self, factor: float) -> "Bounds":
        """Multiply by an exact factor; a negative one turns the bounds round."""
        low, central, high = self.low * factor, self.central * factor, self.high * factor
        return Bounds(min(low, high), central, max(low, high))
