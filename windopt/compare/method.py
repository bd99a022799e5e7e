"""What a method of a comparison is: a search behind one small adapter."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem


class Propose(Protocol):
    """Propose a layout (n_turbines, 2) [m] with the AEP that the method believes [Wh]."""

    def __call__(self, layout: FloatArray, aep: float | None) -> None:
        """Take note of a layout."""


class Time(Protocol):
    """The processor time that is left [s], that of children counted."""

    def __call__(self) -> float:
        """Return the time left [s]."""


class Method(NamedTuple):
    """A way to search.

    Attributes
    ----------
    what : str
        In words, for tables, with its settings.
    search : callable
        ``search(problem, seed, left_s, propose)``; may return before its time is spent, is killed
        when the time is over, and proposes whatever it holds good as it goes.
    packages : tuple of str
        Distributions that it needs beyond windopt's own dependencies.
    """

    what: str
    search: Callable[[LayoutProblem, int, Time, Propose], None]
    packages: tuple[str, ...] = ()
