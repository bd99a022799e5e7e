"""Reads the farm of a FLORIS input: turbine types, layout, and a wind that it names alone."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.floris_input import HUB as HUB
from windopt.config.floris_input import floris_section, refuse_flow, unknown_floris_keys
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import check_directions, check_turbulence
from windopt.readers.places.layout import GivenLayout
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.floris import library_turbine, read_floris_turbine, turbine_of
from windopt.readers.wind.context import WindContext
from windopt.readers.windio.document import Node
from windopt.words import count_of

logger = logging.getLogger(__name__)


def read_floris_turbines(path: Path, context: TurbineContext) -> tuple[Turbine, ...]:
    """Read the turbine types of a FLORIS input, in the order in which they appear.

    A name is FLORIS's own turbine of that name, else that of a file in `turbine_library_path`.

    Conditions of multi-dimensional turbines are those of the input, unless `context` has some.
    """
    farm = _farm(path, "turbine")
    flow = floris_section(path, "flow_field", "turbine")
    if not context.multidim_conditions and (conditions := flow.get("multidim_conditions")):
        node = Node(f"{path.name}: flow_field", flow).child("multidim_conditions")
        told = {str(key): node.number(key) for key in conditions}
        context = replace(context, multidim_conditions=told)
    library = path.parent / str(farm.values.get("turbine_library_path", "."))
    faults, types = FaultCollector(), dict[str, Any]()
    for entry in _entries(farm):
        if isinstance(entry, dict) and types.setdefault(_name(entry), entry) != entry:
            problem = f"holds two turbines of the name {_name(entry)!r}"
            faults.append(Fault(farm.place("turbine_type"), problem, "give each a name of its own"))
        types.setdefault(_name(entry), entry)
    read = [faults.attempt(_turbine, farm, types[name], library, context) for name in types]
    faults.raise_any()
    found = [turbine for turbine in read if turbine is not None]
    hubs = [turbine.hub_height for turbine in found]
    if len(set(hubs)) > 1 and flow.get("reference_wind_height", HUB) == HUB:
        logger.warning(
            "%s: reference_wind_height %d with hubs at %s m, which FLORIS refuses: the hub height "
            "of the first type, %g m, is taken",
            path.name,
            HUB,
            " and ".join(f"{hub:g}" for hub in sorted(set(hubs))),
            hubs[0],
        )
    return tuple(replace(one, name=name) for name, one in zip(types, found, strict=True))


def read_floris_layout(path: Path, key: str) -> GivenLayout:
    """Read layout_x and layout_y with the types of the turbines."""
    farm = _farm(path, key)
    x, y, entries = farm.coordinates("layout_x"), farm.coordinates("layout_y"), _entries(farm)
    if len(x) != len(y):
        problem = f"has {len(x)} layout_x and {len(y)} layout_y"
        raise ConfigError.of(farm.where, problem, "give one of each for each turbine")
    if len(entries) not in (1, len(x)):
        problem = f"has {count_of(len(entries), 'type')} for {count_of(len(x), 'turbine')}"
        raise farm.error("turbine_type", problem, "give one for all, or one for each")
    names = tuple(map(_name, entries)) if len(entries) > 1 else None
    return GivenLayout(np.column_stack([x, y]), names, farm.place("turbine_type"))


def read_floris_wind(path: Path, context: WindContext) -> WindResource:
    """Read the wind of a FLORIS input, of which there must be one: it says not how often it blows.

    Its speed is brought from ``reference_wind_height`` with the input's wind shear to where the
    config's speeds hold, which is the same height where the air is of the input too.
    """
    values = floris_section(path, "flow_field", "wind_resource")
    refuse_flow(path, values)
    node = Node(f"{path.name}: flow_field", values)
    names = ("wind_directions", "wind_speeds", "turbulence_intensities")
    winds = [np.unique(node.vector(name)) for name in names]
    if any(len(wind) != 1 for wind in winds):
        problem = f"names {max(map(len, winds))} winds, and not how often each blows"
        cure = "name a wind rose or a time series, such as a CSV with wd, ws, freq_val"
        raise ConfigError.of(node.where, problem, cure)
    direction, speed, turbulence = winds
    height = node.number("reference_wind_height") if "reference_wind_height" in node else HUB
    if height == HUB and context.turbine is not None:
        height = context.turbine.hub_height
    shear = node.number("wind_shear") if "wind_shear" in node else 0.0
    ratio = context.speed_up(node.where, height, shear) if height > 0 else 1.0
    faults = FaultCollector(check_directions(node.place(names[0]), direction))
    faults.extend(check_turbulence(node.place(names[2]), turbulence))
    faults.raise_any()
    one = np.ones((1, 1))
    return WindResource.scaled(direction, ratio * speed, one, turbulence[:, None])


def _farm(path: Path, key: str) -> Node:
    section, where = floris_section(path, "farm", key), f"{path.name}: farm"
    FaultCollector(unknown_floris_keys(section, "farm", where)).raise_any()
    return Node(where, section)


def _entries(farm: Node) -> list[Any]:
    entries = farm.get("turbine_type")
    if not isinstance(entries, list) or not entries or not all(map(_name, entries)):
        cure = "give a list of names of FLORIS's library, or of definitions with a turbine_type"
        raise farm.error("turbine_type", "is no list of turbines", cure)
    return entries


def _name(entry: Any) -> str:
    name = entry.get("turbine_type") if isinstance(entry, dict) else entry
    return name.removesuffix(".yaml") if isinstance(name, str) else ""


def _turbine(farm: Node, entry: Any, library: Path, context: TurbineContext) -> Turbine:
    if isinstance(entry, dict):
        return turbine_of(Node(farm.place("turbine_type"), entry), library, context)
    own, name = library / f"{_name(entry)}.yaml", _name(entry)
    known = (library_turbine("nrel_5MW").parent / f"{name}.yaml").is_file()
    if own.is_file() and known and "turbine_library_path" in farm:
        problem = f"{name!r} is in turbine_library_path and in FLORIS's own library"
        raise farm.error("turbine_type", problem, "rename yours, as FLORIS asks")
    return read_floris_turbine(
        own if own.is_file() and not known else library_turbine(name), context
    )
