"""The run folder: one file per artefact, each written whole or not at all.

Stages find their input and leave their output here, so a run can be resumed, inspected and
reported at any point. Every file is written beside its final name and moved into place: a run
that is killed leaves the previous artefact or none, never half of one.
"""

import csv
import io
import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windopt.atomic import write_text as write_text  # for all that write artefacts
from windopt.errors import RunFolderError
from windopt.problem.measure import REVENUE

HISTORY_COLUMNS = (
    "wall_s",
    "cpu_s",
    "energy_wh",
    "start",
    "aep_predicted_gwh",
    "aep_gwh",
    "feasible",
)
VALUE_COLUMNS = (REVENUE.of("predicted"), REVENUE.key)
"""Beside them where something else than the AEP is maximised [its unit]."""
MORE_COLUMNS = ("found_by", *VALUE_COLUMNS)
"""Those that not every history has: those of earlier versions have none."""
NAMES = ("start", "found_by")
"""Columns that hold names; the others are numbers."""


class _Artefact:
    """An artefact's path inside the run folder that it is read from."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, folder: "RunFolder", owner: type["RunFolder"]) -> Path:
        return folder.path / self.name


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps its artefacts: each attribute below is the path of one.

    Attributes
    ----------
    path : Path
        The folder; it need not exist until something is written (see `create`).
    """

    path: Path

    config = _Artefact("config.yaml")
    warm_start = _Artefact("warm_start.csv")
    dataset = _Artefact("dataset.nc")
    states = _Artefact("floris.parts")
    surrogate = _Artefact("surrogate")
    search = _Artefact("search.json")
    solution = _Artefact("solution.json")
    sizing = _Artefact("turbine_count.json")
    turbine_count = _Artefact("turbine_count.csv")
    history = _Artefact("history.csv")
    history_layouts = _Artefact("history_layouts.csv")
    learning = _Artefact("learning.json")
    verification = _Artefact("verification.json")
    baselines = _Artefact("baselines.json")
    baseline_layouts = _Artefact("baselines")
    robustness = _Artefact("robustness.json")
    what_if = _Artefact("what_if.json")
    layout = _Artefact("layout.csv")
    layout_initial = _Artefact("layout_initial.csv")
    layout_grid = _Artefact("layout_grid.csv")
    layout_windio = _Artefact("layout.windio.yaml")
    layout_floris = _Artefact("layout.floris.yaml")
    wind_floris = _Artefact("layout.floris_wind.csv")
    layout_geojson = _Artefact("layout.geojson")
    site_geojson = _Artefact("site.geojson")
    curve = _Artefact("pareto.csv")
    curve_layouts = _Artefact("pareto")
    ledger = _Artefact("ledger.jsonl")
    summary = _Artefact("summary.json")
    assessment = _Artefact("assessment.md")
    figures = _Artefact("figures")
    animation = _Artefact("figures/search.gif")
    report = _Artefact("report.html")

    @staticmethod
    def make(path: Path) -> None:
        """Make a folder that is not there yet, with its parents.

        Raises
        ------
        FileExistsError
            When there is something already.
        RunFolderError
            When it cannot be made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError:
            raise
        except OSError as error:
            raise RunFolderError(
                f"run folder '{path}' cannot be written: {error.strerror or error}; "
                "choose another with --out"
            ) from error

    @classmethod
    def create(cls, path: Path | str, known_by: str | None = "config.yaml") -> Self:
        """Make the folder with its parents and prove, before a joule is spent, that it takes files.

        Parameters
        ----------
        path : path
        known_by : str or None
            What is in every folder of the kind; one without it has to be empty. None takes any.

        Raises
        ------
        RunFolderError
            When it cannot be made or written to, or holds what is of no run.
        """
        folder = cls(Path(path))
        try:
            with suppress(FileExistsError):
                cls.make(folder.path)
            with tempfile.TemporaryFile(dir=folder.path):
                pass
        except OSError as error:
            raise RunFolderError(
                f"run folder '{folder.path}' cannot be written: {error.strerror or error}; "
                "choose another with --out"
            ) from error
        strange = sorted(file.name for file in folder.path.iterdir() if file.name[0] != ".")
        if strange and known_by is not None and known_by not in strange:
            raise RunFolderError(
                f"folder '{folder.path}' has no {known_by}, and is not empty: it holds "
                f"{strange[0]!r}; choose another with --out"
            )
        return folder

    def read_summary(self) -> dict[str, Any]:
        """Read the keys of `summary.json`; FLORIS's figures, never the surrogate's."""
        return self.read_json(self.summary)

    def read_verification(self) -> dict[str, Any]:
        """Read FLORIS's account of the initial, the grid and the final layout."""
        verdict = self.read_json(self.verification)
        if not isinstance(verdict.get("layouts"), dict) or "final" not in verdict["layouts"]:
            raise RunFolderError(
                f"'{self.verification}' holds no judgement of a final layout; delete it and run "
                f"`windopt run --resume {self.path}`"
            )
        return verdict

    def read_history(self) -> dict[str, NDArray[Any]]:
        """Read the anytime curve.

        Returns
        -------
        columns : each of `HISTORY_COLUMNS`, and of `MORE_COLUMNS` those that there are,
            (n_rows,); `NAMES` hold names, the others numbers: a missing value is NaN, `feasible`
            0 or 1
        """
        table = csv.DictReader(io.StringIO(self.read_text(self.history)))
        rows, there = list(table), table.fieldnames or ()
        try:
            return {
                name: np.array([row[name] if name in NAMES else _number(row[name]) for row in rows])
                for name in (*HISTORY_COLUMNS, *(n for n in MORE_COLUMNS if n in there))
            }
        except (KeyError, ValueError) as error:
            raise RunFolderError(
                f"'{self.history}' is not a history: {error}; run `windopt optimise` again"
            ) from error

    def write_history(self, columns: Mapping[str, ArrayLike]) -> None:
        """Write the anytime curve; `columns` as `read_history` returns them."""
        names = (*HISTORY_COLUMNS, *(name for name in MORE_COLUMNS if name in columns))
        table = [np.asarray(columns[name]).tolist() for name in names]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in zip(*table, strict=True))
        write_text(self.history, text.getvalue())

    def read_text(self, path: Path) -> str:
        """Read an artefact that is text, such as `self.config`."""
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RunFolderError(
                f"run folder '{self.path}' has no readable {path.name}: "
                f"{getattr(error, 'strerror', None) or error}; run the stage that writes it first"
            ) from error

    def read_json(self, path: Path) -> dict[str, Any]:
        """Read an artefact that is a JSON object, such as `self.solution`."""
        try:
            content = json.loads(self.read_text(path))
        except (ValueError, RecursionError) as error:
            raise RunFolderError(
                f"'{path}' is not valid JSON: {error}; delete it and run its stage again"
            ) from error
        if not isinstance(content, dict):
            raise RunFolderError(
                f"'{path}' holds a {type(content).__name__}, not what windopt has written there; "
                "delete it and run its stage again"
            )
        return content


def finished_runs(results: Path | str) -> Iterator[RunFolder]:
    """Yield the run folders directly below `results` that hold a summary, newest first."""
    summaries = Path(results).glob("*/summary.json")
    for summary in sorted(summaries, key=lambda file: file.stat().st_mtime, reverse=True):
        yield RunFolder(summary.parent)


def write_json(path: Path, content: Mapping[str, Any], indent: int | None = 2) -> None:
    """Write a JSON file whole or not at all; numpy values become plain, NaN and infinity null."""
    write_text(path, json.dumps(_plain(content), indent=indent, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON knows neither, and other readers stop at Python's own spelling
    return str(value) if isinstance(value, Path) else value


def _number(cell: str | None) -> float:
    words = {"": math.nan, "true": 1.0, "false": 0.0}
    word = (cell or "").strip().lower()
    return words[word] if word in words else float(word)


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value
