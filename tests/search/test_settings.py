"""Settings come from the config in one place, and reach whoever does the work."""

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import pytest

from windopt.config.search import OptimiseConfig
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.search.ascent import draw_conditions
from windopt.search.chain import Chain
from windopt.search.context import SearchContext
from windopt.search.iterate import iterate
from windopt.search.patterns import optimise
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import AscentSettings, SearchSettings
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.counts import WORK


def test_settings_are_the_configs(small: LayoutProblem) -> None:
    asked = {"starts": 3, "steps": 17, "chains": 5, "patience": 9, "stop": "converged"}
    overrides = {f"optimise.{name}": value for name, value in asked.items()}
    problem = load_problem(small.config, overrides | {"optimise.regularity": [0.5, 2.0]})
    settings = SearchSettings.of(problem.config)
    assert (settings.starts, settings.ascent.steps, settings.chains) == (3, 17, 5)
    assert (settings.patience, settings.stop, settings.pattern) == (9, "converged", "free")
    assert settings.regularity == (0.5, 2.0)
    assert settings.weighs_regularity


def test_defaults_are_those_of_the_config() -> None:
    ours, theirs = SearchSettings(), OptimiseConfig()
    for name in ("starts", "chains", "patience", "stop", "pattern"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.ascent.steps == theirs.steps
    assert list(ours.regularity) == theirs.regularity


def test_a_search_that_its_time_ends_has_no_other_end() -> None:
    free = SearchSettings(stop="converged", patience=3).until_time_is_over()
    assert (free.stop, free.patience) == ("budget", 3)
    for others in (SearchSettings(pattern="regular"), SearchSettings(regularity=(1.0,))):
        assert others.until_time_is_over().patience > 100_000


def test_workers_see_the_settings(
    small: LayoutProblem, small_surrogate: Surrogate, pool: Executor
) -> None:
    assert small.initial_layout is not None
    layout = repair(small, small.initial_layout)
    sampler = RoseSampler.of(Objective.of(small, small_surrogate), layout)
    objective = Objective.of(small, small_surrogate)
    chain = Chain.start(0, "given", layout, objective.value(layout))
    for steps in (2, 5):
        settings = SearchSettings()
        local = settings.local_search
        short = replace(local, after_pass=replace(local.after_pass, steps=steps))
        context = SearchContext(objective, sampler, replace(settings, local_search=short))
        before = WORK.read()["search_steps"]
        after = pool.submit(iterate, context, chain, (), 0, float("inf")).result()
        assert (after.iterations, after.relocated >= small.n_turbines) == (1, True)
        assert WORK.read()["search_steps"] - before == steps


def test_settings_can_be_passed_to_a_search(
    quick: LayoutProblem, small_surrogate: Surrogate
) -> None:
    settings = replace(SearchSettings.of(quick.config), starts=1, patience=0)
    solution = optimise(quick, small_surrogate, settings=settings)
    assert [start.name for start in solution.starts] == ["given"]
    assert solution.reason == "optimise.patience is 0: no iterations followed"
    as_config = load_problem(quick.config, {"optimise.starts": 1, "optimise.patience": 0})
    np.testing.assert_array_equal(solution.layout, optimise(as_config, small_surrogate).layout)
    assert solution.aep_predicted == pytest.approx(solution.starts[0].aep_best)


def test_a_step_draws_as_many_directions_as_its_conditions_have_speeds_for(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    """At few speeds more directions are drawn: the count is of conditions, not of the rose."""
    assert small.initial_layout is not None
    layout = repair(small, small.initial_layout)
    sampler = RoseSampler.of(Objective.of(small, small_surrogate), layout)
    speeds, rng = sampler.condensed.ws.shape[1], np.random.default_rng(0)
    for conditions, least in ((speeds * 37, 5), (speeds * 3, 11)):
        settings = AscentSettings(10, conditions=conditions, least_directions=least)
        drawn = draw_conditions(settings, sampler, rng)
        assert len(drawn.wd) == max(least, conditions // speeds)
