"""What maps write on parcels and exclusions: their names, and the distances kept."""

from dataclasses import dataclass
from textwrap import shorten, wrap

import shapely
from shapely.geometry.base import BaseGeometry

from windopt.problem.site import Site

NO_BREAK = "\u00a0"
LINE, MOST = 20, 38
"""Letters to a line of a name, and at most."""
MOST_LABELS = 40
"""With more names they would lie on each other: none is written."""
LETTER, HEIGHT = 0.014, 0.032
"""Width of a letter and height of a line, in extents of the map."""
SHIFTS = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Lines by which names give way to each other."""


@dataclass(frozen=True)
class Label:
    """Words in short lines, and the place (x, y) of their middle [m]."""

    lines: tuple[str, ...]
    place: tuple[float, float]


def labels_of(site: Site) -> list[Label]:
    """Name the parcels, by the number that tables give them where there are several.

    Exclusions that have a name or a distance and lie on the site are named with both. Names give
    way to each other upwards and downwards.
    """
    several = len(site.polygons) > 1
    found = []
    for number, polygon in enumerate(site.polygons, 1):
        inside = polygon.representative_point()
        names = [one.name for one in site.parcels if one.name and one.shape.intersects(inside)]
        words = " ".join([f"{number}" * several, *map(_short, names[:1])]).strip()
        words = f"parcel {number}" if several and not names else words
        if words:
            found.append(Label(_lines(words), _near_the_top(polygon)))
    for limit in site.exclusions:
        distance = f"{limit.distance_m:g}{NO_BREAK}m" if limit.distance_m else ""
        words = f" +{NO_BREAK}".join(words for words in (_short(limit.name), distance) if words)
        seen = limit.shape.intersection(site.drawn)
        if words and not seen.is_empty:
            largest = max(shapely.get_parts(seen), key=lambda part: part.area)
            (place,) = shapely.point_on_surface(largest).coords
            found.append(Label(_lines(words), (place[0], place[1])))
    if len(found) > MOST_LABELS:
        return []
    west, south, east, north = site.drawn.bounds
    return _apart(found, max(east - west, north - south))


def _apart(labels: list[Label], extent: float) -> list[Label]:
    """Shift labels by whole lines until none lies on another, if that can be."""
    boxes: list[BaseGeometry] = []
    placed = []
    for label in labels:
        wide = max(map(len, label.lines)) * LETTER * extent / 2
        high = len(label.lines) * HEIGHT * extent / 2
        x, y = label.place
        tried = [
            shapely.box(x - wide, y + up - high, x + wide, y + up + high)
            for up in (shift * HEIGHT * extent for shift in SHIFTS)
        ]
        free = (box for box in tried if not any(box.intersects(other) for other in boxes))
        box = next(free, tried[0])
        boxes.append(box)
        placed.append(Label(label.lines, (x, float(box.centroid.y))))
    return placed


def _near_the_top(polygon: shapely.Polygon) -> tuple[float, float]:
    """Return a place in a parcel near its northern end, where names lie on few turbines."""
    west, south, east, north = polygon.bounds
    y = north - 0.1 * (north - south)
    across = shapely.LineString([(west, y), (east, y)]).intersection(polygon)
    longest = max(shapely.get_parts(across), key=lambda part: part.length)
    return float(longest.centroid.x), float(y)


def _lines(words: str) -> tuple[str, ...]:
    return tuple(wrap(words, LINE))


def _short(words: str) -> str:
    short = shorten(words, MOST, placeholder="…")
    return short if short != "…" else f"{words[: MOST - 1]}…"
