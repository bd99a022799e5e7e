"""The physical sense of a gain: gross and net, spacing, turbulence, other roses.

`summary.json` has it under `physical`, `physical.csv` as a table of before and after: before is the
given layout, made feasible where it was not, or the regular grid where none is given.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from windopt.assessment.effective_turbulence import (
    FARTHEST_D,
    SPEED,
    WAKE_SHARE,
    effective_turbulence,
)
from windopt.assessment.spacing import CLOSE_D, closeness
from windopt.atomic import write_text
from windopt.problem.economics import stated_losses
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.runs.baselines import Baselines
from windopt.runs.given_spacing import given_spacing_of
from windopt.runs.json_file import read_text
from windopt.runs.other_roses import leads_of


class PhysicalRow(NamedTuple):
    """A quantity before and after; what is not known is None."""

    quantity: str
    unit: str
    before: float | None
    after: float | None


def physical_of(
    problem: LayoutProblem,
    verification: Mapping[str, Any],
    baselines: Baselines,
    given_spacing: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Return what `summary.json` has of a gain's physical sense; None before FLORIS has judged.

    Parameters
    ----------
    problem : LayoutProblem
    verification : mapping of str to Any
        The content of `verification.json`.
    baselines : Baselines
    given_spacing : mapping of str to Any, or None
        The content of `given_spacing.json`.
    """
    layouts = verification.get("layouts", {})
    if "final" not in layouts:
        return None
    reference = next((name for name in ("initial", "grid") if name in layouts), None)
    before = None if reference is None else layouts[reference]
    return {
        "reference": reference,
        "yield": _yield(problem, layouts["final"], before),
        "spacing": _before_and_after(_spacing, problem, layouts["final"], before)
        | {"rule_d": problem.min_spacing_d},
        "given_spacing": given_spacing_of(problem, verification, given_spacing),
        "turbulence": {
            "method": "Frandsen, IEC 61400-1 ed. 4 annex E, simplified",
            "wind_speed": SPEED,
            "woehler_exponent": problem.config.report.woehler_exponent,
            "wake_share": WAKE_SHARE,
            "neighbours_within_d": FARTHEST_D,
            **_before_and_after(_turbulence, problem, layouts["final"], before),
        },
        "wake_models": [] if problem.config.robust is None else list(problem.config.robust.weights),
        "roses": {lead.over: lead.record() for lead in leads_of(verification, baselines)},
    }


def _yield(
    problem: LayoutProblem, final: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return AEP and gain gross and, where losses are stated, net of these."""
    stated = stated_losses(problem.config.losses)
    gross = final["aep_gwh"]
    gain = None if before is None else gross - before["aep_gwh"]
    share = problem.net_share if stated else None
    return {
        "aep_gross_gwh": gross,
        "gain_gross_gwh": gain,
        "aep_net_gwh": None if share is None else share * gross,
        "gain_net_gwh": None if share is None or gain is None else share * gain,
        "losses": stated,
        "not_stated": [name for name in problem.config.losses.model_dump() if name not in stated],
        "sampled": not final.get("whole_rose", True),
    }


def _before_and_after(
    of: Any, problem: LayoutProblem, final: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "before": None if before is None else of(problem, np.array(before["layout"])),
        "after": of(problem, np.array(final["layout"])),
    }


def _spacing(problem: LayoutProblem, layout: FloatArray) -> dict[str, Any] | None:
    close = closeness(problem, layout)
    if close is None:
        return None
    counts = {f"within_{distance:g}d": close.within(distance) for distance in CLOSE_D}
    return {"least_d": close.least_d, **counts}


def _turbulence(problem: LayoutProblem, layout: FloatArray) -> dict[str, Any]:
    one = effective_turbulence(problem, layout, problem.config.report.woehler_exponent)
    return {
        "ambient": one.ambient,
        "mean": one.mean,
        "largest": one.largest,
        "mean_neighbours": float(one.neighbours.mean()),
    }


def rows_of(physical: Mapping[str, Any]) -> list[PhysicalRow]:
    """Return the table of `physical.csv` from the content of `summary.json`."""
    yields, spacing, air = physical["yield"], physical["spacing"], physical["turbulence"]
    rows = []
    for word in ("gross", "net"):
        after, gain = yields[f"aep_{word}_gwh"], yields[f"gain_{word}_gwh"]
        before = None if after is None or gain is None else after - gain
        rows.append(PhysicalRow(f"AEP, {word}", "GWh", before, after))
    for key, name, unit in (
        ("least_d", "least spacing", "rotor diameters"),
        *((f"within_{d:g}d", f"turbines within {d:g} D of another", "turbines") for d in CLOSE_D),
    ):
        rows.append(PhysicalRow(name, unit, *_pair(spacing, key)))
    for key, name in (("mean", "mean"), ("largest", "largest")):
        rows.append(PhysicalRow(f"effective turbulence, {name}", "-", *_pair(air, key)))
    return rows


def _pair(told: Mapping[str, Any], key: str) -> tuple[float | None, float | None]:
    before, after = ((told[when] or {}).get(key) for when in ("before", "after"))
    return before, after


def write_physical(path: Path, rows: list[PhysicalRow]) -> None:
    """Write the table; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PhysicalRow._fields)
    writer.writerows(
        [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row] for row in rows
    )
    write_text(path, text.getvalue())


def read_physical(path: Path) -> list[PhysicalRow]:
    """Read what `write_physical` wrote."""
    return [
        PhysicalRow(
            row["quantity"],
            row["unit"],
            *(float(row[when]) if row[when] else None for when in ("before", "after")),
        )
        for row in csv.DictReader(io.StringIO(read_text(path)))
    ]
