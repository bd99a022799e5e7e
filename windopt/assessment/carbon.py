"""From energy to CO2: what the computing emits, and beside it what the gain may avoid.

Emissions of a run, as Software Carbon Intensity (ISO/IEC 21031),

    SCI = (E I + M) / R        M = TE (TiR / EL) (RR / ToR)

E [kWh] energy, PUE and failures included; I [g CO2e/kWh] intensity of the electricity used; M [g]
the share in making the machine: TE [g] embodied in a server, TiR / EL time reserved over expected
life, RR / ToR virtual processors reserved over those of the server. The unit is one run: R = 1.

Avoided emissions of the gain G [kWh/yr] from commissioning on,

    A = sum over k = 1..T of G (1 - d)^k F(y0 + k - 1)

d ageing a year, F [g CO2e/kWh] what a kWh more displaces, which declines as grids get cleaner:
three scenarios say how fast. A is a hypothesis about other people's power stations, the SCI is a
bill: the two stand in separate columns and are never netted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windopt.assessment.worth import Operation
from windopt.ledger.bounds import Bounds
from windopt.ledger.totals import LedgerContent, stated

HOURS_PER_YEAR = 8766.0
SERVER_G = Bounds(0.8e6, 1.35e6, 4.3e6)
"""TE of a two-socket server [g CO2e]: Teads and Cloud Carbon Footprint put common ones near 1,350
kg (2021); a light one has 800, Dell's R740 with eight SSDs 4,300 (life cycle assessment, 2019)."""
SERVER_LIFE_YEARS = Bounds(3.0, 4.0, 6.0)
"""EL: 4 years in Cloud Carbon Footprint's methodology, 6 in large data centres' accounts."""
SERVER_VCPUS = 96.0
"""ToR: two sockets of 24 cores with two threads each."""
DECLINES: Mapping[str, int | None] = {"none": None, "linear_2050": 2050, "fast_2040": 2040}
"""Scenarios of F: it stays, or falls linearly from the year of its figure to nothing in 2050 (EU
climate neutrality), or in 2040 (electricity in the IEA's Net Zero by 2050, 2021)."""


@dataclass(frozen=True)
class Carbon:
    """CO2 of a run and, apart from it, of its gain.

    Attributes
    ----------
    operational_g, embodied_g, sci_g : Bounds [g CO2e]
        E I, M and their sum for one run.
    intensity : mapping of str to Any
        I with country, year and source.
    avoided_t : mapping of str to Bounds or None
        By scenario, over the farm's life [t CO2e]; None where F or the gain is not known.
    displaced : mapping of str to Any or None
        F with country, year and source; None where it is not known.
    """

    operational_g: Bounds
    embodied_g: Bounds
    sci_g: Bounds
    intensity: Mapping[str, Any]
    avoided_t: Mapping[str, Bounds] | None
    displaced: Mapping[str, Any] | None


def embodied_g(vcpus: float, hours: float) -> Bounds:
    """Return M, the share in making a server, of `vcpus` held for so many hours [g CO2e]."""
    share = hours / HOURS_PER_YEAR * vcpus / SERVER_VCPUS
    life = SERVER_LIFE_YEARS
    return SERVER_G.times(Bounds(share / life.high, share / life.central, share / life.low))


def carbon_intensity(
    energy_kwh: Bounds, intensity: Bounds, embodied: Bounds, units: float = 1.0
) -> Bounds:
    """Return SCI = (E I + M) / R [g CO2e per unit].

    Parameters
    ----------
    energy_kwh, intensity, embodied : Bounds [g CO2e]
        E [kWh], I [g CO2e/kWh], M.
    units : float
        R; 1 for one run.
    """
    return (energy_kwh.times(intensity) + embodied).scaled(1.0 / units)


def remaining_share(scenario: str, year: int, base_year: int) -> float:
    """Return what a scenario leaves in `year` of a factor that holds in `base_year` [-].

    Raises
    ------
    KeyError
        When there is no such scenario.
    """
    zero = DECLINES[scenario]
    if zero is None or year <= base_year:
        return 1.0
    return max(0.0, (zero - year) / (zero - base_year)) if base_year < zero else 0.0


def avoided_g(
    gain_kwh_per_year: float,
    factor: Bounds,
    operation: Operation,
    scenario: str,
    base_year: int | None = None,
) -> Bounds:
    """Return the emissions that a gain avoids over the farm's life [g CO2e].

    Parameters
    ----------
    gain_kwh_per_year : float [kWh/yr]
        Verified gain, negative for a loss.
    factor : Bounds [g CO2e/kWh]
        What a kWh displaces in `base_year`.
    operation : Operation
        First year, years and degradation.
    scenario : str
        One of `DECLINES`.
    base_year : int or None
        Year of the factor, by default the farm's first.
    """
    base = operation.first_year if base_year is None else base_year
    kwh = sum(
        (1.0 - operation.degradation) ** k
        * remaining_share(scenario, operation.first_year + k - 1, base)
        for k in range(1, operation.years + 1)
    )
    return factor.scaled(gain_kwh_per_year * kwh)


def carbon_of(content: LedgerContent, gain_wh_per_year: float | None = None) -> Carbon | None:
    """Return the CO2 of a ledger's run, None where energy or electricity's CO2 is not known.

    Parameters
    ----------
    content : LedgerContent
        The ledger.
    gain_wh_per_year : float or None [Wh/yr]
        The verified gain, None where there is none.
    """
    intensity = stated(content.runs, "grid_g_per_kwh")
    if intensity is None or not content.totals.energy.known:
        return None
    energy = Bounds.of(content.totals.energy_wh).scaled(1e-3)
    embodied = embodied_g(stated(content.runs, "vcpus") or 1, content.totals.wall_s / 3600.0)
    operation = stated(content.runs, "operation") or {}
    displaced, avoided = operation.get("displaced_g_per_kwh"), None
    if displaced is not None and gain_wh_per_year is not None:
        facts = Operation.of(operation), displaced["year"]
        avoided = {
            name: avoided_g(
                gain_wh_per_year / 1e3, Bounds.of(displaced), facts[0], name, facts[1]
            ).scaled(1e-6)
            for name in DECLINES
        }
    per_kwh = Bounds.of(intensity)
    return Carbon(
        operational_g=energy.times(per_kwh),
        embodied_g=embodied,
        sci_g=carbon_intensity(energy, per_kwh, embodied),
        intensity=intensity,
        avoided_t=avoided,
        displaced=displaced,
    )
