"""Mean gain against its spread over wake models: `robust_pareto.csv`, and the layouts behind it.

A layout is one of the *pareto front* where no other has both a higher mean and a smaller spread.
For each weight k the layout with the highest mean - k * spread is taken of all that FLORIS has
judged, whichever weight it was searched for. So mean and spread both fall, or stay, as k rises:
were it otherwise, two weights could change layouts and one of them would gain.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from windopt.atomic import write_text
from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, read_text, write_json

GAIN = re.compile(r"gain_(?!p90)(\w+?)(_error)?_pct")
"""The columns of single wake models."""


@dataclass(frozen=True)
class ParetoRow:
    """A layout that FLORIS has judged under every wake model.

    Attributes
    ----------
    k : float or None
        For which weight of the spread it is the best; None of those that are no weight's.
    layout : str
        Its name: "final" is the answer, others as of `robust.json`, or what they were searched for.
    mean_gain_pct, mean_gain_error_pct : float [%]
        Over the reference, and its standard error; 0 on the whole rose.
    spread_gain_pct : float [%]
        Standard deviation of the gain over the wake models.
    gain_p90_pct : float [%]
        Exceeded with a probability of 90 %.
    aep_gwh, aep_error_gwh : float [GWh]
        Under the wake model of the config's `wake`, and its standard error.
    gains_pct, gain_errors_pct : mapping of str to float [%]
        By wake model.
    sampled : bool
        Whether FLORIS's figures are of a sample of the rose.
    conditions : int
        Wind conditions that FLORIS has simulated under each wake model.
    feasible : bool
    dominated : bool
        Whether another layout has no less mean and no more spread, and one of them better.
    """

    k: float | None
    layout: str
    mean_gain_pct: float
    mean_gain_error_pct: float
    spread_gain_pct: float
    gain_p90_pct: float
    aep_gwh: float
    aep_error_gwh: float
    gains_pct: Mapping[str, float] = field(default_factory=dict)
    gain_errors_pct: Mapping[str, float] = field(default_factory=dict)
    sampled: bool = False
    conditions: int = 0
    feasible: bool = True
    dominated: bool = False

    def score(self, k: float) -> float:
        """Return mean - k * spread [%]."""
        return self.mean_gain_pct - k * self.spread_gain_pct

    def beats(self, other: "ParetoRow") -> bool:
        """Return whether it is as good in mean and spread, and better in one of them."""
        ours = self.mean_gain_pct, -self.spread_gain_pct
        theirs = other.mean_gain_pct, -other.spread_gain_pct
        return ours != theirs and ours[0] >= theirs[0] and ours[1] >= theirs[1]

    @property
    def cells(self) -> dict[str, Any]:
        """Its row of `robust_pareto.csv`."""
        own = dict(vars(self))
        gains, errors = own.pop("gains_pct"), own.pop("gain_errors_pct")
        own["k"] = "" if self.k is None else f"{self.k:g}"
        told = {
            key: value
            for model, gain in gains.items()
            for key, value in (
                (f"gain_{model}_pct", gain),
                (f"gain_{model}_error_pct", errors[model]),
            )
        }
        last = {name: own.pop(name) for name in ("sampled", "conditions", "feasible", "dominated")}
        return own | told | last


def chosen_for(rows: Iterable[ParetoRow], k: float) -> ParetoRow:
    """Return the feasible layout with the highest mean - k * spread; of equals the surer one."""
    feasible = (one for one in rows if one.feasible)
    return max(feasible, key=lambda one: (one.score(k), -one.spread_gain_pct))


def pareto_table(judged: Sequence[ParetoRow], weights: Iterable[float]) -> list[ParetoRow]:
    """Return the best layout of each weight k, in order, then the layouts that are no weight's.

    Parameters
    ----------
    judged : sequence of ParetoRow
        All that FLORIS has judged, with no weight yet.
    weights : iterable of float
        The ks.
    """
    feasible = [one for one in judged if one.feasible]
    marked = [replace(one, dominated=any(other.beats(one) for other in feasible)) for one in judged]
    best = [replace(chosen_for(marked, k), k=k) for k in sorted(weights)]
    taken = {one.layout for one in best}
    return best + [one for one in marked if one.layout not in taken]


def write_robust_pareto(path: Path, rows: Sequence[ParetoRow]) -> None:
    """Write `robust_pareto.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0].cells), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.cells for row in rows)
    write_text(path, text.getvalue())


def read_robust_pareto(path: Path) -> list[ParetoRow]:
    """Read what `write_robust_pareto` wrote."""
    return [_row(cells) for cells in csv.DictReader(io.StringIO(read_text(path)))]


def _row(cells: Mapping[str, str]) -> ParetoRow:
    of_models = {key: found for key in cells if (found := GAIN.fullmatch(key))}
    gains = {one[1]: float(cells[key]) for key, one in of_models.items() if not one[2]}
    errors = {one[1]: float(cells[key]) for key, one in of_models.items() if one[2]}
    return ParetoRow(
        k=float(cells["k"]) if cells["k"] else None,
        layout=cells["layout"],
        mean_gain_pct=float(cells["mean_gain_pct"]),
        mean_gain_error_pct=float(cells["mean_gain_error_pct"]),
        spread_gain_pct=float(cells["spread_gain_pct"]),
        gain_p90_pct=float(cells["gain_p90_pct"]),
        aep_gwh=float(cells["aep_gwh"]),
        aep_error_gwh=float(cells["aep_error_gwh"]),
        gains_pct=gains,
        gain_errors_pct=errors,
        sampled=cells["sampled"] == "True",
        conditions=int(cells["conditions"]),
        feasible=cells["feasible"] == "True",
        dominated=cells["dominated"] == "True",
    )


@dataclass(frozen=True, eq=False)
class FoundForSpread:
    """The layouts found for weights of the spread, on the kernels.

    Attributes
    ----------
    layouts : mapping of float to (n_turbines, 2) [m]
        By k.
    """

    layouts: Mapping[float, FloatArray]

    @property
    def by_name(self) -> dict[str, FloatArray]:
        """The layouts by what they were searched for."""
        return {searched_for(k): layout for k, layout in self.layouts.items()}


def searched_for(k: float) -> str:
    """Return what a layout is called that was searched for a weight of the spread."""
    return f"mean - {k:g}*std"


def read_found_for_spread(path: Path) -> FoundForSpread:
    """Read what `write_found_for_spread` wrote."""
    content = read_json(path)["layouts"]
    return FoundForSpread({float(one["k"]): np.array(one["layout"]) for one in content})


def write_found_for_spread(path: Path, content: FoundForSpread) -> None:
    """Write the layouts."""
    layouts = [{"k": k, "layout": layout} for k, layout in content.layouts.items()]
    write_json(path, {"layouts": layouts})
