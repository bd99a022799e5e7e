"""Where a run's surrogate comes from: a kernel that ships, the user's library, or its own training.

===========  =======================================================================================
`from`       the surrogate that a run starts with
===========  =======================================================================================
shipped      a kernel that ships with windopt, where one serves the problem; else as from scratch
library      the most accurate of the user's library for the wake model; else as shipped
scratch      trained by the run itself, on farms that it simulates in FLORIS
===========  =======================================================================================

What is taken instead of what was asked for is said in the log, with the reason. Where the wake
model is a formula there is nothing to learn, whatever is asked for.
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from windopt.errors import KernelMisfitError
from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.analytic import is_formula
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.library import default_library, find_in_library
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import train_surrogate
from windopt.surrogate.uncertainty import doubt_surrogate
from windopt.workers.executor import worker_pool

logger = logging.getLogger(__name__)

Origin = Literal["shipped", "library", "scratch", "formula"]
SOURCE = "source"
"""On a card: `from`, and the name of what the surrogate comes from."""
INHERITED = "inherited"
"""On a card: from which surrogate of the library it comes, and what that took."""
SHIPPED = "shipped"
"""On a card: what the card of the shipped kernel says that it comes from."""


def surrogate_for(problem: LayoutProblem, seed: int = 0) -> Surrogate:
    """Return the surrogate that a run of the problem starts with.

    Nothing is simulated or trained where a shipped kernel serves the problem, or one of the library
    if its config says so (`train: {from: library}`).

    Parameters
    ----------
    problem : LayoutProblem
    seed : int
        Of data and training, where there has to be one.
    """
    ready = ReadySurrogate(problem).surrogate
    if ready is not None:
        return ready
    if is_formula(problem):
        surrogate = train_surrogate(problem)
    else:
        with worker_pool(problem.config.workers) as pool:
            dataset = simulate_dataset(problem, Simulator(problem, pool), seed)
        surrogate = train_surrogate(problem, seed, dataset)
        doubt_surrogate(surrogate, dataset, problem.config.train.members, seed)
    mark_own(surrogate)
    return surrogate


class ReadySurrogate:
    """The surrogate that is there before a run begins; looked for once, when first asked for.

    Parameters
    ----------
    problem : LayoutProblem
    """

    def __init__(self, problem: LayoutProblem) -> None:
        self._problem = problem

    @cached_property
    def surrogate(self) -> Surrogate | None:
        """The one that serves the problem; None where none does, or none is wanted."""
        asked = self._problem.config.train.from_
        if asked == "scratch" or is_formula(self._problem):
            return None
        found = _of_library(self._problem) if asked == "library" else None
        return _shipped(self._problem) if found is None else found

    @property
    def has_to_learn(self) -> bool:
        """Whether a run has to simulate and train its surrogate."""
        return not is_formula(self._problem) and self.surrogate is None


def mark_own(surrogate: Surrogate) -> None:
    """Write on a surrogate's card that it was trained where it is, or is a formula."""
    model = surrogate.wake["velocity_model"]
    formula = surrogate.flow.kernel.shape.expansion is not None
    name = model if formula else f"{model}-{surrogate.fingerprint}"
    _mark(surrogate, "formula" if formula else "scratch", name)


def source_of(facts: Mapping[str, Any]) -> dict[str, str] | None:
    """Return `from` and `name` that the facts of a card tell; None of cards that do not."""
    source: dict[str, str] | None = facts.get(SOURCE)
    return source


def taken_from(surrogate: Surrogate) -> str | None:
    """Return the name of what a surrogate was taken from; None where the run has trained it."""
    source = source_of(surrogate.facts)
    return source["name"] if source and source["from"] in ("shipped", "library") else None


def _of_library(problem: LayoutProblem) -> Surrogate | None:
    library = default_library()
    entry = find_in_library(problem, library)
    if entry is None:
        logger.warning(
            "the library %s has no surrogate for this wake model: "
            "a kernel that ships with windopt is taken where one serves",
            library,
        )
        return None
    surrogate = load_surrogate(entry.path, problem)
    surrogate.facts[INHERITED] = {"from": entry.path.name, "debt_wh": entry.energy_debt_wh}
    _mark(surrogate, "library", entry.path.name)
    return surrogate


def _shipped(problem: LayoutProblem) -> Surrogate | None:
    try:
        surrogate = shipped_surrogate(problem)
    except KernelMisfitError as error:
        logger.warning(
            "no kernel that ships with windopt serves here: %s; "
            "farms are simulated and a surrogate is trained instead",
            error,
        )
        return None
    _mark(surrogate, "shipped", surrogate.facts[SHIPPED]["name"])
    return surrogate


def _mark(surrogate: Surrogate, origin: Origin, name: str) -> None:
    surrogate.facts[SOURCE] = {"from": origin, "name": name}
