"""The scenarios that a search weighs, whatever the number of turbines."""

from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.farm import FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY, ROBUST
from windopt.problem.neighbours import over_build_outs
from windopt.problem.objective import MEAN, Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import Risk, Scenario


@dataclass(frozen=True, eq=False)
class Scenarios:
    """What may be the case, and how it is weighed.

    Attributes
    ----------
    cases : tuple of Scenario
        None: what the problem asks for, under its own wake model alone.
    names : tuple of str
        Of the wake model of each case.
    risk : Risk
    """

    cases: tuple[Scenario, ...] = ()
    names: tuple[str, ...] = ()
    risk: Risk = MEAN

    def objective(self, problem: LayoutProblem, model: FarmModel) -> Objective:
        """Return what is maximised.

        Parameters
        ----------
        problem : LayoutProblem
        model : FarmModel
            Of the problem's own wakes, whose energy is the AEP.
        """
        alone = Objective.of(problem, model)
        if not self.cases:
            return alone
        measure = ROBUST if alone.measure == ENERGY else alone.measure
        nominal = alone.scenarios[0]
        return replace(
            alone, scenarios=self._beside(problem), risk=self.risk, measure=measure, nominal=nominal
        )

    def _beside(self, problem: LayoutProblem) -> tuple[Scenario, ...]:
        """Return the cases, each the mean over the build-outs of neighbours."""
        models = {id(one.model): one.model for one in self.cases}  # who shares powers, shares them
        over = {key: over_build_outs(one, problem.neighbourhood) for key, one in models.items()}
        return tuple(replace(one, model=over[id(one.model)]) for one in self.cases)

    def scaled(self, problem: LayoutProblem, model: FarmModel, layout: FloatArray) -> "Scenarios":
        """Return the scenarios such that a layout is worth in each what it is worth to the problem.

        Parameters
        ----------
        problem, model
            As of `objective`.
        layout : (n_turbines, 2) [m]
        """
        own = Objective.of(problem, model).value(layout)
        bare = replace(self, cases=tuple(replace(one, scale=1.0) for one in self.cases))
        values = bare.objective(problem, model).values(layout)
        cases = zip(self.cases, (own / values).tolist(), strict=True)
        return replace(self, cases=tuple(replace(one, scale=scale) for one, scale in cases))

    def by_name(self, values: FloatArray) -> dict[str, float]:
        """Return the weighted mean of values (n_scenarios,) over the cases of each wake model."""
        told = {}
        for name in dict.fromkeys(self.names):
            some = [number for number, of in enumerate(self.names) if of == name]
            weights = [self.cases[number].weight for number in some]
            told[name] = float(np.average(values[some], weights=weights))
        return told


ALONE = Scenarios()
"""A problem's own wake model and wind, and nothing else."""
