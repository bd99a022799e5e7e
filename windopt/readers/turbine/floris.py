"""Reads turbines in FLORIS's format: its library, a turbine's YAML, multi-dimensional curves.

FLORIS's tables are in kW; where one has no thrust coefficients, which FLORIS wants, they are
estimated. Its operation models are the same at zero yaw and without set-points, but
for those that change the curves (peak shaving, controllers): these are refused. A turbine that
tilts with the wind (``correct_cp_ct_for_tilt``) has a `Floater`. Of a multi-dimensional turbine the
table of the conditions nearest to ``multidim_conditions`` is taken, as in FLORIS.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.config.faults import did_you_mean
from windopt.config.files import FLORIS_PREFIX
from windopt.config.floris_input import load_floris_yaml, unknown_floris_keys
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.floater import Floater
from windopt.problem.layout import FloatArray
from windopt.problem.turbine import TIP_SPEED_RATIO, Turbine
from windopt.readers.checks import check_increasing
from windopt.readers.tables import read_text
from windopt.readers.turbine.checks import require_size
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.curves import checked, with_steps
from windopt.readers.turbine.thrust_estimate import thrust_from_power
from windopt.readers.windio.document import Node
from windopt.words import as_written

OPERATION_MODELS = ("simple", "cosine-loss", "simple-derating", "mixed", "awc", "unified-momentum")
FOLLOWS_TILT = "cosine-loss"
"""The only operation model whose curves follow a floater's tilt, and FLORIS's own choice."""
STEEPEST = 45.0  # [deg], of a rotor's tilt
TABLE, THRUST = "power_thrust_table", "thrust_coefficient"


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
    faults.extend(unknown_floris_keys(node.values, "turbine", node.where))
    sizes = [faults.attempt(_size, node, name) for name in ("rotor_diameter", "hub_height")]
    model = node.values.get("operation_model", FOLLOWS_TILT)
    if model not in OPERATION_MODELS:
        problem = f"{model!r} changes the curves as the wind does"
        cure = "not supported: take cosine-loss, or a turbine with the curves it leads to"
        faults.append(Fault(node.place("operation_model"), problem, cure))
    found = faults.attempt(_table, node, folder, context.multidim_conditions)
    faults.raise_any()
    assert found is not None
    table, rated = found
    speed, power = (faults.attempt(table.vector, name) for name in ("wind_speed", "power"))
    thrust = faults.attempt(table.vector, THRUST) if THRUST in table else power
    density = faults.attempt(table.positive, "ref_air_density")
    faults.raise_any()
    assert speed is not None
    assert power is not None
    assert thrust is not None
    diameter, hub_height = sizes
    if not len(speed) == len(power) == len(thrust):
        problem = f"has {len(speed)} speeds, {len(power)} powers and {len(thrust)} coefficients"
        raise ConfigError.of(table.where, problem, "give one of each for each speed")
    tilt, ratio = faults.attempt(_tilt, table), TIP_SPEED_RATIO
    if "TSR" in node:
        ratio = faults.attempt(node.positive, "TSR") or ratio
    faults.raise_any()
    speed = with_steps(table.where, speed, power)
    if THRUST not in table:
        size = diameter or 0.0, density or 0.0
        thrust = thrust_from_power(table.where, speed, 1e3 * power, *size)
    turbine = Turbine(
        name=str(node.values.get("turbine_type", "")),
        rotor_diameter=diameter or 0.0,
        hub_height=hub_height or 0.0,
        wind_speed=speed,
        power=1e3 * power,
        thrust_coefficient=thrust,
        ref_air_density=density or 0.0,
        tilt=tilt or 0.0,
        tip_speed_ratio=ratio,
    )
    turbine = checked(turbine, table.where, rated)
    if not node.values.get("correct_cp_ct_for_tilt"):
        return turbine
    return _tilting(turbine, node, table, follows=model == FOLLOWS_TILT)


def _size(node: Node, name: str) -> float:
    return require_size(node.place(name), node.positive(name))


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
    curves = ("ws", "power", THRUST)
    speed, power, thrust = (columns[name][chosen] for name in curves)
    values = {"wind_speed": speed, "power": power, THRUST: thrust}
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
    """Return which rows are those of the tabulated conditions nearest to the given ones."""
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


def _tilting(turbine: Turbine, node: Node, table: Node, follows: bool) -> Turbine:
    """Return a turbine on a floater, with the curves to which that leads if they follow it."""
    floater = node.child("floating_tilt_table")
    speeds, tilts = floater.vector("wind_speed"), floater.vector("tilt")
    faults = FaultCollector(check_increasing(floater.place("wind_speed"), speeds))
    if len(speeds) != len(tilts) or len(speeds) < 2:
        problem = f"has {len(speeds)} wind speeds and {len(tilts)} tilts"
        faults.append(Fault(floater.where, problem, "give one of each, at 2 speeds or more"))
    if (abs(tilts) > STEEPEST).any():
        problem = f"{tilts[np.argmax(abs(tilts))]:g} is no tilt of a turbine that runs"
        faults.append(Fault(floater.place("tilt"), problem, "give degrees, such as 5"))
    faults.raise_any()
    if follows:
        faults.extend(_check_induction(turbine, speeds, tilts, table.place("thrust_coefficient")))
        faults.raise_any()
    own = Floater(
        wind_speed=speeds,
        tilt=tilts,
        exponent=table.number("cosine_loss_exponent_tilt") if follows else None,
        curve_speed=turbine.wind_speed,
        power=turbine.power,
        thrust_coefficient=turbine.thrust_coefficient,
    )
    return replace(turbine, floater=own, **own.curves(turbine.tilt)._asdict())


def _check_induction(
    turbine: Turbine, speeds: FloatArray, tilts: FloatArray, where: str
) -> Iterator[Fault]:
    """FLORIS takes the root of 1 - Ct (cos t / cos t0)^2, which must be one."""
    speed = np.union1d(turbine.wind_speed, speeds)
    tilt = np.interp(speed, speeds, tilts, left=0.0)
    share = np.cos(np.deg2rad(tilt)) / np.cos(np.deg2rad(turbine.tilt))
    inside = np.interp(speed, turbine.wind_speed, turbine.thrust_coefficient, left=0.0, right=0.0)
    load = inside * share**2
    if load.max() >= 1.0:
        k = int(np.argmax(load))
        problem = (
            f"{inside[k]:.4g} at {speed[k]:g} m/s becomes {load[k]:.4g} at a tilt of {tilt[k]:g} "
            f"instead of {turbine.tilt:g} degrees, for which FLORIS has no induction"
        )
        yield Fault(where, problem, f"cap it there at {0.999 / share[k] ** 2:.3f}")


def _tilt(table: Node) -> float:
    """Return the tilt at which the curves hold [deg]."""
    tilt = table.number("ref_tilt") if "ref_tilt" in table else 0.0
    if abs(tilt) > STEEPEST:
        problem = f"{tilt:g} is no tilt of a rotor"
        raise table.error("ref_tilt", problem, "give degrees, such as 6")
    return tilt
