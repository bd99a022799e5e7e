"""The map of a run: the turbines inside the parcels, before and after."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from shapely import Polygon, affinity
from shapely.plotting import patch_from_polygon

from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.report.limits import Label, labels_of
from windopt.report.style import INK, LAYOUTS, MUTED, RC, RULE, SEA, LayoutStyle, set_titles
from windopt.report.wording import Verdict, label_of, layout_sentence, references

PANEL_IN = 4.3
NEIGHBOURHOOD = 0.5
"""How far off the site fixed turbines are shown, in extents of the site."""
HOLE: dict[str, Any] = {"facecolor": "white", "edgecolor": MUTED, "lw": 0.8, "hatch": "////"}
FIXED: dict[str, Any] = {"ls": "", "marker": "^", "ms": 6, "mfc": MUTED, "mec": INK, "mew": 0.8}
PARCEL: dict[str, Any] = {"facecolor": SEA, "edgecolor": MUTED, "lw": 1.2}


@rc_context(RC)
def figure_layout(problem: LayoutProblem, verdict: Verdict) -> Figure:
    """Draw the layout before and after, side by side: north up, in km, at one scale.

    Parameters
    ----------
    problem : LayoutProblem
        Its site, minimum spacing and wind rose.
    verdict : Verdict
        FLORIS's account of the layouts, as `RunFolder.read_verification` gives it.
    """
    layouts = verdict["layouts"]
    keys = [*references(layouts)[:1], "final"]
    (west, south), (east, north) = map_extent(problem) / 1e3
    origin = origin_km(problem)
    aspect = float(np.clip((north - south) / (east - west), 0.15, 1.6))
    wide = aspect < 0.5  # such panels go below each other
    rows, columns = (len(keys), 1) if wide else (1, len(keys))
    width = 2 * PANEL_IN if wide else PANEL_IN
    legend = _legend(problem, layouts, keys)
    size = (columns * width + 2.2, rows * (width * aspect + 1.5) + 0.25 * len(legend) / 2 + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.add_gridspec(rows, columns + 1, width_ratios=[width] * columns + [1.5])
    first: Axes | None = None
    for panel, key in enumerate(keys):
        place = grid[panel // columns, panel % columns]
        axes = figure.add_subplot(place, sharex=first, sharey=first)
        first = first or axes
        draw_site(axes, problem, origin)
        if key == "final" and (lattice := verdict.get("rows")):
            _draw_rows(axes, lattice, np.asarray(layouts[key]["layout"]), origin)
        draw_turbines(axes, problem, np.asarray(layouts[key]["layout"]), LAYOUTS[key], origin)
        if len(problem.fixed_layout):
            axes.plot(*(problem.fixed_layout / 1e3 - origin).T, **FIXED)
        set_titles(axes, label_of(layouts, key), layout_sentence(layouts, key))
        axes.label_outer()
    draw_rose(figure, grid[0, -1], problem.wind, problem.given_wind)
    figure.legend(
        handles=legend,
        loc="outside lower center",
        ncols=2 if size[0] <= 8 else len(legend) if len(legend) <= 5 else 3,
    )
    return figure


def origin_km(problem: LayoutProblem) -> FloatArray:
    """Return the corner (2,) [km] that a map counts from."""
    return map_origin(map_extent(problem)[0])


def map_origin(corner: FloatArray) -> FloatArray:
    """Return the place (2,) [km] that a map with a south-west corner (2,) [m] counts from."""
    far = np.abs(corner).max() > 1e5  # a national grid: its leading digits say nothing here
    return np.floor(corner / 1e3) if far else np.zeros(2)


def draw_site(axes: Axes, problem: LayoutProblem, origin: FloatArray) -> None:
    """Fill the parcels, hatch what is closed in them and set the axes up in km from `origin` [km].

    Parcels and exclusions bear their names, where they have some.
    """
    to_km = [1e-3, 0, 0, 1e-3, *-origin]
    for drawn in problem.site.drawn.geoms:
        whole = affinity.affine_transform(Polygon(drawn.exterior), to_km)
        axes.add_patch(patch_from_polygon(whole, **HOLE))
    for polygon in problem.site.polygons:
        scaled = affinity.affine_transform(polygon, to_km)
        axes.add_patch(patch_from_polygon(scaled, **PARCEL))
    low, high = map_extent(problem) / 1e3 - origin
    margin = 0.04 * (high - low).max() + problem.min_spacing_m / 2e3
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    axes.set(xlabel=kilometres("Easting", origin[0]), ylabel=kilometres("Northing", origin[1]))
    axes.set_aspect("equal")
    draw_north(axes)
    draw_labels(axes, labels_of(problem.site), 1e-3, origin)


def draw_labels(
    axes: Axes, labels: Sequence[Label], scale: float = 1.0, origin: FloatArray | None = None
) -> None:
    """Write names on a map whose limits are set, to that side of their place where there is room.

    Parameters
    ----------
    labels : sequence of Label
        Their places in metres.
    scale : float
        Units of the map to a metre.
    origin : (2,) [units]
        What the map counts from.
    """
    left, right = axes.get_xlim()
    for label in labels:
        x, y = np.array(label.place) * scale - (0.0 if origin is None else origin)
        share = (x - left) / (right - left)
        if not 0 <= share <= 1:
            continue
        axes.annotate(
            "\n".join(label.lines),
            (x, y),
            ha="left" if share < 0.25 else "right" if share > 0.75 else "center",
            va="center",
            size=6.5,
            color=INK,
            clip_on=True,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
            zorder=1.9,
        )


def draw_north(axes: Axes) -> None:
    """Point to the north above a map's right corner."""
    axes.annotate(
        "N",
        (0.98, 1),
        (0, 34),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        weight="bold",
        arrowprops={"arrowstyle": "<|-", "color": INK},
    )


def map_extent(problem: LayoutProblem) -> FloatArray:
    """Return the corners (2, 2) [m] of the site and of the fixed turbines in its neighbourhood."""
    low, high = np.reshape(problem.site.area.bounds, (2, 2))
    reach = NEIGHBOURHOOD * (high - low).max()
    fixed = problem.fixed_layout
    near = fixed[((fixed > low - reach) & (fixed < high + reach)).all(axis=1)]
    seen = np.vstack([low, high, near])
    return np.stack([seen.min(axis=0), seen.max(axis=0)])


def kilometres(name: str, offset: float) -> str:
    """Label an axis that counts from `offset` [km]."""
    return f"{name} − {offset:.0f} [km]" if offset else f"{name} [km]"


def _draw_rows(axes: Axes, rows: Mapping[str, Any], layout: FloatArray, origin: FloatArray) -> None:
    """Draw the rows that turbines (n_turbines, 2) [m] stand in, or near, as lines."""
    lattice = Lattice(np.array(rows["origin_m"]), np.array(rows["cell_m"]))
    steps = lattice.rows
    along, across = np.round((layout - lattice.origin) @ np.linalg.inv(steps)).T
    for row in np.unique(across):
        inside = along[across == row]
        ends = np.array([(inside.min() - 0.5, row), (inside.max() + 0.5, row)])
        line = (lattice.origin + ends @ steps) / 1e3 - origin
        axes.plot(*line.T, color=MUTED, lw=0.8, ls=":", zorder=1.5)


def draw_turbines(
    axes: Axes, problem: LayoutProblem, layout: FloatArray, style: LayoutStyle, origin: FloatArray
) -> None:
    """Draw a layout (n_turbines, 2) [m] with half the minimum spacing round each turbine."""
    centres = layout / 1e3 - origin
    rule = problem.spacing
    own = rule.bound_m.diagonal()[problem.types] / 1e3
    # of the ellipse that the rule's map makes a circle; its short axis lies across the long one
    long, short = (own / stretch for stretch in np.linalg.svd(rule.metric, compute_uv=False)[::-1])
    circles = EllipseCollection(
        long,
        short,
        np.full(len(centres), 90.0 - rule.long_axis),
        units="xy",
        offsets=centres,
        offset_transform=axes.transData,
        facecolors="none",
        edgecolors=style.colour,
        lw=0.6,
        alpha=0.6,
    )
    axes.add_collection(circles)
    for kind in np.unique(problem.types):
        axes.plot(*centres[problem.types == kind].T, **style.marker_of(kind))


def draw_rose(
    figure: Figure, place: SubplotSpec, wind: WindResource, given: WindResource | None = None
) -> None:
    """Draw how often the wind blows from where, on the map; say of how many directions it is made.

    Parameters
    ----------
    figure, place : Figure
        Where to draw.
    wind : WindResource
        What layouts are judged on.
    given : WindResource or None
        What it was refined from.
    """
    axes = figure.add_subplot(place, projection="polar")
    direction, probability = np.deg2rad(wind.wind_direction), wind.sector_probability
    axes.fill(direction, probability, facecolor=RULE, edgecolor=MUTED, lw=0.8)
    axes.set(theta_zero_location="N", theta_direction=-1, yticklabels=[], anchor="N", aspect=1)
    axes.set_xticks(np.deg2rad([0, 90, 180, 270]), ["N", "E", "S", "W"])
    axes.tick_params(pad=-2)
    axes.grid(False)
    axes.spines["polar"].set_color(RULE)
    refined = given is not None and len(given.wind_direction) != len(wind.wind_direction)
    words = f"\n({len(given.wind_direction)} directions, refined)" if given and refined else ""
    axes.set_xlabel(f"wind from{words}", color=MUTED)


def type_legend(names: Sequence[str]) -> list[Artist]:
    """Return the markers of several turbine types, with their names."""
    if len(names) < 2:
        return []
    looks = [LayoutStyle(MUTED).marker_of(kind) for kind in range(len(names))]
    shown = [
        shorten(name or f"type {kind}", 40, placeholder="…") for kind, name in enumerate(names)
    ]
    return [Line2D([], [], **look, label=name) for look, name in zip(looks, shown, strict=True)]


def _legend(problem: LayoutProblem, layouts: Mapping[str, Any], keys: list[str]) -> list[Artist]:
    site = problem.site
    holes = site.drawn.difference(site.area).area > 1.0
    holes |= any(polygon.interiors for polygon in site.polygons)
    words = f"excluded, set-back of {site.setback_m:g} m" if site.setback_m else "excluded"
    ring = LayoutStyle(MUTED).marker | {"ms": 12, "mfc": "none", "mew": 0.8}
    fixed = [Line2D([], [], **FIXED, label="fixed turbine")] if len(problem.fixed_layout) else []
    return [
        Patch(**PARCEL, label="parcel"),
        *([Patch(**HOLE, label=words)] if holes else []),
        *(Line2D([], [], **LAYOUTS[key].marker, label=label_of(layouts, key)) for key in keys),
        *type_legend([turbine.name for turbine in problem.turbines]),
        *fixed,
        Line2D([], [], **ring, label=f"half the minimum spacing of {problem.spacing_in_words}"),
    ]
