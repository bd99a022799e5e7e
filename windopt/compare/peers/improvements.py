"""What of a peer's search is worth proposing.

A peer searches with its own objective, on a wind rose and sometimes in a wake model of its own.
What it is asked about passes through `Improvements`, which keeps the best feasible layout from
outside: some peers walk through infeasible ones, and some end there.
"""

import contextlib
import logging
import math
import os
import tempfile
from collections.abc import Callable, Iterator

import numpy as np

from windopt.compare.method import Propose, Time
from windopt.errors import InfeasibleError
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair


class TimeIsUp(BaseException):
    """The time of a search is spent; peers that know no time cannot catch it by `Exception`."""


class Improvements:
    """Passes on what is feasible and better than all before, and ends a search in time.

    Parameters
    ----------
    problem : LayoutProblem
    left_s : Time
    propose : Propose
    """

    def __init__(self, problem: LayoutProblem, left_s: Time, propose: Propose) -> None:
        self._problem, self._left_s, self._propose = problem, left_s, propose
        self.best, self.layout = -math.inf, np.empty((0, 2))
        self.asked = 0

    def offer(
        self, layout: FloatArray, aep: float, again: Callable[[FloatArray], float] | None = None
    ) -> None:
        """Propose a layout (n_turbines, 2) [m] with its AEP by the peer's account [Wh], if better.

        Parameters
        ----------
        layout : (n_turbines, 2) [m]
        aep : float [Wh]
        again : callable, optional
            Gives the AEP of another layout. With it, what looks better and breaks the constraints
            is repaired, and proposed if it is better still.

        Raises
        ------
        TimeIsUp
            When no time is left.
        """
        self.asked += 1
        if aep > self.best:
            if check_feasibility(self._problem, layout).feasible:
                self._keep(layout, aep)
            elif again is not None:
                self._repair(layout, again)
        self.look()

    def look(self) -> None:
        """Raise `TimeIsUp` when no time is left."""
        if self._left_s() <= 0.0:
            raise TimeIsUp

    def _repair(self, layout: FloatArray, again: Callable[[FloatArray], float]) -> None:
        try:
            repaired = repair(self._problem, layout)
        except InfeasibleError:
            return
        aep = again(repaired)
        if aep > self.best and check_feasibility(self._problem, repaired).feasible:
            self._keep(repaired, aep)

    def _keep(self, layout: FloatArray, aep: float) -> None:
        self.best, self.layout = aep, layout.copy()
        self._propose(self.layout, aep)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep prints and log entries of a peer to itself, and its files in a folder that goes away."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="peer-") as folder,
            open(os.devnull, "w") as nowhere,
            contextlib.chdir(folder),
            contextlib.redirect_stdout(nowhere),
        ):
            yield
    finally:
        logging.disable(before)
