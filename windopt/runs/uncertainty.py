"""`uncertainty.csv`: the uncertainty budget of a run's AEP, from what it knows and is told.

What several wake models say of the final layout goes before what is stated of them.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from windopt.assessment.speed_sensitivity import speed_sensitivity
from windopt.assessment.uncertainty import EXCEEDED, Budget, Component, spread_pct
from windopt.atomic import write_text
from windopt.problem.problem import LayoutProblem
from windopt.runs.json_file import read_text
from windopt.runs.robust import RobustRecord
from windopt.runs.robustness import Robustness

NOT_STATED = "not stated"
ALL = "all together"
"""Names the row of a table that has the combined uncertainty."""


class UncertaintyRow(NamedTuple):
    """A component over a number of years, or all of them together.

    Attributes
    ----------
    years : int
        In whose mean AEP it stands.
    component : str
    wind_speed_pct, aep_pct : float or None [% of wind speed, % of AEP]
        One standard deviation; None of what is not stated, or not one of the wind speed.
    source : str
        Where the figure comes from.
    p50_gwh, p75_gwh, p90_gwh, p99_gwh : float or None [GWh]
        What is exceeded with that probability; of all components together.
    """

    years: int
    component: str
    wind_speed_pct: float | None
    aep_pct: float | None
    source: str
    p50_gwh: float | None = None
    p75_gwh: float | None = None
    p90_gwh: float | None = None
    p99_gwh: float | None = None


def budget_of(
    problem: LayoutProblem,
    final: Mapping[str, Any],
    robust: RobustRecord | None = None,
    robustness: Robustness | None = None,
) -> Budget | None:
    """Return the uncertainty budget of the final layout's net AEP; None where it yields nothing.

    Parameters
    ----------
    problem : LayoutProblem
    final : mapping of str to Any
        The final layout of `verification.json`.
    robust, robustness : optional
        What several wake models say, where they were asked.
    """
    told = problem.config.uncertainty
    aep, error, of = _expected(problem, final, robust)
    if aep <= 0:
        return None
    sensitivity = speed_sensitivity(problem, np.array(final["layout"]), final["wake_loss_pct"])
    return Budget(
        p50_gwh=problem.net_share * aep,
        p50_error_gwh=problem.net_share * error,
        p50_of=of,
        speed_sensitivity=sensitivity,
        components=(
            _of_wake_models(told.wake_model_pct, robust, robustness),
            _of_speed("wind year", told.wind_speed_std_pct, sensitivity, of_a_year=True),
            _of_speed("wind measurement", told.wind_measurement_pct, sensitivity),
            _stated("power curve", told.power_curve_pct),
            _stated("losses", told.losses_pct),
        ),
        years=tuple(dict.fromkeys(told.years)),
    )


def _expected(
    problem: LayoutProblem, final: Mapping[str, Any], robust: RobustRecord | None
) -> tuple[float, float, str]:
    """Return the expected gross AEP with its standard error [GWh], and of what it is."""
    weights = _weights(robust)
    if robust is None or not weights:
        of = f"the final layout by the wake model {problem.wake.velocity_model}"
        return final["aep_gwh"], final.get("aep_error_gwh") or 0.0, of
    said, whole = robust.layouts["final"], sum(weights.values())
    mean = sum(weight * said[model].aep_gwh for model, weight in weights.items()) / whole
    # all models are asked in the same conditions, so that their errors add up
    error = sum(weight * said[model].aep_error_gwh for model, weight in weights.items()) / whole
    return mean, error, f"the final layout, mean over the wake models {', '.join(weights)}"


def _weights(robust: RobustRecord | None) -> dict[str, float]:
    """Return the weights of the wake models that count in a robust run."""
    if robust is None:
        return {}
    said = robust.layouts.get("final", {})
    return {
        name: model.weight
        for name, model in robust.models.items()
        if model.weight > 0 and name in said
    }


def _of_wake_models(
    stated: float | None, robust: RobustRecord | None, robustness: Robustness | None
) -> Component:
    """Return how far the wake models disagree; without any that were asked, what is stated."""
    name, weights = "wake model", _weights(robust)
    instead = "" if stated is None else f"; the stated {stated:g} % is not used"
    if robust is not None and len(weights) > 1:
        said = robust.layouts["final"]
        pct = spread_pct([said[model].aep_gwh for model in weights], list(weights.values()))
        return Component(name, pct, f"FLORIS's AEP under {', '.join(weights)}{instead}")
    asked = {} if robustness is None else robustness.aep_gwh
    finals = {model: aep["final"] for model, aep in asked.items() if "final" in aep}
    if len(finals) > 1:
        pct = spread_pct(list(finals.values()))
        return Component(name, pct, f"FLORIS's AEP under {', '.join(finals)}{instead}")
    return _stated(name, stated)


def _stated(name: str, pct: float | None) -> Component:
    return Component(name, pct, NOT_STATED if pct is None else "stated")


def _of_speed(
    name: str, pct: float | None, sensitivity: float | None, of_a_year: bool = False
) -> Component:
    """Return a component that is stated of the wind speed."""
    if pct is not None and sensitivity is None:
        source = "stated of the wind speed, on which this AEP does not depend"
        return Component(name, None, source, pct, of_a_year)
    aep_pct = None if pct is None or sensitivity is None else abs(sensitivity) * pct
    return Component(name, aep_pct, NOT_STATED if pct is None else "stated", pct, of_a_year)


def record_of(budget: Budget | None) -> dict[str, Any] | None:
    """Return a budget as `summary.json` has it."""
    if budget is None:
        return None
    return {
        "p50_gwh": budget.p50_gwh,
        "p50_error_gwh": budget.p50_error_gwh,
        "p50_of": budget.p50_of,
        "speed_sensitivity": budget.speed_sensitivity,
        "components": [vars(one) for one in budget.components],
        "not_stated": budget.not_stated,
        "by_years": [
            {"years": row.years, "std_pct": row.aep_pct}
            | {f"p{q}_gwh": getattr(row, f"p{q}_gwh") for q in EXCEEDED}
            for row in rows_of(budget)
            if row.component == ALL
        ],
    }


def budget_in(summary: Mapping[str, Any]) -> Budget | None:
    """Return the budget in the content of `summary.json`; None where it has none."""
    told = summary.get("uncertainty")
    if told is None:
        return None
    return Budget(
        **{key: told[key] for key in ("p50_gwh", "p50_error_gwh", "p50_of", "speed_sensitivity")},
        components=tuple(Component(**one) for one in told["components"]),
        years=tuple(one["years"] for one in told["by_years"]),
    )


def rows_of(budget: Budget) -> list[UncertaintyRow]:
    """Return the table of a budget; no rows where nothing is known."""
    rows = []
    left_out = ", ".join(budget.not_stated)
    combined = f"root of the sum of squares{left_out and f', without {left_out}'}"
    for years in budget.years if budget.is_known else ():
        rows += [
            UncertaintyRow(years, one.name, one.speed_pct, one.over(years), one.source)
            for one in budget.components
        ]
        exceeded = (budget.exceeded_gwh(percent, years) for percent in EXCEEDED)
        rows.append(UncertaintyRow(years, ALL, None, budget.std_pct(years), combined, *exceeded))
    return rows


def write_uncertainty(path: Path, rows: list[UncertaintyRow]) -> None:
    """Write the table of a budget; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(UncertaintyRow._fields)
    writer.writerows(
        [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row] for row in rows
    )
    write_text(path, text.getvalue())


def read_uncertainty(path: Path) -> list[UncertaintyRow]:
    """Read what `write_uncertainty` wrote."""
    return [
        UncertaintyRow(
            int(row.pop("years")),
            row.pop("component"),
            source=row.pop("source"),
            **{name: float(cell) if cell else None for name, cell in row.items()},
        )
        for row in csv.DictReader(io.StringIO(read_text(path)))
    ]
