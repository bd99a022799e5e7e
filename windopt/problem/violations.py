"""What is wrong with a layout: who stands outside, who is too close, what else is broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from windopt.problem.boundary import BOUNDARY_TOLERANCE_M, boundary_violation
from windopt.problem.constraint import Broken
from windopt.problem.layout import BoolArray, FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.words import count_of, metres

ROUNDING_M = 1.0
"""A layout may be off by so much because a file or a boundary is rounded [m]: repair mends that
unseen."""
MOST_NAMED = 5
"""Violations of a kind that are told one by one in a line of text."""


@dataclass(frozen=True)
class Outside:
    """A turbine that stands where none may.

    Attributes
    ----------
    turbine : int
        Its number, from 1.
    distance_m : float
        How far it is from where it may stand [m]; infinite where its place is no number.
    excluded : bool
        Whether it stands within the outline of a parcel, in what is excluded.
    setback_m : float
        The set-back where it stands within the boundary, but too near to it [m]; 0 where that is
        not so.
    """

    turbine: int
    distance_m: float
    excluded: bool
    setback_m: float = 0.0

    @property
    def in_words(self) -> str:
        """Such as ``turbine 2 stands 12 m outside the site``."""
        far = metres(self.distance_m)
        if self.excluded:
            return f"turbine {self.turbine} stands where it may not, {far} inside an exclusion"
        if self.setback_m:
            kept = f"the set-back of {metres(self.setback_m)}"
            return f"turbine {self.turbine} stands within {kept} from the boundary, by {far}"
        return f"turbine {self.turbine} stands {far} outside the site"


@dataclass(frozen=True)
class TooClose:
    """Two turbines closer than the spacing rule allows.

    Attributes
    ----------
    turbine : int
        Number of the one, from 1.
    other : int
        Number of the other, from 1; of the fixed turbines where `fixed`.
    distance_m : float [m]
        How far apart they stand.
    least_m : float [m]
        How far apart they have to stand in that direction.
    """

    turbine: int
    other: int
    fixed: bool
    distance_m: float
    least_m: float

    @property
    def in_words(self) -> str:
        """Such as ``turbines 1 and 4 stand 150 m apart, 102 m too close``."""
        pair = f"turbines {self.turbine} and {self.other}"
        if self.fixed:
            pair = f"turbine {self.turbine} and fixed turbine {self.other}"
        short = metres(self.least_m - self.distance_m)
        return f"{pair} stand {metres(self.distance_m)} apart, {short} too close"


@dataclass(frozen=True)
class Violations:
    """All that is wrong with a layout; empty where it is feasible.

    Attributes
    ----------
    outside : tuple[Outside, ...]
        The farthest off first.
    too_close : tuple[TooClose, ...]
        The closest, measured by what is allowed, first.
    further : tuple[Broken, ...]
        The further constraints that it breaks.
    """

    outside: tuple[Outside, ...] = ()
    too_close: tuple[TooClose, ...] = ()
    further: tuple[Broken, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.outside or self.too_close or self.further)

    @property
    def beyond_rounding(self) -> "Violations":
        """Those of more than `ROUNDING_M`, and those of further constraints."""
        return Violations(
            tuple(one for one in self.outside if one.distance_m > ROUNDING_M),
            tuple(one for one in self.too_close if one.least_m - one.distance_m > ROUNDING_M),
            self.further,
        )

    @property
    def in_words(self) -> list[str]:
        """Each violation in words."""
        told = [one.in_words for one in self.outside] + [one.in_words for one in self.too_close]
        return told + [one.in_words for one in self.further]

    @property
    def in_short(self) -> list[str]:
        """A line of text for each kind, which names the worst."""
        lines = []
        if self.outside:
            number = count_of(len(self.outside), "turbine")
            verb = "stands" if len(self.outside) == 1 else "stand"
            lines.append(f"{number} {verb} where none may: {_first(self.outside)}")
        if self.too_close:
            number = count_of(len(self.too_close), "pair")
            verb = "is" if len(self.too_close) == 1 else "are"
            lines.append(
                f"{number} {verb} closer than the spacing allows: {_first(self.too_close)}"
            )
        return lines + [one.in_words for one in self.further]


def violations(problem: LayoutProblem, layout: FloatArray) -> Violations:
    """Find what is wrong with a layout, to the tolerances of `check_feasibility`.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]
    """
    finite = np.isfinite(layout).all(axis=1)
    away = np.full(len(layout), np.inf)
    away[finite] = boundary_violation(layout[finite], problem.site)
    site = problem.site
    outline = shapely.union_all([shapely.Polygon(p.exterior) for p in site.polygons])
    near = _too_near_to_the_boundary(layout, site)
    order = np.argsort(-away, kind="stable")
    outside = tuple(
        Outside(
            int(i) + 1,
            float(away[i]),
            not near[i] and bool(shapely.intersects_xy(outline, *layout[i])),
            site.setback_m if near[i] else 0.0,
        )
        for i in order
        if away[i] > BOUNDARY_TOLERANCE_M
    )
    if not finite.all():
        return Violations(outside)
    further = [constraint.broken(layout) for constraint in problem.further_constraints]
    told = tuple(one for one in further if one is not None)
    return Violations(outside, _too_close(problem, layout), told)


def _too_near_to_the_boundary(layout: FloatArray, site: Site) -> BoolArray:
    """Return which turbines (n, 2) stand inside, but nearer to the boundary than the set-back."""
    drawn = shapely.intersects_xy(site.drawn, *layout.T)
    with np.errstate(invalid="ignore"):  # what is no number is near to nothing
        rim = shapely.distance(site.drawn.boundary, shapely.points(layout))
    return np.asarray(drawn & (rim < site.setback_m), dtype=np.bool_)


def _too_close(problem: LayoutProblem, layout: FloatArray) -> tuple[TooClose, ...]:
    rule, n = problem.spacing, len(layout)
    everyone, kinds = problem.joined(layout), problem.all_types
    pairs = rule.pairs_too_close(everyone, kinds)
    i, j = pairs[pairs.min(axis=1) < n].T if len(pairs) else np.empty((2, 0), dtype=np.intp)
    i, j = np.minimum(i, j), np.maximum(i, j)
    bound = rule.bounds_of(i, j, kinds)
    kept = rule.distances(everyone[i], everyone[j]) / bound
    apart = np.hypot(*(everyone[i] - everyone[j]).T)
    # along the line between them; two turbines on one spot have none
    least = np.divide(apart, kept, out=np.array(bound, dtype=np.float64), where=kept > 0)
    tolerance = problem.least_spacing.share_tolerated
    return tuple(
        TooClose(
            int(i[k]) + 1,
            int(j[k]) + 1 - (n if j[k] >= n else 0),
            bool(j[k] >= n),
            float(apart[k]),
            float(least[k]),
        )
        for k in np.argsort(kept, kind="stable")
        if kept[k] < 1.0 - tolerance
    )


def _first(found: Sequence[Outside | TooClose]) -> str:
    """Return the first few, and how many more there are."""
    told = "; ".join(one.in_words for one in found[:MOST_NAMED])
    more = len(found) - MOST_NAMED
    return told if more <= 0 else f"{told}; and {more} more"


def breaks_rules(problem: LayoutProblem, layout: FloatArray) -> bool:
    """Return whether a layout (n_turbines, 2) [m] breaks a rule by more than rounding."""
    return bool(violations(problem, layout).beyond_rounding)
