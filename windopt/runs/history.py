"""The anytime curve of a run: what was found, when, at what cost."""

from typing import Any, NamedTuple

import numpy as np

from windopt.assessment.worth import Curve
from windopt.ledger.totals import Totals
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY, Measure
from windopt.runs.folder import RunFolder
from windopt.runs.history_table import HISTORY_COLUMNS, VALUE_COLUMNS, Columns
from windopt.runs.kept_layouts import KeptLayouts
from windopt.search.solution import FoundBy


class Value(NamedTuple):
    """What a layout comes to by what is maximised.

    Attributes
    ----------
    measure : Measure
    predicted, verified : float [unit of the measure]
        By the surrogate, and by FLORIS where it is known.
    """

    measure: Measure
    predicted: float
    verified: float = float("nan")

    @property
    def cells(self) -> dict[str, float]:
        """Its cells in the history."""
        predicted = {self.measure.of("predicted"): self.predicted / self.measure.per}
        return predicted | self.measure.told(self.verified)


class History:
    """`history.csv` as it grows: one row per improvement, one per verified layout.

    Beside it `history_layouts.csv` keeps the layouts of the improvements; an animation of what was
    there before is removed.

    Parameters
    ----------
    folder : RunFolder
    go_on : bool
        Append to the file that is there, instead of beginning a new one.
    """

    def __init__(self, folder: RunFolder, go_on: bool) -> None:
        self.folder = folder
        self.columns: dict[str, list[Any]] = {name: [] for name in HISTORY_COLUMNS}
        if go_on:
            self.columns = {k: v.tolist() for k, v in folder.read_history().items()}
        self.layouts = KeptLayouts(folder.history_layouts, go_on)
        folder.animation.unlink(missing_ok=True)

    def add(
        self,
        totals: Totals,
        start: str,
        predicted_gwh: float,
        found_by: FoundBy,
        aep_gwh: float = float("nan"),
        feasible: bool = True,
        layout: FloatArray | None = None,
        value: Value | None = None,
    ) -> None:
        """Append a row and write the file.

        Parameters
        ----------
        totals : Totals
            The ledger's at this moment.
        start : str
            Where the layout came from.
        found_by : FoundBy
            Which part of the run found it.
        predicted_gwh, aep_gwh : float
            AEP by the surrogate, and by FLORIS where it is known.
        feasible : bool
            Whether the layout keeps boundaries and spacing.
        layout : (n_turbines, 2) [m]
            To be kept where it is much better than the last one kept.
        value : Value, optional
            By what is maximised, where that is not the AEP.
        """
        cells = {
            "wall_s": totals.wall_s,
            "cpu_s": totals.cpu_s,
            "energy_wh": totals.energy_wh["central"],
            "start": start,
            "aep_predicted_gwh": predicted_gwh,
            "aep_gwh": aep_gwh,
            "feasible": feasible,
            "found_by": found_by,
        }
        if value is not None and value.measure != ENERGY:
            cells |= value.cells
        rows = len(self.columns["start"])
        for name in cells:  # a search begun before there were such columns goes on
            self.columns.setdefault(name, [float("nan") if name in VALUE_COLUMNS else ""] * rows)
        for name, cell in cells.items():
            self.columns[name].append(cell)
        self.folder.write_history(self.columns)
        if layout is not None:
            worth = predicted_gwh if value is None else value.predicted / value.measure.per
            self.layouts.offer(len(self.columns["start"]) - 1, worth, layout)


def energy_curve(columns: Columns | None) -> Curve | None:
    """Return what the search found with what energy, predicted; None where it left no history."""
    if columns is None:
        return None
    names = ("energy_wh", "aep_gwh", "aep_predicted_gwh")
    rows = {name: np.asarray(columns[name], float) for name in names}  # what is None becomes nan
    searched = np.isnan(rows["aep_gwh"]) & ~np.isnan(rows["energy_wh"])
    return Curve.of(rows["energy_wh"][searched], 1e9 * rows["aep_predicted_gwh"][searched])
