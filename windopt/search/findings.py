"""What a search has found: the best layout from each start, of each round of starts, and of all."""

import math
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.layout import FloatArray
from windopt.search.settings import RoundSettings
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


class Elites:
    """The best layout of each round of starts.

    Parameters
    ----------
    findings : Findings
        Of the search: knows the best layout reached from each start.
    rotor_diameter : float [m]
    settings : RoundSettings
        How many are kept, and which are alike.
    """

    def __init__(self, findings: Findings, rotor_diameter: float, settings: RoundSettings) -> None:
        self._findings, self._near_m = findings, settings.alike_d * rotor_diameter
        self._kept, self._share = settings.elites, settings.alike
        self._names: list[str] = []

    def add(self, starts: Collection[str]) -> Found:
        """Take in the best layout of a round, given the names of its starts; returns it.

        The others are forgotten, and so is the worst where there are too many.
        """
        reached = self._findings.reached
        newest = max((reached[name] for name in starts), key=lambda found: found.aep)
        known = [*self._names, newest.start]
        self._names = sorted(known, key=lambda name: -reached[name].aep)[: self._kept]
        if newest.start not in self._names:
            self._names.append(newest.start)
        self._findings.forget({*starts, *known} - {*self._names})
        return newest

    def differing(self, newest: Found | None = None) -> list[Found]:
        """Return those that differ: the best first, the newest next, then the others by AEP."""
        ranked = sorted((self._findings.reached[n] for n in self._names), key=lambda f: -f.aep)
        if newest is not None:
            ranked.insert(1, self._findings.reached[newest.start])
        taken: list[Found] = []
        for found in ranked:
            if not any(self._alike(found.layout, other.layout) for other in taken):
                taken.append(found)
        return taken

    def _alike(self, layout: FloatArray, other: FloatArray) -> bool:
        distance, _ = cKDTree(other).query(layout)
        return bool(np.mean(distance < self._near_m) >= self._share)
