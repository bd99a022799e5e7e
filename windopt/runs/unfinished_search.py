"""What a search has found so far, kept in case it is killed: `search.json`."""

from pathlib import Path

import numpy as np

from windopt.errors import RunFolderError
from windopt.floris.simulator import Progress
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.runs.json_file import read_json, write_json
from windopt.search.solution import Improvement, StartResult


class UnfinishedSearch:
    """The best layout that a search has reached from each start that has once led.

    Parameters
    ----------
    path : path
        Of the file.
    fingerprint : str
        Of the surrogate searched on: on another one the layouts count for nothing.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint
        self.share = 0.0
        self._starts: dict[str, dict[str, object]] = {}

    def improved(self, row: Improvement, layout: FloatArray) -> None:
        """Keep a layout (n_turbines, 2) [m], the best so far."""
        self._starts[row.start] = {"aep_wh": row.aep, "layout": layout}
        self._write()

    def watched(self, progress: Progress | None) -> Progress:
        """Return what hears of the share done [0 to 1], and passes it on."""

        def tell(share: float) -> None:
            if share >= self.share + 0.05 and self._starts:
                self.share = share
                self._write()
            if progress is not None:
                progress(share)

        return tell

    def end(self) -> None:
        """Remove the file: the search has its solution."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        content = {"surrogate": self.fingerprint, "share": self.share, "starts": self._starts}
        write_json(self.path, content)


def read_unfinished(
    path: Path, problem: LayoutProblem, fingerprint: str, from_share: float
) -> tuple[StartResult, ...]:
    """Return what a killed search had found, the best first; nothing where that is of no use.

    Parameters
    ----------
    path : path
        Of the file.
    problem : LayoutProblem
    fingerprint : str
        Of the surrogate to search on.
    from_share : float
        Share of its work that it must have done.
    """
    if not path.exists():
        return ()
    try:
        content = read_json(path)
        if content["surrogate"] != fingerprint or content["share"] < from_share:
            return ()
        starts = [
            StartResult(str(name), np.array(one["layout"], dtype=float), aep, aep)
            for name, one in content["starts"].items()
            if (aep := float(one["aep_wh"]))
        ]
    except (RunFolderError, KeyError, TypeError, ValueError, AttributeError):
        return ()  # torn: the search begins anew
    whole = [
        start
        for start in starts
        if start.layout.shape == (problem.n_turbines, 2)
        and np.isfinite(start.layout).all()
        and check_feasibility(problem, start.layout).feasible
    ]
    return tuple(sorted(whole, key=lambda start: -start.aep_best))
