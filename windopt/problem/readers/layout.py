"""Reads a given layout: a CSV file with columns x and y, or that of a windIO ``wind_farm``.

Either may say of which type each turbine is: the CSV in a column ``type``, windIO in the list
``turbine_types`` beside the coordinates.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from windopt.config import require_file
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray, read_layout_csv, read_types_csv
from windopt.problem.readers.windio import Node, open_part, resolve

TypeNames = tuple[int | str, ...]


@dataclass(frozen=True, eq=False)
class GivenLayout:
    """A layout as its file gives it.

    Parameters
    ----------
    coordinates : (n_turbines, 2) [m]
    type_names : (n_turbines,) number or name of each turbine's type, None where the file is silent
    where : the place of the types in the file
    """

    coordinates: FloatArray
    type_names: TypeNames | None
    where: str

    def __len__(self) -> int:
        return len(self.coordinates)


def read_layout(path: str, key: str = "layout") -> GivenLayout:
    """Read a layout and, where it says so, its turbines' types.

    Parameters
    ----------
    path : of the file, as in the config
    key : the config key that names it
    """
    file = resolve(path)
    layout = _from_csv(file, key) if file.suffix.lower() == ".csv" else _from_farm(path, key)
    if not len(layout):
        raise ConfigError.of(file.name, "holds no turbines", f"add turbines, or leave out {key}")
    return layout


def _from_csv(file: Path, key: str) -> GivenLayout:
    require_file(file, key)
    faults = FaultCollector()
    try:
        layout = faults.attempt(read_layout_csv, file)
        type_names = faults.attempt(read_types_csv, file) if layout is not None else None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError.of(file.name, f"cannot be read as CSV: {error}", "correct it") from None
    if layout is not None and not np.isfinite(layout).all():
        row = int(np.argwhere(~np.isfinite(layout))[0, 0])
        problem = f"turbine {row + 1} stands at {tuple(layout[row].tolist())}"
        faults.append(Fault(file.name, problem, "give finite coordinates"))
    faults.raise_any()
    assert layout is not None
    return GivenLayout(layout, type_names, f"{file.name}: type")


def _from_farm(path: str, key: str) -> GivenLayout:
    farm = open_part(path, key, "layouts")
    if isinstance(farm.values["layouts"], dict):
        node = farm.child("layouts")
    else:
        layouts = farm.children("layouts")
        if len(layouts) != 1:
            problem = f"holds {len(layouts)} layouts"
            raise farm.error("layouts", problem, "keep the one to start from")
        node = layouts[0]
    faults = FaultCollector(
        node.unknown_keys("coordinates", "turbine_types", "turbine_identifiers")
    )
    type_names = faults.attempt(_type_numbers, node) if "turbine_types" in node else None
    layout = faults.attempt(lambda: node.child("coordinates").points())
    where = node.place("turbine_types")
    if layout is not None and type_names is not None and len(type_names) != len(layout):
        problem = f"has {len(type_names)} types for {len(layout)} turbines"
        faults.append(Fault(where, problem, "give one for each turbine"))
    faults.raise_any()
    assert layout is not None
    return GivenLayout(layout, type_names, where)


def _type_numbers(node: Node) -> TypeNames:
    numbers = node.vector("turbine_types")
    broken = numbers[numbers != np.round(numbers)]
    if broken.size:
        cure = "give whole numbers from 0"
        raise node.error("turbine_types", f"{broken[0]:g} is no type's number", cure)
    return tuple(numbers.astype(int).tolist())
