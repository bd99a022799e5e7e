"""Reads a given layout: that of a windIO ``wind_farm``, a CSV file, or the points of a map.

Each may say of which type its turbines are: windIO in the list ``turbine_types`` beside the
coordinates, a CSV in a column ``type``, a map in an attribute ``type``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.readers.places.files import is_geo_file, read_geo_file
from windopt.readers.places.placing import looks_like_degrees, place
from windopt.readers.windio.document import Node, open_part, resolve
from windopt.words import count_of

TypeNames = tuple[int | str, ...]


@dataclass(frozen=True, eq=False)
class GivenLayout:
    """A layout as its file gives it.

    Parameters
    ----------
    coordinates : (n_turbines, 2) [m]
    type_names : (n_turbines,)
        Number or name of each turbine's type, None where the file is silent.
    where : str
        The place of the types in the file.
    """

    coordinates: FloatArray
    type_names: TypeNames | None
    where: str

    def __len__(self) -> int:
        return len(self.coordinates)


def read_layout(path: str, key: str = "layout", site: Site | None = None) -> GivenLayout:
    """Read a layout and, where it says so, its turbines' types.

    Parameters
    ----------
    path : str
        Of the file, as in the config.
    key : str
        The config key that names it.
    site : into whose CRS a layout in another one is projected; None leaves it as it is
    """
    file = resolve(path)
    layout = _from_map(file, key, site) if is_geo_file(file) else _from_farm(path, key)
    if not len(layout):
        raise ConfigError.of(file.name, "holds no turbines", f"add turbines, or leave out {key}")
    return layout


def _from_map(file: Path, key: str, site: Site | None) -> GivenLayout:
    """Read the points of a map or a table."""
    drawn = read_geo_file(file, key, "points")
    features = drawn.features if site is None else place(drawn, site.crs)[0]
    faults = FaultCollector()
    places, names, silent = [], [], []
    for feature in features:
        if not isinstance(feature.shape, shapely.Point | shapely.MultiPoint):
            kind = feature.shape.geom_type
            cure = "keep the turbines only, as points"
            faults.append(Fault(feature.where, f"is a {kind}, not a point", cure))
            continue
        points = shapely.get_coordinates(feature.shape)
        places.append(points)
        name = _type_name(feature.values.get("type"))
        silent += [feature.where] * (name == "")
        names += [name] * len(points)
    if 0 < (told := sum(name != "" for name in names)) < len(names):
        problem = f"names no turbine type, as {told} of {len(names)} turbines do"
        faults.append(Fault(silent[0], problem, "write its number (0, 1, ...) or its name"))
    faults.raise_any()
    return GivenLayout(
        np.vstack(places), tuple(names) if "" not in names else None, f"{file.name}: type"
    )


def _type_name(value: object) -> int | str:
    """Return a type as a map's attribute names it; empty where it is silent."""
    if value is None or isinstance(value, int):
        return "" if value is None else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    name = str(value).strip()
    return int(name) if name.isdecimal() else name


def _from_farm(path: str, key: str) -> GivenLayout:
    farm = open_part(path, key, "layouts")
    if isinstance(farm.get("layouts"), dict):
        node = _of_older_form(farm.child("layouts"))
    else:
        layouts = farm.children("layouts")
        if len(layouts) != 1:
            problem = f"holds {len(layouts)} layouts"
            raise farm.error("layouts", problem, "keep the one to start from")
        node = layouts[0]
    faults = FaultCollector(
        node.misspelt_keys("coordinates", "turbine_types", "turbine_identifiers")
    )
    type_names = faults.attempt(_type_numbers, node) if "turbine_types" in node else None
    layout = faults.attempt(lambda: node.child("coordinates").points())
    where = node.place("turbine_types")
    if layout is not None and looks_like_degrees(layout):
        (x, y), (u, v) = layout.min(axis=0), layout.max(axis=0)
        problem = f"goes from ({x:.6g}, {y:.6g}) to ({u:.6g}, {v:.6g}): these are no metres"
        cure = "give metres, not degrees or kilometres"
        faults.append(Fault(node.place("coordinates"), problem, cure))
    if layout is not None and type_names is not None and len(type_names) != len(layout):
        problem = f"has {count_of(len(type_names), 'type')} for {count_of(len(layout), 'turbine')}"
        faults.append(Fault(where, problem, "give one for each turbine"))
    faults.raise_any()
    assert layout is not None
    return GivenLayout(layout, type_names, where)


def _of_older_form(layouts: Node) -> Node:
    """Return the layout of a mapping: itself, or the initial one of windIO 1's by name."""
    if "coordinates" in layouts:
        return layouts
    named = [key for key, value in layouts.values.items() if isinstance(value, dict)]
    if "initial_layout" in named:
        return layouts.child("initial_layout")
    if len(named) == 1 and "coordinates" in layouts.values[named[0]]:
        return layouts.child(named[0])
    return layouts


def _type_numbers(node: Node) -> TypeNames:
    numbers = node.vector("turbine_types")
    broken = numbers[numbers != np.round(numbers)]
    if broken.size:
        cure = "give whole numbers from 0"
        raise node.error("turbine_types", f"{broken[0]:g} is no type's number", cure)
    return tuple(numbers.astype(int).tolist())
