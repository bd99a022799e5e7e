"""What a search has found: the best layout from each start, and the best of all."""

import math
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from windopt.problem.layout import FloatArray
from windopt.search.solution import Improvement, StartResult

ITERATED = "iterated"
"""How far a start was carried from which a chain has grown."""
EVALUATED = "evaluated only"
"""How far a start was carried that nothing has been tried from."""


class Found(NamedTuple):
    """A feasible layout (n_turbines, 2) [m], where it comes from, its predicted AEP [Wh]."""

    start: str
    layout: FloatArray
    aep: float


class Findings:
    """What a search has found, and how far it has carried each start.

    Attributes
    ----------
    best : Found or None
        Of all.
    reached : dict of Found
        The best from each start.
    aep_start : dict of float [Wh]
        Of the starts as they were.
    carried : dict of str
        How far each start was carried, in words.
    history : list of Improvement
    """

    def __init__(
        self, on_improvement: Callable[[Improvement, FloatArray], None] | None = None
    ) -> None:
        self._began, self._cpu_s, self._tell = time.perf_counter(), 0.0, on_improvement
        self.best: Found | None = None
        self.reached: dict[str, Found] = {}
        self.aep_start: dict[str, float] = {}
        self.carried: dict[str, str] = {}
        self.history: list[Improvement] = []

    def note(self, found: Found, cpu_s: float) -> None:
        """Note what a layout cost and keep it where it is the best of its start or of all."""
        self._cpu_s += cpu_s
        if found.start in self.reached and found.aep <= self.reached[found.start].aep:
            return
        self.reached[found.start] = found
        if self.best is None or found.aep > self.best.aep:
            self.best = found
            elapsed = time.perf_counter() - self._began
            begun = self.aep_start.get(found.start, math.nan)
            self.history.append(Improvement(elapsed, self._cpu_s, found.start, found.aep, begun))
            if self._tell is not None:
                self._tell(self.history[-1], found.layout)

    def forget(self, starts: Collection[str]) -> None:
        """Strike out what was found from some starts."""
        for name in starts:
            del self.reached[name], self.aep_start[name], self.carried[name]

    @property
    def ranked(self) -> list[Found]:
        """The best layout reached from each start, the best of all first."""
        return sorted(self.reached.values(), key=lambda found: -found.aep)

    def results(self, reason: str, settled: bool) -> tuple[StartResult, ...]:
        """Sum up what became of each start.

        Parameters
        ----------
        reason : str
            Why the search ended.
        settled : bool
            Whether that was because it gained nothing any more.
        """
        return tuple(self._result(start, reason, settled) for start in self.reached)

    def _result(self, start: str, reason: str, settled: bool) -> StartResult:
        assert self.best is not None
        found, status = self.reached[start], self.carried[start]
        iterated = ITERATED in self.carried.values()
        if start == self.best.start:
            status = "gave the answer"
        elif status == ITERATED:
            status = f"{ITERATED} until the end"
        elif not status.startswith(ITERATED):
            status += "; others were better" if iterated or settled else f": {reason}"
        return StartResult(start, found.layout, self.aep_start[start], found.aep, status)
