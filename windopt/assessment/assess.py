"""The verdict on a run: whether the energy that it took has paid, as far as its ledger tells.

    loss              no gain over the better of given layout and best regular grid, or none that
                      returns its energy, or less than another search found at equal energy
    indistinguishable the gain, or what of it the learning earned, lies below the spread s of the
                      wake models
    gain              it exceeds s, other searches at equal energy included
    unknown           what decides is not known yet; the reasons say what, and what can be said

Where the revenue is maximised (`revenue_gain_pct`), a gain or none is one in revenue; what it is
worth beside the energy spent stays unknown.

The ledger knows of given layout and regular grid after every verification. Other searches at equal
energy (gain records over a `baseline`) and s (`spread_wh_per_year`) count as soon as its records
have them, unless they speak of another layout than the last one verified.

The verdict comes with what to use: the layout found where it is worth more than what is to be had
without learning, else the plain layout, or the baseline's, that does as well.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from windopt.assessment.assessment import Assessment, Value
from windopt.assessment.bounds import Bounds
from windopt.assessment.payback import payback_seconds
from windopt.assessment.worth import (
    Curve,
    Operation,
    attributable_gain,
    energy_return,
    farms_to_break_even,
    flip_factors,
    marginal_return,
    stopping_point,
)
from windopt.ledger.records import Record
from windopt.ledger.totals import LedgerContent, stated
from windopt.words import count_of

REFERENCES = {"initial": "given layout", "grid": "best regular grid"}
BASELINES = {
    "analytic": "the same search on a wake formula, without learning,",
    "floris": "a search by trial in FLORIS, without learning,",
}
UNJUDGED = "FLORIS has not judged a layout beside another"
NO_BASELINE = "learning unproven: no other search ran at equal energy"
NO_ENERGY = "the energy was not measured: whether the gain returns it is not known"
NO_SPREAD = "wake models may disagree: only one was asked"


def assess(content: LedgerContent, curve: Curve | None = None) -> Assessment:
    """Return the verdict on a ledger's run.

    Parameters
    ----------
    content : LedgerContent
        The ledger.
    curve : Curve or None
        What the search found, and with what energy; None leaves its marginal return unknown.
    """
    over = {gain["reference"]: gain for gain in content.gains if gain["reference"] in REFERENCES}
    others = {
        str(gain.get("name")): gain
        for gain in content.gains
        if gain["reference"] == "baseline" and any(_same_layout(gain, one) for one in over.values())
    }
    operation = Operation.of(stated(content.runs, "operation") or {})
    shared_wh, project_wh = _shared_and_project(content)
    if not over:
        return Assessment("unknown", (UNJUDGED,), operation, shared_wh, project_wh)
    kind = min(over, key=lambda reference: _merit(over[reference]))
    gain, years = float(over[kind]["gain_wh_per_year"]), operation.effective_years
    used = content.totals.energy_wh
    energy = Bounds.of(used) if content.totals.energy.known else None
    spread = over[kind].get("spread_wh_per_year")
    if curve is not None:  # of gross energy, where a gain is net
        curve = Curve(curve.energy_wh, over[kind].get("loss_factor", 1.0) * curve.aep_wh)
    baseline = min(
        others.values(), key=lambda other: float(other["gain_wh_per_year"]), default=None
    )
    earned = attributable_gain(gain, [gain - g["gain_wh_per_year"] for g in others.values()])
    returned = flip = None
    if energy is not None:
        returns = [energy_return(gain, years, wh) for wh in vars(energy).values()]
        returned = Bounds(min(returns), returns[1], max(returns))
        weighed = gain if earned is None else earned
        flip = flip_factors(weighed, years, energy.central, spread or 0.0)
    found = Assessment(
        "unknown",
        (),
        operation,
        shared_wh,
        project_wh,
        gain_wh_per_year=gain,
        gain_pct=over[kind]["gain_pct"],
        over=_name(kind, over[kind]),
        energy_return=returned,
        attributable_wh_per_year=earned,
        spread_wh_per_year=spread,
        optimism_wh_per_year=over[kind].get("optimism_wh_per_year"),
        baseline=None if baseline is None else str(baseline.get("name")),
        agreeing=_agreeing(baseline),
        break_even_farms=_break_even(shared_wh, project_wh, others.values()),
        marginal_return=None if curve is None else marginal_return(curve, years),
        stop=None if curve is None or spread is None else stopping_point(curve, spread),
        flip=flip,
        payback_s=payback_seconds(used["central"], gain),
    )
    value, reasons = _decide(found, over)
    use = _use(value, kind, found)
    if value == "loss" and "revenue_gain_pct" in over[kind]:
        use = kind
    return replace(found, value=value, reasons=tuple(reasons), use=use)


def _name(kind: str, gain: Record) -> str:
    """Name a reference; a given layout that broke the rules is compared as it was repaired."""
    return f"{REFERENCES[kind]}, repaired" if gain.get("repaired") else REFERENCES[kind]


def _merit(gain: Record) -> float:
    """Return by what references are ranked.

    The gain in revenue [%] where it is known, or in AEP.
    """
    return float(gain["revenue_gain_pct" if "revenue_gain_pct" in gain else "gain_wh_per_year"])


def _same_layout(one: Record, other: Record) -> bool:
    """Whether two gains are those of the same layout, as far as its yield tells."""
    return math.isclose(float(one["aep_wh"]), float(other["aep_wh"]), rel_tol=1e-9)


def _use(value: Value, kind: str, found: Assessment) -> str:
    """Name what is to be used: the layout `found`, a reference, or a baseline."""
    gain, spread = found.gain_wh_per_year or 0.0, found.spread_wh_per_year or 0.0
    if value in ("gain", "unknown"):
        return "found"
    plain = gain <= 0 or gain < spread or found.energy_return_is_short
    return kind if plain else found.baseline or "found"


def _agreeing(baseline: Record | None) -> tuple[int, int] | None:
    """Count the wake models that see a lead over a baseline."""
    leads = (baseline or {}).get("gain_by_wake_model_wh_per_year") or {}
    return (sum(lead > 0 for lead in leads.values()), len(leads)) if leads else None


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


def _decide(found: Assessment, over: Mapping[str, Record]) -> tuple[Value, list[str]]:
    """Weigh what is known; the deciding reason comes first."""
    gain, earned, spread = (
        found.gain_wh_per_year or 0.0,
        found.attributable_wh_per_year,
        found.spread_wh_per_year,
    )
    returned, years = found.energy_return, found.operation.years
    if not all(record["feasible"] for record in over.values()):
        return "unknown", ["the layout breaks a boundary or a spacing: its yield does not count"]
    if all("revenue_gain_pct" in record for record in over.values()):
        return _decide_by_revenue(found, over)
    if gain <= 0:
        return "loss", [f"FLORIS finds no gain over the {found.over}: the energy bought nothing"]
    if returned is not None and returned.high < 1:
        return "loss", [
            f"the gain does not return the energy in {count_of(years, 'year')} of operation"
        ]
    gains = ", ".join(f"{g['gain_pct']:+.2g} % on the {_name(k, g)}" for k, g in over.items())
    known = [f"FLORIS: {gains}", *_returned(found)]
    if returned is None:
        return "unknown", [NO_ENERGY, *known]
    if returned.low < 1:
        return "unknown", ["whether the gain returns the energy lies within the meter's band"]
    if spread is not None and gain < spread:
        return "indistinguishable", [
            f"the gain lies below the spread of the wake models, {_pct(found, spread)} of AEP",
            *known,
        ]
    if earned is not None and spread is not None:
        than = f"{_pct(found, abs(earned))} of AEP against a spread of {_pct(found, spread)}"
        name = BASELINES.get(found.baseline or "", "another search")
        if found.agreeing is not None:
            some, asked = found.agreeing
            known.insert(0, f"{some} of {asked} wake models see a lead over it, however small")
        if abs(earned) < spread:
            said = f"{name} does as well at equal energy: {than}"
            return "indistinguishable", [said, *known]
        if earned < 0:
            return "loss", [f"{name} does better at equal energy: {than}", *known]
        return "gain", [f"no other search does as well at equal energy: {than}", *known]
    unknown = [*([NO_BASELINE] if earned is None else []), *([NO_SPREAD] if spread is None else [])]
    if earned is not None:
        sign = "+" if earned >= 0 else "−"
        more = f"{sign}{_pct(found, abs(earned))} of AEP on the best other search at equal energy"
        known.insert(1, more)
    return "unknown", unknown + known


def _decide_by_revenue(found: Assessment, over: Mapping[str, Record]) -> tuple[Value, list[str]]:
    """Return what can be said where the revenue was maximised: energy is no measure of it."""
    least = min(float(record["revenue_gain_pct"]) for record in over.values())
    if least <= 0:
        return "loss", [f"no gain in revenue over the {found.over}: the energy bought nothing"]
    gains = (
        f"{g['revenue_gain_pct']:+.2g} % of revenue on the {_name(k, g)} "
        f"({g['gain_pct']:+.2g} % of AEP)"
        for k, g in over.items()
    )
    return "unknown", [
        "the revenue was maximised, which does not weigh against energy spent",
        f"FLORIS: {', '.join(gains)}",
    ]


def _returned(found: Assessment) -> list[str]:
    """Return how sure the account of energy is, and which error would turn it round first."""
    flip, returned = found.flip, found.energy_return
    if flip is None or returned is None or not math.isfinite(flip.gain):
        return []
    times = f"{about(returned.central)} times in {count_of(found.operation.years, 'year')}"
    if flip.weaker == "gain":
        earned = found.attributable_wh_per_year
        subject, weighed = ("gain", found.gain_wh_per_year) if earned is None else ("lead", earned)
        error = (1.0 - 1.0 / flip.gain) * abs(weighed or 0.0)
        turn = f"the {subject}, turned by an error of {_pct(found, error)} of AEP"
    else:
        turn = f"the meter, if wrong by a factor of {about(flip.meter)}"
    return [f"energy returned {times}", f"weaker figure: {turn}"]


def _pct(found: Assessment, wh_per_year: float) -> str:
    """Return an energy as a share of the reference's AEP."""
    if not found.gain_wh_per_year or not found.gain_pct:
        return "0 %"
    return f"{wh_per_year / found.gain_wh_per_year * found.gain_pct:.2g} %"


def about(value: float) -> str:
    """Write a number to two significant digits, in powers of ten where it is long."""
    if not math.isfinite(value):
        return "infinitely many"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        digits = 0 if value == 0 else 1 - math.floor(math.log10(abs(float(f"{value:.1e}"))))
        return f"{round(value, digits):,.{max(0, digits)}f}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10^{int(exponent)}"


def _shared_and_project(content: LedgerContent) -> tuple[float, float]:
    """Return E_shared, what the surrogate took wherever that was, and E_project, the rest [Wh].

    Nan is what was not measured.
    """
    total_wh = _central(content.totals.energy_wh)
    surrogates = [asset for asset in content.assets if asset["kind"] == "surrogate"]
    if not surrogates:
        return 0.0, total_wh
    debt = _central(surrogates[-1]["energy_debt_wh"])
    saved = next((_central(a["saved_wh"]) for a in surrogates if a.get("saved_wh")), 0.0)
    return debt + saved, total_wh - debt


def _central(energy_wh: Mapping[str, Any]) -> float:
    wh: float | None = energy_wh["central"]
    return math.nan if wh is None else wh
