"""`solution.json`: what a search has found, all starts with it.

The history stays in `history.csv`. What a search comes to is imported where it is used: who only
asks a run folder for its paths need not spend the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windopt.problem.measure import ENERGY, REVENUE, ROBUST, Measure
from windopt.runs.json_file import read_json, write_json

if TYPE_CHECKING:
    from windopt.problem.lattice import Lattice
    from windopt.search.solution import Origin, Solution

LEARNING_ROUNDS = "learning_rounds"


@dataclass(frozen=True, eq=False)
class KeptSolution:
    """A solution, and what the surrogate knew when it was found.

    Attributes
    ----------
    solution : Solution
    learning_rounds : int
        Active-learning rounds that the surrogate had had since its training.
    measure : Measure
        What was maximised; the file names the solution's values by it.
    """

    solution: Solution
    learning_rounds: int = 0
    measure: Measure = ENERGY


def read_solution(path: Path) -> KeptSolution:
    """Read what `write_solution` wrote."""
    return kept_solution(read_json(path))


def write_solution(path: Path, kept: KeptSolution) -> None:
    """Write what a search found."""
    write_json(path, solution_content(kept))


def kept_solution(content: Mapping[str, Any]) -> KeptSolution:
    """Return what `solution_content` made a mapping of."""
    known = (one for one in (REVENUE, ROBUST) if one.of("predicted") in content)
    measure = next(known, ENERGY)
    rounds = int(content.get(LEARNING_ROUNDS, 0))
    return KeptSolution(_solution(content, measure), rounds, measure)


def solution_content(kept: KeptSolution) -> dict[str, Any]:
    """Return a solution as a JSON file holds it."""
    solution, measure = kept.solution, kept.measure
    return {
        "status": solution.status,
        "reason": solution.reason,
        **origin_content(solution.origin),
        LEARNING_ROUNDS: kept.learning_rounds,
        measure.of("predicted"): solution.aep_predicted / measure.per,
        "layout": solution.layout,
        "grid": solution.grid,
        "lattice": None if solution.lattice is None else lattice_content(solution.lattice),
        "curve": [
            {
                "regularity": point.regularity,
                "aep_gwh": point.aep / 1e9,
                "departure_d": point.departure_d,
                "wake_free_aep_gwh": point.wake_free_aep / 1e9,
                "lattice": lattice_content(point.lattice),
                "layout": point.layout,
            }
            for point in solution.curve
        ],
        "starts": [
            {
                "name": start.name,
                "status": start.status,
                measure.of("start"): start.aep_start / measure.per,
                measure.of("best"): start.aep_best / measure.per,
                "layout": start.layout,
            }
            for start in solution.starts
        ],
    }


def origin_content(origin: Origin | None) -> dict[str, Any]:
    """Return which part of the run found a layout, and from which start with what gains."""
    if origin is None:
        return {"found_by": None, "origin": None}
    return {"found_by": origin.found_by, "origin": vars(origin)}


def read_origin(content: Mapping[str, Any]) -> Origin | None:
    """Return what `origin_content` made a mapping of; None where nobody knows."""
    from windopt.search.solution import Origin

    return None if content.get("origin") is None else Origin(**content["origin"])


def lattice_content(lattice: Lattice) -> dict[str, Any]:
    """Return a lattice as a JSON file holds it."""
    return {"origin_m": lattice.origin, "cell_m": lattice.cell}


def _solution(content: Mapping[str, Any], measure: Measure) -> Solution:
    from windopt.problem.regularity import RegularLayout
    from windopt.search.solution import Solution, StartResult

    return Solution(
        layout=np.array(content["layout"]),
        aep_predicted=content[measure.of("predicted")] * measure.per,
        status=content["status"],
        history=(),
        starts=tuple(
            StartResult(
                s["name"],
                np.array(s["layout"]),
                s[measure.of("start")] * measure.per,
                s[measure.of("best")] * measure.per,
                s.get("status", ""),
            )
            for s in content["starts"]
        ),
        grid=None if content["grid"] is None else np.array(content["grid"]),
        reason=content.get("reason", ""),
        origin=read_origin(content),
        lattice=None if content.get("lattice") is None else _lattice(content["lattice"]),
        curve=tuple(
            RegularLayout(
                p["regularity"],
                np.array(p["layout"]),
                p["aep_gwh"] * 1e9,
                p["departure_d"],
                _lattice(p["lattice"]),
                p["wake_free_aep_gwh"] * 1e9,
            )
            for p in content.get("curve", [])
        ),
    )


def _lattice(content: Mapping[str, Any]) -> Lattice:
    from windopt.problem.lattice import Lattice

    return Lattice(np.array(content["origin_m"]), np.array(content["cell_m"]))
