"""Checks that windIO's schema does not make, and those across files.

Each yields the faults it finds, so that one pass over the input reports all of them.
"""

import math
from collections.abc import Iterator

import numpy as np
import shapely

from windopt.errors import Fault
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine

PROBABILITY_TOLERANCE = 1e-3  # published tables are rounded: IEA37 case study 3 sums to 0.9999
SPECIFIC_POWER_RANGE = (50.0, 2000.0)  # [W/m²]; rotors are built for 200 to 600


def check_probabilities(
    where: str, probability: FloatArray, cure: str = "scale it to 1"
) -> Iterator[Fault]:
    """Probabilities are not negative and sum to 1 within the rounding of published tables."""
    if (probability < 0).any():
        yield Fault(where, f"holds the negative {probability.min():g}", "give probabilities >= 0")
    elif abs(probability.sum() - 1) > PROBABILITY_TOLERANCE:
        yield Fault(where, f"sums to {probability.sum():.6g}, not 1", cure)


def check_conditional_probabilities(where: str, probability: FloatArray) -> Iterator[Fault]:
    """Each row is a distribution; of many faulty rows, the first stands for all."""
    sums = probability.sum(axis=1)
    faulty = (abs(sums - 1) > PROBABILITY_TOLERANCE) | (probability < 0).any(axis=1)
    if faulty.any():
        first = int(np.argmax(faulty))
        yield from check_probabilities(
            f"{where}[{first}]",
            probability[first],
            f"scale each row to 1 ({faulty.sum()} of {len(sums)} do not)",
        )


def check_increasing(where: str, wind_speed: FloatArray) -> Iterator[Fault]:
    """Wind speeds are not negative and increase."""
    if (wind_speed < 0).any():
        yield Fault(where, f"holds the negative {wind_speed.min():g} m/s", "give speeds >= 0")
    if (falls := np.flatnonzero(np.diff(wind_speed) <= 0)).size:
        i = int(falls[0])
        problem = f"does not increase: {wind_speed[i]:g} is followed by {wind_speed[i + 1]:g} m/s"
        yield Fault(where, problem, "sort it and remove duplicates")


def check_directions(where: str, wind_direction: FloatArray) -> Iterator[Fault]:
    """Wind directions lie within 0 to 360 degrees and are distinct; 0 and 360 are the same."""
    outside = wind_direction[(wind_direction < 0) | (wind_direction > 360)]
    if outside.size:
        yield Fault(where, f"{outside[0]:g} is no direction", "give degrees from 0 to 360")
    values, counts = np.unique(wind_direction % 360, return_counts=True)
    if (counts > 1).any():
        problem = f"direction {values[counts > 1][0]:g} appears twice (0 and 360 are the same)"
        yield Fault(where, problem, "keep one of them")


def check_turbulence(where: str, turbulence_intensity: FloatArray) -> Iterator[Fault]:
    """Turbulence intensities lie between 0 and 1."""
    outside = turbulence_intensity[(turbulence_intensity <= 0) | (turbulence_intensity >= 1)]
    if outside.size:
        yield Fault(where, f"{outside[0]:g} is outside (0, 1)", "give a fraction such as 0.06")


def check_thrust(where: str, thrust_coefficient: FloatArray) -> Iterator[Fault]:
    """Thrust coefficients lie within [0, 1), the range of momentum theory, and are not all 0."""
    outside = thrust_coefficient[(thrust_coefficient < 0) | (thrust_coefficient >= 1)]
    if outside.size:
        yield Fault(where, f"{outside[0]:g} is outside [0, 1)", "correct the thrust curve")
    elif not (thrust_coefficient > 0).any():
        yield Fault(where, "is 0 everywhere", "give the thrust curve of the turbine")


def check_specific_power(where: str, turbine: Turbine) -> Iterator[Fault]:
    """Rated power and rotor belong together; else one has another unit."""
    specific = turbine.rated_power / (math.pi / 4 * turbine.rotor_diameter**2)
    low, high = SPECIFIC_POWER_RANGE
    if not low <= specific <= high:
        yield Fault(
            where,
            f"rated power {turbine.rated_power:g} W on a rotor of {turbine.rotor_diameter:g} m is "
            f"{specific:.3g} W/m², outside {low:g} to {high:g}",
            "give power in W and the rotor diameter in m",
        )


def check_turbine_count(site: Site, n_turbines: int, spacing: float) -> Iterator[Fault]:
    """The site can hold the turbines at the least spacing [m]."""
    most = most_turbines(site, spacing)
    if n_turbines > most:
        yield Fault(
            "n_turbines",
            f"{n_turbines} turbines {spacing:g} m apart do not fit on {site.area_km2:.2f} km²; "
            f"no more than {most} can",
            "lower n_turbines or min_spacing_d",
        )


def most_turbines(site: Site, spacing: float) -> int:
    """Return an upper bound of the number of points on `site` at least `spacing` s [m] apart.

    The lower of two bounds. A point's Voronoi cell, within s/√3 of it, has at least the area of the
    regular hexagon of inradius s/2, (√3/2) s² (L. Fejes Tóth's proof of Thue's theorem); these
    cells do not overlap and lie within s/√3 of the site. And a convex set of area A and perimeter P
    holds at most (2/√3) A/s² + P/(2s) + 1 points (N. Oler 1961, Acta Mathematica 105:19).
    """
    arcs = 32
    reach = spacing / math.sqrt(3) / math.cos(math.pi / (4 * arcs))  # polygon around the circle
    hexagon = math.sqrt(3) / 2 * spacing**2
    by_cells = math.floor(shapely.buffer(site.area, reach, quad_segs=arcs).area / hexagon)
    by_oler = 0
    for hull in (parcel.convex_hull for parcel in site.polygons):
        by_oler += math.floor(hull.area / hexagon + hull.length / (2 * spacing) + 1 + 1e-9)
    return int(min(by_cells, by_oler))
