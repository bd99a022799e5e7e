"""Reads a given layout: a CSV file with columns x and y, or that of a windIO ``wind_farm``."""

import csv
from pathlib import Path

import numpy as np

from windopt.config import require_file
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray, read_layout_csv
from windopt.problem.readers.windio import open_part, resolve


def read_layout(path: str) -> FloatArray:
    """Read a layout.

    Returns
    -------
    layout : (n_turbines, 2) [m]
    """
    file = resolve(path)
    layout = _from_csv(file) if file.suffix.lower() == ".csv" else _from_farm(path)
    if not len(layout):
        raise ConfigError.of(file.name, "holds no turbines", "add turbines, or leave out layout")
    return layout


def _from_csv(file: Path) -> FloatArray:
    require_file(file, "layout")
    try:
        layout = read_layout_csv(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError.of(file.name, f"cannot be read as CSV: {error}", "correct it") from None
    if not np.isfinite(layout).all():
        row = int(np.argwhere(~np.isfinite(layout))[0, 0])
        problem = f"turbine {row + 1} stands at {tuple(layout[row].tolist())}"
        raise ConfigError.of(file.name, problem, "give finite coordinates")
    return layout


def _from_farm(path: str) -> FloatArray:
    farm = open_part(path, "layout", "layouts")
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
    if "turbine_types" in node and len(np.unique(node.numbers("turbine_types"))) > 1:
        problem, cure = "not supported yet: more than one turbine type", "keep those of one type"
        faults.append(Fault(node.place("turbine_types"), problem, cure))
    layout = faults.attempt(lambda: node.child("coordinates").points())
    faults.raise_any()
    assert layout is not None
    return layout
