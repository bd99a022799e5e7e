"""What a search finds that keeps the given layout's least spacing: `given_spacing.json`.

A rule that allows turbines to stand closer than the given layout has them makes room for a gain,
and for loads. A short search that keeps the given layout's spacing tells how much of the gain
needs no closer turbines: no less than it finds.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from windopt.assessment.spacing import closeness
from windopt.problem.problem import LayoutProblem

CLOSER_D = 1e-3
"""By which a layout has to be closer together for the question to arise [rotor diameters]."""


def spacing_to_keep(problem: LayoutProblem, verification: Mapping[str, Any]) -> float | str:
    """Return the given layout's least spacing [rotor diameters], or why nothing is searched.

    Parameters
    ----------
    problem : LayoutProblem
    verification : mapping of str to Any
        The content of `verification.json`.
    """
    layouts, how = verification.get("layouts", {}), problem.config.optimise
    if problem.config.report.given_spacing_share == 0:
        return "not asked (report.given_spacing_share: 0)"
    if "initial" not in layouts:
        return "no layout is given"
    if problem.turbine_range is not None:
        return "the number of turbines is free"
    if how.pattern == "regular" or any(how.regularity):
        return "the layout stands in rows"
    if not (problem.spacing.uniform and problem.spacing.circular):
        return "the spacing rule depends on direction or type"
    given, found = (
        closeness(problem, np.array(layouts[name]["layout"])) for name in ("initial", "final")
    )
    if given is None or found is None:
        return "there is one turbine"
    if found.least_d > given.least_d - CLOSER_D:
        return "the layout found is no closer together than the given one"
    return given.least_d


def given_spacing_of(
    problem: LayoutProblem, verification: Mapping[str, Any], found: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what `summary.json` has: what was found, or as `missing` why nothing was searched.

    Parameters
    ----------
    problem, verification
        As of `spacing_to_keep`.
    found : mapping of str to Any, or None
        The content of `given_spacing.json`.
    """
    if found is not None:
        return {key: value for key, value in found.items() if key != "layout"}
    kept = spacing_to_keep(problem, verification)
    return {"missing": kept if isinstance(kept, str) else "not searched yet"}
