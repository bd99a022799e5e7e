"""Maps of layouts as SVG: sharp at any size, legible on a phone, coloured by the page they are in.

A map is 360 units wide, about the pixels of a phone, so that its letters come out there as they are
written here. Colours are classes that the page's style sheet knows: `parcel`, `given`,
`grid`, `final`.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import floor, log10
from textwrap import shorten
from typing import Any
from zlib import crc32

import numpy as np
import shapely
from matplotlib import colormaps
from matplotlib.colors import to_hex

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.report.limits import labels_of
from windopt.report.site_map import map_extent

WIDTH, MARGIN, HEAD = 360.0, 12.0, 22.0
"""Of a map, of its edge, and of the strip above it where the arrow to the north stands."""
NUMBER = 14.0
"""How far a turbine's number reaches above it."""
RADIUS = 3.4
SHAPES = ((4, 0.5), (4, 0.0), (5, 0.0), (3, 0.5), (6, 0.0))
"""Corners and turn, in parts of a corner, of all turbine types but the first, a circle."""
LETTER, LINE = 6.6, 11.0
"""Width of a bold letter and height of a line."""
MOST_NUMBERED = 120
"""With more turbines numbers would lie on each other; each turbine's title has its own."""


KIND, LONGEST = 13.0, 44
"""Height of a line that names a turbine type, and letters of its name."""
SMALL = 4.7
"""Width of a letter of a parcel's or an exclusion's name."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


class SvgMap:
    """A map of a problem's site that layers of turbines are drawn on.

    Parameters
    ----------
    problem : LayoutProblem
        Its parcels, fixed turbines and minimum spacing.
    label : str
        What the map shows, for those who cannot see it.
    """

    def __init__(self, problem: LayoutProblem, label: str) -> None:
        self.problem, self.label = problem, label
        (self.west, south), (east, self.north) = map_extent(problem)
        extent = max(east - self.west, (self.north - south) / 1.5)
        room = problem.spacing.largest_m / 2  # about a turbine on the site's edge
        self.scale = min((WIDTH - 2 * MARGIN) / extent, (WIDTH - 4) / (extent + 2 * room))
        self.margin = max(MARGIN, room * self.scale + 2)
        self.top = HEAD + max(NUMBER, room * self.scale)
        self.width = max((east - self.west) * self.scale + 2 * self.margin, 0.6 * WIDTH)
        self.height = (self.north - south) * self.scale + self.top + self.margin + 18
        self.height += KIND * len(self._kind_names())
        self.parts: list[str] = []
        self._site()

    def turbines(
        self, layout: FloatArray, kind: str, titles: Sequence[str] = (), numbered: bool = False
    ) -> None:
        """Draw turbines (n, 2) [m] as circles of a class, each with its title, and its number."""
        rooms = self._rooms(len(layout))
        for i, (x, y) in enumerate(self._places(layout)):
            title = f"<title>{escape(titles[i])}</title>" if len(titles) else ""
            if kind != "ghost":
                self.parts.append(rooms[i].format(kind=kind, x=x, y=y))
            self.parts.append(mark(self._type_of(i, len(layout)), kind, x, y, title))
            if numbered and len(layout) <= MOST_NUMBERED:
                self.parts.append(f'<text x="{x + 4.5:.1f}" y="{y - 3.5:.1f}">{i + 1}</text>')

    def ways(self, before: FloatArray, after: FloatArray) -> None:
        """Draw a line from where each turbine was to where it is, (n, 2) [m] both."""
        for (x, y), (u, v) in zip(self._places(before), self._places(after), strict=True):
            self.parts.append(f'<line class="way" x1="{x}" y1="{y}" x2="{u}" y2="{v}"/>')

    def cells(self, places: FloatArray, step_m: float, values: FloatArray) -> None:
        """Shade square cells about places (m, 2) [m] by their values (m,), the largest lightest."""
        side = step_m * self.scale
        spread = max(float(np.ptp(values)), 1e-300)
        for (x, y), value in zip(self._places(places), values.tolist(), strict=True):
            shade = to_hex(colormaps["viridis"]((value - values.min()) / spread))
            corner = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}"'
            size = f'width="{side + 0.3:.1f}" height="{side + 0.3:.1f}"'
            self.parts.append(f'<rect {corner} {size} fill="{shade}"/>')

    def marks(self, places: FloatArray, words: Sequence[str]) -> None:
        """Mark places (m, 2) [m], each with its words, where these lie on nothing if they can."""
        where = self._places(places)
        taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in where]
        for x, y in where:
            corners = f"{x},{y - 5:.1f} {x + 5:.1f},{y} {x},{y + 5:.1f} {x - 5:.1f},{y}"
            self.parts.append(f'<polygon class="mark" points="{corners}"/>')
        for (x, y), text in zip(where, words, strict=True):
            beside = _boxes_beside(x, y, LETTER * len(text))
            left, _, right, bottom = next(
                (box for box in beside if self._holds(box) and not _lies_on(box, taken)), beside[0]
            )
            taken.append((left, bottom - LINE, right, bottom))
            words_at = f'x="{(left + right) / 2:.1f}" y="{bottom - 2.5:.1f}" text-anchor="middle"'
            self.parts.append(f'<text class="mark" {words_at}>{escape(text)}</text>')

    def render(self) -> str:
        """Return the SVG element."""
        return (
            f'<svg class="map" viewBox="{self.box}" role="img" aria-label="{escape(self.label)}">'
            f"{self.content}</svg>"
        )

    @property
    def box(self) -> str:
        """The SVG element's ``viewBox``."""
        return f"0 0 {self.width:.0f} {self.height:.0f}"

    @property
    def content(self) -> str:
        """What is in the SVG element."""
        return f"{''.join(self.parts)}{''.join(self._kinds())}{self._rule()}"

    def _kind_names(self) -> list[str]:
        """Name the turbine types, where there are several."""
        turbines = self.problem.turbines
        names = [turbine.name or f"type {kind}" for kind, turbine in enumerate(turbines)]
        return names if len(names) > 1 else []

    def _type_of(self, turbine: int, n_turbines: int) -> int:
        types = self.problem.types
        return int(types[turbine]) if len(types) == n_turbines else 0

    def _kinds(self) -> Iterator[str]:
        """Draw the legend of the turbine types, above the scale."""
        names = self._kind_names()
        for kind, name in enumerate(names):
            y = round(self.height - 26 - KIND * (len(names) - 1 - kind), 1)
            yield mark(kind, "kind", MARGIN + 4, y, "")
            words = shorten(name, LONGEST, placeholder="…") if " " in name else name[:LONGEST]
            yield f'<text x="{MARGIN + 13}" y="{y + 3.4:.1f}">{escape(words)}</text>'

    def _labels(self) -> None:
        """Write names on parcels and exclusions, within the map."""
        for label in labels_of(self.problem.site):
            half = SMALL * max(map(len, label.lines)) / 2
            ((x, y),) = self._places(np.array([label.place]))
            x = min(max(x, half + 4), self.width - half - 4)
            for number, line in enumerate(label.lines):
                at = f'x="{x:.1f}" y="{y + 9 * (number + 0.8 - len(label.lines) / 2):.1f}"'
                words = f'<text class="limit" {at} text-anchor="middle">{escape(line)}</text>'
                self.parts.append(words)

    def _holds(self, box: Box) -> bool:
        left, top, right, bottom = box
        return left >= 0 and top >= HEAD and right <= self.width and bottom <= self.height

    def _rooms(self, n_turbines: int) -> list[str]:
        """Return each turbine's shape of half the spacing to another of its type, to be placed."""
        rule, types = self.problem.spacing, self.problem.types
        if len(types) != n_turbines:
            types = np.zeros(n_turbines, dtype=np.intp)
        shapes = []
        for rx, ry, turn in self.room_sizes():
            size = f'rx="{rx:.1f}" ry="{ry:.1f}" transform="rotate({turn:.1f} {{x}} {{y}})"'
            shapes.append(
                f'<circle class="{{kind}} room" cx="{{x}}" cy="{{y}}" r="{rx:.1f}"/>'
                if rule.circular
                else f'<ellipse class="{{kind}} room" cx="{{x}}" cy="{{y}}" {size}/>'
            )
        return [shapes[kind] for kind in types]

    def room_sizes(self) -> list[tuple[float, float, float]]:
        """Return half the spacing of each type: semi-axes in units of the map, and turn [deg]."""
        rule = self.problem.spacing
        # of the ellipse that the rule's map makes a circle; its short axis lies across the long one
        long, short = (1.0 / np.linalg.svd(rule.metric, compute_uv=False)[::-1]).tolist()
        bounds = (rule.bound_m.diagonal() / 2 * self.scale).tolist()
        return [(bound * long, bound * short, rule.long_axis - 90) for bound in bounds]

    def _places(self, layout: FloatArray) -> list[tuple[float, float]]:
        x = (layout[:, 0] - self.west) * self.scale + self.margin
        y = (self.north - layout[:, 1]) * self.scale + self.top
        return [(round(a, 1), round(b, 1)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]

    def _site(self) -> None:
        hatch = f"hatch-{crc32(self.label.encode())}"
        self.parts.append(
            f'<defs><pattern id="{hatch}" width="5" height="5" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><path class="hatch" d="M0 0v5"/></pattern></defs>'
        )
        for drawn in self.problem.site.drawn.geoms:
            whole = self._ring(shapely.get_coordinates(drawn.exterior))
            title = "<title>no turbine may stand here</title>"
            self.parts.append(
                f'<path class="closed" fill="url(#{hatch})" d="{whole}">{title}</path>'
            )
        for number, polygon in enumerate(self.problem.site.polygons, 1):
            rings = [polygon.exterior, *polygon.interiors]
            path = " ".join(self._ring(shapely.get_coordinates(ring)) for ring in rings)
            title = f"<title>parcel {number}</title>"
            self.parts.append(f'<path class="parcel" fill-rule="evenodd" d="{path}">{title}</path>')
        for x, y in self._places(self.problem.fixed_layout):
            corners = f"{x},{y - 4.2:.1f} {x - 3.8:.1f},{y + 2.8:.1f} {x + 3.8:.1f},{y + 2.8:.1f}"
            title = "<title>fixed turbine</title>"
            self.parts.append(f'<polygon class="fixed" points="{corners}">{title}</polygon>')
        self._labels()

    def _ring(self, corners: FloatArray) -> str:
        steps = [f"{x} {y}" for x, y in dict.fromkeys(self._places(corners))]
        return f"M{'L'.join(steps)}Z"

    def _rule(self) -> str:
        """Draw the scale, a round number of kilometres long, and the arrow to the north."""
        longest = 0.35 * self.width / self.scale
        power = 10.0 ** floor(log10(longest))
        metres = max(step * power for step in (1, 2, 5) if step * power <= longest)
        y, end = self.height - 14, MARGIN + metres * self.scale
        said = f"{metres / 1e3:g} km"
        x = self.width - MARGIN - 4
        return (
            f'<path class="rule" d="M{MARGIN} {y - 4:.1f}v4H{end:.1f}v-4"/>'
            f'<text x="{end + 5:.1f}" y="{y + 1:.1f}">{said}</text>'
            f'<path class="rule" d="M{x:.1f} 18v-14m-3 5l3 -5l3 5"/>'
            f'<text x="{x - 13:.1f}" y="14">N</text>'
        )


def mark(number: int, kind: str, x: float, y: float, title: str) -> str:
    """Draw a turbine of a type by its number: a circle, a square, a rhombus and so on."""
    if number == 0:
        return f'<circle class="{kind}" cx="{x}" cy="{y}" r="{RADIUS}">{title}</circle>'
    sides, turn = SHAPES[(number - 1) % len(SHAPES)]
    angle = 2 * np.pi * (np.arange(sides) + turn) / sides
    size = 1.25 * RADIUS
    ring = np.stack([x + size * np.sin(angle), y - size * np.cos(angle)], axis=1)
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in ring)
    return f'<polygon class="{kind}" points="{corners}">{title}</polygon>'


def _boxes_beside(x: float, y: float, width: float) -> list[Box]:
    """Return where words may stand beside a mark: right, left, above, below, and corners."""
    across = (x + 7, x - 7 - width, x - width / 2)
    up = (y - LINE / 2, y - 6 - LINE, y + 6)
    order = ((0, 0), (1, 0), (2, 1), (2, 2), (0, 1), (1, 1), (0, 2), (1, 2))
    return [(across[i], up[j], across[i] + width, up[j] + LINE) for i, j in order]


def _lies_on(box: Box, others: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    return any(
        left < their_right and their_left < right and top < their_bottom and their_top < bottom
        for their_left, their_top, their_right, their_bottom in others
    )


def map_of_moves(problem: LayoutProblem, before: FloatArray, after: FloatArray) -> str:
    """Draw who has moved from where to where: (n_turbines, 2) [m] both, turbine by turbine."""
    drawn = SvgMap(problem, "Where each turbine was, and where it stands now")
    drawn.ways(before, after)
    drawn.turbines(before, "ghost")
    way = np.hypot(*(after - before).T)
    names = [f" ({problem.turbines[kind].name})" for kind in problem.types]
    if len(problem.turbines) < 2 or len(names) != len(after):
        names = [""] * len(after)
    titles = [
        f"turbine {i}{name}: moved {metres:,.0f} m"
        for i, (metres, name) in enumerate(zip(way, names, strict=True), 1)
    ]
    drawn.turbines(after, "final", titles, numbered=True)
    return drawn.render()


def map_of_one_more(problem: LayoutProblem, layout: FloatArray, answers: Mapping[str, Any]) -> str:
    """Draw where one more turbine would yield most: `answers` is `what_if.json`, with a map."""
    drawn, places = answers["map"], answers["places"]
    picture = SvgMap(problem, "Where one more turbine would yield most")
    picture.cells(np.array(drawn["places"]), drawn["step_m"], np.array(drawn["values"]))
    picture.turbines(layout, "final", [f"turbine {i}" for i in range(1, len(layout) + 1)])
    where = np.array([(place["x"], place["y"]) for place in places])
    picture.marks(where, [f"{place['gain_gwh']:+.2f} GWh" for place in places])
    return picture.render()
