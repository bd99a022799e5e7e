"""How much CO2 a country's electricity carries: a small table with year and source of each figure.

The table lies below config and ledger, which both need it: the config refuses a country that is not
in it, and the ledger converts with it. There is no figure for "somewhere": an unknown country has
no CO2 figure at all.
"""

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Intensity:
    """Carbon intensity of electricity [g CO2e/kWh].

    Attributes
    ----------
    low, central, high : float [g CO2e/kWh]
        Bounds and best estimate.
    year, source : int or None
        Of the central figure; year is None where the user gave the figure.
    """

    low: float
    central: float
    high: float
    year: int | None
    source: str


@dataclass(frozen=True)
class Country:
    """A line of the table: ISO 3166 code of three letters, name, and its intensity."""

    iso3: str
    name: str
    intensity: Intensity


@cache
def countries() -> Mapping[str, Country]:
    """Return the table by ISO 3166 code of three letters."""
    file = resources.files("windopt.electricity").joinpath("intensities.csv")
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {
        row["iso3"]: Country(
            row["iso3"],
            row["name"],
            Intensity(
                float(row["low"]),
                float(row["central"]),
                float(row["high"]),
                int(row["year"]),
                row["source"],
            ),
        )
        for row in csv.DictReader(lines)
    }


def nearest_countries(text: str, n: int = 3) -> list[Country]:
    """Return the countries whose code or name is close to a text, closest first, at most `n`."""
    known = {c.iso3.casefold(): c for c in countries().values()}
    known |= {c.name.casefold(): c for c in countries().values()}
    near = difflib.get_close_matches(text.casefold(), known, n=2 * n, cutoff=0.6)
    return list(dict.fromkeys(known[name] for name in near))[:n]
