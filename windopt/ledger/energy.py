"""Energy as an estimate: low, central and high bound, and the method they come from.

An energy that nothing measured is not zero but unknown: nan here, null wherever it is written, and
unknown is every sum that it is part of.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypedDict

from windopt.ledger.bounds import Bounds

JOULES_PER_WH = 3600.0
NOT_MEASURED = "not measured"


class EnergyWh(TypedDict):
    """An energy as summaries carry it: bounds [Wh], None where not measured, and method."""

    low: float | None
    central: float | None
    high: float | None
    method: str


@dataclass(frozen=True)
class Energy(Bounds):
    """An estimate of energy; its bounds are in joules.

    Attributes
    ----------
    method : str
        How it was found; several, joined by " + ", after adding estimates of several kinds.
    """

    method: str = ""

    @classmethod
    def from_band(cls, joules: float, band: Bounds, method: str) -> Self:
        """Widen what a method reads [J] by its band, to what the wall socket delivered [-]."""
        return cls(joules * band.low, joules * band.central, joules * band.high, method)

    @classmethod
    def unknown(cls) -> Self:
        """Return the energy that nothing measured."""
        return cls(math.nan, math.nan, math.nan, NOT_MEASURED)

    @classmethod
    def from_record(cls, bounds: Mapping[str, Any] | None, method: str) -> Self:
        """Rebuild an energy from the bounds [J] that a ledger record holds; None is unknown."""
        return cls.unknown() if bounds is None else replace(cls.of(bounds), method=method)

    @classmethod
    def from_wh(cls, wh: Mapping[str, Any]) -> Self:
        """Return the energy whose bounds [Wh] a record or a card holds, as `to_wh` gives them."""
        if wh["central"] is None:
            return cls.unknown()
        return replace(cls.of(wh).scaled(JOULES_PER_WH), method=str(wh["method"]))

    def bounds(self) -> dict[str, float] | None:
        """Return the bounds [J] as a ledger record holds them: None where unknown."""
        if not self.known:
            return None
        return {"low": self.low, "central": self.central, "high": self.high}

    def __add__(self, other: Bounds) -> "Energy":
        method = other.method if isinstance(other, Energy) else ""
        if method != self.method:
            methods = dict.fromkeys([*self.method.split(" + "), *method.split(" + ")])
            method = " + ".join(filter(None, methods))
        low, high = self.low + other.low, self.high + other.high
        return Energy(low, self.central + other.central, high, method)

    def without(self, part: "Energy") -> "Energy":
        """Take out a part that was measured by the same method; nothing falls below zero."""
        if not (self.known and part.known):
            return Energy.unknown()
        return Energy(
            max(self.low - part.low, 0.0),
            max(self.central - part.central, 0.0),
            max(self.high - part.high, 0.0),
            self.method,
        )

    def to_wh(self) -> EnergyWh:
        """Return the bounds in watt-hours, with the method."""
        if not self.known:
            return EnergyWh(low=None, central=None, high=None, method=self.method)
        return EnergyWh(
            low=self.low / JOULES_PER_WH,
            central=self.central / JOULES_PER_WH,
            high=self.high / JOULES_PER_WH,
            method=self.method,
        )
