"""Reads turbines in FLORIS's format: its library, a turbine's YAML, multi-dimensional curves.

FLORIS's tables are in kW. Its operation models are the same at zero yaw and without set-points, but
for those that change the curves (peak shaving, controllers): these are refused. A turbine that
tilts with the wind (``correct_cp_ct_for_tilt``) has the curves

    P(u (cos t(u) / cos t0)^(p/3))  and  Ct(u) cos t(u) / cos t0

with the tilt t(u) of its ``floating_tilt_table``, the reference tilt t0 and the exponent p
(``floris/core/turbine/operation_models.py``); they are tabulated here. Of a multi-dimensional
turbine the table of the conditions nearest to ``multidim_conditions`` is taken, as in FLORIS.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.config import FLORIS_PREFIX, did_you_mean, load_floris_yaml
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.readers.curves import LARGEST_THRUST, checked
from windopt.problem.readers.tables import read_text
from windopt.problem.readers.turbine_context import TurbineContext
from windopt.problem.readers.windio import Node
from windopt.problem.turbine import Turbine
from windopt.words import as_written

OPERATION_MODELS = ("simple", "cosine-loss", "simple-derating", "mixed", "awc", "unified-momentum")
TILT_STEP = 0.01  # [m/s]: linear between, powers are true to 1e-4
TABLE = "power_thrust_table"


def library_turbine(path: str) -> Path:
    """Return the file of ``floris:NAME``, a turbine of FLORIS's library."""
    from importlib.util import find_spec

    found = find_spec("floris")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "turbine_library"
    name = path.removeprefix(FLORIS_PREFIX).removesuffix(".yaml")
    known = [file.stem for file in folder.glob("*.yaml")]
    if name not in known:
        problem = f"FLORIS's library has no {name!r}"
        raise ConfigError.of("turbine", problem, did_you_mean(name, known))
    return folder / f"{name}.yaml"


def read_floris_turbine(path: Path, context: TurbineContext) -> Turbine:
    """Read one turbine's file."""
    return turbine_of(Node(path.name, load_floris_yaml(path, "turbine")), path.parent, context)


def turbine_of(node: Node, folder: Path, context: TurbineContext) -> Turbine:
    """Return the turbine of a FLORIS definition; data files lie in `folder` or the library."""
    faults = FaultCollector()
    if "generator_efficiency" in node:
        problem, cure = "is of FLORIS 3", "convert it with FLORIS's convert_turbine_v3_to_v4"
        raise ConfigError.of(node.where, problem, cure)
    sizes = [faults.attempt(node.positive, name) for name in ("rotor_diameter", "hub_height")]
    model = node.values.get("operation_model", "cosine-loss")
    if model not in OPERATION_MODELS:
        problem = f"{model!r} changes the curves as the wind does"
        cure = "not supported: take cosine-loss, or a turbine with the curves it leads to"
        faults.append(Fault(node.place("operation_model"), problem, cure))
    found = faults.attempt(_table, node, folder, context.multidim_conditions)
    faults.raise_any()
    assert found is not None
    table, rated = found
    speed, power, thrust = (
        faults.attempt(table.vector, name) for name in ("wind_speed", "power", "thrust_coefficient")
    )
    density = faults.attempt(table.positive, "ref_air_density")
    faults.raise_any()
    assert speed is not None
    assert power is not None
    assert thrust is not None
    if not len(speed) == len(power) == len(thrust):
        problem = f"has {len(speed)} speeds, {len(power)} powers and {len(thrust)} coefficients"
        raise ConfigError.of(table.where, problem, "give one of each for each speed")
    diameter, hub_height = sizes
    turbine = Turbine(
        name=str(node.values.get("turbine_type", "")),
        rotor_diameter=diameter or 0.0,
        hub_height=hub_height or 0.0,
        wind_speed=speed,
        power=1e3 * power,
        thrust_coefficient=thrust,
        ref_air_density=density or 0.0,
    )
    turbine = checked(turbine, table.where, rated)
    return _tilting(turbine, node, table) if node.values.get("correct_cp_ct_for_tilt") else turbine


def _table(node: Node, folder: Path, conditions: Mapping[str, float]) -> tuple[Node, float | None]:
    """Return the table of power and thrust, of a multi-dimensional turbine that of conditions.

    With it comes the largest power of all conditions [W].
    """
    table = node.child(TABLE)
    if not node.values.get("multi_dimensional_cp_ct", False):
        return table, None
    name = str(table.get("power_thrust_data_file"))
    library = library_turbine("nrel_5MW").parent
    file = next((f / name for f in (folder, library) if (f / name).is_file()), folder / name)
    columns = _read_columns(file, table.place("power_thrust_data_file"))
    *keys, _, _, _ = columns
    chosen = _nearest(columns, keys, conditions, file.name)
    curves = ("ws", "power", "thrust_coefficient")
    speed, power, thrust = (columns[name][chosen] for name in curves)
    values = {"wind_speed": speed, "power": power, "thrust_coefficient": thrust}
    return Node(file.name, {**table.values, **values}), 1e3 * float(columns["power"].max())


def _read_columns(file: Path, where: str) -> dict[str, FloatArray]:
    """Read a data file: columns of the conditions, then ws, power and thrust_coefficient."""
    lines = [line for line in read_text(file, where).splitlines() if line.strip()]
    names = [cell.strip() for cell in (lines or [""])[0].split(",")]
    if names[-3:] != ["ws", "power", "thrust_coefficient"] or len(names) < 4:
        problem = f"has the columns {', '.join(names)}"
        cure = "give the conditions, then ws, power, thrust_coefficient, as FLORIS reads them"
        raise ConfigError.of(file.name, problem, cure)
    rows = []
    for number, line in enumerate(lines[1:], 2):
        try:
            row = [float(cell) for cell in line.split(",")]
        except ValueError:
            row = []
        if len(row) != len(names) or not np.isfinite(row).all():
            problem = f"{line[:40]!r} is not {len(names)} numbers"
            raise ConfigError.of(f"{file.name}: row {number}", problem, "correct it")
        rows.append(row)
    return dict(zip(names, np.array(rows).reshape(-1, len(names)).T, strict=True))


def _nearest(
    columns: dict[str, FloatArray], keys: list[str], given: Mapping[str, float], where: str
) -> FloatArray:
    """Tell which rows are those of the tabulated conditions nearest to the given ones."""
    known = {key: np.unique(columns[key]) for key in keys}
    spans = ", ".join(f"{key}: {' or '.join(f'{v:g}' for v in known[key])}" for key in keys)
    if set(given) != set(keys):
        has = f"has {', '.join(given)}" if given else "is missing"
        cure = f"the curves of {where} depend on {{{spans}}}: give one value of each"
        raise ConfigError.of("multidim_conditions", has, cure)
    rows = np.ones(len(columns["ws"]), dtype=bool)
    for key in keys:
        if not known[key][0] <= given[key] <= known[key][-1]:
            problem = f"{given[key]:g} is outside the table of {where}"
            raise ConfigError.of(f"multidim_conditions.{key}", problem, f"give {spans}")
        rows &= columns[key] == known[key][np.argmin(abs(known[key] - given[key]))]
    if not rows.any():
        problem = f"{as_written(dict(given))} has no rows in {where}"
        raise ConfigError.of("multidim_conditions", problem, "complete the table")
    return np.asarray(rows)


def _tilting(turbine: Turbine, node: Node, table: Node) -> Turbine:
    """Return a turbine with the curves to which the tilt of its floater leads."""
    floater = node.child("floating_tilt_table")
    speeds, tilts = floater.vector("wind_speed"), floater.vector("tilt")
    reference = np.cos(np.deg2rad(table.number("ref_tilt")))
    exponent = table.number("cosine_loss_exponent_tilt")
    low, high = turbine.wind_speed[[0, -1]]

    def share_of(speed: FloatArray) -> FloatArray:
        return np.asarray(np.cos(np.deg2rad(np.interp(speed, speeds, tilts, left=0.0))) / reference)

    grid = np.linspace(low, high, 1 + round((high - low) / TILT_STEP))
    bends = np.interp(turbine.wind_speed, grid * share_of(grid) ** (exponent / 3), grid)
    knots = [grid, turbine.wind_speed, bends, speeds, speeds[:1] - TILT_STEP / 10]
    speed = np.unique(np.round(np.concatenate(knots).clip(low, high), 4))
    share = share_of(speed)
    curve = (speed * share ** (exponent / 3), turbine.wind_speed)
    thrust = share * np.interp(speed, turbine.wind_speed, turbine.thrust_coefficient)
    return replace(
        turbine,
        wind_speed=speed,
        power=np.interp(*curve, turbine.power, left=0.0, right=0.0),
        thrust_coefficient=np.minimum(thrust, LARGEST_THRUST),
    )
