"""The best layouts of a search that goes on: one of each round of starts."""

from collections.abc import Collection

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.layout import FloatArray
from windopt.search.findings import Findings, Found
from windopt.search.settings import RoundSettings


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
