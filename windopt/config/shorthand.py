"""Keys whose file stands for more: ``system``, and ``wake`` and ``atmosphere`` of a FLORIS input.

``system: FILE`` names one file for all that it holds: a windIO wind energy system for site, wind
resource, turbine and layout, a FLORIS input for turbine, layout, wake and atmosphere. Keys that the
config gives itself go before it, entries of ``atmosphere`` one by one, and ``layout: null`` leaves
the layout out.
"""

import logging
from pathlib import Path
from typing import Any

from windopt.config.files import absolute, is_packaged, require_file
from windopt.config.floris_input import is_floris_input, read_floris_atmosphere, read_floris_wake
from windopt.config.wake import AtmosphereConfig
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.words import as_written

logger = logging.getLogger(__name__)

OF_WINDIO = ("site", "wind_resource", "turbine", "layout")
OF_FLORIS = ("turbine", "layout", "wake", "atmosphere")
WITHOUT_AIR = ("turbine", "layout", "wind_resource")
"""Keys that take something of a FLORIS input, and leave its air."""
SECTIONS = {"wake": read_floris_wake, "atmosphere": read_floris_atmosphere}


def expand_files(raw: dict[str, Any], folder: Path, faults: FaultCollector) -> None:
    """Put into a raw config what the files of its keys hold.

    Parameters
    ----------
    raw : dict[str, Any]
        What the config says, changed in place.
    folder : Path
        To which its paths are relative.
    faults : FaultCollector
        What is wrong is added.
    """
    system = raw.pop("system", None)
    if isinstance(system, str):
        path = str(absolute(system, folder))
        found = is_packaged(path) or faults.attempt(_exists, path)
        keys = OF_FLORIS if not is_packaged(path) and is_floris_input(Path(path)) else OF_WINDIO
        for key in keys if found else ():
            raw.setdefault(key, path)
        _add_air(raw, path, keys, faults)
    elif system is not None:
        cure = "name a windIO wind energy system or a FLORIS input"
        faults.append(Fault("system", f"{as_written(system)} is no path", cure))
    for key, read in SECTIONS.items():
        value = raw.get(key)
        if isinstance(value, str) and value.lower().endswith((".yaml", ".yml")):
            section = faults.attempt(read, Path(str(absolute(value, folder))))
            raw[key] = section or {}


def tell_what_is_left(raw: dict[str, Any], folder: Path) -> None:
    """Warn where a FLORIS input is named, and its air is not that of the config.

    Parameters
    ----------
    raw : dict[str, Any]
        What the config says, its files expanded.
    folder : Path
        To which its paths are relative.
    """
    if raw.get("atmosphere") is not None:
        return
    for key in WITHOUT_AIR:
        path = absolute(raw[key], folder) if isinstance(raw.get(key), str) else None
        if path is None or is_packaged(str(path)) or not is_floris_input(Path(str(path))):
            continue
        try:
            air = read_floris_atmosphere(Path(str(path)))
        except ConfigError:
            air = {"flow_field": "with faults"}
        usual = AtmosphereConfig().model_dump()
        left = {name: value for name, value in air.items() if value != usual.get(name)}
        left.pop("turbulence_intensity", None)
        if left:
            logger.warning(
                "%s is of %s, whose air is not: %s; add atmosphere: %s to take it over",
                key,
                Path(str(path)).name,
                ", ".join(f"{name} {value}" for name, value in left.items()),
                Path(str(path)).name,
            )
            return


def _add_air(raw: dict[str, Any], path: str, keys: tuple[str, ...], faults: FaultCollector) -> None:
    """Let the config's own entries of the air go before a FLORIS input's, one by one."""
    own = raw.get("atmosphere")
    if isinstance(own, dict) and "atmosphere" in keys:
        air = faults.attempt(read_floris_atmosphere, Path(path))
        raw["atmosphere"] = (air or {}) | own


def _exists(path: str) -> bool:
    require_file(Path(path), "system")
    return True
