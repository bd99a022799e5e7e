"""Tells by its content what a file is for: boundary, wind resource, turbine, layout, exclusions.

A guess, for `windopt init`: whoever uses it says what was guessed. Maps are told by what is drawn,
tables by their columns, YAML by its keys. A new format is one more line here.
"""

import re
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from windopt.config.files import require_file
from windopt.errors import ConfigError
from windopt.readers.places.csv_places import WKT, coordinate_columns, place_columns
from windopt.readers.places.features import GeoFile
from windopt.readers.places.files import is_boundary_table, is_geo_file, read_geo_file
from windopt.readers.tables import TABLES, columns_of
from windopt.readers.turbine.table import NAMES as TURBINE_NAMES
from windopt.readers.values import VALUE
from windopt.readers.wind.names import NAMES as WIND_NAMES
from windopt.readers.wind.table import is_wind_table
from windopt.readers.windio.document import Node, find_part, open_document, resolve

Role = Literal["site", "wind_resource", "turbine", "layout", "exclusions", "fixed_turbines"]

WINDIO_PARTS: dict[Role, tuple[str, ...]] = {
    "site": ("boundaries",),
    "wind_resource": ("wind_resource",),
    "turbine": ("performance", "turbine_types"),
    "layout": ("layouts",),
}
FLORIS_INPUT = ("farm", "flow_field", "wake")
KEPT_OFF = re.compile(r"exclu|cable|pipe|wreck|restrict|no.?go|buffer|setback|hazard", re.I)
NEAR_A_SITE = re.compile(
    r"(?<![a-z])(houses?|homes?|dwellings?|residen\w*|buildings?|receptors?|villages?|churches"
    r"|schools?|roads?|streets?|highways?|railways?|rivers?|streams?|lakes?|water|power.?lines?"
    r"|overhead.?lines?|masts?|radars?|airports?|forests?|woods?|habitats?|nature|heritage"
    r"|monuments?|shipping|traffic)(?![a-z])",
    re.I,
)
"""Names of what keeps turbines off, unless the name also tells of an outline."""
STANDING = re.compile(r"neighbo|existing|fixed|operat|built", re.I)
OUTLINE = re.compile(r"bound|site|parcel|area|lease|conces|perimeter|outline|polygon", re.I)
TURBINES = re.compile(r"layout|turbine|wtg|wec|position", re.I)


def roles_of(path: str) -> frozenset[Role]:
    """Return what a file can serve as; nothing where nobody knows.

    Parameters
    ----------
    path : str
        Of the file, as in a config; a windIO or FLORIS file may have several parts.

    Raises
    ------
    ConfigError
        Where there is no such file, or it cannot be read at all.
    """
    file = resolve(path)
    require_file(file, path)
    suffix = file.suffix.lower()
    if suffix in TABLES:
        return _of_table(file)
    if suffix in (".tab", ".wrg", ".rsf", ".lib", ".gwc", ".nc"):
        return frozenset({"wind_resource"})
    if suffix in (".tif", ".tiff"):
        cure = "leave it out here, and name it in the config as speed_map: beside a rose"
        raise ConfigError.of(path, "is a map, without directions", cure)
    if is_geo_file(file):
        return _of_map(file, read_geo_file(file, file.name, "points", close_rings=True))
    if suffix in (".yaml", ".yml"):
        return _of_yaml(open_document(path, file.name))
    return frozenset()


def attributes_of(path: str) -> list[dict[str, object]]:
    """Return what a map says of each of its features, by name; nothing where that is not known."""
    file = resolve(path)
    try:
        if not is_geo_file(file) or file.suffix.lower() in TABLES:
            return []
        drawn = read_geo_file(file, file.name, "vertices", close_rings=True)
    except ConfigError:  # told by the checks of the config
        return []
    return [dict(feature.values) for feature in drawn.features]


def _of_yaml(document: Node) -> frozenset[Role]:
    if all(key in document for key in FLORIS_INPUT):
        return frozenset({"wind_resource", "turbine", "layout"})
    if "power_thrust_table" in document:
        return frozenset({"turbine"})
    found: set[Role] = set()
    for role, markers in WINDIO_PARTS.items():
        part = find_part(document, markers)
        if part is not None and any(isinstance(part.values.get(m), dict | list) for m in markers):
            found.add(role)
    return frozenset(found)


def _of_table(file: Path) -> frozenset[Role]:
    wind = columns_of(file, {**WIND_NAMES, "value": VALUE})
    if "value" in wind and len(wind) > 1:
        cure = "leave it out here, and name it in the config as value:"
        raise ConfigError.of(file.name, "says what a MWh is worth", cure)
    if "direction" in wind or is_wind_table(file):
        return frozenset({"wind_resource"})
    if len(columns_of(file, TURBINE_NAMES)) > 1:
        return frozenset({"turbine"})
    columns = place_columns(file)
    if coordinate_columns(columns) is None and columns.isdisjoint(WKT):
        return frozenset()
    if "hole" in columns or is_boundary_table(file):
        return _area(file)
    if "type" in columns:
        return _points(file)
    return _of_map(file, read_geo_file(file, file.name, "points"))


def _of_map(file: Path, drawn: GeoFile) -> frozenset[Role]:
    kinds = {shape.geom_type.removeprefix("Multi") for shape in (f.shape for f in drawn.features)}
    if kinds == {"Polygon"}:
        return _area(file)
    if kinds != {"Point"} or _keeps_off(file.stem):
        return frozenset({"exclusions"})
    if file.suffix.lower() in TABLES and _is_outline(file.stem, drawn):
        return _area(file)
    return _points(file)


def _area(file: Path) -> frozenset[Role]:
    return frozenset({"exclusions" if _keeps_off(file.stem) else "site"})


def _keeps_off(name: str) -> bool:
    """Return by its name whether a file holds what keeps turbines off."""
    near = NEAR_A_SITE.search(name) and not (OUTLINE.search(name) or TURBINES.search(name))
    return bool(KEPT_OFF.search(name) or near)


def _points(file: Path) -> frozenset[Role]:
    return frozenset({"fixed_turbines" if STANDING.search(file.stem) else "layout"})


def _is_outline(name: str, drawn: GeoFile) -> bool:
    """Return whether points in a table are a boundary.

    By the table's name, or since they go round.
    """
    points = drawn.coordinates
    if TURBINES.search(name) or len(points) < 3:
        return False
    if OUTLINE.search(name) or np.array_equal(points[0], points[-1]):
        return True
    return bool(shapely.Polygon(points).is_valid) and len(points) < 10
