"""FLORIS asked about a sample of the rose, beside the surrogate's word on the whole of it.

All layouts are asked about in the same conditions, so that what is wrong with one and the same
surrogate cancels in their differences. The sample can grow; what was asked before is kept.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from windopt.floris.alone import by_type, evaluated_wind
from windopt.floris.simulator import FarmCase, Progress, Simulator
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import MANY, over_build_outs
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluate import account, as_written, by_direction, judge
from windopt.verification.evaluated import Corrections, EvaluatedLayout
from windopt.verification.known_power import KnownPower
from windopt.verification.sampling import RoseSample, draw_lattice, shares_by_power

FIRST_DRAWS = 200
"""Conditions drawn at first."""
SMALL_ROSE = 3
"""A rose with fewer conditions than so many times the draws is simulated as a whole."""
PER_TASK = 100
"""Conditions of a task for a worker, so that the last one keeps nobody waiting."""


class SampledEvaluator:
    """FLORIS's word on layouts of a problem, from a sample of the rose.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
        The control variate: what it gets wrong makes the standard error larger, not the figures
        wrong.
    seed : int
        Of the draws.
    draws : int
        At first.
    """

    def __init__(
        self, problem: LayoutProblem, surrogate: Surrogate, seed: int, draws: int = FIRST_DRAWS
    ) -> None:
        self.problem, self.surrogate = problem, surrogate
        self.wind = evaluated_wind(problem)
        self.conditions = self.wind.conditions
        self._rng = np.random.default_rng((seed, 23))
        self._first_draws = draws
        self._sample: RoseSample | None = None
        self._predicted: dict[bytes, FloatArray] = {}
        self._asked: dict[bytes, tuple[IntArray, FloatArray]] = {}
        self._whole: dict[bytes, EvaluatedLayout] = {}
        self._cpu_s = self._simulated = 0.0

    @property
    def draws(self) -> int:
        """Conditions drawn so far, for each layout."""
        return 0 if self._sample is None else len(self._sample.drawn)

    @property
    def is_small(self) -> bool:
        """Whether the rose is so small that a sample saves little."""
        return len(self.conditions) <= SMALL_ROSE * self._first_draws

    @property
    def condition_cpu_s(self) -> float:
        """What FLORIS has taken for a condition of a layout so far [CPU-s]; nan before."""
        return self._cpu_s / self._simulated if self._simulated else float("nan")

    def not_yet_whole(self, layouts: Mapping[str, FloatArray]) -> int:
        """Return how many different layouts were not yet judged on the whole rose."""
        keys = {as_written(layout).tobytes() for layout in layouts.values()}
        return len(keys - set(self._whole))

    def grow(self, draws: int) -> None:
        """Draw so many more conditions, with another random shift."""
        assert self._sample is not None
        sample = self._sample
        more = draw_lattice(self.conditions, sample.share, draws, self._rng)
        self._sample = replace(sample, drawn=np.append(sample.drawn, more))

    def forget_predictions(self) -> None:
        """Ask the surrogate anew: it has learned."""
        self._predicted.clear()

    def judge(
        self,
        layouts: Mapping[str, FloatArray],
        simulator: Simulator,
        progress: Progress | None = None,
        problem: LayoutProblem | None = None,
    ) -> dict[str, EvaluatedLayout]:
        """Judge layouts (n_turbines, 2) [m] on the sample as it is now; the same names come back.

        Parameters
        ----------
        problem : LayoutProblem, optional
            Of these layouts, where it has another number of turbines than the judge's own.
        """
        if self.is_small:
            return self.judge_whole(layouts, simulator, progress, problem)
        problem = problem or self.problem
        written = {name: as_written(layout) for name, layout in layouts.items()}
        once = {layout.tobytes(): layout for layout in written.values()}
        for key, layout in once.items():
            if key not in self._predicted:
                self._predicted[key] = self._predict(problem, layout)
        if self._sample is None:
            self._sample = self._draw(problem, once)
        self._ask(problem, once, simulator, progress)
        told = {key: self._tell(problem, layout, key) for key, layout in once.items()}
        return {name: told[layout.tobytes()] for name, layout in written.items()}

    def judge_whole(
        self,
        layouts: Mapping[str, FloatArray],
        simulator: Simulator,
        progress: Progress | None = None,
        problem: LayoutProblem | None = None,
    ) -> dict[str, EvaluatedLayout]:
        """Judge layouts (n_turbines, 2) [m] on the whole rose, each once."""
        problem = problem or self.problem
        keys = {name: as_written(layout).tobytes() for name, layout in layouts.items()}
        todo = {n: layout for n, layout in layouts.items() if keys[n] not in self._whole}
        found = judge(problem, todo, replace(simulator, problem=problem), progress)
        self._whole |= {keys[name]: one for name, one in found.items()}
        return {name: self._whole[key] for name, key in keys.items()}

    def _predict(self, problem: LayoutProblem, layout: FloatArray) -> FloatArray:
        """Return the surrogate's powers of what counts on the whole rose (n_conditions, n) [W]."""
        c, farm, types = self.conditions, problem.joined(layout), problem.all_types

        def power(kept: IntArray) -> FloatArray:
            with torch.no_grad():
                told = self.surrogate.power(farm[kept][None], c.wd, c.ws, c.ti, types[kept])
            return np.asarray(told[0].double().cpu().numpy())

        farms, everyone = problem.varying, np.arange(len(farm))
        if problem.neighbourhood is not None and problem.neighbourhood.size >= MANY:
            model = over_build_outs(self.surrogate, problem.neighbourhood)
            told = model.turbine_power(Farm(farm[None], types, len(problem.counted_types)), c)[0]
        else:
            told = power(everyone) if farms is None else farms.mean(power, len(farm))
        counted = told[:, : len(problem.counted_types)]
        # whatever a surrogate says stands for the whole rose: it must be a number
        return np.asarray(np.nan_to_num(counted, nan=0.0, posinf=0.0, neginf=0.0))

    def _draw(self, problem: LayoutProblem, layouts: Mapping[bytes, FloatArray]) -> RoseSample:
        c, wind = self.conditions, self.wind
        predicted = np.mean([self._predicted[key].sum(axis=1) for key in layouts], axis=0)
        counts = np.bincount(problem.counted_types, minlength=len(problem.turbines))
        free = np.interp(c.ws, wind.wind_speed, counts @ by_type(problem, wind))
        share = shares_by_power(c.weight, predicted, free)
        drawn = draw_lattice(c, share, self._first_draws, self._rng)
        return RoseSample(share, c.weight, drawn)

    def _ask(
        self,
        problem: LayoutProblem,
        layouts: Mapping[bytes, FloatArray],
        simulator: Simulator,
        progress: Progress | None,
    ) -> None:
        """Ask FLORIS about the sampled conditions that it was not yet asked about."""
        assert self._sample is not None
        c, wanted = self.conditions, self._sample.asked
        cases, of = [], []
        for key, layout in layouts.items():
            known, _ = self._asked.get(key, (np.empty(0, dtype=np.intp), np.empty(0)))
            new = np.setdiff1d(wanted, known)
            if len(new):
                farm, wind = problem.joined(layout), (c.wd[new], c.ws[new], c.ti[new])
                cases.append(FarmCase(farm, *wind, problem.all_types, PER_TASK))
                of.append((key, new))
        counted = len(problem.counted_types)
        states = replace(simulator, problem=problem).simulate_beside(cases, progress)
        for (key, some), state in zip(of, states, strict=True):
            self._cpu_s += state.cpu_s
            self._simulated += len(some)
            power = state.power[:, :counted]
            if key in self._asked:
                known, before = self._asked[key]
                some, power = np.append(known, some), np.concatenate([before, power])
            order = np.argsort(some)
            self._asked[key] = some[order], power[order]

    def _tell(self, problem: LayoutProblem, layout: FloatArray, key: bytes) -> EvaluatedLayout:
        """Put together what the surrogate says of the whole rose and FLORIS of the sample."""
        assert self._sample is not None
        c, sample, hours = self.conditions, self._sample, problem.hours_per_year
        predicted, (asked, power) = self._predicted[key], self._asked[key]
        difference = power[np.searchsorted(asked, sample.asked)] - predicted[sample.asked]
        own = c.weight @ predicted + sample.corrections(difference).mean(axis=0)
        farm = difference.sum(axis=1)
        aep = hours * sample.corrections(farm)
        objective, earned, value = Objective.of(problem, self.surrogate), None, aep
        if objective.worth is not None:
            worth = objective.worth(self.wind)[self.wind.occurs]
            value = hours * sample.corrections(farm * worth[sample.asked])
            predicted_worth = predicted.sum(axis=1) @ (c.weight * worth)
            earned = float(hours * predicted_worth + value.mean())
        # of a single direction a sample says little: the surrogate's, with the rose's correction
        produced = by_direction(problem, c, predicted.sum(axis=1))
        total = produced.sum()
        gross = hours * float(own.sum())
        told = account(
            objective,
            layout,
            own,
            produced * (own.sum() / total if total else 1.0),
            gross if earned is None else earned,
        )
        return replace(
            told,
            aep=gross,
            conditions=len(sample.asked),
            sample=Corrections(aep, value),
            known=KnownPower(predicted.sum(axis=1), farm, sample),
        )
