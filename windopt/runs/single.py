"""`single.json`: of a robust run, the layouts found under single wake models."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, write_json


@dataclass(frozen=True, eq=False)
class SingleLayouts:
    """The layouts found under single wake models.

    Attributes
    ----------
    own : str
        The wake model that the config's `wake` names.
    layouts : mapping of str to (n_turbines, 2) [m]
        By wake model: of `own`, and where regret is minimised of all.
    grid : (n_turbines, 2) [m] or None
        The best regular grid under `own`.
    """

    own: str
    layouts: Mapping[str, FloatArray]
    grid: FloatArray | None

    @property
    def layout(self) -> FloatArray:
        """That found under the wake model which the config's `wake` names (n_turbines, 2) [m]."""
        return self.layouts[self.own]


def read_single(path: Path) -> SingleLayouts:
    """Read what `write_single` wrote."""
    content = read_json(path)
    layouts = {name: np.array(layout) for name, layout in content["layouts"].items()}
    grid = content["grid"]
    return SingleLayouts(content["own"], layouts, None if grid is None else np.array(grid))


def write_single(path: Path, content: SingleLayouts) -> None:
    """Write the layouts."""
    write_json(path, vars(content))
