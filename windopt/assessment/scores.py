"""Two scores of an AI's carbon: its provider's and its consumer's, and what they leave out.

SCI for AI (Green Software Foundation, 2025) splits the Software Carbon Intensity of ISO/IEC 21031,

    SCI = (E I + M) / R,

by who can do something about it. The *provider* has made the kernels that ship with windopt:
simulating FLORIS's wakes and training, once, shared by all uses, R. The *consumer* runs them: R is
one run. The terms are those of `windopt.assessment.carbon`.

The uses that are known are those of this machine, fewer than all in the world: the provider's score
is an upper bound. Cards of kernels do not say where they were made: the run's own intensity stands
in, and the score says so.

What a better layout may avoid is no part of either score. It is the second order in the consequence
tree of ITU-T L.1480 (2022), which windopt fills in on its lowest tier, 3: screening, on which no
public claim may rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from windopt.assessment.carbon import Carbon, carbon_intensity, embodied_g
from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import Energy
from windopt.ledger.records import Record
from windopt.ledger.totals import LedgerContent, stated

STANDARD, TIER = "ITU-T L.1480 (2022)", 3
TIER_IN_WORDS = (
    "Tier 3 of ITU-T L.1480, screening: second-order effects are estimated by a mean emission "
    "factor, higher orders are named and not estimated. No public claim may rest on it."
)
CONSUMER_BOUNDARY = (
    "from the start of the process to its report, with checks, worker processes, failures and "
    "learning; not: questions about the finished run, which the ledger books apart"
)
PROVIDER_BOUNDARY = (
    "simulating FLORIS's wake functions, training and validating the kernel, as its card states; "
    "not: attempts before it, which are in results/development"
)
EXCLUDED = (
    "water, for cooling and for making electricity",
    "minerals and other materials of the machines, beyond their greenhouse gases",
    "the machines' end of life",
    "network, screen and the keeping of results",
    "the development of windopt: tuning, tests and benchmarks, which results/development adds up",
    "building the farm in another way: cables, foundations, roads",
)


@dataclass(frozen=True, kw_only=True)
class Score:
    """A Software Carbon Intensity with its terms.

    Attributes
    ----------
    role : {"consumer", "provider"}
    of : str
        The run, or the kernel.
    energy_kwh : Bounds or None [kWh]
        E; None where it was not measured.
    intensity : mapping of str to Any, or None
        I with country, year and source; None where no country is known.
    intensity_assumed : bool
        Whether I is that of the run, for that of the making is not known.
    embodied_g : Bounds or None [g CO2e]
        M; None where the time is not known.
    units : int
        R.
    unit : str
        What is counted.
    boundary : str
        What E and M include.
    """

    role: Literal["consumer", "provider"]
    of: str
    energy_kwh: Bounds | None
    intensity: Mapping[str, Any] | None
    intensity_assumed: bool = False
    embodied_g: Bounds | None
    units: int
    unit: str
    boundary: str

    @property
    def sci_g(self) -> Bounds | None:
        """(E I + M) / R [g CO2e per unit]; None where a term is not known."""
        if self.energy_kwh is None or self.intensity is None or self.embodied_g is None:
            return None
        per_kwh = Bounds.of(self.intensity)
        return carbon_intensity(self.energy_kwh, per_kwh, self.embodied_g, self.units)

    def record(self) -> dict[str, Any]:
        """Return the score as `summary.json` has it."""
        return {
            "role": self.role,
            "of": self.of,
            "energy_kwh": self.energy_kwh and vars(self.energy_kwh),
            "intensity_g_per_kwh": self.intensity,
            "intensity_assumed": self.intensity_assumed,
            "embodied_g": self.embodied_g and vars(self.embodied_g),
            "units": self.units,
            "unit": self.unit,
            "boundary": self.boundary,
            "sci_g": self.sci_g and vars(self.sci_g),
        }


@dataclass(frozen=True)
class Consequence:
    """A branch of the consequence tree.

    Attributes
    ----------
    order : {"first", "second", "higher"}
    what : str
    amount : str
        With its unit; why there is none where it is not estimated.
    """

    order: Literal["first", "second", "higher"]
    what: str
    amount: str


@dataclass(frozen=True)
class Scores:
    """The two scores of a run.

    Attributes
    ----------
    consumer : Score
    providers : tuple of Score
        One for each kernel that shipped; empty where the run has made its own surrogate, which is
        then in the consumer's score.
    """

    consumer: Score
    providers: tuple[Score, ...]

    @property
    def provider_g(self) -> Bounds | None:
        """The provider's score, all kernels together [g CO2e per run]; None where not known."""
        known = [score.sci_g for score in self.providers]
        if not known or any(one is None for one in known):
            return None
        return sum((one for one in known if one is not None), Bounds())

    def record(self) -> dict[str, Any]:
        """Return the scores as `summary.json` has them, what they leave out beside them."""
        return {
            "consumer": self.consumer.record(),
            "provider": [one.record() for one in self.providers],
            "provider_g_per_run": self.provider_g and vars(self.provider_g),
            "tier": {"standard": STANDARD, "tier": TIER, "statement": TIER_IN_WORDS},
            "excluded": list(EXCLUDED),
        }


def scores_of(content: LedgerContent) -> Scores:
    """Return the two scores of a ledger's run."""
    totals, intensity = content.totals, stated(content.runs, "grid_g_per_kwh")
    vcpus = stated(content.runs, "vcpus") or 1
    energy = Bounds.of(totals.energy_wh).scaled(1e-3) if totals.energy.known else None
    consumer = Score(
        role="consumer",
        of="this run",
        energy_kwh=energy,
        intensity=intensity,
        embodied_g=embodied_g(vcpus, totals.wall_s / 3600.0),
        units=1,
        unit="run",
        boundary=CONSUMER_BOUNDARY,
    )
    providers = tuple(_provider(kernel, intensity) for kernel in kernels_of(content))
    return Scores(consumer, providers)


def kernels_of(content: LedgerContent) -> list[Record]:
    """Return the accounts of the kernels that ship which a run has used, each once.

    A ledger of an earlier version has that of the run's own wake model alone.
    """
    accounts: dict[str, Record] = {}
    for asset in content.assets:
        if asset["kind"] == "surrogate" and asset.get("shipped"):
            known = asset.get("kernels") or [{**asset, "kernel": asset["shipped"]}]
            accounts |= {str(one["kernel"]): one for one in known}
    return list(accounts.values())


def consequences(
    scores: Scores, carbon: Carbon | None, gain_wh_per_year: float | None, years: int
) -> list[Consequence]:
    """Return the consequence tree of a run, with its numbers.

    Parameters
    ----------
    scores : Scores
    carbon : Carbon or None
        With what the gain may avoid, where the farm's country is known.
    gain_wh_per_year : float or None [Wh/yr]
        The verified gain, net of the losses that the config states.
    years : int
        Of operation.
    """
    unknown = "not known: the config names no country (energy.country)"
    tree = [
        Consequence("first", "the run's computing emits", _grams(scores.consumer.sci_g, unknown))
    ]
    if scores.providers:
        share = _grams(scores.provider_g, unknown, "at most ")
        tree.append(Consequence("first", "its share in making the kernels emits", share))
    gained = "no layout verified beside another"
    if gain_wh_per_year is not None:
        gained = f"{gain_wh_per_year / 1e9:+,.2f} GWh a year, if it is built and holds"
    tree += [
        Consequence("second", "the farm yields more in the layout found", gained),
        Consequence("second", "other power stations yield less", _avoided(carbon, years)),
        Consequence(
            "second",
            "turbines stand otherwise: loads, cables, foundations",
            "not counted in carbon; spacing and turbulence are in the report's physical sense",
        ),
        Consequence(
            "higher",
            "rebound: a MWh that costs less is used more, and searches that cost little are "
            "repeated",
            f"not estimated; each further run emits as much as this one, "
            f"{_grams(scores.consumer.sci_g, 'an unknown amount')}",
        ),
        Consequence(
            "higher",
            "neighbouring farms stand in other wakes; cheaper wind farms lead to more of them",
            "not estimated, and of either sign",
        ),
    ]
    return tree


def _provider(kernel: Record, intensity: Mapping[str, Any] | None) -> Score:
    made, cpu_s = Energy.from_wh(kernel["provider_wh"]), kernel.get("provider_cpu_s")
    wh = made.to_wh()
    return Score(
        role="provider",
        of=f"kernel {kernel['kernel']}",
        energy_kwh=Bounds.of(wh).scaled(1e-3) if made.known else None,
        intensity=intensity,
        intensity_assumed=True,
        embodied_g=None if cpu_s is None else embodied_g(1, cpu_s / 3600.0),
        units=max(1, int(kernel["users"])),
        unit="known use",
        boundary=PROVIDER_BOUNDARY,
    )


def _grams(amount: Bounds | None, unknown: str, at_most: str = "") -> str:
    if amount is None:
        return unknown
    return f"{at_most}{amount.central:.2g} g CO2e ({amount.low:.2g} to {amount.high:.2g})"


def _avoided(carbon: Carbon | None, years: int) -> str:
    if carbon is None or carbon.avoided_t is None:
        return "not known: the config names no country of the farm (operation.country)"
    tonnes = [one.central for one in carbon.avoided_t.values()]
    return (
        f"{min(tonnes):,.0f} to {max(tonnes):,.0f} t CO2e in {years} years by how fast grids get "
        "cleaner; a hypothesis, subtracted from nothing"
    )
