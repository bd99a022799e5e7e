"""What is optimised: site, wind resource, turbine, layout and constraints."""

from windopt.problem.constraints import (
    BOUNDARY_TOLERANCE_M,
    SPACING_TOLERANCE_D,
    Feasibility,
    boundary_violation,
    check_feasibility,
    spacing,
)
from windopt.problem.floater import Floater
from windopt.problem.layout import FloatArray, IntArray, read_layout_csv, write_layout_csv
from windopt.problem.load import load_problem
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, SpacingRule
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine
from windopt.problem.violations import Outside, TooClose, Violations, breaks_rules, violations
from windopt.problem.wind_resource import Conditions, WindResource

__all__ = [
    "BOUNDARY_TOLERANCE_M",
    "SPACING_TOLERANCE_D",
    "Conditions",
    "Feasibility",
    "FloatArray",
    "Floater",
    "IntArray",
    "LayoutProblem",
    "Outside",
    "Site",
    "SpacingForm",
    "SpacingRule",
    "SpeedUp",
    "TooClose",
    "Turbine",
    "Violations",
    "WindResource",
    "boundary_violation",
    "breaks_rules",
    "check_feasibility",
    "load_problem",
    "read_layout_csv",
    "spacing",
    "violations",
    "write_layout_csv",
]
