"""The grounds of an assessment, as data; `windopt.assessment.wording` says them."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal[
    "not_verified",
    "breaks_rules",
    "no_gain",
    "no_revenue_gain",
    "revenue_maximised",
    "revenue_gains",
    "energy_not_measured",
    "energy_not_returned",
    "energy_within_band",
    "below_spread",
    "search_as_good",
    "search_better",
    "search_worse",
    "no_baseline",
    "no_spread",
    "gains",
    "lead",
    "wake_models_agree",
    "wake_models_gain",
    "energy_returned",
    "weaker_gain",
    "weaker_meter",
]


class Ground(NamedTuple):
    """One thing that an assessment rests on, with its figures.

    Attributes
    ----------
    kind : Kind
        What it is.
    facts : mapping of str to Any
        The figures that its sentence names.
    """

    kind: Kind
    facts: Mapping[str, Any] = {}


def ground(kind: Kind, **facts: Any) -> Ground:
    """Return a ground with its figures."""
    return Ground(kind, facts)
