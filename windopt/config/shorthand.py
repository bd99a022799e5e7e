"""Keys whose file stands for more: ``system``, and ``wake`` and ``atmosphere`` of a FLORIS input.

``system: FILE`` names one file for all that it holds: a windIO wind energy system for site, wind
resource, turbine and layout, a FLORIS input for turbine, layout, wake and atmosphere. Keys that the
config gives itself go before it, and ``layout: null`` leaves the layout out.
"""

from pathlib import Path
from typing import Any

from windopt.config.files import absolute, is_packaged, require_file
from windopt.config.floris_input import (
    is_floris_input,
    read_floris_atmosphere,
    read_floris_wake,
)
from windopt.errors import Fault, FaultCollector
from windopt.words import as_written

OF_WINDIO = ("site", "wind_resource", "turbine", "layout")
OF_FLORIS = ("turbine", "layout", "wake", "atmosphere")
SECTIONS = {"wake": read_floris_wake, "atmosphere": read_floris_atmosphere}


def expand_files(raw: dict[str, Any], folder: Path, faults: FaultCollector) -> None:
    """Put into a raw config what the files of its keys hold.

    Parameters
    ----------
    raw : what the config says, changed in place
    folder : to which its paths are relative
    faults : what is wrong is added
    """
    system = raw.pop("system", None)
    if isinstance(system, str):
        path = str(absolute(system, folder))
        found = is_packaged(path) or faults.attempt(_exists, path)
        keys = OF_FLORIS if not is_packaged(path) and is_floris_input(Path(path)) else OF_WINDIO
        for key in keys if found else ():
            raw.setdefault(key, path)
    elif system is not None:
        cure = "name a windIO wind energy system or a FLORIS input"
        faults.append(Fault("system", f"{as_written(system)} is no path", cure))
    for key, read in SECTIONS.items():
        value = raw.get(key)
        if isinstance(value, str) and value.lower().endswith((".yaml", ".yml")):
            section = faults.attempt(read, Path(str(absolute(value, folder))))
            raw[key] = section or {}


def _exists(path: str) -> bool:
    require_file(Path(path), "system")
    return True
