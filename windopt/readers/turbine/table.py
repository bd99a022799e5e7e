"""Reads a turbine from a CSV file: wind speed, power and thrust coefficient.

Power is in W, kW or MW: the header says so (``power [kW]``, ``power_kw``), else the rotor tells, on
which only one of the three is possible. Rotor diameter and hub height stand in comments, ``#
rotor_diameter: 164``, or in the config. ``# name:`` and ``# air_density:`` [kg/m³] may stand there
too. Where there is no power it comes from a column of power coefficients, and where there is no
thrust coefficient from the thrust in N or kN, or it is estimated from the power
(`windopt.readers.turbine.thrust_estimate`). Other columns are left out.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.turbine import Turbine
from windopt.readers.tables import Table, read_table
from windopt.readers.turbine.checks import SPECIFIC_POWER_RANGE, require_size
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.curves import checked, with_steps
from windopt.readers.turbine.thrust_estimate import thrust_from_power
from windopt.readers.wind.names import METRES_PER_SECOND

NAMES = {
    "wind_speed": ("ws", "wind_speeds", "windspeed", "speed", "u", "v"),
    "power": ("p", "powers", "power_output", "electrical_power", "power_curve"),
    "ct": (
        *("c_t", "cts", "ct_value", "ct_values", "ct_curve"),
        *("thrust_coefficient", "thrust_coefficients", "thrust_coeff", "thrust_coefficient_ct"),
    ),
    "cp": (
        *("c_p", "cps", "cp_value", "cp_values", "cp_curve"),
        *("power_coefficient", "power_coefficients", "power_coeff", "power_coefficient_cp"),
    ),
    "thrust": ("thrust_force", "rotor_thrust", "thrust_curve"),
}
WATTS = {"w": 1.0, "kw": 1e3, "mw": 1e6}
SHARES = ("%", "pct", "percent", "-", "1", "pu", "p.u.")
NEWTONS = {"n": 1.0, "kn": 1e3, "mn": 1e6}
DIMENSIONLESS = ("", "-", "1")
THRUST_WORDS = re.compile(r"(?<![a-z])(c_?t|thrust)(?![a-z])")
SIZES = ("rotor_diameter", "hub_height")
STANDARD_AIR = 1.225  # [kg/m³]


def read_turbine_csv(path: Path, context: TurbineContext) -> Turbine:
    """Read a turbine."""
    table = read_table(path, "turbine", NAMES)
    faults = FaultCollector([*_missing(table), *_wrong_units(table)])
    sizes = [faults.attempt(_size, table, name, getattr(context, name)) for name in SIZES]
    density = faults.attempt(table.fact, "air_density") or STANDARD_AIR
    columns = {name: faults.attempt(table.numbers, name) for name in _used(table)}
    faults.raise_any()
    diameter, hub_height = sizes
    assert diameter is not None
    assert hub_height is not None
    if not len(table):
        raise ConfigError.of(table.where, "has no rows", "give the curves")
    told = {name: column for name, column in columns.items() if column is not None}
    speed = told["wind_speed"]
    wind = 0.5 * density * math.pi / 4 * diameter**2 * speed**2  # [N]
    if "power" in told:
        power = told["power"] * _unit(table, told["power"], diameter)
    else:
        power = told["cp"] * wind * speed
    if "ct" in told:
        thrust = told["ct"]
    elif "thrust" in told:
        thrust = told["thrust"] * NEWTONS[table.units["thrust"]] / np.where(wind > 0, wind, np.inf)
    else:
        thrust = thrust_from_power(table.where, speed, power, diameter, density)
    return checked(
        Turbine(
            name=table.facts.get("name") or path.stem,
            rotor_diameter=diameter,
            hub_height=hub_height,
            wind_speed=with_steps(table.where, speed, told.get("power", power), table.lines),
            power=power,
            thrust_coefficient=thrust,
            ref_air_density=density,
        ),
        table.where,
    )


def _used(table: Table) -> list[str]:
    """Return the columns that count: those found, without what a better one makes needless."""
    found = [name for name in NAMES if name in table]
    for better, needless in (("power", "cp"), ("ct", "thrust")):
        if better in found and needless in found:
            found.remove(needless)
    return found


def _missing(table: Table) -> Iterator[Fault]:
    cure = "head the columns wind_speed, power [kW], ct"
    missing = [name for name in ("wind_speed", "power") if name not in table]
    if "cp" in table and "power" in missing:
        missing.remove("power")
    if "ct" not in table and "thrust" not in table and THRUST_WORDS.search(table.found.lower()):
        missing.append("ct")  # it is there under another name
    if missing:
        problem = f"has no column {' nor '.join(missing)} among {table.found}"
        yield Fault(table.where, problem, cure)


def _wrong_units(table: Table) -> Iterator[Fault]:
    if table.units.get("wind_speed", "") not in METRES_PER_SECOND:
        problem = f"is in {table.units['wind_speed']!r}"
        yield Fault(table.place("wind_speed"), problem, "convert it to m/s")
    if "thrust" in _used(table) and table.units["thrust"] not in NEWTONS:
        unit = table.units["thrust"]
        problem = f"is in {unit!r}" if unit else "does not say its unit"
        cure = "name it, as 'thrust [kN]'; or call it ct if it is the coefficient"
        yield Fault(table.place("thrust"), problem, cure)
    for name in ("ct", "cp"):
        if name in _used(table) and table.units[name] not in DIMENSIONLESS:
            problem = f"is in {table.units[name]!r}"
            yield Fault(table.place(name), problem, "give the coefficient, such as 0.8")


def _size(table: Table, name: str, given: float | None) -> float:
    """Return a length from the comments or the config."""
    told = table.fact(name)
    if told is None and given is None:
        problem, cure = f"does not say the {name}", f"add a line '# {name}: ...' or {name} [m]"
        raise ConfigError.of(table.where, problem, cure, lacks=name)
    if told is not None and given is not None and told != given:
        problem = f"is {given:g} here, and {told:g} in {table.where}"
        raise ConfigError.of(name, problem, "keep one of them")
    if told is not None:
        return require_size(f"{table.where}: {name}", told)
    return require_size(name, given or math.nan)


def _unit(table: Table, power: FloatArray, diameter: float) -> float:
    """Return the watts in the unit of the power column."""
    unit = table.units["power"]
    if unit:
        if unit not in WATTS:
            cure = "give W, kW or MW"
            if unit in SHARES:
                cure += ": multiply by the rated power"
            raise ConfigError.of(table.place("power"), f"is in {unit!r}", cure)
        return WATTS[unit]
    area = math.pi / 4 * diameter**2
    rated = float(np.max(power))
    low, high = SPECIFIC_POWER_RANGE
    possible = [watts for watts in WATTS.values() if low <= rated * watts / area <= high]
    usual = any(100.0 <= rated * watts / area <= 1000.0 for watts in WATTS.values())
    if not usual and (share := _share_of(rated)):
        problem = f"does not say its unit, and looks like {share} of rated power"
        cure = "multiply it by the rated power, and name the unit, as 'power [kW]'"
        raise ConfigError.of(table.place("power"), problem, cure)
    if len(possible) != 1:
        specific = ", ".join(f"{rated * w / area:.3g} if {u}" for u, w in WATTS.items())
        problem = f"does not say its unit, and {rated:g} on {diameter:g} m fits none"
        cure = f"name it, as 'power [kW]', and check the rotor (W/m²: {specific})"
        raise ConfigError.of(table.place("power"), problem, cure)
    return possible[0]


def _share_of(rated: float) -> str:
    """Return what a largest value of 1 or 100 looks like, or an empty text."""
    return {1.0: "shares", 100.0: "per cent"}.get(round(rated, 2), "")
