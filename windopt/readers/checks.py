"""Checks that windIO's schema does not make, and those across files.

Each yields the faults it finds, so that one pass over the input reports all of them.
"""

import logging
import math
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import shapely
import shapely.affinity
from scipy.spatial import cKDTree

from windopt.config.economics import TurbineRange
from windopt.config.schema import Config
from windopt.errors import Fault
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingRule
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine
from windopt.readers.places.placing import explain_distance
from windopt.words import count_of

logger = logging.getLogger(__name__)

PROBABILITY_TOLERANCE = 1e-3  # published tables are rounded: IEA37 case study 3 sums to 0.9999
ONE_SPOT, BESIDE, FAR_OFF = 1.0, 2_000.0, 50_000.0  # [m]
SECTORS = (8, 12, 16, 18, 24, 36)
"""Usual numbers of them in a rose."""
HIGHEST_TURBULENCE = 0.4
"""No site is as turbulent on average; IEC 61400-1's class A+ is 0.18 at 15 m/s [-]."""


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
        problem = f"{outside[0]:g} is no direction"
        yield Fault(where, problem, cure_of_direction(wind_direction))
    elif len(wind_direction) > 2 and wind_direction.max() <= 6.3 and (wind_direction % 1).any():
        problem = f"never passes {wind_direction.max():.3g}"
        yield Fault(where, problem, "give degrees, not radians")
    elif (n := len(wind_direction)) in SECTORS:
        order = np.sort(wind_direction)
        if (order == order[0] + np.arange(n)).all() and order[0] in (0, 1):
            problem = f"{order[0]:g}, {order[1]:g}, ... {order[-1]:g} are the numbers of sectors"
            yield Fault(where, problem, f"give their middles: 0, {360 / n:g}, {720 / n:g}, ...")
    values, counts = np.unique(wind_direction % 360, return_counts=True)
    if (counts > 1).any():
        problem = f"direction {values[counts > 1][0]:g} appears twice (0 and 360 are the same)"
        cure = "keep one of them; if each has frequencies of its own, with their sum"
        yield Fault(where, problem, cure)


def cure_of_direction(wind_direction: FloatArray) -> str:
    """Return how directions, some of which are none, become degrees."""
    if (abs(wind_direction) <= 180).all():
        return "give degrees from 0 to 360: add 360 to those below 0"
    if (abs(wind_direction) > 900).any():  # -999, 9999 and the like
        return "give degrees from 0 to 360, and leave cells empty where nothing was measured"
    return "give degrees from 0 to 360"


def check_turbulence(where: str, turbulence_intensity: FloatArray) -> Iterator[Fault]:
    """Turbulence intensities lie between 0 and 1, and are not high throughout."""
    outside = turbulence_intensity[(turbulence_intensity <= 0) | (turbulence_intensity >= 1)]
    if outside.size:
        cure = "give a fraction such as 0.06"
        if 1 < outside[0] < 100:
            cure += ", not per cent"
        yield Fault(where, f"{outside[0]:g} is outside (0, 1)", cure)
    elif turbulence_intensity.size and np.median(turbulence_intensity) > HIGHEST_TURBULENCE:
        problem = f"is {np.median(turbulence_intensity):.3g} in the middle, more than any site has"
        cure = "give a share such as 0.06; a standard deviation [m/s] is to be divided by the speed"
        yield Fault(where, problem, cure)


def check_thrust(where: str, thrust_coefficient: FloatArray) -> Iterator[Fault]:
    """Thrust coefficients lie within [0, 1), the range of momentum theory, and are not all 0."""
    outside = thrust_coefficient[(thrust_coefficient < 0) | (thrust_coefficient >= 1)]
    if outside.size:
        yield Fault(where, f"{outside[0]:g} is outside [0, 1)", "correct the thrust curve")
    elif not (thrust_coefficient > 0).any():
        yield Fault(where, "is 0 everywhere", "give the thrust curve of the turbine")


def check_turbine_count(
    site: Site,
    counts: IntArray,
    rule: SpacingRule,
    fixed_layout: FloatArray,
    fixed_types: IntArray,
) -> Iterator[Fault]:
    """Check that the site can hold the turbines at the least spacing, off the fixed turbines.

    Looked at are all turbines at the least bound among their types, and each type on its own; in
    the mapped space of the rule its ellipses are circles.

    Parameters
    ----------
    site : Site
    counts : (n_types,)
        Number of turbines of each type.
    rule : SpacingRule
    fixed_layout, fixed_types : (f, 2) [m]
        (f,).
    """
    present = np.flatnonzero(counts)
    groups = [present] if rule.uniform else [present, *present[:, None]]
    for types in groups:
        if not len(types):
            continue
        n_turbines, bound = (
            int(counts[types].sum()),
            float(rule.bound_m[np.ix_(types, types)].min()),
        )
        open_site = _mapped_site(site, rule, types, fixed_layout, fixed_types)
        most = most_turbines(open_site, bound)
        if n_turbines > most:
            beside = (
                f" beside {count_of(len(fixed_layout), 'fixed one')}" if len(fixed_layout) else ""
            )
            verb = "does" if n_turbines == 1 else "do"
            across = "" if rule.circular else f", {rule.smallest_m:g} m across the wind,"
            yield Fault(
                "n_turbines",
                f"{count_of(n_turbines, 'turbine')} {bound:g} m apart{across} {verb} not fit on "
                f"{site.area_km2:.2f} km²{beside}; no more than {most} can",
                "lower n_turbines or min_spacing_d" + (", or site_setback" * bool(site.setback_m)),
            )
            return


def check_free_number(
    config: Config,
    free: TurbineRange,
    turbines: Sequence[Turbine] | None,
    given: int | None,
    known: Collection[Fault],
) -> Iterator[Fault]:
    """Check that a free number of turbines has its economics, one type, and nothing that fixes it.

    Parameters
    ----------
    config : Config
    free : TurbineRange
        The bounds.
    turbines : sequence of Turbine or None
        The types, where they could be read.
    given : int or None
        Number of turbines in a given layout, if there is one.
    known : Collection[Fault]
        The faults found before.
    """
    bounds = f"n_turbines is free between {free.min} and {free.max}"
    if config.economics is None and not any("economics" in fault.where for fault in known):
        yield Fault(
            "economics",
            f"is missing, but {bounds}",
            "add economics: {value_per_mwh: ..., cost_per_turbine: ...}, or give one n_turbines",
        )
    if given is not None:
        yield Fault(
            "layout",
            f"has {count_of(given, 'turbine')}, but {bounds}",
            f"leave out the layout, or give n_turbines: {given}",
        )
    if config.turbine_counts is not None:
        yield Fault(
            "turbine_counts",
            f"{config.turbine_counts}, but {bounds}",
            "leave out turbine_counts, or give one n_turbines",
        )
    if turbines is not None and len(turbines) > 1:
        yield Fault(
            "turbine",
            f"has {len(turbines)} types, but {bounds}: only farms of one type can be sized",
            "name one turbine, or give n_turbines and turbine_counts",
        )


def check_fixed(
    layout: FloatArray,
    types: IntArray,
    turbines: Sequence[Turbine],
    given: FloatArray | None,
) -> Iterator[Fault]:
    """Check that fixed turbines do not touch each other, and are not the turbines to be placed.

    Parameters
    ----------
    layout, types : (f, 2) [m]
        (f,).
    turbines : (n_types,)
    given : (n_turbines, 2) [m]
        The layout to start from, if there is one.
    """
    where = "fixed_turbines.layout"
    radius = np.array([turbine.rotor_diameter for turbine in turbines])[types] / 2
    pairs = cKDTree(layout).query_pairs(2 * radius.max(), output_type="ndarray")
    distance = np.hypot(*(layout[pairs[:, 0]] - layout[pairs[:, 1]]).T)
    touching = np.flatnonzero(distance < radius[pairs].sum(axis=1))
    if len(touching):
        first = touching[np.argmin(distance[touching])]
        i, j = pairs[first] + 1
        problem = f"turbines {i} and {j} stand {distance[first]:.3g} m apart: their rotors touch"
        more = f" ({len(touching)} such pairs)" if len(touching) > 1 else ""
        yield Fault(where, problem + more, "correct their coordinates, in metres")
    if given is not None and len(given):
        gap = np.hypot(*np.moveaxis(layout[:, None] - given, -1, 0))
        same = np.argwhere(gap < ONE_SPOT)
        if len(same):
            first, other = same[0] + 1
            yield Fault(
                where,
                f"turbine {first} stands where turbine {other} of layout does ({len(same)} such)",
                "leave it out of one of the two",
            )


def check_neighbours(
    neighbourhood: Neighbourhood,
    fixed: tuple[FloatArray, IntArray],
    turbines: Sequence[Turbine],
    given: FloatArray | None,
) -> Iterator[Fault]:
    """Check that neighbours touch nobody who stands at the same time, and are not one's own.

    Parameters
    ----------
    neighbourhood : Neighbourhood
    fixed : places (f, 2) [m] and types (f,) of all fixed turbines, the neighbours last
    turbines : (n_types,)
    given : (n_turbines, 2) [m]
        The layout to start from, if there is one.
    """
    layout, types = fixed
    farm_of = np.full(len(layout), -1)
    for number in range(len(neighbourhood.farms)):
        farm_of[neighbourhood.turbines_of(number, len(layout))] = number
    names = [f"neighbour {one.name!r}" for one in neighbourhood.farms] + ["fixed_turbines"]
    together = {
        frozenset((i, j))
        for one in neighbourhood.build_outs
        for i in one.present
        for j in (*one.present, -1)
    }
    radius = np.array([turbine.rotor_diameter for turbine in turbines])[types] / 2
    told: set[frozenset[int]] = set()
    for i, j in cKDTree(layout).query_pairs(2 * radius.max()):
        pair = frozenset((int(farm_of[i]), int(farm_of[j])))
        apart = float(np.hypot(*(layout[i] - layout[j])))
        if apart < radius[i] + radius[j] and pair in together and pair not in told:
            told.add(pair)
            x, y = layout[i]
            yield Fault(
                "neighbours",
                f"turbines of {' and '.join(names[n] for n in sorted(pair, reverse=True))} stand "
                f"{apart:.3g} m apart at ({x:.10g}, {y:.10g}): their rotors touch",
                "correct their coordinates, or give the farms years that do not overlap",
            )
    if given is None or not len(given):
        return
    for number, one in enumerate(neighbourhood.farms):
        gap = np.asarray(cKDTree(one.layout).query(given)[0])
        same = int(np.count_nonzero(gap < ONE_SPOT))
        if same:
            yield Fault(
                "neighbours",
                f"turbine {int(np.argmin(gap)) + 1} of layout stands where one of "
                f"{names[number]} does ({same} such)",
                "leave it out of one of the two",
            )


def check_on_site(site: Site, layout: FloatArray) -> Iterator[Fault]:
    """Check that a given layout (n, 2) [m] is not far off the site."""
    west, south, east, north = site.area.bounds
    nearest = float(shapely.distance(shapely.points(layout), site.area).min())
    if nearest > max(east - west, north - south, BESIDE):
        words = explain_distance(layout, site)
        x, y = layout.mean(axis=0)
        yield Fault(
            "layout",
            f"lies around ({x:.10g}, {y:.10g}), {nearest / 1e3:.4g} km off the site, which is "
            f"around ({(west + east) / 2:.10g}, {(south + north) / 2:.10g})",
            f"give both in one CRS; {words} lie on it" if words else "give both in one CRS",
        )


def check_wind_is_known(
    speed_up: SpeedUp, site: Site, turbines: Sequence[Turbine], fixed_layout: FloatArray
) -> Iterator[Fault]:
    """Rotors on the site, and the fixed ones (f, 2) [m], stand where the grid tells the wind."""
    margin = max(turbine.rotor_diameter for turbine in turbines) / 4
    bounds = np.array(site.area.bounds).reshape(2, 2)
    if speed_up.beyond(bounds, margin).any():
        yield Fault(
            "wind_resource",
            f"ends less than {margin:.4g} m, a quarter of a rotor, beyond the site",
            "give a grid with a row of nodes more all round",
        )
    beyond = speed_up.beyond(fixed_layout, margin)
    if beyond.any():
        x, y = fixed_layout[np.argmax(beyond)]
        yield Fault(
            "fixed_turbines.layout",
            f"{beyond.sum()} of {len(beyond)} turbines, one at ({x:.10g}, {y:.10g}), stand beyond "
            "the grid of the wind resource",
            "give a larger grid, or leave out turbines whose wakes do not matter",
        )


def check_reach(site: Site, fixed_layout: FloatArray) -> None:
    """Warn of fixed turbines too far off for their wakes to matter: mostly another CRS."""
    away = shapely.distance(shapely.points(fixed_layout), site.area)
    if (far := away > FAR_OFF).any():
        words = explain_distance(fixed_layout[far], site)
        logger.warning(
            "fixed_turbines, neighbours: %d of %d turbines are more than %.0f km off the site, "
            "one %.0f km: check the coordinate system%s",
            far.sum(),
            len(away),
            FAR_OFF / 1e3,
            away.max() / 1e3,
            f" ({words} lie on it)" if words else "",
        )


def _mapped_site(
    site: Site,
    rule: SpacingRule,
    types: IntArray,
    fixed_layout: FloatArray,
    fixed_types: IntArray,
) -> Site:
    """Map a site to where the rule is circular, and take out what fixed turbines close to types."""
    (a, b), (c, d) = rule.metric
    area = shapely.affinity.affine_transform(site.area, [a, b, c, d, 0.0, 0.0])
    if len(fixed_layout):
        bound = rule.bound_m[np.ix_(types, fixed_types)].min(axis=0)
        # polygons within the circles: an upper bound of what is left
        closed = shapely.buffer(shapely.points(rule.mapped(fixed_layout)), bound * (1 - 1e-9))
        area = area.difference(shapely.union_all(closed))
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    return Site(site.name, shapely.MultiPolygon([part for part in parts if not part.is_empty]))


MOST_VERTICES = 3_000
"""Of a site, beyond which it is thinned before it is widened."""


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
    area, tolerance = site.area, 0.0
    # what is left out lies within the tolerance of what is kept: the bound only grows
    while shapely.get_num_coordinates(area) > MOST_VERTICES and tolerance < reach:
        tolerance = 2 * tolerance or 1e-3 * reach
        area = shapely.simplify(site.area, tolerance, preserve_topology=True)
    by_cells = math.floor(shapely.buffer(area, reach + tolerance, quad_segs=arcs).area / hexagon)
    by_oler = 0
    for hull in (parcel.convex_hull for parcel in site.polygons):
        by_oler += math.floor(hull.area / hexagon + hull.length / (2 * spacing) + 1 + 1e-9)
    return int(min(by_cells, by_oler))
