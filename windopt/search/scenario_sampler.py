"""Samples for several scenarios at once, at about the price of those for one.

A step of a stochastic gradient may look at any conditions, as long as it is unbiased: so those that
it draws are divided among the wake models, each of which sees some of its own. Where layouts are
compared on the condensed rose, each wake model has only every few directions of it, the models in
turn: every direction is seen by some of them, and a turbine that hides from one model between two
directions is seen by the next. What a thinned rose says of the mean power is calibrated on a
layout, scenario by scenario, for measures of risk compare scenarios with one another.

Scenarios of one wake model, such as wind years, are asked in the same conditions; only the weights
differ.
"""

from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective, Sample
from windopt.problem.scenario import sharing_powers
from windopt.search.rose_sampler import RoseSampler

MODELS_FOR_ONE = 2
"""The condensed rose is thinned such that all wake models take as long as so many, or one more."""
LEAST_DRAWN = 6
"""Conditions that each wake model is asked in at least."""


def sampler_of(objective: Objective, layout: FloatArray) -> "RoseSampler | ScenarioSampler":
    """Return what draws an objective's conditions, measured on a layout (n_turbines, 2) [m]."""
    if len(objective.scenarios) == 1:
        return RoseSampler.of(objective, layout)
    return ScenarioSampler.of(objective, layout)


@dataclass(frozen=True, eq=False)
class _Part:
    """A wake model's share of the sampling.

    Attributes
    ----------
    sampler : RoseSampler
        Of the mean over its scenarios.
    scenarios : tuple of int
    ratio : (k, n_conditions)
        Of each of them: the weight of each condition over that which the sampler has.
    few : (k, n_directions, n_speeds)
        Of each: weights of the condensed rose.
    """

    sampler: RoseSampler
    scenarios: tuple[int, ...]
    ratio: FloatArray
    few: FloatArray

    @classmethod
    def of(cls, objective: Objective, group: list[int], layout: FloatArray) -> "_Part":
        """Measure a wake model on a layout."""
        scenarios = [objective.scenarios[number] for number in group]
        weights = np.stack([objective.weights(one.wind) for one in scenarios])
        parts = np.array([one.weight for one in scenarios])
        mean = np.tensordot(parts / parts.sum(), weights, axes=1)
        sampler = RoseSampler.of(objective.single(group[0]), layout, mean)
        assert sampler.speeds is not None
        blows = mean.ravel() > 0
        ratio = weights.reshape(len(group), -1)[:, blows] / mean.ravel()[blows]
        few = np.stack([sampler.speeds.condensed(weight).weight for weight in weights])
        return cls(sampler, tuple(group), ratio, few)


@dataclass(frozen=True, eq=False)
class ScenarioSampler:
    """Draws conditions for each of several scenarios.

    Attributes
    ----------
    parts : tuple of _Part
        One for each wake model.
    condensed : tuple of Conditions
        Of each scenario: its share of the condensed rose.
    """

    parts: tuple[_Part, ...]
    condensed: tuple[Conditions, ...]

    @classmethod
    def of(cls, objective: Objective, layout: FloatArray) -> "ScenarioSampler":
        """Measure every wake model on a layout (n_turbines, 2) [m]."""
        groups = sharing_powers(objective.scenarios)
        parts = tuple(_Part.of(objective, group, layout) for group in groups)
        every = max(1, len(parts) // MODELS_FOR_ONE)
        thinned: dict[int, Conditions] = {}
        for number, part in enumerate(parts):
            rows = slice(number % every, None, every)
            for scenario, weight in zip(part.scenarios, part.few, strict=True):
                rose = replace(part.sampler.condensed, weight=weight)
                thinned[scenario] = rose.take(rows)
        condensed = [thinned[number] for number in range(len(objective.scenarios))]
        whole, some = (
            objective.values_in(layout, conditions) for conditions in (objective.roses, condensed)
        )
        return cls(
            parts,
            tuple(
                replace(one, weight=one.weight * factor)
                for one, factor in zip(condensed, whole / some, strict=True)
            ),
        )

    @property
    def condensed_speeds(self) -> int:
        """Wind speeds of a direction of the condensed rose."""
        return max(part.sampler.condensed_speeds for part in self.parts)

    def draw(self, n: int, rng: np.random.Generator) -> Sample:
        """Draw lists of conditions, some `n` for all wake models together."""
        each = self._each(n)
        sample: dict[int, Conditions] = {}
        for part in self.parts:
            c, i = part.sampler.drawn(each, rng)
            for scenario, ratio in zip(part.scenarios, part.ratio, strict=True):
                sample[scenario] = replace(c, weight=c.weight * ratio[i])
        return _in_order(sample)

    def draw_directions(self, n: int, rng: np.random.Generator) -> Sample:
        """Draw some `n` directions for all wake models together, each with all its few speeds."""
        each = self._each(n)
        sample: dict[int, Conditions] = {}
        for part in self.parts:
            sampler = part.sampler
            c, i = sampler.drawn_directions(each, rng)
            share = sampler.by_direction
            gain = (share.sum() / (each * share[i]))[:, None]
            for scenario, few in zip(part.scenarios, part.few, strict=True):
                sample[scenario] = replace(c, weight=few[i] * gain)
        return _in_order(sample)

    def _each(self, n: int) -> int:
        return max(LEAST_DRAWN, -(-n // len(self.parts)))


def _in_order(sample: dict[int, Conditions]) -> tuple[Conditions, ...]:
    return tuple(sample[number] for number in range(len(sample)))
