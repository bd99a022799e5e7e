"""A figure with what bounds it: an energy, and whatever is derived from one.

What is low together was caused by the same doubtful figure (a power coefficient that is too low is
too low all day long), so bounds go with bounds and are never combined in quadrature.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True)
class Bounds:
    """Low bound, best estimate and high bound, in whatever unit the figure has.

    All three are nan where the figure is not known; unknown is every sum it is part of.
    """

    low: float = 0.0
    central: float = 0.0
    high: float = 0.0

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read the bounds that a ledger record, or an energy in watt-hours, holds."""
        return cls(float(record["low"]), float(record["central"]), float(record["high"]))

    @property
    def known(self) -> bool:
        """Whether there is such a figure."""
        return not math.isnan(self.central)

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            low=self.low + other.low,
            central=self.central + other.central,
            high=self.high + other.high,
        )

    def times(self, other: "Bounds") -> Self:
        """Multiply by another figure; neither may be negative."""
        return replace(
            self,
            low=self.low * other.low,
            central=self.central * other.central,
            high=self.high * other.high,
        )

    def scaled(self, factor: float) -> Self:
        """Multiply by an exact factor; a negative one turns the bounds round."""
        if factor == 1.0:
            return self
        low, high = sorted((self.low * factor, self.high * factor))
        return replace(self, low=low, central=self.central * factor, high=high)
