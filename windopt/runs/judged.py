"""`assess.json`: what `windopt assess` has searched so far, and what its judges say.

It is written after every search and every judge, so that what is interrupted goes on from there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from windopt.ledger.energy import EnergyWh
from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, write_json

ON_ITS_WAY = ", look "
"""Between a search and the number of a look at it, in the name of what it had by then."""


@dataclass(frozen=True, eq=False)
class Searched:
    """What a search of the assessment has found.

    Attributes
    ----------
    name : str
        Of the layout: that of the search, and of its seed (`named`).
    seed : int
    cpu_s : float [CPU-s]
    energy_wh : EnergyWh
        That the search took.
    status : {"converged", "budget"}
        Why it ended.
    layout : (n_turbines, 2) [m]
    """

    name: str
    seed: int
    cpu_s: float
    energy_wh: EnergyWh
    status: str
    layout: FloatArray


@dataclass(frozen=True)
class Judged:
    """What several wake models say of layouts.

    Attributes
    ----------
    codes : mapping of str to str
        By wake model: the code that it belongs to.
    aep_gwh : mapping of str to mapping of str to float [GWh]
        By wake model and layout.
    error_gwh : mapping of str to mapping of str to mapping of str to float [GWh]
        By wake model and two layouts: standard error of the difference of their AEP. One that is
        not there is 0, as on the whole rose.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    aep_gwh: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    error_gwh: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    def models(self, layouts: Iterable[str]) -> list[str]:
        """Return the wake models that have judged all of some layouts."""
        wanted = set(layouts)
        return [model for model, said in self.aep_gwh.items() if wanted <= said.keys()]

    def under_most(self, layouts: Iterable[str], always: Collection[str]) -> list[str]:
        """Return those layouts that all wake models have judged which have judged `always`."""
        models = self.models(always)
        return [name for name in layouts if all(name in self.aep_gwh[model] for model in models)]

    def difference(self, model: str, layout: str, other: str) -> float:
        """Return how much more a layout yields than another under a wake model [GWh]."""
        return self.aep_gwh[model][layout] - self.aep_gwh[model][other]

    def error(self, model: str, layout: str, other: str) -> float:
        """Return the standard error of that difference [GWh]."""
        of = self.error_gwh.get(model, {})
        return of.get(layout, {}).get(other) or of.get(other, {}).get(layout) or 0.0

    def with_model(self, model: str, more: "Judged") -> "Judged":
        """Return what is known with what one more wake model says."""
        return Judged(
            {**self.codes, model: more.codes[model]},
            {**self.aep_gwh, model: more.aep_gwh[model]},
            {**self.error_gwh, model: more.error_gwh.get(model, {})},
        )


@dataclass(frozen=True)
class Asked:
    """What the assessment has done so far.

    Attributes
    ----------
    searches : tuple of Searched
    judged : Judged
    refused : mapping of str to str
        Wake models of the panel that could not judge, and why.
    """

    searches: tuple[Searched, ...] = ()
    judged: Judged = field(default_factory=Judged)
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def layouts(self) -> dict[str, FloatArray]:
        """Layouts found, by name."""
        return {one.name: one.layout for one in self.searches}

    def with_search(self, one: Searched) -> "Asked":
        """Return what is done with one more search: nobody has judged what it found."""
        return replace(self, searches=(*self.searches, one), judged=Judged())


def named(search: str, seed: int, own_seed: int) -> str:
    """Return the name of what a search found with a seed; the run's own seed is not named."""
    return search if seed == own_seed else f"{search} seed {seed}"


def look_name(search: str, number: int) -> str:
    """Return the name of what the search of the run's own seed had found on its way."""
    return f"{search}{ON_ITS_WAY}{number + 1}"


def seeds_of(own_seed: int, count: int) -> list[int]:
    """Return the seeds of an assessment: the run's own, and the first others from 0."""
    others = [seed for seed in range(count + 1) if seed != own_seed]
    return [own_seed, *others[: count - 1]]


def read_asked(path: Path) -> Asked:
    """Read what `write_asked` wrote."""
    content = read_json(path)
    searches = tuple(
        Searched(**{**one, "layout": np.array(one["layout"])}) for one in content["searches"]
    )
    return Asked(searches, Judged(**content["judged"]), content["refused"])


def write_asked(path: Path, content: Asked) -> None:
    """Write what the assessment has done so far."""
    write_json(path, asdict(content))
