"""What the working map of the report has: kernels, wind, rules, layouts, and files to download."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import shapely

from windopt.exports.floris_layout import WIND_COLUMNS, floris_template
from windopt.exports.placed import names_of_types
from windopt.problem.boundary import BOUNDARY_TOLERANCE_M
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.report.live.arrays import packed
from windopt.report.live.kernel import kernel_of, speed_up_of
from windopt.report.live.rose import few_of, rose_of
from windopt.report.svg_map import SvgMap, mark
from windopt.report.wording import label_of, references
from windopt.surrogate.scenarios import known_models
from windopt.surrogate.surrogate import Surrogate

SCRIPTS = ("wake", "flow", "wind", "rules", "files", "wakes", "layout", "map", "panel", "page")
"""In the order in which they build on each other."""
MORE = 20
"""So many turbines may be added to the farm."""
FILES = ("moved_floris.yaml", "moved_floris_wind.csv", "moved_floris_speed_up.csv")
"""Names of FLORIS's input that the page gives to download, and of those beside it."""


@dataclass(frozen=True)
class LiveMap:
    """The working map.

    Attributes
    ----------
    data : str
        JSON, fit to stand in a script element.
    script, style : str
    box, drawing : str
        The map's ``viewBox``, and what it shows beside turbines.
    models : list of str
        Wake models whose kernels the page has.
    choices : list of (str, str)
        Layouts to start from and to compare with: key and name.
    types : list of str
        Names of the turbine types.
    """

    data: str
    script: str
    style: str
    box: str
    drawing: str
    models: list[str]
    choices: list[tuple[str, str]]
    types: list[str]


def live_map(
    problem: LayoutProblem,
    surrogate: Surrogate,
    layouts: Mapping[str, Any],
    floris: Mapping[str, Mapping[str, float]],
    sampled: bool,
) -> LiveMap:
    """Put together the working map.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
        Of the problem's own wake model.
    layouts : mapping of str to Any
        Those of `verification.json`.
    floris : mapping of str to mapping of str to float [GWh]
        FLORIS's AEP by wake model and layout, of further wake models.
    sampled : bool
        Whether FLORIS's figures are of a sample of the rose.
    """
    keys = [*references(layouts), "final"]
    places = {key: np.array(layouts[key]["layout"], dtype=np.float64) for key in keys}
    surrogates = kernels_of(problem, surrogate)
    picture = SvgMap(problem, "Turbines that can be moved")
    own = {key: float(layouts[key]["aep_gwh"]) for key in keys}
    known = {problem.wake.velocity_model: own, **floris}
    alike = [one for one in places.values() if len(one) == problem.n_turbines]
    largest_ti = float(problem.wind.turbulence_intensity.max())
    data = {
        "name": problem.name,
        "config": "config.yaml",
        "hours": problem.hours_per_year,
        "netShare": problem.net_share,
        "sampled": sampled,
        "rose": rose_of(problem),
        "speedUp": speed_up_of(problem.speed_up),
        "middle": places["final"].mean(axis=0).tolist(),
        "kernels": [
            {
                "model": name,
                "floris": {key: known.get(name, {}).get(key) for key in keys},
                "few": few_of(problem, one, alike),
                "kernel": kernel_of(one, largest_ti),
            }
            for name, one in surrogates.items()
        ],
        "types": problem.types.tolist(),
        "typeNames": [one.name or f"type {k}" for k, one in enumerate(problem.turbines)],
        "typeInFiles": names_of_types(problem),
        "diameter": [one.rotor_diameter for one in problem.turbines],
        "fixed": problem.fixed_layout.tolist(),
        "fixedTypes": problem.fixed_types.tolist(),
        "fixedCounted": problem.fixed_counted,
        "more": MORE,
        "layouts": {
            key: {"label": label_of(layouts, key), "places": place.tolist()}
            for key, place in places.items()
        },
        "rules": _rules(problem),
        "map": {
            "west": picture.west,
            "north": picture.north,
            "scale": picture.scale,
            "margin": picture.margin,
            "top": picture.top,
            "rooms": picture.room_sizes(),
            "marks": [mark(kind, "body", 0.0, 0.0, "") for kind in range(len(problem.turbines))],
        },
        "files": _files(problem),
    }
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return LiveMap(
        data=text.replace("<", "\\u003c"),
        script="\n".join(_asset(f"{name}.js") for name in SCRIPTS),
        style=_asset("live.css"),
        box=picture.box,
        drawing=picture.content,
        models=list(surrogates),
        choices=[(key, label_of(layouts, key)) for key in reversed(keys)],
        types=data["typeNames"],
    )


def kernels_of(problem: LayoutProblem, surrogate: Surrogate) -> dict[str, Surrogate]:
    """Return the kernels of a page by wake model, the problem's own first."""
    own = problem.wake.velocity_model
    robust = problem.config.robust
    names = [own, *(name for name in ([] if robust is None else robust.weights) if name != own)]
    models = known_models(problem, surrogate, names)
    return {name: model.surrogate for name, model in models.items()}


def _rules(problem: LayoutProblem) -> dict[str, Any]:
    """Return what a layout has to keep."""
    site, rule = problem.site, problem.spacing
    return {
        "area": [_rings(polygon) for polygon in site.polygons],
        "drawn": [_rings(polygon) for polygon in site.drawn.geoms],
        "setback": site.setback_m,
        "tolerance": BOUNDARY_TOLERANCE_M,
        "metric": rule.metric.ravel().tolist(),
        "bound": rule.bound_m.tolist(),
        "shareTolerated": problem.least_spacing.share_tolerated,
        "words": problem.spacing_in_words,
        "unchecked": [one.name for one in problem.further_constraints],
    }


def _rings(polygon: shapely.Polygon) -> list[dict[str, Any]]:
    """Return the rings of a polygon, the outer one first."""
    rings: Sequence[Any] = [polygon.exterior, *polygon.interiors]
    return [packed(_coordinates(ring)) for ring in rings]


def _coordinates(ring: Any) -> FloatArray:
    found: FloatArray = shapely.get_coordinates(ring)
    return found


def _files(problem: LayoutProblem) -> dict[str, Any]:
    """Return what the page needs to write files."""
    template = floris_template(problem, *FILES)
    return {
        "crs": problem.site.crs,
        "floris": template.head,
        "florisTypes": list(template.types),
        "placed": problem.n_turbines,
        "names": list(FILES),
        "windColumns": list(WIND_COLUMNS),
    }


def _asset(name: str) -> str:
    """Read a file of this package."""
    text = files("windopt.report.live").joinpath(name).read_text(encoding="utf-8")
    return text.replace('"use strict";\n', "", 1)
