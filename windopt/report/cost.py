"""The report's section on what the computing cost: its figures, CO2 and everyday units in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from windopt.assessment.carbon import Carbon, carbon_of
from windopt.assessment.equivalences import CLAIMS, Counted, equivalences
from windopt.assessment.figures import Figures, Provider, figures_of
from windopt.assessment.worth import Curve
from windopt.ledger.bounds import Bounds
from windopt.ledger.totals import LedgerContent
from windopt.ledger.waste import Waste, waste_in
from windopt.report.metering import metering_notes
from windopt.report.wording import Row, band, duration, energy
from windopt.words import about, count_of, significant

SCENARIOS = {
    "none": "if the grid stays as it is",
    "linear_2050": "if what it displaces falls to nothing by 2050",
    "fast_2040": "if it falls to nothing by 2040",
}
NO_COUNTRY = (
    "Not given: the config does not say in which country the computation ran (energy.country)."
)
NO_FARM = "What the gain avoids is not given: the config does not name the farm's country"
NO_ENERGY = "Not given: the energy was not measured (energy.meter: none)."
MEAN_STANDS_IN = (
    "The mean of the farm's grid is used for what one more kWh displaces. The marginal power "
    "station mostly emits more, as long as fossil plants are at the margin."
)


class Sum(NamedTuple):
    """A row of the everyday units: of the run and of its gain, or of a claim and of ours."""

    name: str
    run: str
    gain: str
    formula: str
    source: str


@dataclass(frozen=True)
class CostSection:
    """What the section shows, in words; `emitted` and `avoided` are empty where not known."""

    waste: Waste
    metering: list[str]
    figures: list[Row]
    emitted: list[Row]
    co2_notes: list[str]
    avoided: list[Row]
    equivalences: list[Sum]
    claims: list[Sum]


def cost_section(content: LedgerContent, curve: Curve | None) -> CostSection:
    """Put a ledger's figures, CO2 and everyday units into words.

    Parameters
    ----------
    content : LedgerContent
        The ledger.
    curve : Curve or None
        What the search found with what energy, None where it left no history.
    """
    worth = figures_of(content, curve)
    carbon = carbon_of(content, worth.gain_wh_per_year)
    measured = content.totals.energy.known
    counted = equivalences(
        Bounds.of(content.totals.energy_wh) if measured else None,
        worth.gain_wh_per_year,
        None if carbon is None else carbon.sci_g,
    )
    return CostSection(
        waste=waste_in(content),
        metering=metering_notes(content),
        figures=_figures(worth),
        emitted=[] if carbon is None else _emitted(carbon),
        co2_notes=_notes(carbon, worth) if measured else [NO_ENERGY],
        avoided=[] if carbon is None or carbon.avoided_t is None else _avoided(carbon, worth),
        equivalences=[_sum(one) for one in counted],
        claims=[
            Sum(
                c.claim,
                f"{significant(c.said)} {c.unit}",
                f"{significant(c.ours)} {c.unit}",
                c.formula,
                c.source,
            )
            for c in CLAIMS
        ],
    )


def _figures(worth: Figures) -> list[Row]:
    """List what is known of the energy that learning and searching took, and of what it brought."""
    rows = []
    if worth.optimism_wh_per_year is not None:
        rows.append(
            Row(
                "optimism",
                f"{worth.optimism_wh_per_year / 1e9:+.2g} GWh a year",
                "AEP predicted by the surrogate less AEP verified by FLORIS",
            )
        )
    if not any(math.isnan(wh) for wh in worth.energy_per_farm_wh.values()):
        rows.append(_per_farm(worth))
    if worth.provider is not None:
        rows.append(_provider(worth.provider))
    if worth.marginal_return is not None:
        rows.append(
            Row(
                "marginal return of the search",
                about(worth.marginal_return),
                "energy gained per energy spent, predicted, up to its last improvement",
            )
        )
    if worth.stop is not None:
        rows.append(
            Row(
                "could have stopped",
                f"after {significant(worth.stop.energy_wh, 2)} Wh",
                "further gain expected to be below the materiality; "
                f"{significant(worth.stop.saved_wh, 2)} Wh less",
            )
        )
    if worth.payback_s is not None:
        never = worth.payback_s == float("inf")
        paid = "never" if never else duration(worth.payback_s)
        rows.append(Row("gross payback", paid, f"of operation, over the {worth.over}"))
    return rows


def _per_farm(worth: Figures) -> Row:
    """Return what a farm takes when more of them use the surrogate, and from when learning pays."""
    shares = worth.energy_per_farm_wh.items()
    energies = ", ".join(f"{significant(wh, 2)} Wh" for _, wh in shares)
    farms = ", ".join(str(n) for n, _ in shares)
    pays = "whether learning pays is not known: no search without learning was made"
    if worth.break_even_farms == float("inf"):
        pays = "a search without learning takes less each time"
    elif worth.break_even_farms is not None and worth.break_even_farms <= 1:
        pays = "learning pays from the first farm on"
    elif worth.break_even_farms is not None:
        pays = f"learning pays from {about(worth.break_even_farms)} farms on"
    if worth.provider is not None:
        pays += f"; at least {count_of(worth.provider.users, 'run')} with the kernel so far"
    return Row("energy per farm", energies, f"when {farms} farms share the surrogate; {pays}")


def _provider(provider: Provider) -> Row:
    """Return the run's share of what making its kernel took, which is in no total of the run."""
    share, (made, width) = energy(provider.share.to_wh()), energy(provider.made.to_wh())
    return Row(
        "provider's share",
        f"at most {share[0]}" if provider.share.known else share[0],
        f"in no total: making the kernel {provider.kernel} took {made} ({width}), shared by the "
        f"{count_of(provider.users, 'run')} that this machine knows of, at least",
    )


def _emitted(carbon: Carbon) -> list[Row]:
    per_kwh = carbon.intensity
    return [
        Row(
            "software carbon intensity",
            f"{significant(carbon.sci_g.central, 2)} g CO2e per run",
            f"{band(carbon.sci_g)} g; (E I + M) / R of ISO/IEC 21031, R is one run",
        ),
        Row(
            "electricity, E I",
            f"{significant(carbon.operational_g.central, 2)} g CO2e",
            f"{band(carbon.operational_g)} g; {_figure(per_kwh)}",
        ),
        Row(
            "share in the machine, M",
            f"{significant(carbon.embodied_g.central, 2)} g CO2e",
            f"{band(carbon.embodied_g)} g; of a server of 1,350 kg (800 to 4,300), 96 vCPUs, used "
            "4 years (3 to 6), for the vCPUs and the time held",
        ),
    ]


def _avoided(carbon: Carbon, worth: Figures) -> list[Row]:
    years = f"{count_of(worth.operation.years, 'year')} from {worth.operation.first_year} on"
    return [
        Row(
            SCENARIOS[name],
            f"{significant(tonnes.central, 2)} t CO2e",
            f"{band(tonnes)} t in {years}; {_figure(carbon.displaced or {})}",
        )
        for name, tonnes in (carbon.avoided_t or {}).items()
    ]


def _notes(carbon: Carbon | None, worth: Figures) -> list[str]:
    if carbon is None:
        return [NO_COUNTRY]
    if worth.gain_wh_per_year is None:
        return []
    if carbon.displaced is None:
        return [f"{NO_FARM} (operation.country)."]
    return [] if carbon.displaced["year"] is None else [MEAN_STANDS_IN]


def _figure(per_kwh: Mapping[str, Any]) -> str:
    """Name an intensity with where it comes from."""
    facts = (per_kwh["country"], per_kwh["source"], per_kwh["year"])
    origin = ", ".join(str(fact) for fact in facts if fact)
    return (
        f"{per_kwh['central']:.0f} g/kWh ({per_kwh['low']:.0f} to {per_kwh['high']:.0f}; {origin})"
    )


def _sum(counted: Counted) -> Sum:
    one, run, gain = counted
    return Sum(
        f"{one.name}, {one.unit}",
        "" if run is None else f"{about(run.central)} ({about(run.low)} to {about(run.high)})",
        "" if gain is None else about(gain.central),
        one.formula,
        one.source if one.year is None else f"{one.source}, {one.year}",
    )
