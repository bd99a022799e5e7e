"""The curve of AEP against regularity as files: a table, and a layout for each weight."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windopt.atomic import write_text
from windopt.problem.layout import IntArray, write_layout_csv
from windopt.verification.evaluated import EvaluatedLayout


@dataclass(frozen=True, eq=False)
class VerifiedPoint:
    """The layout of one weight of regularity.

    Attributes
    ----------
    regularity : float [% of AEP per D]
    departure_d : float [D]
    aep_predicted : float [Wh]
    evaluated : EvaluatedLayout
    """

    regularity: float
    departure_d: float
    aep_predicted: float
    evaluated: EvaluatedLayout

    @property
    def row(self) -> dict[str, Any]:
        """Its row of `pareto.csv`."""
        return {
            "regularity": self.regularity,
            "departure_d": self.departure_d,
            "aep_predicted_gwh": self.aep_predicted / 1e9,
            "aep_gwh": self.evaluated.aep / 1e9,
            "feasible": self.evaluated.feasibility.feasible,
        }


def write_curve(
    table: Path, layouts: Path, curve: Sequence[VerifiedPoint], types: IntArray | None = None
) -> None:
    """Write `pareto.csv`, and for each weight `pareto/regularity_WEIGHT.csv`.

    Parameters
    ----------
    table, layouts : path
        The file, and the folder.
    types : (n_turbines,)
        The turbines' types, where there are several.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(curve[0].row), lineterminator="\n")
    writer.writeheader()
    writer.writerows(point.row for point in curve)
    write_text(table, text.getvalue())
    layouts.mkdir(exist_ok=True)
    for point in curve:
        path = layouts / f"regularity_{point.regularity:g}.csv"
        write_layout_csv(path, point.evaluated.layout, types)
