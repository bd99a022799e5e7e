r"""Reads turbine types: rotor, hub and curves of a windIO ``turbine``.

A file of a farm may hold several in ``turbine_types``, numbered from 0 as its layout numbers them.

windIO knows three forms of the power curve, each beside a thrust curve:

- ``power_curve``: power over wind speed, taken as it is;
- ``Cp_curve``: :math:`P = \frac12 \rho A C_P u^3`, times ``generator_efficiency`` where given;
- rated power and speed with cut-in and cut-out, the curve of IEA Wind Task 37's case studies,
  :math:`P = P_r ((u - u_{ci}) / (u_r - u_{ci}))^3` up to the rated speed, tabulated at 0.005 m/s.
"""

import math
from collections.abc import Iterator

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.layout import FloatArray
from windopt.problem.turbine import TIP_SPEED_RATIO, Turbine
from windopt.readers.checks import check_increasing, check_thrust
from windopt.readers.turbine.checks import FASTEST, check_turbine, require_size
from windopt.readers.turbine.curves import with_steps
from windopt.readers.turbine.thrust_estimate import thrust_from_power
from windopt.readers.windio.document import Node, open_part
from windopt.words import count_of

AIR_DENSITY = 1.225  # [kg/m³], of the standard atmosphere: windIO's curves do not say theirs
IDEAL_KEYS = ("rated_power", "rated_wind_speed", "cutin_wind_speed", "cutout_wind_speed")
IDEAL_STEP = 0.005  # [m/s]: linear between, AEP is true to 3e-7

Curve = tuple[FloatArray, FloatArray]


def read_turbines(path: str) -> tuple[Turbine, ...]:
    """Read the turbine types of a windIO file, of a turbine or of a farm around it."""
    node = open_part(path, "turbine", "performance", "turbine_types")
    faults = FaultCollector()
    read = [faults.attempt(_read_turbine, one) for one in _type_nodes(node)]
    faults.raise_any()
    return tuple(turbine for turbine in read if turbine is not None)


def _read_turbine(node: Node) -> Turbine:
    faults = FaultCollector(
        node.misspelt_keys("name", "performance", "hub_height", "rotor_diameter", "TSR")
    )
    size = faults.attempt(read_each, lambda key: _length(node, key), "hub_height", "rotor_diameter")
    hub_height, diameter = size or (math.nan, math.nan)
    curves = faults.attempt(_read_curves, node, diameter)
    faults.raise_any()
    assert curves is not None

    power, thrust, cut_out_known = curves
    wind_speed = _merged(power[0], thrust[0])
    if power[1][0] == 0.0:  # a rotor may have a wake before it has power
        slow = (thrust[0] < wind_speed[0]) & (thrust[1] > 0.0)
        wind_speed = np.append(thrust[0][slow], wind_speed)
    turbine = Turbine(
        name=str(node.values.get("name", "")),
        rotor_diameter=diameter,
        hub_height=hub_height,
        wind_speed=wind_speed,
        power=np.interp(wind_speed, *power),
        thrust_coefficient=np.interp(wind_speed, *thrust),
        ref_air_density=AIR_DENSITY,
        tip_speed_ratio=node.positive("TSR") if "TSR" in node else TIP_SPEED_RATIO,
        cut_out_known=cut_out_known,
    )
    faults.extend(check_turbine(node.place("performance"), turbine))
    faults.raise_any()
    return turbine


def _length(node: Node, key: str) -> float:
    return require_size(node.place(key), node.positive(key))


def _read_curves(turbine: Node, diameter: float) -> tuple[Curve, Curve, bool]:
    """Read the curves of power and thrust, and whether the file says where they end."""
    node = turbine.child("performance")
    faults = FaultCollector(
        node.unknown_keys(
            "power_curve", "Cp_curve", "Ct_curve", "generator_efficiency", *IDEAL_KEYS
        )
    )
    power = faults.attempt(_read_power, node, diameter)
    thrust = faults.attempt(_read_thrust, node, power, diameter)
    if power is not None and thrust is not None:
        faults.extend(_check_thrust_covers_power(node.place("Ct_curve"), power, thrust))
    faults.raise_any()
    assert power is not None
    assert thrust is not None
    return power, thrust, "power_curve" not in node and "Cp_curve" not in node


def _type_nodes(node: Node) -> list[Node]:
    """Return the turbine types in `node`, in the order of their keys."""
    if "performance" in node:
        return [node]
    types = node.child("turbine_types")
    keys = list(types.values)
    if not keys:
        raise node.error("turbine_types", "holds no turbine", "add one, or name another file")
    if len(keys) > 1 and all(str(key).isdecimal() for key in keys):
        keys.sort(key=int)
        if [int(key) for key in keys] != list(range(len(keys))):
            problem = f"numbers its types {', '.join(map(str, keys))}"
            raise node.error("turbine_types", problem, "number them from 0, as layouts do")
    return [types.child(key) for key in keys]


def _read_power(node: Node, diameter: float) -> Curve:
    """Read the power curve [m/s], [W] in whichever form it has."""
    if "power_curve" in node:
        return _read_curve(node.child("power_curve"), "power")
    if "Cp_curve" in node:
        wind_speed, cp = _read_curve(node.child("Cp_curve"), "Cp")
        efficiency = (
            node.positive("generator_efficiency") if "generator_efficiency" in node else 1.0
        )
        area = math.pi / 4 * diameter**2
        return wind_speed, 0.5 * AIR_DENSITY * area * cp * wind_speed**3 * efficiency
    if not any(key in node for key in IDEAL_KEYS):
        cure = f"add power_curve, Cp_curve or {', '.join(IDEAL_KEYS)}"
        raise ConfigError.of(node.where, "the turbine has no power curve", cure)
    return _ideal_curve(node)


def _ideal_curve(node: Node) -> Curve:
    rated_power, rated, cut_in, cut_out = read_each(node.positive, *IDEAL_KEYS)
    if not cut_in < rated < cut_out:
        problem = f"cut-in {cut_in:g}, rated {rated:g} and cut-out {cut_out:g} m/s are not in order"
        raise ConfigError.of(node.where, problem, "give cut-in < rated < cut-out")
    if cut_out > FASTEST:
        problem = f"cut-out at {cut_out:g} m/s"
        raise node.error("cutout_wind_speed", problem, f"give m/s, {FASTEST:g} at most")
    share = np.linspace(0, 1, 1 + round((rated - cut_in) / IDEAL_STEP))
    wind_speed = np.append(cut_in + share * (rated - cut_in), cut_out)
    return wind_speed, rated_power * np.append(share, 1) ** 3


def _read_thrust(node: Node, power: Curve | None, diameter: float) -> Curve | None:
    """Read the thrust curve, or estimate it from the power curve where there is none."""
    if "Ct_curve" not in node:
        if power is None:
            return None
        if math.isnan(diameter):
            return power[0], np.zeros_like(power[1])
        return power[0], thrust_from_power(node.where, *power, diameter, AIR_DENSITY)
    curve = node.child("Ct_curve")
    wind_speed, thrust_coefficient = _read_curve(curve, "Ct")
    faults = FaultCollector(check_thrust(curve.place("Ct_values"), thrust_coefficient))
    faults.raise_any()
    return wind_speed, thrust_coefficient


def _read_curve(node: Node, name: str) -> Curve:
    """Read ``<name>_values`` over ``<name>_wind_speeds``."""
    faults = FaultCollector(node.unknown_keys(f"{name}_values", f"{name}_wind_speeds"))
    wind_speed, values = read_each(node.vector, f"{name}_wind_speeds", f"{name}_values")
    if len(values) != len(wind_speed):
        problem = f"{len(values)} values for {len(wind_speed)} wind speeds"
        faults.append(Fault(node.where, problem, "give one value for each speed"))
    elif len(values) < 2:
        faults.append(
            Fault(node.where, f"has {count_of(len(values), 'point')}", "a curve needs 2 or more")
        )
    else:
        wind_speed = with_steps(node.place(f"{name}_wind_speeds"), wind_speed, values)
    faults.extend(check_increasing(node.place(f"{name}_wind_speeds"), wind_speed))
    faults.raise_any()
    return wind_speed, values


def _check_thrust_covers_power(where: str, power: Curve, thrust: Curve) -> Iterator[Fault]:
    """Thrust is known wherever the turbine produces, within a step of the table."""
    low, high = thrust[0][0] - IDEAL_STEP, thrust[0][-1] + IDEAL_STEP
    producing = power[0][power[1] > 0]
    if producing.size and not low <= producing[0] <= producing[-1] <= high:
        yield Fault(
            where,
            f"spans {thrust[0][0]:g} to {thrust[0][-1]:g} m/s, but the turbine produces from "
            f"{producing[0]:g} to {producing[-1]:g} m/s",
            "extend it",
        )


def _merged(grid: FloatArray, more: FloatArray) -> FloatArray:
    """Unite two speed grids within the range of the first, without near duplicates."""
    merged = np.union1d(grid, more[(more > grid[0]) & (more < grid[-1])])
    return merged[np.diff(merged, prepend=-1.0) > 1e-9]
