"""Energies and emissions in everyday units, and what is said of them elsewhere, done over.

    n = amount / divisor

Each equivalence is data: its divisor with formula, source and year. Some figures that go round in
the debate on computing's energy stand beside the same sum with these divisors, so that a reader can
tell a figure of theirs from one of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from windopt.ledger.bounds import Bounds

SECONDS_PER_YEAR = 3600.0 * 8766.0


@dataclass(frozen=True)
class Equivalence:
    """An everyday unit.

    Attributes
    ----------
    name, unit : str
        What it is, and what is counted of it.
    of : Literal["energy", "power", "carbon"] [g CO2e]
        The amount it measures: energy [Wh], power as energy per year [Wh/yr], or carbon.
    divisor : float
        The amount that makes one.
    formula, source, year : str
        How the divisor comes about, from where and when; no year for a rating.
    """

    name: str
    unit: str
    of: Literal["energy", "power", "carbon"]
    divisor: float
    formula: str
    source: str
    year: int | None

    def count(self, amount: Bounds) -> Bounds:
        """Return how many make up an amount."""
        return amount.scaled(1.0 / self.divisor)


DWELLING_WH = 2_550e3
CAR_G_PER_KM = 175.0
BULB_W = 60.0
SEARCH_WH = 0.3
SUPERCOMPUTER_W = 8.3e6

EQUIVALENCES = (
    Equivalence(
        "Dutch dwelling",
        "seconds of its electricity",
        "energy",
        DWELLING_WH / SECONDS_PER_YEAR,
        "Wh / (2,550 kWh / 31,557,600 s)",
        "CBS, mean delivery to a Dutch dwelling in a year",
        2024,
    ),
    Equivalence(
        "Dutch dwellings",
        "supplied",
        "power",
        DWELLING_WH,
        "kWh per year / 2,550",
        "CBS, mean delivery to a Dutch dwelling in a year",
        2024,
    ),
    Equivalence(
        "petrol car",
        "metres driven",
        "carbon",
        CAR_G_PER_KM / 1000.0,
        "g CO2e / 0.175 g per metre",
        "UK government conversion factors, average petrol car, rounded",
        2021,
    ),
    Equivalence(
        "60 W bulb",
        "seconds alight",
        "energy",
        BULB_W / 3600.0,
        "J / 60",
        "its rating",
        None,
    ),
    Equivalence("web search", "searches", "energy", SEARCH_WH, "Wh / 0.3", "Google", 2009),
    Equivalence(
        "supercomputer of 8.3 MW",
        "seconds",
        "energy",
        SUPERCOMPUTER_W / 3600.0,
        "J / 8,300,000",
        "its rating",
        None,
    ),
)


@dataclass(frozen=True)
class Claim:
    """A figure that goes round, and the same sum with the divisors above.

    Attributes
    ----------
    claim : str
        What is said.
    said, ours, unit : float
        Its figure and ours.
    formula, source : str
        How ours comes about, and from where.
    """

    claim: str
    said: float
    ours: float
    unit: str
    formula: str
    source: str


CLAIMS = (
    Claim(
        "a supercomputer of 8.3 MW uses as much as so many dwellings",
        8_300.0,
        SUPERCOMPUTER_W * 8766.0 / DWELLING_WH,
        "Dutch dwellings",
        "8.3 MW × 8,766 h / 2,550 kWh",
        "CBS 2024",
    ),
    Claim(
        "training one language network emits 284 t CO2",
        284.0,
        0.65,
        "t CO2e",
        "284 t is a search among architectures; one training of BERT is 1,438 lb",
        "Strubell, Ganesh and McCallum 2019",
    ),
    Claim(
        "a web search lights a bulb of 60 W for 17 s",
        BULB_W * 17.0 / 3600.0,
        SEARCH_WH,
        "Wh",
        "60 W × 17 s / 3,600 against Google's own figure",
        "Google 2009",
    ),
)


class Counted(NamedTuple):
    """An equivalence of a run: how many its computing makes up, and its gain of a year."""

    equivalence: Equivalence
    run: Bounds | None
    gain: Bounds | None


def equivalences(
    energy_wh: Bounds | None, gain_wh_per_year: float | None = None, carbon_g: Bounds | None = None
) -> list[Counted]:
    """Return a run in everyday units.

    Parameters
    ----------
    energy_wh : Bounds or None [Wh]
        Of the run; None where it was not measured.
    gain_wh_per_year : float or None [Wh/yr]
        Verified gain, in one year of operation; None where there is none.
    carbon_g : Bounds or None
        Emissions of the run [g CO2e]; without them no row in carbon is returned.
    """
    gain = None
    if gain_wh_per_year is not None and gain_wh_per_year > 0:
        gain = Bounds(gain_wh_per_year, gain_wh_per_year, gain_wh_per_year)
    amounts: Mapping[str, tuple[Bounds | None, Bounds | None]] = {
        "energy": (energy_wh, gain),
        "power": (None, gain),
        "carbon": (carbon_g, None),  # what a gain avoids is a hypothesis, and no amount to count
    }
    rows = []
    for one in EQUIVALENCES:
        run, gained = (None if a is None else one.count(a) for a in amounts[one.of])
        if run is not None or gained is not None:
            rows.append(Counted(one, run, gained))
    return rows
