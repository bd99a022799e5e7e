"""The rules by which figures become a verdict.

    loss              no gain over the better of given layout and regular grid, or none that
                      returns its energy, or less than another search found at equal energy
    indistinguishable the gain, or what of it the learning earned, lies below the spread s of the
                      wake models
    gain              it exceeds s, other searches at equal energy included
    unknown           what decides is not known yet; the grounds say what, and what can be said

Where the revenue is maximised (`revenue_gain_pct`), a gain or none is one in revenue; what it is
worth beside the energy spent stays unknown.

The rules are asked in order, and the first that applies decides; its ground comes first.
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from windopt.assessment.figures import Compared, Figures
from windopt.assessment.grounds import Ground, ground

Value = Literal["gain", "loss", "indistinguishable", "unknown"]


class Decision(NamedTuple):
    """A verdict, and its grounds, the deciding one first."""

    value: Value
    grounds: tuple[Ground, ...]


class Case(NamedTuple):
    """A run whose layout FLORIS has held against a reference.

    Attributes
    ----------
    figures : Figures
        What is known of its worth.
    nearest : Compared
        The better of the references.
    """

    figures: Figures
    nearest: Compared

    def pct(self, wh_per_year: float) -> float:
        """Return an energy as a share of the reference's AEP [%]."""
        if not self.nearest.gain_wh_per_year:
            return 0.0
        return wh_per_year / self.nearest.gain_wh_per_year * self.nearest.gain_pct


def decide(figures: Figures) -> Decision:
    """Weigh what is known."""
    nearest = figures.nearest
    if nearest is None:
        return Decision("unknown", (ground("not_verified"),))
    case = Case(figures, nearest)
    decisions = (rule(case) for rule in RULES)
    return next((one for one in decisions if one is not None), _open_questions(case))


def what_to_use(value: Value, figures: Figures) -> str:
    """Name what is to be used: the layout `found`, a reference, or a baseline.

    The layout found where it is worth more than what is to be had without learning, else the plain
    layout, or the baseline's, that does as well.
    """
    nearest = figures.nearest
    if nearest is None or value in ("gain", "unknown"):
        return "found"
    if value == "loss" and nearest.revenue_gain_pct is not None:
        return nearest.kind
    gain, spread = nearest.gain_wh_per_year, nearest.spread_wh_per_year or 0.0
    plain = gain <= 0 or gain < spread or figures.energy_return_is_short
    return nearest.kind if plain else figures.baseline or "found"


def _layout_is_allowed(case: Case) -> Decision | None:
    """Refuse a yield to what breaks a boundary or a spacing."""
    if all(one.feasible for one in case.figures.compared):
        return None
    return Decision("unknown", (ground("breaks_rules"),))


def _revenue(case: Case) -> Decision | None:
    """Weigh gains in revenue where that was maximised: energy is no measure of it."""
    revenues = [one.revenue_gain_pct for one in case.figures.compared]
    known = [revenue for revenue in revenues if revenue is not None]
    if len(known) < len(revenues):
        return None
    if min(known) <= 0:
        return Decision("loss", (ground("no_revenue_gain", over=case.nearest.name),))
    gains = {one.name: (one.revenue_gain_pct, one.gain_pct) for one in case.figures.compared}
    return Decision("unknown", (ground("revenue_maximised"), ground("revenue_gains", gains=gains)))


def _some_gain(case: Case) -> Decision | None:
    """Call a loss what yields no more than a reference."""
    if case.nearest.gain_wh_per_year > 0:
        return None
    return Decision("loss", (ground("no_gain", over=case.nearest.name),))


def _energy_is_returned(case: Case) -> Decision | None:
    """Ask whether the gain returns its energy over the farm's life, by every bound of the meter."""
    returned = case.figures.energy_return
    if case.figures.energy_return_is_short:
        years = case.figures.operation.years
        return Decision("loss", (ground("energy_not_returned", years=years),))
    if returned is None:
        return Decision("unknown", (ground("energy_not_measured"), *_known(case)))
    if returned.low < 1:
        return Decision("unknown", (ground("energy_within_band"),))
    return None


def _gain_exceeds_spread(case: Case) -> Decision | None:
    """Call a gain that wake models disagree about one that cannot be told from none."""
    spread = case.nearest.spread_wh_per_year
    if spread is None or case.nearest.gain_wh_per_year >= spread:
        return None
    said = ground("below_spread", spread_pct=case.pct(spread))
    return Decision("indistinguishable", (said, *_known(case)))


def _other_searches(case: Case) -> Decision | None:
    """Weigh what learning earned: its lead over the best search without it, at equal energy."""
    earned, spread = case.figures.attributable_wh_per_year, case.nearest.spread_wh_per_year
    if earned is None or spread is None:
        return None
    facts = {
        "baseline": case.figures.baseline,
        "lead_pct": case.pct(abs(earned)),
        "spread_pct": case.pct(spread),
    }
    known = _known(case)
    if case.figures.agreeing is not None:
        agree, asked = case.figures.agreeing
        known = (ground("wake_models_agree", agree=agree, asked=asked), *known)
    if abs(earned) < spread:
        return Decision("indistinguishable", (ground("search_as_good", **facts), *known))
    if earned < 0:
        return Decision("loss", (ground("search_better", **facts), *known))
    return Decision("gain", (ground("search_worse", **facts), *known))


RULES: tuple[Callable[[Case], Decision | None], ...] = (
    _layout_is_allowed,
    _revenue,
    _some_gain,
    _energy_is_returned,
    _gain_exceeds_spread,
    _other_searches,
)


def _open_questions(case: Case) -> Decision:
    """Return what nobody has been asked, and what can be said beside it."""
    earned, spread = case.figures.attributable_wh_per_year, case.nearest.spread_wh_per_year
    unasked = [ground("no_baseline")] if earned is None else []
    unasked += [ground("no_spread")] if spread is None else []
    gains, *more = _known(case)
    if case.nearest.gaining is not None:
        agree, asked = case.nearest.gaining
        of = ground("wake_models_gain", agree=agree, asked=asked, over=case.nearest.name)
        more.insert(0, of)
    lead = [] if earned is None else [ground("lead", pct=case.pct(earned))]
    return Decision("unknown", (*unasked, gains, *lead, *more))


def _known(case: Case) -> tuple[Ground, ...]:
    """Return the gains, how sure the account of energy is, and which error would turn it round."""
    gains = ground("gains", gains={one.name: one.gain_pct for one in case.figures.compared})
    flip, returned = case.figures.flip, case.figures.energy_return
    if flip is None or returned is None or not math.isfinite(flip.gain):
        return (gains,)
    years = case.figures.operation.years
    account = ground("energy_returned", times=returned.central, years=years)
    if flip.weaker == "meter":
        return gains, account, ground("weaker_meter", factor=flip.meter)
    earned = case.figures.attributable_wh_per_year
    weighed = case.nearest.gain_wh_per_year if earned is None else earned
    error = case.pct((1.0 - 1.0 / flip.gain) * abs(weighed))
    subject = "gain" if earned is None else "lead"
    return gains, account, ground("weaker_gain", subject=subject, error_pct=error)
