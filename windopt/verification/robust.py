"""The judge of a robust run: FLORIS under every wake model, and one value of them all.

FLORIS tells the AEP of a layout x under each wake model m with its own parameters in mean wind,
F_m(x). A scenario j of that model may have other parameters or another wind year: how its value
v_j(x) differs from the model's own is the kernels' word, P_m(x) being the kernel's AEP,

    v_j(x) = a_j · kernel's v_j(x) · F_m(x) / P_m(x),

with a_j such that the layout of reference is worth in each scenario what it is under the problem's
own wake model. The value of a layout is the risk measure of the v_j. Where FLORIS is asked about a
sample of the rose, the draws of all models carry the standard error: dR/dv_j · dv_j/dF_m times
each.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from windopt.floris.simulator import Progress, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenarios import Scenarios
from windopt.surrogate.scenarios import KnownModel
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.contenders import REFERENCES
from windopt.verification.evaluate import as_written
from windopt.verification.evaluated import Corrections, EvaluatedLayout
from windopt.verification.sampled import FIRST_DRAWS, SampledEvaluator

Judge = Callable[..., dict[str, EvaluatedLayout]]
"""A method of `SampledEvaluator` that judges layouts."""


class RobustEvaluator(SampledEvaluator):
    """FLORIS's word on layouts under several wake models.

    Parameters
    ----------
    problem, surrogate, seed, draws
        As of `SampledEvaluator`.
    models : mapping of str to KnownModel
        All that judge, those of the scenarios among them.
    scenarios : Scenarios
    """

    def __init__(
        self,
        problem: LayoutProblem,
        surrogate: Surrogate,
        seed: int,
        models: Mapping[str, KnownModel],
        scenarios: Scenarios,
        draws: int = FIRST_DRAWS,
    ) -> None:
        super().__init__(problem, surrogate, seed, draws)
        self.models, self.scenarios = models, scenarios
        self.others = {
            name: SampledEvaluator(model.problem, model.surrogate, seed, draws)
            for name, model in models.items()
            if name != problem.wake.velocity_model
        }
        self._values: dict[tuple[bytes, int], tuple[FloatArray, dict[str, float]]] = {}

    @property
    def condition_cpu_s(self) -> float:
        """What FLORIS has taken for a condition of a layout under all wake models [CPU-s]."""
        own = super().condition_cpu_s
        return own + sum(one.condition_cpu_s for one in self.others.values())

    def grow(self, draws: int) -> None:
        """Draw so many more conditions for each wake model."""
        super().grow(draws)
        for one in self.others.values():
            one.grow(draws)

    def forget_predictions(self) -> None:
        """Ask the surrogates anew: one has learned."""
        super().forget_predictions()
        self._values.clear()

    def judge(
        self,
        layouts: Mapping[str, FloatArray],
        simulator: Simulator,
        progress: Progress | None = None,
        problem: LayoutProblem | None = None,
    ) -> dict[str, EvaluatedLayout]:
        """Judge layouts on the samples as they are now; parameters as of `SampledEvaluator`."""
        if self.is_small:
            return self.judge_whole(layouts, simulator, progress, problem)
        return self._by_all(SampledEvaluator.judge, layouts, simulator, progress, problem)

    def judge_whole(
        self,
        layouts: Mapping[str, FloatArray],
        simulator: Simulator,
        progress: Progress | None = None,
        problem: LayoutProblem | None = None,
    ) -> dict[str, EvaluatedLayout]:
        """Judge layouts on the whole rose, each once."""
        return self._by_all(SampledEvaluator.judge_whole, layouts, simulator, progress, problem)

    def _by_all(
        self,
        judge: Judge,
        layouts: Mapping[str, FloatArray],
        simulator: Simulator,
        progress: Progress | None,
        problem: LayoutProblem | None,
    ) -> dict[str, EvaluatedLayout]:
        """Let every wake model judge, and make one value of what they say."""
        parts = self._shares(progress)
        own = judge(self, layouts, simulator, parts[0], problem)
        others = {
            name: judge(one, layouts, simulator, part, self._under(name, problem))
            for (name, one), part in zip(self.others.items(), parts[1:], strict=True)
        }
        return self._combined(own, others, problem or self.problem)

    def _under(self, name: str, problem: LayoutProblem | None) -> LayoutProblem:
        known = self.models[name].problem
        return known if problem is None else replace(problem, wake=known.wake)

    def _shares(self, progress: Progress | None) -> list[Progress | None]:
        """Return what hears of each wake model's share of the work."""
        count = 1 + len(self.others)

        def of(number: int) -> Progress | None:
            if progress is None:
                return None
            return lambda share: progress((number + share) / count)

        return [of(number) for number in range(count)]

    def _combined(
        self,
        own: Mapping[str, EvaluatedLayout],
        others: Mapping[str, Mapping[str, EvaluatedLayout]],
        problem: LayoutProblem,
    ) -> dict[str, EvaluatedLayout]:
        name_of_own = self.problem.wake.velocity_model
        under = {
            layout: {
                model: one if model == name_of_own else others[model][layout]
                for model in self.models
            }
            for layout, one in own.items()
        }
        kept = next((layout for layout in REFERENCES if layout in own), None)
        by_reference = None
        if kept is not None:  # the scenarios' own scales are the kernels'
            ratios = self._ratios(own[kept].layout, under[kept], problem)
            by_reference = own[kept].value / (ratios * self._kernels(own[kept].layout, problem)[0])
        return {
            layout: self._valued(one, under[layout], problem, by_reference)
            for layout, one in own.items()
        }

    def _ratios(
        self, layout: FloatArray, under: Mapping[str, EvaluatedLayout], problem: LayoutProblem
    ) -> FloatArray:
        """Return FLORIS's figure over the kernel's of each scenario's wake model (n_scenarios,)."""
        _, predicted = self._kernels(layout, problem)
        names = self.scenarios.names
        return np.array([under[name].value / predicted[name] for name in names])

    def _valued(
        self,
        own: EvaluatedLayout,
        under: Mapping[str, EvaluatedLayout],
        problem: LayoutProblem,
        factors: FloatArray | None,
    ) -> EvaluatedLayout:
        objective = self.scenarios.objective(problem, self.surrogate)
        values, predicted = self._kernels(own.layout, problem)
        names = self.scenarios.names
        ratio = self._ratios(own.layout, under, problem)
        if factors is not None:
            values = values * factors
        weights = np.array([case.weight for case in self.scenarios.cases])
        slopes = self.scenarios.risk.slopes(values * ratio, weights)
        value = objective.total(own.layout, values * ratio)
        sample = None
        if any(one.sample is not None for one in under.values()):
            sloped = slopes * values
            draws = sum(
                (
                    factor / predicted[name] * drawn.value
                    for name, factor in zip(names, sloped, strict=True)
                    if (drawn := under[name].sample) is not None
                ),
                np.zeros(1),
            )
            aep = np.zeros_like(draws) if own.sample is None else own.sample.aep
            sample = Corrections(aep, draws)
        return replace(
            own,
            value=value,
            measure=objective.measure,
            sample=sample,
            under=dict(under),
            by_scenario=values * ratio,
        )

    def _kernels(
        self, layout: FloatArray, problem: LayoutProblem
    ) -> tuple[FloatArray, dict[str, float]]:
        """Return the kernels' values in all scenarios, and of each wake model itself."""
        key = as_written(layout).tobytes(), len(layout)
        if key not in self._values:
            objective = self.scenarios.objective(problem, self.surrogate)
            predicted = {
                name: Objective.of(self._under(name, problem), model.surrogate).value(layout)
                for name, model in self.models.items()
                if name in self.scenarios.names
            }
            self._values[key] = objective.values(layout), predicted
        return self._values[key]
