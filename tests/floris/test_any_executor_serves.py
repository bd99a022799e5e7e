"""Simulation, search and comparison give the same on any executor: that is what Dask will be.

The stand-in does what Dask's does: `submit` and futures, with functions, arguments and results that
travel as bytes; nothing else of it is known.
"""

import io
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import SimulationCounts, Simulator
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.search.patterns import optimise
from windopt.search.trials import search_by_trial
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.wake_models import ask_wake_models


class Elsewhere(Executor):
    """Does one task at a time, in another thread, on copies of what it is given."""

    def __init__(self) -> None:
        self._thread, self.tasks = ThreadPoolExecutor(1), 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.tasks += 1
        return self._thread.submit(_over_there, _packed((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._thread.shutdown(wait, cancel_futures=cancel_futures)


def _packed(what: object) -> bytes:
    packed = io.BytesIO()
    pickle.Pickler(packed).dump(what)
    return packed.getvalue()


def _over_there(packed: bytes) -> Any:
    function, arguments, named = pickle.loads(packed)
    return pickle.loads(_packed(function(*arguments, **named)))


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as executor:
        yield executor


@pytest.fixture(scope="module")
def brief(small: LayoutProblem) -> LayoutProblem:
    few = {"simulate.conditions": 100, "simulate.farms": 4, "optimise.steps": 4}
    return load_problem(small.config, few | {"optimise.starts": 3, "optimise.patience": 2})


def test_training_data(brief: LayoutProblem, elsewhere: Elsewhere) -> None:
    here, there = Simulator(brief), Simulator(brief, elsewhere)
    assert simulate_dataset(brief, there, 1).identical(simulate_dataset(brief, here, 1))
    assert there.counts.evaluations == here.counts.evaluations == 4


def test_the_search(brief: LayoutProblem, elsewhere: Elsewhere) -> None:
    surrogate: Surrogate = analytic_surrogate(brief)
    before = elsewhere.tasks
    there, here = (
        optimise(brief, surrogate, 0, executor=executor) for executor in (elsewhere, None)
    )
    np.testing.assert_array_equal(there.layout, here.layout)
    assert there.aep_predicted == here.aep_predicted
    assert [start.status for start in there.starts] == [start.status for start in here.starts]
    assert elsewhere.tasks - before > 10


def test_comparisons(brief: LayoutProblem, elsewhere: Elsewhere) -> None:
    layouts = {"given": 1500.0 * np.stack(np.divmod(np.arange(9), 3), axis=1)}
    opinions = [
        ask_wake_models(brief, layouts, ["jensen"], executor, None, SimulationCounts())
        for executor in (elsewhere, None)
    ]
    assert opinions[0] == opinions[1]
    before = elsewhere.tasks
    baseline = search_by_trial(brief, 0, 2.0, elsewhere)
    assert baseline.layout.shape == (9, 2)
    assert elsewhere.tasks > before
