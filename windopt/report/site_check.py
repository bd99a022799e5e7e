"""The picture of a config: its site, the turbines as given, what is wrong with them.

It is drawn of whatever could be read, so that a fault in one file is seen on the map of the others.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from shapely.geometry.base import BaseGeometry
from shapely.plotting import patch_from_polygon

from windopt.config.economics import TurbineRange
from windopt.errors import Fault
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.least_spacing import SPACING_TOLERANCE_D
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingRule
from windopt.problem.turbine import largest_rotor
from windopt.readers.load import Parts
from windopt.report.limits import labels_of
from windopt.report.site_map import (
    FIXED,
    HOLE,
    PARCEL,
    draw_labels,
    draw_north,
    draw_rose,
    kilometres,
    map_origin,
    type_legend,
)
from windopt.report.style import GIVEN, INK, LAYOUTS, MUTED, RC, set_titles
from windopt.words import count_of

WRONG = "#b3123f"
BROKEN: dict[str, Any] = {"ls": "", "marker": "X", "ms": 8, "mfc": WRONG, "mec": "white"}
OFF_M = 1.0
"""Turbines less far off stand on a boundary drawn coarsely; their repair is not seen [m]."""
REACH = 0.6
"""How far off the site turbines are shown, in extents of the site."""
MOST_DRAWN = 5_000
"""Vertices that are drawn as they are."""
MOST_LABELS, MOST_FAULTS = 20, 8


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a config's picture is made of.

    Attributes
    ----------
    parts : Parts
        What could be read.
    boundary : shapely.MultiPolygon
        The site without the config's exclusions, repaired where it had to be.
    faults : sequence of Fault
        Of the config.
    start : (n_turbines, 2) [m]
        A layout that the search may begin with; None where none is known.
    """

    parts: Parts
    boundary: shapely.MultiPolygon
    faults: Sequence[Fault] = ()
    start: FloatArray | None = None

    @property
    def layout(self) -> FloatArray:
        """The layout as given (n, 2) [m]; empty without one."""
        given = self.parts.layout
        return np.empty((0, 2)) if given is None else given.coordinates

    @property
    def open_area(self) -> shapely.MultiPolygon:
        """Where turbines may stand, as far as known."""
        return self.boundary if self.parts.site is None else self.parts.site.area

    @property
    def rule(self) -> SpacingRule | None:
        """The rule of spacing, where it is known."""
        turbines, spacing = self.parts.turbines, self.parts.spacing
        if turbines is None or spacing is None:
            return None
        return spacing[1].rule(spacing[0] * largest_rotor(turbines), len(turbines))


def outside(drawn: Drawn) -> FloatArray:
    """Return how far each given turbine stands off the open area (n,) [m], 0 within `OFF_M`."""
    distance = shapely.distance(shapely.points(drawn.layout), drawn.open_area)
    away: FloatArray = np.where(distance > OFF_M, distance, 0.0)
    return away


def too_close(drawn: Drawn) -> IntArray:
    """Return the pairs of given turbines, and of those and fixed ones, that are too close (m, 2).

    Numbers from `len(layout)` on are fixed turbines.
    """
    rule, types, (fixed, fixed_types) = drawn.rule, drawn.parts.types, drawn.parts.fixed
    n = len(drawn.layout)
    if rule is None or types is None or len(types) != n or not n:
        return np.empty((0, 2), dtype=np.intp)
    layout, kinds = np.vstack([drawn.layout, fixed]), np.concatenate([types, fixed_types])
    pairs = rule.pairs_too_close(layout, kinds)
    i, j = pairs.T
    short = rule.bounds_of(i, j, kinds) - rule.distances(layout[i], layout[j])
    turbines = drawn.parts.turbines
    assert turbines is not None
    real = short > SPACING_TOLERANCE_D * largest_rotor(turbines)
    broken: IntArray = pairs[real & (pairs.min(axis=1) < n)]
    return broken


def remarks(drawn: Drawn) -> list[str]:
    """Return what the search will have to repair."""
    away, pairs, n = outside(drawn), too_close(drawn), len(drawn.layout)
    said = []
    if (off := np.flatnonzero(away)).size:
        worst = int(off[np.argmax(away[off])])
        said.append(
            f"{len(off)} of {count_of(n, 'given turbine')} "
            f"{'stands' if len(off) == 1 else 'stand'} where none may, "
            f"up to {away[worst]:,.0f} m off (number {worst + 1})"
        )
        site = drawn.parts.site
        if site is not None and site.setback_m:
            beyond = shapely.distance(shapely.points(drawn.layout[off]), site.drawn)
            said[-1] += (
                f"; of them {(beyond <= OFF_M).sum()} only within the set-back of "
                f"{site.setback_m:g} m"
            )
    if len(pairs):
        i, j = pairs[0]
        partner = f"{j + 1}" if j < n else f"fixed turbine {j - n + 1}"
        number = f"{len(pairs)} pairs are" if len(pairs) > 1 else "one pair is"
        said.append(f"{number} closer than the spacing allows (first: {i + 1} and {partner})")
    return said


@rc_context(RC)
def figure_check(drawn: Drawn) -> Figure:
    """Draw the site with what is excluded, set-backs, fixed turbines and the given layout or start.

    Turbines out of place are crossed, pairs too close joined. The wind rose stands beside the map,
    and the faults below it.
    """
    low, high = _extent(drawn)
    aspect = float(np.clip((high - low)[1] / max((high - low)[0], 1.0), 0.4, 1.5))
    figure = Figure(figsize=(10.5, 6.4 * aspect + 1.6), layout="constrained")
    wind, config = drawn.parts.wind, drawn.parts.config
    heights = [1.0, 2.0] if wind is not None else [0.01, 2.0]
    grid = figure.add_gridspec(2, 2, width_ratios=[3, 1.4], height_ratios=heights)
    axes = figure.add_subplot(grid[:, 0])
    origin = map_origin(low)
    _draw_ground(axes, drawn)
    legend = _draw_turbines(axes, drawn)
    margin = 0.04 * (high - low).max()
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    _count_from(axes, origin)
    draw_north(axes)
    if drawn.parts.site is not None:
        draw_labels(axes, labels_of(drawn.parts.site))
    free = config.n_turbines if isinstance(config.n_turbines, TurbineRange) else None
    n = drawn.parts.n_turbines
    number = f"{count_of(n, 'turbine')}, " if n else ""
    if free:
        number = f"{free.min} to {count_of(free.max, 'turbine')}, "
    if len(drawn.layout):
        number = f"{count_of(len(drawn.layout), 'turbine')} given, "
    set_titles(axes, config.name, f"{number}{drawn.open_area.area / 1e6:.2f} km² open to them")
    if wind is not None:
        draw_rose(figure, grid[0, 1], wind, drawn.parts.given_wind)
    notes = figure.add_subplot(grid[1, 1])
    _write_notes(notes, drawn)
    notes.legend(handles=legend, loc="lower left", bbox_to_anchor=(-0.05, 0))
    return figure


def _extent(drawn: Drawn) -> tuple[FloatArray, FloatArray]:
    """Return the corners of the map [m]: the site, and turbines in its neighbourhood."""
    low, high = np.reshape(drawn.boundary.bounds, (2, 2))
    reach = REACH * (high - low).max()
    turbines = np.vstack([drawn.layout, drawn.parts.fixed[0]])
    near = turbines[((turbines > low - reach) & (turbines < high + reach)).all(axis=1)]
    seen = np.vstack([low, high, near])
    return seen.min(axis=0), seen.max(axis=0)


def _count_from(axes: Axes, origin: FloatArray) -> None:
    """Let the axes, drawn in metres, count in kilometres from an origin [km]."""

    def label(value: float, start: float) -> str:
        return f"{value / 1e3 - start:g}"

    east, north = origin.tolist()
    axes.xaxis.set_major_formatter(lambda value, _: label(value, east))
    axes.yaxis.set_major_formatter(lambda value, _: label(value, north))
    axes.set(xlabel=kilometres("Easting", east), ylabel=kilometres("Northing", north))
    axes.set_aspect("equal")


def _as_seen(area: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons of an area, without vertices that no eye would tell apart."""
    west, south, east, north = area.bounds if not area.is_empty else (0.0, 0.0, 0.0, 0.0)
    fine = max(east - west, north - south) / 5000
    if shapely.get_num_coordinates(area) > MOST_DRAWN:
        area = shapely.simplify(area, fine, preserve_topology=True)
    return list(shapely.get_parts(area))


def _draw_ground(axes: Axes, drawn: Drawn) -> None:
    for polygon in _as_seen(drawn.boundary):
        axes.add_patch(patch_from_polygon(polygon, **HOLE))
    for polygon in _as_seen(drawn.open_area):
        axes.add_patch(patch_from_polygon(polygon, **PARCEL))
    for item in drawn.parts.config.exclusions:  # the shape itself, within its set-back
        if item.point is not None:
            axes.plot(*item.point, marker="+", ms=9, color=INK, zorder=2)
        elif (line := item.line or item.polygon) is not None:
            ends = line if item.line else [*line, line[0]]
            axes.plot(*np.array(ends).T, color=INK, lw=1.4, zorder=2)


def _draw_turbines(axes: Axes, drawn: Drawn) -> list[Artist]:
    """Draw all turbines and give the legend of the map."""
    legend: list[Artist] = [Patch(**PARCEL, label="where turbines may stand")]
    if drawn.boundary.difference(drawn.open_area).area > 1.0:
        legend.append(Patch(**HOLE, label="excluded, set-backs included"))
    layout, away, pairs = drawn.layout, outside(drawn), too_close(drawn)
    fixed = drawn.parts.fixed[0]
    if len(fixed):
        legend += axes.plot(*fixed.T, **FIXED, label=count_of(len(fixed), "fixed turbine"))
    if drawn.start is not None:
        look: dict[str, Any] = {"ls": "", "marker": ".", "ms": 5, "color": MUTED}
        what = "given layout, repaired" if len(layout) else "a random start"
        legend += axes.plot(*drawn.start.T, **look, label=what)
        if len(layout):
            for one, other in zip(layout, drawn.start, strict=True):
                axes.plot(*np.array([one, other]).T, color=MUTED, lw=0.8)
    if len(layout):
        look_of, good = LAYOUTS["initial"].marker_of, away == 0
        types = drawn.parts.types
        kinds = (
            np.zeros(len(layout), np.intp) if types is None or len(types) != len(layout) else types
        )
        legend += axes.plot([], [], **look_of(0), label=count_of(int(good.sum()), "given turbine"))
        for kind in np.unique(kinds):
            axes.plot(*layout[good & (kinds == kind)].T, **look_of(kind))
        legend += type_legend([turbine.name for turbine in drawn.parts.turbines or ()])
        if not good.all():
            legend += axes.plot(
                *layout[~good].T, **BROKEN, label=f"{(~good).sum()} where none may stand"
            )
    everyone = np.vstack([layout, fixed])
    for pair in pairs:
        axes.plot(*everyone[pair].T, color=WRONG, lw=2.5, solid_capstyle="round", zorder=1.8)
    if len(pairs):
        legend.append(Line2D([], [], color=WRONG, lw=2.5, label="too close to each other"))
    broken = list(dict.fromkeys([*np.flatnonzero(away), *pairs.ravel()]))[:MOST_LABELS]
    for number in broken:
        name = f"{number + 1}" if number < len(layout) else f"fixed {number - len(layout) + 1}"
        style: dict[str, Any] = {"color": WRONG, "size": 8, "weight": "bold", "clip_on": True}
        axes.annotate(name, everyone[number], (6, 5), textcoords="offset points", **style)
    return legend


def _write_notes(axes: Axes, drawn: Drawn) -> None:
    """Write faults and remarks beside the map."""
    axes.axis("off")
    low, high = _extent(drawn)
    away = ((drawn.layout < low) | (drawn.layout > high)).any(axis=1)
    notes = []
    if away.any():
        x, y = drawn.layout[away].mean(axis=0)
        notes.append(
            f"{count_of(int(away.sum()), 'given turbine')} {'is' if away.sum() == 1 else 'are'} "
            f"off this map, around ({x:,.0f}, {y:,.0f})."
        )
    notes += [f"{remark[0].upper()}{remark[1:]}." for remark in remarks(drawn)]
    if drawn.parts.site is None:
        notes.append("The boundary is drawn as far as it can be repaired.")
    if drawn.parts.wind is None:
        notes.append("The wind cannot be shown.")
    lines = [textwrap.fill(note, 40) for note in notes]
    if drawn.faults:
        shown = [f"{i}. {fault.where}: {fault.problem}" for i, fault in enumerate(drawn.faults, 1)]
        lines.append(f"{len(shown)} {'fault' if len(shown) == 1 else 'faults'} in the config:")
        lines += [
            textwrap.fill(textwrap.shorten(line, 220), 40, subsequent_indent="   ")
            for line in shown[:MOST_FAULTS]
        ]
        if len(shown) > MOST_FAULTS:
            lines.append(f"and {len(shown) - MOST_FAULTS} more")
    colour = WRONG if drawn.faults else GIVEN if notes else MUTED
    text = "\n".join(lines) or "No faults."
    axes.text(0, 1, text, va="top", size=8, color=colour, transform=axes.transAxes, linespacing=1.4)


def boundary_of(site: Site | None, plain: Site | None) -> shapely.MultiPolygon | None:
    """Return the boundary to draw: that without the config's exclusions, where it could be read."""
    shown = plain or site
    return None if shown is None or shown.area.is_empty else shown.area
