"""`single.json`: of a robust run, what was found under single wake models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, write_json
from windopt.runs.solution import KeptSolution, kept_solution, solution_content

if TYPE_CHECKING:
    from windopt.search.solution import Solution


@dataclass(frozen=True, eq=False)
class SingleLayouts:
    """What was found under single wake models.

    Attributes
    ----------
    own : str
        The wake model that the config's `wake` names.
    solution : Solution
        What the search under it found, all starts with it.
    layouts : mapping of str to (n_turbines, 2) [m]
        The best layout by wake model: of `own`, and where regret is minimised of all.
    """

    own: str
    solution: Solution
    layouts: Mapping[str, FloatArray]

    @property
    def layout(self) -> FloatArray:
        """That found under the wake model which the config's `wake` names (n_turbines, 2) [m]."""
        return self.solution.layout


def read_single(path: Path) -> SingleLayouts:
    """Read what `write_single` wrote."""
    content = read_json(path)
    layouts = {name: np.array(layout) for name, layout in content["layouts"].items()}
    return SingleLayouts(content["own"], kept_solution(content["solution"]).solution, layouts)


def write_single(path: Path, content: SingleLayouts) -> None:
    """Write what was found."""
    solution = solution_content(KeptSolution(content.solution))
    write_json(path, {"own": content.own, "layouts": content.layouts, "solution": solution})
