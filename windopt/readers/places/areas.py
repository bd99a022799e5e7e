"""Turns what was drawn into valid areas: polygons with holes, repaired where that is allowed.

A repair never opens what was closed: ground is what a polygon's outline goes round, less all that
its holes go round, whatever their rings share or cross.

Which polygons of one feature are holes is told by containment, since writers forget both the order
and the winding of rings: what lies within one other is a hole, what lies within two is an island,
and so on. What lies in a hole of another already counts from there anew. Features are never holes
in each other.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray, IntArray
from windopt.readers.places.features import Feature

logger = logging.getLogger(__name__)

Shapes = NDArray[np.object_]
SAME = 1e-6
"""Share of a polygon that may stick out of another that holds it: edges drawn twice differ."""
OVERLAP_M2 = 1.0
"""Overlaps below are of edges drawn twice [m²]."""
MANY_VERTICES = 30_000
"""Of a polygon that is looked at for crossings before anything else."""
MOST_CROSSINGS = 2000
"""Of the edges of a file's polygons, that are repaired: a survey has a few."""
MOST_NEARBY = 1_000_000
"""Pairs of a polygon's edges whose bounding boxes meet: an outline has three for each edge."""
MOST_REPAIRS = 200
"""Polygons of a file that are repaired."""
MOST_MEETINGS = 20_000
"""Pairs of polygons of a file that touch or overlap."""


@dataclass
class Repairs:
    """Whether polygons of a file may be repaired, and what has been done so far.

    Attributes
    ----------
    allowed : bool
        Whether they may be.
    done : int
        Number of polygons repaired.
    crossings : int
        Number of crossings of their edges.
    """

    allowed: bool
    done: int = 0
    crossings: int = 0


def boundary_area(feature: Feature, label: str, repairs: Repairs) -> BaseGeometry:
    """Return the polygons of a feature; where repairs are allowed, lines that close count."""
    polygons = []
    faults = FaultCollector()
    shapes = singles(feature.shape)
    beside = sum(not _may_be_ground(shape) for shape in shapes)
    if 0 < beside < len(shapes):
        logger.warning(
            "%s: %d of the %d parts of %s %s and left out",
            feature.where,
            beside,
            len(shapes),
            label,
            "is no polygon" if beside == 1 else "are no polygons",
        )
        shapes = [shape for shape in shapes if _may_be_ground(shape)]
    for shape in shapes:
        if repairs.allowed and isinstance(shape, shapely.LineString) and shape.is_closed:
            shape = shapely.Polygon(shape)
        if not isinstance(shape, shapely.Polygon):
            kind = "line" if isinstance(shape, shapely.LineString) else "point"
            cure = "draw the boundary as a polygon (QGIS: lines to polygons)"
            if kind == "line" and shape.is_closed:
                cure += "; it closes, so repair_boundaries: true takes it for one"
            faults.append(Fault(feature.where, f"{label} is a {kind}, not a polygon", cure))
            continue
        polygons.append(faults.attempt(valid_polygons, shape, feature.where, label, repairs))
    faults.raise_any()
    return by_containment([p for p in polygons if p is not None], f"{feature.where}: {label}")


def by_containment(polygons: list[shapely.MultiPolygon], where: str) -> BaseGeometry:
    """Return the ground of one feature's valid polygons, of which some may be holes in others.

    Parameters
    ----------
    polygons : list[shapely.MultiPolygon]
        Each valid; in any order.
    where : str
        Its place, for the warnings.
    """
    if len(polygons) == 1:
        return polygons[0]
    filled = np.array([shapely.union_all([_outline(p) for p in a.geoms]) for a in polygons])
    inside, twice = _nested(np.array(polygons), filled, where)
    holes = [i for i, outer in enumerate(inside) if len(outer) % 2 and i not in twice]
    ground = []
    for i, polygon in enumerate(polygons):
        if i in holes or i in twice:
            continue
        within = [j for j in holes if j not in inside[i]]
        ground.append(polygon.difference(shapely.union_all(filled[within])) if within else polygon)
    if twice:
        logger.warning("%s: %s drawn twice; it counts once", where, _counted(len(twice), "polygon"))
    if holes:
        logger.warning(
            "%s: %s within another of the same feature, of %s together: taken as %s, where no "
            "turbine may stand",
            where,
            "1 polygon lies" if len(holes) == 1 else f"{len(holes)} polygons lie",
            in_km2(shapely.union_all(filled[holes]).area),
            "a hole" if len(holes) == 1 else "holes",
        )
    united = shapely.union_all(ground)
    overlap = sum(area.area for area in ground) - united.area
    if overlap > OVERLAP_M2:
        logger.warning("%s: its polygons overlap by %.0f m²; they are united", where, overlap)
    return united


def _may_be_ground(shape: BaseGeometry) -> bool:
    """Return whether a shape is a polygon, or a line that closes and may be meant for one."""
    closes = isinstance(shape, shapely.LineString) and shape.is_closed
    return closes or isinstance(shape, shapely.Polygon)


def singles(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the points, lines and polygons in a shape, however nested."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [single for part in shape.geoms for single in singles(part)]


def polygon_of(
    vertices: FloatArray, where: str, label: str, repairs: Repairs
) -> shapely.MultiPolygon:
    """Return the area inside a ring of vertices (n, 2) [m]; repairs are noted in `repairs`."""
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"{label} has {distinct} distinct {'vertex' if distinct == 1 else 'vertices'}"
        raise ConfigError.of(where, problem, "a polygon needs 3 or more")
    return valid_polygons(shapely.Polygon(vertices), where, label, repairs)


def valid_polygons(
    polygon: shapely.Polygon, where: str, label: str, repairs: Repairs
) -> shapely.MultiPolygon:
    """Return a polygon with its holes as valid parts, repaired where that is allowed."""
    if shapely.get_num_coordinates(polygon) > MANY_VERTICES:  # a tangle takes minutes to be judged
        require_few_crossings(polygon, where, label)
    parts = polygons_of(polygon)
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)  # such as Self-intersection[502321.1 5716743.2]
        if not repairs.allowed:
            fault, _, place_ = reason.partition("[")
            at = ", ".join(place_.rstrip("]").split())
            kind = "self-intersecting" if "ntersection" in fault else f"invalid ({fault.lower()})"
            problem = f"{label} is {kind} at ({at})"
            raise ConfigError.of(where, problem, "repair it or pass repair_boundaries: true")
        if repairs.done == MOST_REPAIRS:
            problem = f"{label} is invalid, and {MOST_REPAIRS} polygons before it were"
            raise ConfigError.of(where, problem, "draw them again, or keep what concerns this site")
        repairs.done += 1
        repairs.crossings += require_few_crossings(polygon, where, label, repairs.crossings)
        parts = repaired(polygon, f"{where}: {label}")
        logger.warning(
            "%s: %s repaired: %s; %s as drawn, %s%s after: what the outline goes round, less what "
            "any hole does",
            where,
            label,
            reason,
            in_km2(abs(polygon.area)),
            in_km2(parts.area),
            f" in {len(parts.geoms)} parts" if len(parts.geoms) > 1 else "",
        )
    if parts.is_empty:
        raise ConfigError.of(where, f"{label} has no area", "correct its vertices")
    return parts


def repaired(polygon: shapely.Polygon, where: str) -> shapely.MultiPolygon:
    """Return what the outline of a polygon goes round, less what any of its holes goes round.

    Where another ring goes round the first and all, the two have changed places.
    """
    rings = [_ground_of(ring, where) for ring in (polygon.exterior, *polygon.interiors)]
    widest = int(np.argmax([ring.area for ring in rings]))
    outline = widest if rings[widest].covers(rings[0]) else 0
    holes = [ring for i, ring in enumerate(rings) if i != outline]
    return polygons_of(rings[outline].difference(shapely.union_all(holes)))


def _ground_of(ring: shapely.LinearRing, where: str) -> BaseGeometry:
    """Return all that a ring goes round; one that goes over to another and back counts as two."""
    loops = [polygons_of(_all_round(loop)) for loop in _loops(ring)]
    loops = [loop for loop in loops if not loop.is_empty]
    return by_containment(loops, where) if loops else shapely.MultiPolygon()


def _loops(ring: shapely.LinearRing) -> list[shapely.LinearRing]:
    """Part a ring where it takes an edge in both directions, such as a cut from outline to hole."""
    vertices = [tuple(vertex) for vertex in shapely.get_coordinates(ring).tolist()]
    edges = [(p, q) for p, q in pairwise(vertices) if p != q]
    taken = set(edges)
    onwards: dict[tuple[float, ...], list[tuple[float, ...]]] = {}
    for p, q in edges:
        if (q, p) not in taken:
            onwards.setdefault(p, []).append(q)
    if sum(map(len, onwards.values())) == len(edges):
        return [ring]
    loops = []
    while onwards:
        loop = [next(iter(onwards))]
        while loop[-1] in onwards and (len(loop) == 1 or loop[-1] != loop[0]):
            following = onwards[loop[-1]]
            loop.append(following.pop(0))
            if not following:
                del onwards[loop[-2]]
        if len(loop) > 3:
            loops.append(shapely.LinearRing(loop))
    return loops


def require_few_crossings(polygon: shapely.Polygon, where: str, label: str, before: int = 0) -> int:
    """Count how often a polygon's edges cross, and refuse what would take for ever to repair.

    With those `before` it in the same file there are too many at more than MOST_CROSSINGS. Edges
    are looked up in a tree, a few at a time, until then.
    """
    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    lines = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    segments = shapely.linestrings(lines)
    tree = shapely.STRtree(segments)
    nearby = 0
    for begin in range(0, len(segments) if len(segments) > MANY_VERTICES // 3 else 0, 1000):
        nearby += tree.query(segments[begin : begin + 1000]).shape[1]
        if nearby > MOST_NEARBY:
            problem = f"{label} has {len(segments):,} edges that lie over and beside one another"
            raise ConfigError.of(where, problem, "simplify it (QGIS: simplify), or draw it again")
    crossings, begin, few = 0, 0, max(1, min(16, 500_000 // len(segments)))
    while begin < len(segments):
        asked = segments[begin : begin + few]
        found = tree.query(asked, predicate="crosses")
        crossings += found.shape[1]
        if before + crossings // 2 > MOST_CROSSINGS:  # each is found from both of its edges
            problem = f"{label} crosses itself more than {MOST_CROSSINGS:,} times"
            if before:
                problem += ", together with the polygons before it"
            cure = "draw it again: its vertices are not in the order of an outline"
            raise ConfigError.of(where, problem, cure)
        begin += len(asked)
        few = max(few, min(4096, 4 * few * len(asked) // max(found.shape[1], len(asked))))
    return crossings // 2


def meetings(shapes: Sequence[BaseGeometry] | Shapes, where: str) -> IntArray:
    """Return the pairs of a file's polygons that touch or overlap, each both ways: (2, n_pairs).

    Raises
    ------
    ConfigError
        Where there are more than MOST_MEETINGS, as among copies of one polygon.
    """
    tree = shapely.STRtree(shapes)
    found, pairs, begin, few = [], 0, 0, 16
    while begin < len(shapes):
        ones, others = tree.query(shapes[begin : begin + few], predicate="intersects")
        apart = ones + begin != others
        found.append(np.stack([ones[apart] + begin, others[apart]]))
        pairs += found[-1].shape[1]
        if pairs > 2 * MOST_MEETINGS:
            problem = f"polygons touch or overlap one another more than {MOST_MEETINGS:,} times"
            raise ConfigError.of(where, problem, "unite them (QGIS: dissolve)")
        begin += few
    return np.concatenate(found, axis=1)


def polygons_of(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Keep the polygons of `geometry`; unions and repairs may leave points and lines."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.area > 0])


def in_km2(area_m2: float) -> str:
    """Return an area [m²] as messages show it."""
    return f"{area_m2 / 1e6:.6g} km²"


def _counted(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"


def _all_round(ring: shapely.LinearRing) -> BaseGeometry:
    """Return all that a ring goes round, however it crosses itself."""
    # the other method, "linework", opens what is gone round twice
    return shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)


def _outline(polygon: shapely.Polygon) -> shapely.Polygon:
    return shapely.Polygon(polygon.exterior)


def _nested(polygons: Shapes, filled: Shapes, where: str) -> tuple[list[set[int]], set[int]]:
    """Return within which other polygons each lies, and which are drawn before.

    Parameters
    ----------
    polygons, filled : (n,)
        With and without their holes.
    where : str
        Their place, for the fault.

    Returns
    -------
    inside : for each, the polygons whose ground holds it
    twice : those that are the same as an earlier one
    """
    areas = shapely.area(filled)
    ones, others = meetings(filled, where)
    shared = shapely.area(shapely.intersection(filled[ones], filled[others]))
    held = shared >= (1 - SAME) * areas[ones]
    same = held & (shared >= (1 - SAME) * areas[others])
    twice = {int(i) for i, j in zip(ones[same], others[same], strict=True) if j < i}
    inside: list[set[int]] = [set() for _ in filled]
    for i, j in zip(ones[held & ~same].tolist(), others[held & ~same].tolist(), strict=True):
        on_ground = polygons[j].intersection(filled[i]).area > SAME * areas[i]
        if j not in twice and on_ground:
            inside[i].add(j)
    return inside, twice
