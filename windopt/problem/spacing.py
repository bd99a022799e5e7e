"""The spacing rule: how far apart two turbines must stand, by their types and by direction.

Turbines i and j of types s and t keep the rule when

    |M (p_i - p_j)| >= b_st,

with a linear map M and a bound b [m] for each pair of types. M = 1 is circular spacing. For an
ellipse with the semi-axes a along the main wind and c across it, M stretches what lies across it
by a/c and the bound is a. In the mapped space M p every rule is circular, so that neighbours are
found by a k-d tree; only the bound depends on the types.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.layout import BoolArray, FloatArray, IntArray


def ellipse_metric(along: float, across: float, wind_direction: float) -> FloatArray:
    """Return the map (2, 2) under which an ellipse becomes a circle of its longer semi-axis.

    Parameters
    ----------
    along, across : float
        Semi-axes along and across the wind, in one unit.
    wind_direction : float [deg]
    """
    angle = math.radians(wind_direction)
    wind = np.array([math.sin(angle), math.cos(angle)])
    side = np.array([wind[1], -wind[0]])
    longest = max(along, across)
    metric: FloatArray = longest * (np.outer(wind, wind) / along + np.outer(side, side) / across)
    return metric


@dataclass(frozen=True, eq=False)
class SpacingForm:
    """The form of a spacing rule, without its size: what is left when its largest bound is 1.

    Parameters
    ----------
    metric : (2, 2)
    share : (n_types, n_types)
        Symmetric, bound of each pair of types over the largest; None is 1 for all.
    """

    metric: FloatArray = field(default_factory=lambda: np.eye(2))
    share: FloatArray | None = None

    def rule(self, bound_m: float, n_types: int) -> "SpacingRule":
        """Return the rule whose largest bound is `bound_m` [m]."""
        share = np.ones((n_types, n_types)) if self.share is None else self.share
        return SpacingRule(bound_m * share, self.metric)


@dataclass(frozen=True, eq=False)
class SpacingRule:
    """How far apart turbines must stand.

    Parameters
    ----------
    bound_m : (n_types, n_types) [m]
        Symmetric, least distance of each pair of types.
    metric : (2, 2) [-]
        The map M.
    """

    bound_m: FloatArray
    metric: FloatArray = field(default_factory=lambda: np.eye(2))

    @cached_property
    def circular(self) -> bool:
        """Whether the rule is the same in all directions."""
        return bool((self.metric == np.eye(2)).all())

    @cached_property
    def uniform(self) -> bool:
        """Whether the rule is the same for all types."""
        return bool((self.bound_m == self.bound_m.flat[0]).all())

    @cached_property
    def largest_bound(self) -> float:
        """The largest of the bounds [m], in the mapped space."""
        return float(self.bound_m.max())

    @cached_property
    def largest_m(self) -> float:
        """Distance from which on every pair keeps the rule [m]."""
        return self.largest_bound / float(np.linalg.svd(self.metric, compute_uv=False)[-1])

    @cached_property
    def smallest_m(self) -> float:
        """Distance below which every pair breaks the rule [m]."""
        return float(self.bound_m.min() / np.linalg.svd(self.metric, compute_uv=False)[0])

    @cached_property
    def long_axis(self) -> float:
        """Direction in which turbines must stand farthest apart, in [0, 180) [deg]."""
        east, north = np.linalg.svd(self.metric)[2][-1]
        return float(np.rad2deg(np.arctan2(east, north)) % 180)

    def mapped(self, points: FloatArray) -> FloatArray:
        """Map points (..., 2) [m] to where the rule is circular."""
        return points if self.circular else points @ self.metric.T

    def distances(self, points: FloatArray, others: FloatArray) -> FloatArray:
        """Return what the rule compares with its bounds, |M (p - q)|.

        Parameters
        ----------
        points, others : (..., 2) [m]
            They broadcast.

        Returns
        -------
        (...) [m]
        """
        gap = self.mapped(np.asarray(points) - np.asarray(others))
        return np.hypot(gap[..., 0], gap[..., 1])

    def clear(
        self, places: FloatArray, kind: int, layout: FloatArray, kinds: IntArray
    ) -> BoolArray:
        """Return at which places a turbine keeps the rule towards all turbines of a layout.

        Parameters
        ----------
        places : (m, 2) [m]
        kind : type of the turbine to be placed
        layout : (n, 2) [m]
        kinds : (n,)
            Types of its turbines; a rule that is the same for all does not look at them, here and
            below.

        Returns
        -------
        (m,)
        """
        clear = np.ones(len(places), dtype=bool)
        mapped = self.mapped(places)
        for other, points in self._groups(layout, kinds):
            bound = self.bound_m[0 if self.uniform else kind, other]
            near, _ = cKDTree(points).query(mapped, distance_upper_bound=bound)
            clear &= near >= bound  # infinite where nobody is within the bound
        return clear

    def pairs_too_close(self, layout: FloatArray, kinds: IntArray) -> IntArray:
        """Return the pairs (i, j), i < j, that break the rule: (k, 2).

        Parameters
        ----------
        layout : (n, 2) [m]
        kinds : (n,)
            Types.
        """
        if len(layout) < 2:
            return np.empty((0, 2), dtype=np.intp)
        mapped, reach = self.mapped(layout), np.nextafter(self.largest_bound, 0.0)
        pairs: IntArray = cKDTree(mapped).query_pairs(reach, output_type="ndarray")
        if self.uniform or not len(pairs):
            return pairs
        i, j = pairs.T
        gap = mapped[i] - mapped[j]
        broken: IntArray = pairs[np.hypot(*gap.T) < self.bounds_of(i, j, kinds)]
        return broken

    def bounds_of(self, i: IntArray, j: IntArray, kinds: IntArray) -> FloatArray:
        """Return the bounds of some pairs (i, j) of turbines whose types are `kinds`: (k,) [m]."""
        if self.uniform:
            return np.full(len(i), self.largest_bound)
        bounds: FloatArray = self.bound_m[kinds[i], kinds[j]]
        return bounds

    def shortfall(self, layout: FloatArray, kinds: IntArray) -> FloatArray:
        """Return by how much each turbine's worst pair falls short of its bound, 0 if none does.

        Parameters
        ----------
        layout : (n, 2) [m]
        kinds : (n,)
            Types.

        Returns
        -------
        (n,) [m]
        """
        short = np.zeros(len(layout))
        i, j = self.pairs_too_close(layout, kinds).T
        missing = self.bounds_of(i, j, kinds) - self.distances(layout[i], layout[j])
        np.maximum.at(short, i, missing)
        np.maximum.at(short, j, missing)
        return short

    def ratio(self, layout: FloatArray, kinds: IntArray) -> float:
        """Return the least distance over bound of all pairs: 1 just keeps the rule.

        Parameters
        ----------
        layout : (n, 2) [m]
        kinds : (n,)
            Types.

        Returns
        -------
        [-], infinite for a single turbine
        """
        found, groups = [math.inf], self._groups(layout, kinds)
        for k, (one, points) in enumerate(groups):
            found.append(_closest(points) / self.bound_m[one, one])
            for other, others in groups[k + 1 :]:
                found.append(_nearest(points, others) / self.bound_m[one, other])
        return float(min(found))

    def ratio_between(
        self, layout: FloatArray, kinds: IntArray, others: FloatArray, other_kinds: IntArray
    ) -> float:
        """Return the least distance over bound of all pairs of one layout with another.

        Parameters
        ----------
        layout, others : (n, 2) [m]
            (m, 2).
        kinds, other_kinds : (n,)
            (m,) types.

        Returns
        -------
        [-], infinite where one of them is empty
        """
        found = [math.inf]
        for one, points in self._groups(layout, kinds):
            for other, there in self._groups(others, other_kinds):
                found.append(_nearest(points, there) / self.bound_m[one, other])
        return float(min(found))

    def _groups(self, layout: FloatArray, kinds: IntArray) -> list[tuple[int, FloatArray]]:
        """Part turbines by type where the bound depends on it: types and mapped points (n, 2)."""
        mapped = self.mapped(layout)
        if self.uniform:
            return [(0, mapped)] if len(mapped) else []
        return [(int(kind), mapped[kinds == kind]) for kind in np.unique(kinds)]


def _closest(points: FloatArray) -> float:
    """Return the least distance between two of some points (n, 2), infinite for a single one."""
    near, _ = cKDTree(points).query(points, k=[2])  # the nearest is the point itself
    return float(np.min(near))


def _nearest(points: FloatArray, others: FloatArray) -> float:
    """Return the least distance between one of some points (n, 2) and one of others (m, 2)."""
    near, _ = cKDTree(others).query(points)
    return float(np.min(near))
