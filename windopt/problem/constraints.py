"""What makes a layout feasible: every turbine on the site, none too close to another."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site

BOUNDARY_TOLERANCE_M = 1e-3
SPACING_TOLERANCE_D = 1e-6


@dataclass(frozen=True)
class Feasibility:
    """Whether a layout is feasible, and its worst figures.

    Attributes
    ----------
    feasible : bool
    max_boundary_violation_m : float
        How far the worst turbine stands outside [m].
    min_spacing_d : float
        Plain distance of the closest turbines in diameters of the largest rotor; pairs with a
        fixed turbine count, pairs of them do not.
    spacing_kept : float
        Least distance over the spacing rule's bound [-]; 1 just keeps the rule.
    """

    feasible: bool
    max_boundary_violation_m: float
    min_spacing_d: float
    spacing_kept: float


def boundary_violation(layout: FloatArray, site: Site) -> FloatArray:
    """Return how far each turbine lies outside the site, 0 inside.

    Parameters
    ----------
    layout : (..., n_turbines, 2) [m]

    Returns
    -------
    violation : (..., n_turbines) [m]
    """
    shapely.prepare(site.area)
    return np.asarray(shapely.distance(shapely.points(layout), site.area), dtype=np.float64)


def spacing(layout: FloatArray) -> FloatArray:
    """Return each turbine's distance to its nearest neighbour, infinite for a single turbine.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]

    Returns
    -------
    spacing : (n_turbines,) [m]
    """
    distance, _ = cKDTree(layout).query(layout, k=[2])  # the nearest is the turbine itself
    return np.asarray(distance, dtype=np.float64)[:, 0]


def check_feasibility(problem: LayoutProblem, layout: FloatArray) -> Feasibility:
    """Judge a layout (n_turbines, 2) [m] exactly; NaN coordinates are infinitely far outside."""
    if layout.shape != (problem.n_turbines, 2):
        raise ValueError(f"layout has shape {layout.shape}, not ({problem.n_turbines}, 2)")
    if not np.isfinite(layout).all():
        return Feasibility(False, float("inf"), 0.0, 0.0)
    violation = float(boundary_violation(layout, problem.site).max())
    rule, types = problem.spacing, problem.types
    fixed, fixed_types = problem.fixed_layout, problem.fixed_types
    kept = min(rule.ratio(layout, types), rule.ratio_between(layout, types, fixed, fixed_types))
    least = float(spacing(layout).min())
    if len(fixed):
        least = min(least, float(np.min(cKDTree(fixed).query(layout)[0])))
    # for pairs with a lesser bound this tolerates less than the millionth of a diameter
    tolerance = SPACING_TOLERANCE_D * problem.rotor_diameter / rule.largest_bound
    feasible = violation <= BOUNDARY_TOLERANCE_M and kept >= 1.0 - tolerance
    return Feasibility(feasible, violation, least / problem.rotor_diameter, kept)
