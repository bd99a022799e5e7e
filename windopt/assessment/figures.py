"""The figures of a run's worth, as far as its ledger tells them.

The ledger knows of given layout and regular grid after every verification. Other searches at equal
energy (gain records over a `baseline`) and s (`spread_wh_per_year`) count as soon as its records
have them, unless they speak of another layout than the last one verified.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from windopt.assessment.labels import REFERENCES, label
from windopt.assessment.payback import payback_seconds
from windopt.assessment.worth import (
    Curve,
    Operation,
    Stop,
    attributable_gain,
    energy_per_farm,
    energy_return,
    farms_to_break_even,
    marginal_return,
    stopping_point,
)
from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import Energy
from windopt.ledger.records import Record
from windopt.ledger.totals import LedgerContent, stated
from windopt.ledger.waste import waste_in

FARMS = (1, 10, 100)


@dataclass(frozen=True)
class Compared:
    """The layout found, held against a reference layout by FLORIS.

    Attributes
    ----------
    kind : str
        Of the reference: initial or grid.
    gain_wh_per_year, gain_pct : float
        Net gain over it [Wh/yr], and gross gain [% of AEP].
    revenue_gain_pct : float or None
        Gain in revenue [%], by which it is compared where the revenue was maximised.
    repaired : bool
        Whether the reference is the given layout made feasible.
    feasible : bool
        Whether the layout found keeps boundaries and spacing.
    spread_wh_per_year, optimism_wh_per_year : float or None
        Standard deviation of the gain over wake models, and AEP predicted less verified.
    loss_factor : float [-]
        Share of the AEP that reaches the grid.
    """

    kind: str
    gain_wh_per_year: float
    gain_pct: float
    revenue_gain_pct: float | None = None
    repaired: bool = False
    feasible: bool = True
    spread_wh_per_year: float | None = None
    optimism_wh_per_year: float | None = None
    loss_factor: float = 1.0

    @classmethod
    def of(cls, gain: Record) -> Self:
        """Read a gain record."""
        revenue = gain.get("revenue_gain_pct")
        return cls(
            kind=gain["reference"],
            gain_wh_per_year=float(gain["gain_wh_per_year"]),
            gain_pct=float(gain["gain_pct"]),
            revenue_gain_pct=None if revenue is None else float(revenue),
            repaired=bool(gain.get("repaired")),
            feasible=bool(gain["feasible"]),
            spread_wh_per_year=gain["spread_wh_per_year"],
            optimism_wh_per_year=gain["optimism_wh_per_year"],
            loss_factor=float(gain["loss_factor"]),
        )

    @property
    def name(self) -> str:
        """What people call the reference."""
        return label(self.kind, self.repaired)

    @property
    def gain(self) -> float:
        """By what references are ranked: the gain in revenue [%] where it is known, or in AEP."""
        return self.gain_wh_per_year if self.revenue_gain_pct is None else self.revenue_gain_pct


@dataclass(frozen=True)
class Provider:
    """The account of who made a surrogate that ships, apart from that of who uses it.

    Attributes
    ----------
    kernel : str
        Its name.
    made : Energy
        What making it took, once for all users.
    users : int
        Runs on the user's machine that have used it: fewer than all users in the world.
    """

    kernel: str
    made: Energy
    users: int

    @classmethod
    def of(cls, asset: Record) -> Self:
        """Read the record of a surrogate that shipped."""
        return cls(asset["shipped"], Energy.from_wh(asset["provider_wh"]), int(asset["users"]))

    @property
    def share(self) -> Energy:
        """A user's share, at most."""
        return self.made.scaled(1.0 / self.users)

    def record(self) -> dict[str, Any]:
        """Return it as ledger and summary keep it."""
        return {
            "kernel": self.kernel,
            "made_wh": self.made.to_wh(),
            "users": self.users,
            "share_wh": self.share.to_wh(),
        }


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is known of a run's worth.

    Attributes
    ----------
    operation : Operation
        How the farm is taken to run.
    shared_wh, project_wh : float [Wh]
        E_shared of the surrogate and E_project of the rest, nan where not measured. Of a kernel
        that shipped, the first is the provider's and in no total of the run.
    provider : Provider or None
        Of the kernel that shipped; None where the run used none.
    compared : tuple of Compared
        By reference, the last verification of each; empty where FLORIS has not evaluated a layout
        beside another.
    energy_return : Bounds or None
        EROC [-]; None where the energy was not measured.
    attributable_wh_per_year : float or None
        G_attr, None where not known.
    baseline : str or None
        The search without learning that did best; None where none was made.
    break_even_farms : float or None
        n*, None where no search without learning was made.
    marginal_return, stop : float or None
        Of the search; None where not known.
    payback_s : float or None
        Operation that returns the energy [s]; None where not known.
    """

    operation: Operation
    shared_wh: float
    project_wh: float
    provider: Provider | None = None
    compared: tuple[Compared, ...] = ()
    energy_return: Bounds | None = None
    attributable_wh_per_year: float | None = None
    baseline: str | None = None
    break_even_farms: float | None = None
    marginal_return: float | None = None
    stop: Stop | None = None
    payback_s: float | None = None

    @property
    def nearest(self) -> Compared | None:
        """The better of the references: the one that the layout gains least over."""
        return min(self.compared, key=lambda one: one.gain, default=None)

    @property
    def gain_wh_per_year(self) -> float | None:
        """G, FLORIS's and net of losses, over the better of the references."""
        return None if self.nearest is None else self.nearest.gain_wh_per_year

    @property
    def gain_pct(self) -> float | None:
        """That gain [% of AEP]."""
        return None if self.nearest is None else self.nearest.gain_pct

    @property
    def over(self) -> str | None:
        """What people call the better of the references."""
        return None if self.nearest is None else self.nearest.name

    @property
    def spread_wh_per_year(self) -> float | None:
        """s, the standard deviation of the gain over wake models."""
        return None if self.nearest is None else self.nearest.spread_wh_per_year

    @property
    def optimism_wh_per_year(self) -> float | None:
        """AEP predicted less verified."""
        return None if self.nearest is None else self.nearest.optimism_wh_per_year

    @property
    def energy_per_farm_wh(self) -> dict[int, float]:
        """E_n by number of farms that share the surrogate [Wh]."""
        return {n: energy_per_farm(self.shared_wh, self.project_wh, n) for n in FARMS}

    def record(self) -> dict[str, Any]:
        """Return the figures as ledger and summary keep them; what is infinite becomes None."""
        returned, stop = self.energy_return, self.stop
        return {
            "gain_wh_per_year": self.gain_wh_per_year,
            "gain_pct": self.gain_pct,
            "over": self.over,
            "operation": vars(self.operation),
            "effective_years": self.operation.effective_years,
            "energy_return": returned and {k: _finite(v) for k, v in vars(returned).items()},
            "attributable_wh_per_year": self.attributable_wh_per_year,
            "spread_wh_per_year": self.spread_wh_per_year,
            "baseline": self.baseline,
            "optimism_wh_per_year": self.optimism_wh_per_year,
            "energy_per_farm_wh": {
                str(n): _finite(wh) for n, wh in self.energy_per_farm_wh.items()
            },
            "break_even_farms": _finite(self.break_even_farms),
            "marginal_return": self.marginal_return,
            "stop": stop and stop._asdict(),
            "payback_s": _finite(self.payback_s),
        }


def figures_of(content: LedgerContent, curve: Curve | None = None) -> Figures:
    """Return the figures of a ledger's run.

    Parameters
    ----------
    content : LedgerContent
        The ledger.
    curve : Curve or None
        What the search found, and with what energy; None leaves its marginal return unknown.
    """
    operation = Operation.of(stated(content.runs, "operation") or {})
    provider = _provider(content)
    shared_wh, project_wh = _shared_and_project(content, provider)
    over = {gain["reference"]: gain for gain in content.gains if gain["reference"] in REFERENCES}
    known = Figures(
        operation=operation,
        shared_wh=shared_wh,
        project_wh=project_wh,
        provider=provider,
        compared=tuple(map(Compared.of, over.values())),
    )
    nearest, years = known.nearest, operation.effective_years
    if nearest is None:
        return known
    gain = nearest.gain_wh_per_year
    others = _other_searches(content, over.values())
    best = min(others, key=lambda other: float(other["gain_wh_per_year"]), default=None)
    earned = attributable_gain(gain, [gain - other["gain_wh_per_year"] for other in others])
    returned = None
    if content.totals.energy.known:
        energy = Bounds.of(content.totals.energy_wh)
        returned = _energy_return(gain, years, energy)
    if curve is not None:  # of gross energy, where a gain is net
        curve = Curve(curve.energy_wh, nearest.loss_factor * curve.aep_wh)
    return Figures(
        operation=operation,
        shared_wh=shared_wh,
        project_wh=project_wh,
        provider=provider,
        compared=known.compared,
        energy_return=returned,
        attributable_wh_per_year=earned,
        baseline=None if best is None else str(best["name"]),
        break_even_farms=_break_even(shared_wh, project_wh, others),
        marginal_return=None if curve is None else marginal_return(curve, years),
        stop=None if curve is None else stopping_point(curve, _materiality_wh(content, curve)),
        payback_s=payback_seconds(content.totals.energy_wh["central"], gain),
    )


def _materiality_wh(content: LedgerContent, curve: Curve) -> float:
    """Return the declared share of the AEP that the search ended with [Wh/yr]."""
    best = float(curve.aep_wh.max(initial=0.0))
    return waste_in(content).materiality_pct / 100.0 * best


def _other_searches(content: LedgerContent, over: Iterable[Record]) -> list[Record]:
    """Return the last gain over each search without learning, of the layout last verified."""
    verified = list(over)
    last = {
        str(gain["name"]): gain
        for gain in content.gains
        if gain["reference"] == "baseline" and any(_same_layout(gain, one) for one in verified)
    }
    return list(last.values())


def _same_layout(one: Record, other: Record) -> bool:
    """Whether two gains are those of the same layout, as far as its yield tells."""
    return math.isclose(float(one["aep_wh"]), float(other["aep_wh"]), rel_tol=1e-9)


def _energy_return(gain: float, years: float, energy: Bounds) -> Bounds:
    returns = [energy_return(gain, years, wh) for wh in (energy.low, energy.central, energy.high)]
    return Bounds(min(returns), returns[1], max(returns))


def _break_even(shared_wh: float, project_wh: float, others: Iterable[Record]) -> float | None:
    """Return n*, from the least energy that took a baseline to the same yield.

    Baselines that never came so far, with all the energy that learning and its search took, make
    learning pay from the first farm on.
    """
    known = [other for other in others if other.get("energy_wh") is not None]
    if not known:
        return None
    equalled = [float(o["equalled_wh"]) for o in known if o.get("equalled_wh") is not None]
    return farms_to_break_even(shared_wh, project_wh, min(equalled)) if equalled else 1.0


def _provider(content: LedgerContent) -> Provider | None:
    """Return the account of the kernel that ships which a run ended with, or taught on."""
    surrogates = [asset for asset in content.assets if asset["kind"] == "surrogate"]
    if not surrogates:
        return None
    name = surrogates[-1].get("shipped") or surrogates[-1].get("retrained_from")
    shipped = [asset for asset in surrogates if name and asset.get("shipped") == name]
    return Provider.of(shipped[-1]) if shipped else None


def _shared_and_project(content: LedgerContent, provider: Provider | None) -> tuple[float, float]:
    """Return E_shared, what the surrogate took wherever that was, and E_project, the rest [Wh].

    Nan is what was not measured.
    """
    total_wh = _central(content.totals.energy_wh)
    surrogates = [asset for asset in content.assets if asset["kind"] == "surrogate"]
    if not surrogates:
        return 0.0, total_wh
    debt = _central(surrogates[-1]["energy_debt_wh"])
    saved = next((_central(a["saved_wh"]) for a in surrogates if a.get("saved_wh")), 0.0)
    made = 0.0 if provider is None else _central(provider.made.to_wh())
    return debt + saved + made, total_wh - debt


def _central(energy_wh: Mapping[str, Any]) -> float:
    wh: float | None = energy_wh["central"]
    return math.nan if wh is None else wh


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
