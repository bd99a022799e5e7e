"""Reads a turbine from a CSV file: wind speed, power and thrust coefficient.

Power is in W, kW or MW: the header says so (``power [kW]``, ``power_kw``), else the rotor tells, on
which only one of the three is possible. Rotor diameter and hub height stand in comments, ``#
rotor_diameter: 164``, or in the config. ``# name:`` and ``# air_density:`` [kg/m³] may stand there
too. Other columns, such as those of NREL's turbine-models, are left out.
"""

import math
from pathlib import Path

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.checks import SPECIFIC_POWER_RANGE
from windopt.problem.layout import FloatArray
from windopt.problem.readers.curves import checked
from windopt.problem.readers.tables import Table, read_table
from windopt.problem.readers.turbine_context import TurbineContext
from windopt.problem.readers.wind_csv_names import METRES_PER_SECOND
from windopt.problem.turbine import Turbine

NAMES = {
    "wind_speed": ("ws", "wind_speeds", "windspeed", "speed", "u", "v"),
    "power": ("p", "powers", "power_output", "electrical_power", "power_curve"),
    "ct": ("c_t", "cts", "thrust_coefficient", "thrust_coefficients", "thrust_coeff"),
}
WATTS = {"w": 1.0, "kw": 1e3, "mw": 1e6}
SIZES = ("rotor_diameter", "hub_height")
STANDARD_AIR = 1.225  # [kg/m³]


def read_turbine_csv(path: Path, context: TurbineContext) -> Turbine:
    """Read a turbine."""
    table = read_table(path, "turbine", NAMES)
    faults = FaultCollector()
    missing = [name for name in NAMES if name not in table]
    if missing:
        problem = f"has no column {' nor '.join(missing)} among {table.found}"
        faults.append(Fault(table.where, problem, "head the columns wind_speed, power [kW], ct"))
    unit = table.units.get("wind_speed", "")
    if unit not in METRES_PER_SECOND:
        faults.append(Fault(table.place("wind_speed"), f"is in {unit!r}", "convert it to m/s"))
    sizes = [faults.attempt(_size, table, name, getattr(context, name)) for name in SIZES]
    density = faults.attempt(table.fact, "air_density")
    columns = [faults.attempt(table.numbers, name) for name in NAMES if name in table]
    faults.raise_any()
    (diameter, hub_height), (speed, power, thrust) = sizes, columns
    assert diameter is not None
    assert hub_height is not None
    assert speed is not None
    assert power is not None
    assert thrust is not None
    if not len(table):
        raise ConfigError.of(table.where, "has no rows", "give the curves")
    watts = power * _unit(table, power, diameter)
    return checked(
        Turbine(
            name=table.facts.get("name") or path.stem,
            rotor_diameter=diameter,
            hub_height=hub_height,
            wind_speed=speed,
            power=watts,
            thrust_coefficient=thrust,
            ref_air_density=density or STANDARD_AIR,
        ),
        table.where,
    )


def _size(table: Table, name: str, given: float | None) -> float:
    """Return a length from the comments or the config."""
    told = table.fact(name)
    if told is None and given is None:
        problem = f"does not say the {name}"
        raise ConfigError.of(table.where, problem, f"add a line '# {name}: ...' or {name} [m]")
    if told is not None and given is not None and told != given:
        problem = f"is {given:g} here, and {told:g} in {table.where}"
        raise ConfigError.of(name, problem, "keep one of them")
    return float(told if told is not None else given or math.nan)


def _unit(table: Table, power: FloatArray, diameter: float) -> float:
    """Return the watts in the unit of the power column."""
    unit = table.units["power"]
    if unit:
        if unit not in WATTS:
            cure = "give W, kW or MW"
            raise ConfigError.of(table.place("power"), f"is in {unit!r}", cure)
        return WATTS[unit]
    area = math.pi / 4 * diameter**2
    rated = float(np.max(power))
    low, high = SPECIFIC_POWER_RANGE
    possible = [watts for watts in WATTS.values() if low <= rated * watts / area <= high]
    if len(possible) != 1:
        specific = ", ".join(f"{rated * w / area:.3g} if {u}" for u, w in WATTS.items())
        problem = f"does not say its unit, and {rated:g} on {diameter:g} m fits none"
        cure = f"name it, as 'power [kW]', and check the rotor (W/m²: {specific})"
        raise ConfigError.of(table.place("power"), problem, cure)
    return possible[0]
