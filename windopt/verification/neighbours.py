"""What farms cost each other a year, by FLORIS: one's own farm and each of its neighbours.

In a build-out S, with one's own farm x in it or not, FLORIS tells the power of every farm. With S
the likeliest build-out in which neighbour B stands, one's own farm costs it

    E_B(S) - E_B(S, x)    [Wh a year],

and B costs one's own farm E_x(S less B) - E_x(S). Over the years of operation all together cost it

    E_x(alone) - sum_S w_S E_x(S).

All of it is asked in the same conditions of the rose, so that the differences are known far better
than what they are differences of. The surrogate's word on the whole rose is the control variate
(see `windopt.verification.sampling`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from windopt.floris.alone import by_type, evaluated_wind
from windopt.floris.simulator import FarmCase, Progress, Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import standard_error
from windopt.verification.sampling import RoseSample, draw_lattice, shares_by_power

SMALL_ROSE = 3
"""A rose with fewer conditions than so many times the draws is simulated as a whole."""
PER_TASK = 100
"""Conditions of a task for a worker."""
OWN = -1
"""Among the numbers of farms, one's own."""
CONDITIONS_AT_ONCE = 720
"""That the surrogate is asked about."""

Setting = tuple[bool, tuple[int, ...]]
"""Whether one's own farm stands, and which neighbours do."""
Term = tuple[float, Setting, int]
"""A factor, a setting, and the farm whose energy in it counts."""


@dataclass(frozen=True)
class Loss:
    """What a farm loses a year by another.

    Attributes
    ----------
    gwh, error_gwh : float [GWh]
        And its standard error; 0 where FLORIS was asked about the whole rose.
    of_gwh : float [GWh]
        What it yields without the other.
    """

    gwh: float
    error_gwh: float
    of_gwh: float

    @property
    def pct(self) -> float:
        """Share of what it yields without the other [%]."""
        return 100.0 * self.gwh / self.of_gwh if self.of_gwh else 0.0

    @property
    def error_pct(self) -> float:
        """Standard error of the share [%]."""
        return 100.0 * self.error_gwh / self.of_gwh if self.of_gwh else 0.0


@dataclass(frozen=True)
class Effects:
    """What farms cost each other.

    Attributes
    ----------
    on_own : Loss
        By all neighbours together, over the years of operation.
    by_farm : tuple of Loss
        What each neighbour costs one's own farm, while it stands.
    on_farm : tuple of Loss
        What one's own farm costs each neighbour, while it stands.
    conditions : int
        That FLORIS was asked about, in each setting.
    settings : int
        Of farms that stand.
    """

    on_own: Loss
    by_farm: tuple[Loss, ...]
    on_farm: tuple[Loss, ...]
    conditions: int
    settings: int


def settings_of(farms: Neighbourhood) -> tuple[Setting, ...]:
    """Return the settings that the effects are told from, each once."""
    found: dict[Setting, None] = {(True, ()): None}
    found |= {(True, one.present): None for one in farms.build_outs}
    for farm in range(len(farms.farms)):
        present = likeliest_with(farms, farm)
        found[False, present] = found[True, _less(present, farm)] = None
    return tuple(found)


def likeliest_with(farms: Neighbourhood, farm: int) -> tuple[int, ...]:
    """Return who stands in the likeliest build-out in which a farm does."""
    some = [one for one in farms.build_outs if farm in one.present]
    return max(some, key=lambda one: one.weight).present


def effects_of(
    problem: LayoutProblem,
    layout: FloatArray,
    surrogate: Surrogate,
    simulator: Simulator,
    draws: int,
    progress: Progress | None = None,
) -> Effects:
    """Return what a layout (n_turbines, 2) [m] costs its neighbours, and they it.

    Parameters
    ----------
    problem : LayoutProblem
        With neighbours.
    draws : int
        Conditions of the sample; a rose with fewer than three times as many is asked as a whole.
    """
    farms, wind = problem.neighbourhood, evaluated_wind(problem)
    assert farms is not None
    told = _Told(problem, farms, layout, surrogate)
    settings, c = settings_of(farms), wind.conditions
    sample, asked = None, np.arange(len(c))
    if len(c) > SMALL_ROSE * draws:
        predicted = np.mean([told.predict(one, c) for one in settings], axis=0).sum(axis=0)
        counts = np.bincount(problem.all_types, minlength=len(problem.turbines))
        free = np.interp(c.ws, wind.wind_speed, counts @ by_type(problem, wind))
        share = shares_by_power(c.weight, predicted, free)
        drawn = draw_lattice(c, share, draws, np.random.default_rng((problem.seed, 31)))
        sample = RoseSample(share, c.weight, drawn)
        asked = sample.asked
    told.ask(settings, c.take(asked), simulator, progress)

    def loss(terms: list[Term], whole: list[Term]) -> Loss:
        mean, error = told.mean(terms, c, sample)
        return Loss(mean, error, told.mean(whole, c, sample)[0])

    by_farm, on_farm = [], []
    for farm in range(len(farms.farms)):
        present = likeliest_with(farms, farm)
        without: Term = (1.0, (True, _less(present, farm)), OWN)
        by_farm.append(loss([without, (-1.0, (True, present), OWN)], [without]))
        alone: Term = (1.0, (False, present), farm)
        on_farm.append(loss([alone, (-1.0, (True, present), farm)], [alone]))
    free_of_all: list[Term] = [(1.0, (True, ()), OWN)]
    beside = [(-one.weight, (True, one.present), OWN) for one in farms.build_outs]
    on_own = loss([*free_of_all, *beside], free_of_all)
    return Effects(on_own, tuple(by_farm), tuple(on_farm), len(asked), len(settings))


def _less(present: tuple[int, ...], farm: int) -> tuple[int, ...]:
    return tuple(one for one in present if one != farm)


class _Told:
    """What surrogate and FLORIS say of the farms' powers in each setting."""

    def __init__(
        self,
        problem: LayoutProblem,
        farms: Neighbourhood,
        layout: FloatArray,
        surrogate: Surrogate,
    ) -> None:
        self.problem, self.farms, self.surrogate = problem, farms, surrogate
        self.n, self.everyone = len(layout), problem.joined(layout)
        own = problem.types if self.n == len(problem.types) else np.zeros(self.n, dtype=np.intp)
        self.types = np.concatenate([own, problem.fixed_types])
        self.predicted: dict[Setting, FloatArray] = {}
        self.floris: dict[Setting, FloatArray] = {}

    def predict(self, setting: Setting, c: Conditions) -> FloatArray:
        """Return the surrogate's power of every farm in each condition (n_farms + 1, k) [W]."""
        if setting not in self.predicted:
            kept = self._standing(setting)
            farm = Farm(self.everyone[kept][None], self.types[kept], len(kept))
            blocks = np.array_split(np.arange(len(c)), -(-len(c) // CONDITIONS_AT_ONCE))
            parts = [self.surrogate.turbine_power(farm, c.take(block))[0] for block in blocks]
            self.predicted[setting] = self._by_farm(np.concatenate(parts), kept)
        return self.predicted[setting]

    def ask(
        self,
        settings: tuple[Setting, ...],
        some: Conditions,
        simulator: Simulator,
        progress: Progress | None,
    ) -> None:
        """Ask FLORIS about every setting."""
        kept = [self._standing(one) for one in settings]
        cases = [
            FarmCase(self.everyone[k], some.wd, some.ws, some.ti, self.types[k], PER_TASK)
            for k in kept
        ]
        states = replace(simulator, problem=self.problem).simulate(cases, progress)
        for setting, of, state in zip(settings, kept, states, strict=True):
            self.floris[setting] = self._by_farm(state.power, of)

    def mean(
        self, terms: list[Term], c: Conditions, sample: RoseSample | None
    ) -> tuple[float, float]:
        """Return a sum of energies a year and its standard error [GWh]."""
        hours = self.problem.hours_per_year / 1e9
        floris = self._sum(terms, lambda setting: self.floris[setting])
        if sample is None:
            return hours * float(floris @ c.weight), 0.0
        predicted = self._sum(terms, lambda setting: self.predict(setting, c))
        drawn = hours * sample.corrections(floris - predicted[sample.asked])
        return hours * float(predicted @ c.weight) + float(drawn.mean()), standard_error(drawn)

    def _sum(self, terms: list[Term], power: Callable[[Setting], FloatArray]) -> FloatArray:
        return np.asarray(sum(w * power(setting)[farm + 1] for w, setting, farm in terms))

    def _standing(self, setting: Setting) -> IntArray:
        own, present = setting
        kept = self.farms.standing(present, len(self.everyone))
        return kept if own else kept[self.n :]

    def _by_farm(self, power: FloatArray, kept: IntArray) -> FloatArray:
        """Sum powers (k, n_standing) up by farm, one's own the first (n_farms + 1, k)."""
        of = np.full(len(self.everyone), -2)
        of[: self.n] = OWN
        for farm in range(len(self.farms.farms)):
            of[self.farms.turbines_of(farm, len(self.everyone))] = farm
        numbers = range(OWN, len(self.farms.farms))
        return np.stack([power[:, of[kept] == number].sum(axis=1) for number in numbers])
