"""The layouts behind `history.csv`, kept so that the search can be shown later."""

import csv
import os
from pathlib import Path

import numpy as np

from windopt.errors import RunFolderError
from windopt.problem.layout import FloatArray, IntArray
from windopt.runs.json_file import read_text

COLUMNS = ("row", "turbine", "x", "y")
LEAST_GAIN = 1e-5
"""Share of what is maximised by which a layout has to better the last one kept."""
DOUBLING = 50
"""So many layouts kept double that share: a few hundred are enough for any search."""


class KeptLayouts:
    """`history_layouts.csv` as it grows: the layouts of the improvements that matter.

    Each is appended in one piece, so a run that is killed loses one layout at most.

    Parameters
    ----------
    path : path
        Of the file.
    go_on : bool
        Append to the file that is there, instead of beginning a new one.
    """

    def __init__(self, path: Path, go_on: bool) -> None:
        self.path = path
        self.kept, self.value = 0, 0.0
        self.left_out: tuple[int, FloatArray] | None = None
        if not go_on:
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            self._mend()

    def offer(self, row: int, value: float, layout: FloatArray) -> None:
        """Keep a layout (n_turbines, 2) [m], the `row`-th of the history, if it is so much better.

        `value` is by what is maximised, in any unit. The first layout of
        a search that carries an earlier one on is always kept.
        """
        needed = LEAST_GAIN * 2.0 ** (self.kept // DOUBLING)
        if value > (1.0 + needed) * self.value:
            self._append(row, layout)
            self.value, self.left_out = value, None
        else:
            self.left_out = row, layout

    def finish(self) -> None:
        """Keep the last improvement, however small it was."""
        if self.left_out is not None:
            self._append(*self.left_out)
            self.left_out = None

    def _append(self, row: int, layout: FloatArray) -> None:
        lines = [f"{row},{i},{x:.2f},{y:.2f}\n" for i, (x, y) in enumerate(layout.tolist())]
        if not self.path.exists():
            lines.insert(0, ",".join(COLUMNS) + "\n")
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("".join(lines))
        except OSError as error:
            raise RunFolderError(
                f"'{self.path}' cannot be written: {error.strerror or error}; free some space"
            ) from error
        self.kept += 1

    def _mend(self) -> None:
        """Cut off the line in whose midst a run was killed, and count what is there."""
        text = self.path.read_bytes()
        os.truncate(self.path, text.rfind(b"\n") + 1)
        self.kept = len({line.split(b",")[0] for line in text.splitlines()[1:]})


def read_kept_layouts(path: Path, n_turbines: int) -> tuple[IntArray, FloatArray]:
    """Read the layouts that a search has kept; those that are not whole are left out.

    Parameters
    ----------
    path : path
        Of the file.
    n_turbines : int

    Returns
    -------
    rows : (n_layouts,)
        Numbers of their rows in the history, from 0.
    layouts : (n_layouts, n_turbines, 2) [m]

    Raises
    ------
    RunFolderError
        When there are none.
    """
    blocks: dict[int, list[tuple[float, float]]] = {}
    if path.exists():
        for cells in csv.reader(read_text(path).splitlines()[1:]):
            try:
                row, _, x, y = cells
                blocks.setdefault(int(row), []).append((float(x), float(y)))
            except ValueError:
                continue  # the line in whose midst a run was killed
    whole = {row: block for row, block in blocks.items() if len(block) == n_turbines}
    if not whole:
        raise RunFolderError(
            f"run folder '{path.parent}' has kept no layouts of its search "
            f"({path.name}); `windopt optimise {path.parent}` searches again "
            "and keeps them"
        )
    return np.array(list(whole), dtype=np.intp), np.array(list(whole.values()))
