r"""Reads the wind resource of a windIO ``energy_resource``.

Two forms are known, each over ``wind_direction``:

- ``probability`` over direction and speed, or over direction alone at a single speed. With
  ``sector_probability`` beside it, it is that of the speed given the direction;
- ``weibull_a`` (scale A [m/s]), ``weibull_k`` (shape k) and ``sector_probability``. Speeds become
  bins of 1 m/s around 0.5 to 29.5 m/s, each with the exact probability
  :math:`F(u + 0.5) - F(u - 0.5)`, where :math:`F(u) = 1 - \exp(-(u/A)^k)`.
"""

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.checks import (
    PROBABILITY_TOLERANCE,
    check_conditional_probabilities,
    check_directions,
    check_increasing,
    check_probabilities,
    check_turbulence,
)
from windopt.problem.layout import FloatArray
from windopt.problem.readers.windio import Node, open_part
from windopt.problem.wind_resource import WindResource

DIRECTION, SPEED = "wind_direction", "wind_speed"
WEIBULL_EDGES = np.arange(31.0)  # [m/s]
# Other quantities that windIO allows there; FLORIS's wake models do not use them.
OTHER_KEYS = (
    *("time", "wind_turbine", "x", "y", "height", "operating", "reference_height", "shear", "LMO"),
    *("z0", "k", "epsilon", "potential_temperature", "friction_velocity", "ground_temperature"),
    *("stability", "ABL_height", "capping_inversion_thickness", "capping_inversion_strength"),
    *("capping_inversion_height", "lapse_rate", "fc", "tau_x", "tau_y", "density"),
)


def read_wind_resource(path: str) -> WindResource:
    """Read the wind rose of a windIO file, of a resource or of a site or system around it."""
    node = open_part(path, "wind_resource", "wind_resource").child("wind_resource")
    if "time" in node:
        raise node.error("time", "not supported yet: time series", "bin it into a probability")
    faults = FaultCollector(
        node.unknown_keys(
            *(DIRECTION, SPEED, "probability", "sector_probability", "turbulence_intensity"),
            *("weibull_a", "weibull_k", *OTHER_KEYS),
        )
    )
    wind_direction = faults.attempt(_coordinate, node, DIRECTION)
    if wind_direction is not None:
        faults.extend(check_directions(node.place(DIRECTION), wind_direction))
    weibull = "probability" not in node and "weibull_a" in node
    if weibull:
        wind_speed: FloatArray | None = (WEIBULL_EDGES[:-1] + WEIBULL_EDGES[1:]) / 2
    else:
        wind_speed = faults.attempt(_coordinate, node, SPEED)
    if wind_speed is not None:
        faults.extend(check_increasing(node.place(SPEED), wind_speed))
    if wind_direction is None or wind_speed is None:
        raise ConfigError(faults)

    shape = (len(wind_direction), len(wind_speed))
    read = _weibull_probability if weibull else _joint_probability
    probability = faults.attempt(read, node, shape)
    turbulence = faults.attempt(_turbulence, node, shape)
    faults.raise_any()
    assert probability is not None
    assert turbulence is not None
    order = np.argsort(wind_direction % 360)
    return WindResource(
        wind_direction=(wind_direction % 360)[order],
        wind_speed=wind_speed,
        probability=probability[order] / probability.sum(),
        turbulence_intensity=turbulence[order],
    )


def _joint_probability(node: Node, shape: tuple[int, int]) -> FloatArray:
    """Read p(direction, speed) (n_directions, n_speeds)."""
    if "probability" not in node:
        cure = "add probability, or weibull_a, weibull_k and sector_probability"
        raise ConfigError.of(node.where, "holds no probabilities", cure)
    probability, where = _table(node, "probability", shape), node.place("probability")
    if "sector_probability" not in node:
        cure = "scale it to 1; if it is that of speed given direction, add sector_probability"
        FaultCollector(check_probabilities(where, probability, cure)).raise_any()
        return probability
    sector = _table(node, "sector_probability", (shape[0], 1))
    faults = FaultCollector(check_probabilities(node.place("sector_probability"), sector))
    joint = abs(probability.sum() - 1) <= PROBABILITY_TOLERANCE  # else it would sum to n_directions
    check = check_probabilities if joint else check_conditional_probabilities
    faults.extend(check(where, probability))
    faults.raise_any()
    return probability if joint else probability * sector


def _weibull_probability(node: Node, shape: tuple[int, int]) -> FloatArray:
    """Integrate Weibull distributions over bins: p(direction, speed) (n_directions, n_speeds)."""
    sector, scale, exponent = read_each(
        lambda name: _table(node, name, (shape[0], 1)),
        *("sector_probability", "weibull_a", "weibull_k"),
    )
    faults = FaultCollector(check_probabilities(node.place("sector_probability"), sector))
    for name, table in (("weibull_a", scale), ("weibull_k", exponent)):
        if (table <= 0).any():
            faults.append(Fault(node.place(name), f"holds {table.min():g}", "give values above 0"))
    faults.raise_any()
    cumulative = 1 - np.exp(-((WEIBULL_EDGES / scale) ** exponent))
    return np.diff(cumulative, axis=1) * sector


def _turbulence(node: Node, shape: tuple[int, int]) -> FloatArray:
    name = "turbulence_intensity"
    if name not in node:
        raise node.error(name, "is missing", "add it, such as {data: 0.06, dims: []} offshore")
    turbulence = _table(node, name, shape)
    FaultCollector(check_turbulence(node.place(name), turbulence)).raise_any()
    return turbulence


def _coordinate(node: Node, name: str) -> FloatArray:
    """Read the values along one dimension, a single one of which may be a plain number."""
    data = node.child(name).numbers("data") if _has_dims(node, name) else node.numbers(name)
    values = np.atleast_1d(data)
    if values.ndim > 1 or not values.size:
        problem = f"not supported yet: {name} of shape {values.shape}"
        raise node.error(name, problem, "give one list for the whole site")
    return values


def _table(node: Node, name: str, shape: tuple[int, int]) -> FloatArray:
    """Read a quantity over any of direction and speed, repeated to (n_directions, n_speeds)."""
    if _has_dims(node, name):
        variable = node.child(name)
        data, dims = variable.numbers("data"), variable.values["dims"]
        if not isinstance(dims, list) or not all(isinstance(dim, str) for dim in dims):
            raise variable.error("dims", f"{str(dims)[:60]!r} are no names", "give a list of names")
    else:
        data = node.numbers(name)
        dims = [DIRECTION, SPEED][: data.ndim]
    sizes = {DIRECTION: shape[0], SPEED: shape[1]}
    if others := [str(dim) for dim in dims if dim not in sizes]:
        problem = f"not supported yet: {name} that varies with {', '.join(others)}"
        raise node.error(name, problem, "give one for the whole site at hub height")
    expected = tuple(sizes[dim] for dim in dims)
    if data.shape != expected:
        problem = f"has shape {data.shape}, not {expected} as {' x '.join(dims) or 'one number'}"
        raise node.error(name, problem, "give one value for each")
    if dims == [SPEED, DIRECTION]:
        data = data.T
    if DIRECTION not in dims:
        data = data[np.newaxis]
    if SPEED not in dims:
        data = data[..., np.newaxis]
    return np.broadcast_to(data, shape)


def _has_dims(node: Node, name: str) -> bool:
    value = node.get(name)
    return isinstance(value, dict) and "dims" in value
