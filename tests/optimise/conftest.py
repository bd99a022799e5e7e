"""Problems that differ from the small one in a single respect."""

from dataclasses import replace

import pytest

from windopt.problem import LayoutProblem, load_problem


@pytest.fixture(scope="session")
def green(small: LayoutProblem) -> LayoutProblem:
    """The small problem without a given layout."""
    return replace(small, initial_layout=None)


@pytest.fixture(scope="session")
def endless(small: LayoutProblem) -> LayoutProblem:
    """The small problem, with more steps than anybody can wait for."""
    return load_problem(small.config, {"optimise.steps": 10_000_000})
