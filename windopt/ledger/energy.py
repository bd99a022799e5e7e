"""Energy as an estimate: low, central and high bound, and the method they come from.

The errors of one method are fully correlated (a power coefficient that is too low is too low all
day long), so bounds are added to bounds and never combined in quadrature.

An energy that nothing measured is not zero but unknown: nan here, null wherever it is written, and
unknown is every sum that it is part of.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypedDict

JOULES_PER_WH = 3600.0
NOT_MEASURED = "not measured"


class EnergyWh(TypedDict):
    """An energy as summaries carry it: bounds [Wh], None where not measured, and method."""

    low: float | None
    central: float | None
    high: float | None
    method: str


class Band(NamedTuple):
    """Factors from what a method reads to what the wall socket delivered."""

    low: float
    central: float
    high: float


@dataclass(frozen=True)
class Energy:
    """An estimate of energy.

    Attributes
    ----------
    low, central, high : float
        Bounds and best estimate [J], nan where not measured.
    method : str
        How it was found; several, joined by " + ", after adding estimates of several kinds.
    """

    low: float = 0.0
    central: float = 0.0
    high: float = 0.0
    method: str = ""

    @classmethod
    def from_band(cls, joules: float, band: Band, method: str) -> Self:
        """Widen what a method reads [J] by the band of that method."""
        return cls(joules * band.low, joules * band.central, joules * band.high, method)

    @classmethod
    def unknown(cls) -> Self:
        """Return the energy that nothing measured."""
        return cls(math.nan, math.nan, math.nan, NOT_MEASURED)

    @property
    def known(self) -> bool:
        """Whether all of it was measured."""
        return not math.isnan(self.central)

    @classmethod
    def from_record(cls, bounds: dict[str, Any] | None, method: str) -> Self:
        """Rebuild an energy from the bounds [J] that a ledger record holds; None is unknown."""
        if bounds is None:
            return cls.unknown()
        return cls(float(bounds["low"]), float(bounds["central"]), float(bounds["high"]), method)

    def bounds(self) -> dict[str, float] | None:
        """Return the bounds [J] as a ledger record holds them: None where unknown."""
        if not self.known:
            return None
        return {"low": self.low, "central": self.central, "high": self.high}

    def __add__(self, other: "Energy") -> "Energy":
        methods = dict.fromkeys([*self.method.split(" + "), *other.method.split(" + ")])
        return Energy(
            self.low + other.low,
            self.central + other.central,
            self.high + other.high,
            " + ".join(filter(None, methods)),
        )

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

    def scaled(self, factor: float) -> "Energy":
        """Multiply the bounds by a factor [-] that is exact or accounted for elsewhere, as PUE."""
        return Energy(self.low * factor, self.central * factor, self.high * factor, self.method)

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
