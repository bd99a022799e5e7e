"""Problems that differ from the small one in a single respect."""

from dataclasses import replace

import pytest

from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem


@pytest.fixture(scope="module", autouse=True)
def _light(light_searches: None) -> None:
    """Search lightly in all modules here."""


@pytest.fixture(scope="session")
def quick(small: LayoutProblem) -> LayoutProblem:
    """The small problem on its 36 conditions as they are: searches take a tenth of the work."""
    settings = {"refine_wind": False, "optimise.steps": 8, "optimise.chains": 2}
    return load_problem(small.config, settings)


@pytest.fixture(scope="session")
def green(quick: LayoutProblem) -> LayoutProblem:
    """The quick problem without a given layout."""
    return replace(quick, initial_layout=None)


@pytest.fixture(scope="session")
def endless(small: LayoutProblem) -> LayoutProblem:
    """The small problem, with more steps than anybody can wait for."""
    return load_problem(small.config, {"optimise.steps": 10_000_000})
