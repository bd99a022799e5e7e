"""FLORIS's account of mean against spread, from that of all layouts under every wake model."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from windopt.assessment.gain_spread import GainSpread
from windopt.config.robust import RobustConfig
from windopt.problem.layout import IntArray, write_layout_csv
from windopt.problem.scenarios import Scenarios
from windopt.runs.robust_account import robust_record
from windopt.runs.robust_pareto import ParetoRow, pareto_table
from windopt.runs.robust_summary import spread_of
from windopt.verification.contenders import REFERENCES
from windopt.verification.evaluated import EvaluatedLayout

BEFORE = "final, before"
"""Names the layout of the run's first search where another is the answer."""


def pareto_of(
    config: RobustConfig,
    scenarios: Scenarios,
    evaluated: Mapping[str, EvaluatedLayout],
    best: str,
) -> tuple[list[ParetoRow], dict[str, EvaluatedLayout]]:
    """Choose a layout for each weight of the spread among all that FLORIS has judged.

    Parameters
    ----------
    config, scenarios, evaluated, best
        As of `robust_record`.

    Returns
    -------
    rows : list of ParetoRow
    layouts : dict of str to EvaluatedLayout
        By the names in the rows.
    """
    pool = _named(evaluated, best)
    record = robust_record(config, scenarios, pool, best if best in pool else "final", list(pool))
    weights = [model.weight for model in record.models.values()]
    judged = []
    for name, one in pool.items():
        under = record.layouts[name]
        told = spread_of(record, name) or GainSpread(0.0, 0.0, 0.0)  # of the reference
        errors = [of.gain_error_pct or 0.0 for of in under.values()]
        row = ParetoRow(
            k=None,
            layout=name,
            mean_gain_pct=told.mean,
            mean_gain_error_pct=float(np.hypot.reduce(np.multiply(weights, errors))),
            spread_gain_pct=told.spread,
            gain_p90_pct=told.exceeded(0.9),
            aep_gwh=one.aep / 1e9,
            aep_error_gwh=one.aep_error / 1e9,
            gains_pct={model: of.gain_pct or 0.0 for model, of in under.items()},
            gain_errors_pct=dict(zip(under, errors, strict=True)),
            sampled=not all(of.whole_rose for of in under.values()),
            conditions=one.conditions,
            feasible=one.feasibility.feasible,
        )
        judged.append(row)
    return pareto_table(_once(judged, pool), config.pareto), pool


def write_pareto_layouts(
    folder: Path,
    rows: list[ParetoRow],
    layouts: Mapping[str, EvaluatedLayout],
    types: IntArray | None = None,
) -> None:
    """Write `robust_pareto/k_WEIGHT.csv` for each weight.

    Parameters
    ----------
    folder : path
    rows, layouts
        As of `pareto_of`.
    types : (n_turbines,)
        The turbines' types, where there are several.
    """
    folder.mkdir(exist_ok=True)
    for row in rows:
        if row.k is not None:
            layout = layouts[row.layout].layout
            write_layout_csv(folder / f"k_{row.k:g}.csv", layout, types)


def _named(evaluated: Mapping[str, EvaluatedLayout], best: str) -> dict[str, EvaluatedLayout]:
    """Return the layouts such that "final" is the answer; a reference that is keeps its name."""
    pool = {name: one for name, one in evaluated.items() if name not in ("final", best)}
    if best != "final" and "final" in evaluated:
        pool[BEFORE] = evaluated["final"]
    return {best if best in REFERENCES else "final": evaluated[best]} | pool


def _once(rows: list[ParetoRow], layouts: Mapping[str, EvaluatedLayout]) -> list[ParetoRow]:
    """Return the rows without those whose layout has another name before."""
    kept: list[ParetoRow] = []
    for row in rows:
        layout = layouts[row.layout].layout
        if not any(np.array_equal(layouts[one.layout].layout, layout) for one in kept):
            kept.append(row)
    return kept
