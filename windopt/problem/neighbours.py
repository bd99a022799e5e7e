"""Farms among farms: which neighbours stand in which years, and what a layout yields on average.

A neighbour k is built with probability p_k and runs from one year to another. In year y of one's
own operation a set S of neighbours stands with the probability

    P_y(S) = prod_{k in S} p_k prod_{k not in S} (1 - p_k)    over the k whose years hold y,

and a build-out S has the weight w_S = mean over the years y of P_y(S). What a layout x is worth is
the mean over build-outs, E(x) = sum_S w_S E(x | S). Since the AEP is linear in the powers, the mean
power of each turbine over build-outs is all that a judge has to know. A neighbour that never comes,
or never in these years, is in no build-out and is left out from the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.farm import DifferentiableFarmModel, Farm, FarmModel
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.upwind import Upwind
from windopt.problem.wind_resource import WindResource

MOST_BUILD_OUTS = 64
"""Each costs the search what one farm does."""
MANY = 50
"""Turbines of neighbours from which on a search asks only about those upwind (see `upwind`)."""


@dataclass(frozen=True, eq=False)
class NeighbourFarm:
    """A farm of somebody else that may stand beside the turbines to be placed.

    Attributes
    ----------
    name : str
    layout : (m, 2) [m]
    types : (m,) int
        Indices of the turbines' types.
    first, last : int or None
        Its years of operation; None is for ever.
    probability : float [-]
        That it is built.
    """

    name: str
    layout: FloatArray
    types: IntArray
    first: int | None = None
    last: int | None = None
    probability: float = 1.0

    def runs_in(self, year: int) -> bool:
        """Return whether it runs in a year, if it is built."""
        begun = self.first is None or self.first <= year
        return begun and (self.last is None or year <= self.last)


@dataclass(frozen=True)
class BuildOut:
    """A set of neighbours that stand at the same time.

    Attributes
    ----------
    present : tuple of int
        Indices of the farms.
    weight : float [-]
        Share of the years times probability; those of all build-outs sum to 1.
    """

    present: tuple[int, ...]
    weight: float


def ever_there(farms: Sequence[NeighbourFarm], years: tuple[int, int] | None) -> list[int]:
    """Return which farms may stand in some year of one's own operation (first, last)."""
    return [
        number
        for number, one in enumerate(farms)
        if one.probability > 0 and any(one.runs_in(year) for year in _years(years))
    ]


def build_outs_of(
    farms: Sequence[NeighbourFarm], years: tuple[int, int] | None
) -> tuple[BuildOut, ...]:
    """Return the build-outs of farms, those of the largest weight first.

    Parameters
    ----------
    farms : sequence of NeighbourFarm
    years : (int, int) or None
        First and last year of one's own operation; None asks for no year in particular, and all
        farms run.

    Raises
    ------
    ValueError
        When there are more than `MOST_BUILD_OUTS`.
    """
    weights: dict[tuple[int, ...], float] = {}
    every = _years(years)
    for year in every:
        active = [n for n, one in enumerate(farms) if years is None or one.runs_in(year)]
        open_ones = [n for n in active if 0.0 < farms[n].probability < 1.0]
        if 2 ** len(open_ones) > MOST_BUILD_OUTS:
            raise ValueError(f"{len(open_ones)} of them may come or not in {year}")
        for chosen in product((True, False), repeat=len(open_ones)):
            comes = dict(zip(open_ones, chosen, strict=True))
            present = tuple(n for n in active if comes.get(n, farms[n].probability == 1.0))
            each = [
                farms[n].probability if c else 1 - farms[n].probability for n, c in comes.items()
            ]
            weights[present] = weights.get(present, 0.0) + float(np.prod(each)) / len(every)
    if len(weights) > MOST_BUILD_OUTS:
        raise ValueError(f"years and probabilities make {len(weights)} different sets of farms")
    order = sorted(weights, key=lambda present: (-weights[present], present))
    return tuple(BuildOut(present, weights[present]) for present in order)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The neighbours of a problem, which stand last among its fixed turbines.

    Attributes
    ----------
    farms : tuple of NeighbourFarm
    build_outs : tuple of BuildOut
    """

    farms: tuple[NeighbourFarm, ...]
    build_outs: tuple[BuildOut, ...]

    @property
    def always(self) -> bool:
        """Whether all of them stand all the time."""
        return all(len(one.present) == len(self.farms) for one in self.build_outs)

    @property
    def size(self) -> int:
        """Turbines of all farms."""
        return sum(len(one.layout) for one in self.farms)

    def turbines_of(self, farm: int, everyone: int) -> IntArray:
        """Return a farm's turbines among all of a joined layout (n_turbines + f,)."""
        before = sum(len(one.layout) for one in self.farms[:farm])
        begin = everyone - self.size + before
        return np.arange(begin, begin + len(self.farms[farm].layout))

    def standing(self, present: Sequence[int], everyone: int) -> IntArray:
        """Return who stands in a build-out, neighbours or not, among all of a joined layout."""
        kept = [np.arange(everyone - self.size)]
        kept += [self.turbines_of(farm, everyone) for farm in sorted(present)]
        return np.concatenate(kept)

    def mean(self, power: Callable[[IntArray], FloatArray], everyone: int) -> FloatArray:
        """Return the mean over build-outs of powers (..., n_standing): (..., n_turbines + f).

        Who does not stand has no power.

        Parameters
        ----------
        power : callable
            Of the turbines that stand, whose indices it gets.
        """
        total: FloatArray | None = None
        for one in self.build_outs:
            kept = self.standing(one.present, everyone)
            here = power(kept)
            if total is None:
                total = np.zeros((*here.shape[:-1], everyone))
            total[..., kept] += one.weight * here
        assert total is not None
        return total


@dataclass(frozen=True, eq=False)
class OverBuildOuts(DifferentiableFarmModel):
    """A farm model's mean over the build-outs of neighbours, who stand last in every farm.

    Attributes
    ----------
    model : FarmModel
    neighbourhood : Neighbourhood
    """

    model: FarmModel
    neighbourhood: Neighbourhood

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return every turbine's mean power over build-outs; see `FarmModel`."""
        return self.neighbourhood.mean(
            lambda kept: self._asked.turbine_power(_of(farm, kept), wind), len(farm.types)
        )

    def mean_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the mean power of those that count; see `FarmModel`."""
        total = np.zeros(len(farm.layouts))
        for weight, part, _ in self._parts(farm):
            total = total + weight * self._asked.mean_power(part, wind)
        return total

    def mean_power_gradient(self, farm: Farm, wind: Conditions) -> tuple[FloatArray, FloatArray]:
        """Return the mean power and its gradient; see `DifferentiableFarmModel`."""
        total, gradient = np.zeros(len(farm.layouts)), np.zeros(farm.layouts.shape)
        for weight, part, kept in self._parts(farm):
            mean, slope = self._differentiable.mean_power_gradient(part, wind)
            total = total + weight * mean
            gradient[:, kept] += weight * slope
        return total, gradient

    def place_values(
        self, farm: Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        """Return the mean power with one more turbine; see `DifferentiableFarmModel`."""
        total = np.zeros(len(places))
        for weight, part, _ in self._parts(farm):
            total += weight * self._differentiable.place_values(part, newcomer, places, wind)
        return total

    def rose(self, wind: WindResource, weight: FloatArray) -> Conditions:
        """Return the model's conditions; see `FarmModel`."""
        return self.model.rose(wind, weight)

    def check(self, farm: Farm, wind: Conditions) -> None:
        """Let the model warn of what it is not made for; see `FarmModel`."""
        self.model.check(farm, wind)

    @property
    def _asked(self) -> FarmModel:
        return self.model if self.neighbourhood.size < MANY else Upwind(self.model)

    @property
    def _differentiable(self) -> DifferentiableFarmModel:
        if not isinstance(self._asked, DifferentiableFarmModel):
            raise TypeError(f"{type(self.model).__name__} tells no gradient")
        return self._asked

    def _parts(self, farm: Farm) -> list[tuple[float, Farm, IntArray]]:
        parts = []
        for one in self.neighbourhood.build_outs:
            kept = self.neighbourhood.standing(one.present, len(farm.types))
            parts.append((one.weight, _of(farm, kept), kept))
        return parts


def over_build_outs(model: FarmModel, neighbourhood: Neighbourhood | None) -> FarmModel:
    """Return a model's mean over build-outs; the model itself where that is the same."""
    if neighbourhood is None or (neighbourhood.always and neighbourhood.size < MANY):
        return model
    return OverBuildOuts(model, neighbourhood)


def one_build_out(model: FarmModel) -> FarmModel:
    """Return the model itself of one that may be a mean over build-outs."""
    return model.model if isinstance(model, OverBuildOuts) else model


def _of(farm: Farm, kept: IntArray) -> Farm:
    """Return a part of a farm, in which all that count stand."""
    return Farm(np.ascontiguousarray(farm.layouts[:, kept]), farm.types[kept], farm.counted)


def _years(years: tuple[int, int] | None) -> range:
    return range(1) if years is None else range(years[0], years[1] + 1)
