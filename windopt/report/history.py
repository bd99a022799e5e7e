"""The anytime curve of a run: what was found, when, at what cost."""

from typing import Any

from windopt.ledger import Totals
from windopt.report.run_folder import HISTORY_COLUMNS, RunFolder


class History:
    """`history.csv` as it grows: one row per improvement, one per verified layout.

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

    @property
    def best_predicted_gwh(self) -> float:
        """The highest AEP predicted so far."""
        return float(max(self.columns["aep_predicted_gwh"], default=0.0))

    def add(
        self,
        totals: Totals,
        start: str,
        predicted_gwh: float,
        aep_gwh: float = float("nan"),
        feasible: bool = True,
    ) -> None:
        """Append a row and write the file.

        Parameters
        ----------
        totals : the ledger's at this moment
        start : where the layout came from
        predicted_gwh, aep_gwh : AEP by the surrogate, and by FLORIS where it is known
        feasible : whether the layout keeps boundaries and spacing
        """
        cells = {
            "wall_s": totals.wall_s,
            "cpu_s": totals.cpu_s,
            "energy_wh": totals.energy_wh["central"],
            "start": start,
            "aep_predicted_gwh": predicted_gwh,
            "aep_gwh": aep_gwh,
            "feasible": feasible,
        }
        for name, cell in cells.items():
            self.columns[name].append(cell)
        self.folder.write_history(self.columns)
