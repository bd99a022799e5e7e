"""Feasibility: whether a layout keeps every constraint of the problem, and its worst figures."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.boundary import BOUNDARY_TOLERANCE_M, boundary_violation
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem


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
    kept, fixed = problem.least_spacing.kept(layout), problem.fixed_layout
    least = float(spacing(layout).min())
    if len(fixed):
        least = min(least, float(np.min(cKDTree(fixed).query(layout)[0])))
    feasible = (
        violation <= BOUNDARY_TOLERANCE_M
        and kept >= 1.0 - problem.least_spacing.share_tolerated
        and all(constraint.keeps(layout) for constraint in problem.further_constraints)
    )
    return Feasibility(feasible, violation, least / problem.rotor_diameter, kept)
