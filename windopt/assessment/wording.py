"""The grounds of an assessment in words."""

import math
from collections.abc import Callable, Mapping

from windopt.assessment.grounds import Ground, Kind
from windopt.assessment.labels import BASELINES, LABELS
from windopt.words import count_of

UNJUDGED = "FLORIS has not judged a layout beside another"
NO_BASELINE = "learning unproven: no other search ran at equal energy"
NO_ENERGY = "the energy was not measured: whether the gain returns it is not known"
NO_SPREAD = "wake models may disagree: only one was asked"


def in_words(ground: Ground) -> str:
    """Write a ground as a clause."""
    return SENTENCES[ground.kind](**ground.facts)


def about(value: float) -> str:
    """Write a number to two significant digits, in powers of ten where it is long."""
    if not math.isfinite(value):
        return "infinitely many"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        digits = 0 if value == 0 else 1 - math.floor(math.log10(abs(float(f"{value:.1e}"))))
        return f"{round(value, digits):,.{max(0, digits)}f}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10^{int(exponent)}"


def _no_gain(over: str) -> str:
    return f"FLORIS finds no gain over the {over}: the energy bought nothing"


def _no_revenue_gain(over: str) -> str:
    return f"no gain in revenue over the {over}: the energy bought nothing"


def _revenue_gains(gains: Mapping[str, tuple[float, float]]) -> str:
    told = (
        f"{revenue:+.2g} % of revenue on the {name} ({aep:+.2g} % of AEP)"
        for name, (revenue, aep) in gains.items()
    )
    return f"FLORIS: {', '.join(told)}"


def _energy_not_returned(years: int) -> str:
    return f"the gain does not return the energy in {count_of(years, 'year')} of operation"


def _below_spread(spread_pct: float) -> str:
    return f"the gain lies below the spread of the wake models, {_pct(spread_pct)} of AEP"


def _search_as_good(baseline: str, lead_pct: float, spread_pct: float) -> str:
    than = _lead_and_spread(lead_pct, spread_pct)
    return f"{_search(baseline)} does as well at equal energy: {than}"


def _search_better(baseline: str, lead_pct: float, spread_pct: float) -> str:
    than = _lead_and_spread(lead_pct, spread_pct)
    return f"{_search(baseline)} does better at equal energy: {than}"


def _search_worse(baseline: str, lead_pct: float, spread_pct: float) -> str:
    than = _lead_and_spread(lead_pct, spread_pct)
    return f"no other search does as well at equal energy: {than}"


def _gains(gains: Mapping[str, float]) -> str:
    return "FLORIS: " + ", ".join(f"{pct:+.2g} % on the {name}" for name, pct in gains.items())


def _lead(pct: float) -> str:
    sign = "+" if pct >= 0 else "−"
    return f"{sign}{_pct(abs(pct))} of AEP on the best other search at equal energy"


def _wake_models_agree(agree: int, asked: int) -> str:
    return f"{agree} of {asked} wake models see a lead over it, however small"


def _wake_models_gain(agree: int, asked: int, over: str) -> str:
    return f"{agree} of {asked} wake models see a gain over the {over}"


def _energy_returned(times: float, years: int) -> str:
    return f"energy returned {about(times)} times in {count_of(years, 'year')}"


def _weaker_gain(subject: str, error_pct: float) -> str:
    return f"weaker figure: the {subject}, turned by an error of {_pct(error_pct)} of AEP"


def _weaker_meter(factor: float) -> str:
    return f"weaker figure: the meter, if wrong by a factor of {about(factor)}"


def _lead_and_spread(lead_pct: float, spread_pct: float) -> str:
    return f"{_pct(lead_pct)} of AEP against a spread of {_pct(spread_pct)}"


def _search(baseline: str) -> str:
    return LABELS[baseline].phrase if baseline in BASELINES else "another search"


def _pct(share: float) -> str:
    return f"{share:.2g} %"


SENTENCES: Mapping[Kind, Callable[..., str]] = {
    "not_verified": lambda: UNJUDGED,
    "breaks_rules": lambda: "the layout breaks a boundary or a spacing: its yield does not count",
    "no_gain": _no_gain,
    "no_revenue_gain": _no_revenue_gain,
    "revenue_maximised": lambda: (
        "the revenue was maximised, which does not weigh against energy spent"
    ),
    "revenue_gains": _revenue_gains,
    "energy_not_measured": lambda: NO_ENERGY,
    "energy_not_returned": _energy_not_returned,
    "energy_within_band": lambda: (
        "whether the gain returns the energy lies within the meter's band"
    ),
    "below_spread": _below_spread,
    "search_as_good": _search_as_good,
    "search_better": _search_better,
    "search_worse": _search_worse,
    "no_baseline": lambda: NO_BASELINE,
    "no_spread": lambda: NO_SPREAD,
    "gains": _gains,
    "lead": _lead,
    "wake_models_agree": _wake_models_agree,
    "wake_models_gain": _wake_models_gain,
    "energy_returned": _energy_returned,
    "weaker_gain": _weaker_gain,
    "weaker_meter": _weaker_meter,
}
