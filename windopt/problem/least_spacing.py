"""The least spacing: every pair of turbines keeps the spacing rule.

The slack of the pair (i, j) is what its distance in the rule's eyes has to spare over the bound of
its types, in diameters of the largest rotor,

    s_ij = (|M (x_i - x_j)| - b_ij) / D,    ds_ij/dx_i = M^T u / D = -ds_ij/dx_j,

with the rule's linear map M (`windopt.problem.spacing`) and the unit vector u along M (x_i - x_j).
Fixed turbines make pairs with the others, and do not move.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.constraint import Constraint, Standing
from windopt.problem.layout import BoolArray, FloatArray, IntArray
from windopt.problem.spacing import SpacingRule

SPACING_TOLERANCE_D = 1e-6
_MARGIN = 1.0 + 1e-9
"""Spacing is restored to this multiple of its bound, above floating-point noise."""
_TINY = 1e-200


@dataclass(frozen=True, eq=False)
class LeastSpacing(Constraint):
    """Every pair of turbines as far apart as the rule wants.

    Parameters
    ----------
    rule : SpacingRule
    types : (n,)
        Of the turbines to be placed; of layouts of another size no type is known, and the rule has
        to be the same for all.
    fixed_layout : (f, 2) [m]
    fixed_types : (f,)
    rotor_diameter : float [m]
        The slack's unit.
    pairs : (k, 2) int, or None
        The pairs that are looked at, numbers from n on are fixed turbines; None looks at all.
    """

    rule: SpacingRule
    types: IntArray
    fixed_layout: FloatArray
    fixed_types: IntArray
    rotor_diameter: float
    pairs: IntArray | None = None

    name = "spacing"
    tolerance = SPACING_TOLERANCE_D

    def slack(self, layout: FloatArray) -> FloatArray:
        """Return what the distances have to spare over their bounds (k,) [D]."""
        i, j = self._pairs(layout).T
        bound = self.rule.bounds_of(i, j, self._all(layout))
        spare: FloatArray = np.hypot(*self._gaps(layout, i, j).T) - bound
        return spare / self.rotor_diameter

    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives of the slack by the places (k, n, 2) [D/m]."""
        n, pairs = len(layout), self._pairs(layout)
        gap = self._gaps(layout, *pairs.T)
        unit = (gap / np.maximum(np.hypot(*gap.T), 1e-9)[:, None]) @ self.rule.metric
        out = np.zeros((len(pairs), n, 2))
        rows = np.arange(len(pairs))
        for side, sign in ((0, 1.0), (1, -1.0)):
            moves = pairs[:, side] < n
            out[rows[moves], pairs[moves, side]] = sign * unit[moves]
        return out / self.rotor_diameter

    def free(self, places: FloatArray, standing: Standing) -> BoolArray:
        """Return which places (m, 2) [m] are far enough from who stands and who is fixed: (m,)."""
        there = self._joined(standing.layout)
        if not len(there) or not len(places):
            return np.ones(len(places), dtype=np.bool_)
        kinds = np.concatenate([standing.types, self.fixed_types])
        return self.rule.clear(places, standing.newcomer, there, kinds)

    def within_reach(self, layout: FloatArray, step_m: float) -> "LeastSpacing":
        """Return the spacing of the pairs that can come too close."""
        reach = self.rule.largest_m + 2.0 * step_m
        near: IntArray = cKDTree(self._joined(layout)).query_pairs(reach, output_type="ndarray")
        pairs = near[near.min(axis=1) < len(layout)] if len(near) else near
        fixed = self.fixed_layout, self.fixed_types
        return LeastSpacing(self.rule, self.types, *fixed, self.rotor_diameter, pairs)

    def keeps(self, layout: FloatArray) -> bool:
        """Return whether the closest pair keeps the rule, to the tolerance."""
        return self.kept(layout) >= 1.0 - self.share_tolerated

    def kept(self, layout: FloatArray) -> float:
        """Return the least distance over bound of all pairs [-]: 1 just keeps the rule."""
        types, fixed = self._placed(layout), (self.fixed_layout, self.fixed_types)
        apart = self.rule.ratio(layout, types)
        return min(apart, self.rule.ratio_between(layout, types, *fixed))

    @property
    def share_tolerated(self) -> float:
        """Share of the bound by which a pair may fall short [-].

        For pairs with a lesser bound that is less than the millionth of a diameter.
        """
        return SPACING_TOLERANCE_D * self.rotor_diameter / self.rule.largest_bound

    def project(self, layout: FloatArray, give: float = 0.0) -> FloatArray:
        """Move every pair that is too close apart, or a turbine off a fixed one: (n, 2) [m].

        Pairs part along the gradient of the rule's distance: along the line between them where the
        rule is circular. Where all keep it, `layout` itself comes back.

        Parameters
        ----------
        layout : (n, 2) [m]
        give : float [-]
            Share of the bound beyond it to which pairs part.
        """
        n, rule = len(layout), self.rule
        everyone, kinds = self._joined(layout), self._all(layout)
        pairs = rule.pairs_too_close(everyone, kinds)
        if n < len(everyone):
            pairs = pairs[pairs[:, 0] < n]
        if not len(pairs):
            return layout
        i, j = pairs.T
        wanted = rule.bounds_of(i, j, kinds) * (_MARGIN + give)
        apart = _parting(rule, everyone[i] - everyone[j], wanted)
        # a fixed turbine leaves all of the way to the other
        apart *= 0.5 if n == len(everyone) else np.where(j < n, 0.5, 1.0)[:, None]
        moved = everyone.copy()
        np.add.at(moved, i, apart)
        np.add.at(moved, j, -apart)
        return moved[:n]

    def crowded(self, layout: FloatArray, types: IntArray) -> list[int]:
        """Return one turbine of every pair that is too close, of which none has gone before."""
        n, lifted = len(layout), list[int]()
        kinds = np.concatenate([types, self.fixed_types])
        for i, j in self.rule.pairs_too_close(self._joined(layout), kinds).tolist():
            if i < n and i not in lifted and j not in lifted:
                lifted.append(j if j < n else i)
        return lifted

    def _pairs(self, layout: FloatArray) -> IntArray:
        if self.pairs is not None:
            return self.pairs
        n = len(layout)
        first, second = np.triu_indices(n + len(self.fixed_layout), 1)
        return np.stack([first, second], axis=1)[first < n]

    def _joined(self, layout: FloatArray) -> FloatArray:
        return np.concatenate([layout, self.fixed_layout]) if len(self.fixed_layout) else layout

    def _placed(self, layout: FloatArray) -> IntArray:
        """Return the types of a layout's turbines; a uniform rule does not look at them."""
        n = len(layout)
        return self.types if n == len(self.types) else np.zeros(n, dtype=np.intp)

    def _all(self, layout: FloatArray) -> IntArray:
        return np.concatenate([self._placed(layout), self.fixed_types])

    def _gaps(self, layout: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
        farm = self._joined(layout)
        return self.rule.mapped(farm[i] - farm[j])


def _parting(rule: SpacingRule, gap: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return what to add to gaps (k, 2) [m] to bring them to the wanted distances (k,) [m].

    A gap g grows along the gradient of q = |M g|, which is h = M'q / |q|, to the root t of
    |q + t M h| = b; two turbines on one spot part eastwards.
    """
    mapped = rule.mapped(gap)
    distance = np.hypot(mapped[:, 0], mapped[:, 1])
    if not distance.all():
        mapped = np.where(distance[:, None] > 0, mapped, [_TINY, 0.0])
        distance = np.maximum(distance, _TINY)
    if rule.circular:
        parting: FloatArray = (np.maximum(wanted - distance, 0.0) / distance)[:, None] * mapped
        return parting
    distance, wanted = distance[:, None], wanted[:, None]
    unit = mapped / distance
    way = unit @ rule.metric  # of the gap, and what the map makes of it
    along = rule.mapped(way)
    advance = (mapped * along).sum(axis=1, keepdims=True)
    missing = np.maximum(wanted**2 - distance**2, 0.0)
    speed = (along**2).sum(axis=1, keepdims=True)
    parting = missing / (advance + np.sqrt(advance**2 + speed * missing)) * way
    return parting
