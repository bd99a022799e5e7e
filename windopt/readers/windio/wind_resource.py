r"""Reads the wind resource of a windIO ``energy_resource``.

Three forms are known:

- ``probability`` over direction and speed, or over direction alone at a single speed. It is joint
  and sums to 1. With ``sector_probability`` beside it, it may also be that of the speed given the
  direction, and sums to 1 in each direction;
- ``weibull_a`` (scale A [m/s]), ``weibull_k`` (shape k) and ``sector_probability``. Speeds become
  bins of 1 m/s around 0.5 to 29.5 m/s, further up where it is windy, each with the exact
  probability :math:`F(u + 0.5) - F(u - 0.5)`, where :math:`F(u) = 1 - \exp(-(u/A)^k)`; the last
  takes what is faster. Turbulence intensity and ``operating`` by wind speed are those of the
  file's ``wind_speed``, linear between;
- ``time`` with ``wind_speed`` and ``wind_direction``, binned as of `time_series`.

A Weibull resource over ``x`` and ``y`` as well becomes a rose and a speed-up (`weibull_grid`).

``operating`` is the share of the farm that runs, in a wind or at a time; while it stands still, it
counts as calm.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import (
    PROBABILITY_TOLERANCE,
    check_conditional_probabilities,
    check_directions,
    check_increasing,
    check_probabilities,
    check_turbulence,
)
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.series_checks import FILL, check_series, check_speed_unit, check_times
from windopt.readers.wind.time_series import TURNING, bin_series
from windopt.readers.wind.weibull import HIGHEST, SCALES, SHAPES, to_bins, weibull_rose
from windopt.readers.wind.weibull_grid import WeibullGrid, loss_of_yield, tell_loss
from windopt.readers.windio.axes import Axes, coordinate, dims_of, varies_over_site
from windopt.readers.windio.document import Node, open_part

DIRECTION, SPEED, TIME = "wind_direction", "wind_speed", "time"
ROSE = (DIRECTION, SPEED)
TURBULENCE, OPERATING = "turbulence_intensity", "operating"
WEIBULL_EDGES = np.arange(31.0)  # [m/s]
KNOWN = (
    *(DIRECTION, SPEED, TIME, "height", "reference_height", "shear", TURBULENCE, OPERATING),
    *("probability", "sector_probability", "weibull_a", "weibull_k"),
    # other quantities that windIO allows there; FLORIS's wake models do not use them
    *("wind_turbine", "x", "y", "LMO", "z0", "k", "epsilon", "potential_temperature"),
    *("friction_velocity", "ground_temperature", "stability", "ABL_height", "fc", "lapse_rate"),
    *("capping_inversion_thickness", "capping_inversion_strength", "capping_inversion_height"),
    *("tau_x", "tau_y", "density"),
)


def read_wind_resource(path: str, context: WindContext | None = None) -> WindResource:
    """Read the wind of a windIO file, of a resource or of a site or system around it.

    Parameters
    ----------
    path : str
        Of the file, as in the config.
    context : WindContext or None
        What to go by where the file says nothing.
    """
    context = context or WindContext()
    node = open_part(path, "wind_resource", "wind_resource").child("wind_resource")
    faults = FaultCollector(node.misspelt_keys(*KNOWN))
    axes = faults.attempt(Axes.of, node, context)
    read = _read_series if TIME in node else _read_grid if varies_over_site(node) else _read_rose
    wind = faults.attempt(read, node, axes, context) if axes is not None else None
    faults.raise_any()
    assert wind is not None
    return wind


def _read_rose(node: Node, axes: Axes, context: WindContext) -> WindResource:
    faults = FaultCollector()
    wind_direction = faults.attempt(coordinate, node, DIRECTION)
    if wind_direction is not None:
        faults.extend(check_directions(node.place(DIRECTION), wind_direction))
    weibull = "probability" not in node and "weibull_a" in node
    if weibull:
        wind_speed: FloatArray | None = (WEIBULL_EDGES[:-1] + WEIBULL_EDGES[1:]) / 2
    else:
        wind_speed = faults.attempt(coordinate, node, SPEED)
    if wind_speed is not None:
        faults.extend(check_increasing(node.place(SPEED), wind_speed))
    if wind_direction is None or wind_speed is None:
        raise ConfigError(faults)

    shape = (len(wind_direction), len(wind_speed))
    parameters = faults.attempt(_weibull_parameters, axes, shape[:1]) if weibull else None
    probability = None if weibull else faults.attempt(_joint_probability, axes, shape)
    by_speed = _speeds_of_others(axes) if weibull else None
    own = shape if by_speed is None else (shape[0], len(by_speed))
    turbulence = faults.attempt(_turbulence, axes, context, ROSE, own)
    running = faults.attempt(_running, axes, ROSE, own)
    faults.raise_any()
    assert turbulence is not None
    assert running is not None
    if by_speed is not None:
        turbulence, running = (_at_bins(by_speed, table) for table in (turbulence, running))
    if parameters is not None:
        sector, scale, exponent = parameters
        rose = weibull_rose(wind_direction, sector, axes.speed_up * scale, exponent, turbulence)
        wind_speed, probability = rose.wind_speed, rose.probability
        turbulence = rose.turbulence_intensity
        running = to_bins(running, len(wind_speed))
    else:
        assert probability is not None
        often = probability.sum(axis=0)
        FaultCollector(check_speed_unit(node.place(SPEED), wind_speed, often)).raise_any()
        wind_speed = axes.speed_up * wind_speed
    if (running < 1).any():
        still = (probability * (1 - running)).sum(axis=1, keepdims=True)
        probability, turbulence = probability * running, np.array(turbulence)
        if wind_speed[0] > 0:
            wind_speed = np.append(0.0, wind_speed)
            probability = np.append(np.zeros_like(still), probability, axis=1)
            turbulence = np.append(turbulence[:, :1], turbulence, axis=1)
        probability[:, :1] += still
    return WindResource.scaled(wind_direction, wind_speed, probability, turbulence)


def _read_grid(node: Node, axes: Axes, context: WindContext) -> WindResource:
    """Read a Weibull resource at every place of a grid."""
    faults = FaultCollector()
    read = [faults.attempt(coordinate, node, name) for name in (DIRECTION, "x", "y")]
    faults.raise_any()
    direction, x, y = (np.asarray(values) for values in read)
    faults.extend(check_directions(node.place(DIRECTION), direction))
    for name, values in (("x", x), ("y", y)):
        if len(values) < 2 or (np.diff(values) <= 0).any():
            cure = "give the grid's coordinates, two at least, sorted"
            faults.append(Fault(node.place(name), "does not increase", cure))
    dims, shape = (DIRECTION, "x", "y"), (len(direction), len(x), len(y))
    kinds = {"sector_probability": "linear", "weibull_a": "log", "weibull_k": "linear"}
    tables = [faults.attempt(axes.take, name, dims, shape, kinds[name]) for name in kinds]
    by_speed = _speeds_of_others(axes)
    bins = len(WEIBULL_EDGES) - 1 if by_speed is None else len(by_speed)
    turbulence = faults.attempt(_turbulence, axes, context, ROSE, (len(direction), bins))
    if OPERATING in node:
        cure = "leave it out, or give one resource for the whole site"
        faults.append(Fault(node.place(OPERATING), "is not supported over x and y", cure))
    faults.raise_any()
    assert turbulence is not None
    if by_speed is not None:
        turbulence = _at_bins(by_speed, turbulence)
    order = np.argsort(direction % 360)
    given = [np.asarray(table)[order] for table in tables]
    grid = WeibullGrid(node.where, x, y, direction[order] % 360, *given).checked()
    wind = grid.resource(context.site, turbulence[order], axes.speed_up)
    if context.turbine is not None:
        loss = loss_of_yield(grid, wind, context.turbine, axes.speed_up)
        tell_loss(node.where, loss, grid.on_site(context.site))
    return wind


def _read_series(node: Node, axes: Axes, context: WindContext) -> WindResource:
    faults = FaultCollector()
    times = faults.attempt(_times, node)
    if times is None:
        raise ConfigError(faults)
    faults.extend(check_times(node.place(TIME), times, context.allow_gaps))
    shape = (len(times),)
    direction = faults.attempt(axes.take, DIRECTION, (TIME,), shape, "angle", True)
    speed = faults.attempt(axes.take, SPEED, (TIME,), shape, "log", True)
    running = faults.attempt(_running, axes, (TIME,), shape)
    complete = np.ones(shape, dtype=bool)
    for name, values in ((DIRECTION, direction), (SPEED, speed)):
        if values is not None and (missing := np.isnan(values)).any():
            complete &= ~missing
            problem = f"is nan at {missing.sum()} times, the first {times[np.argmax(missing)]}"
            if not context.allow_gaps or missing.all():
                faults.append(Fault(node.place(name), problem, FILL))
    if direction is not None and speed is not None and complete.any():
        places = node.place(DIRECTION), node.place(SPEED)
        faults.extend(check_series(*places, direction[complete], speed[complete]))
    turbulence = faults.attempt(_turbulence, axes, context, (TIME,), shape, speed)
    faults.raise_any()
    assert direction is not None
    assert speed is not None
    assert running is not None
    assert turbulence is not None
    if not np.isin(running, (0.0, 1.0)).all():
        problem = "holds shares of the farm"
        raise node.error(OPERATING, problem, "give 0 or 1 for each time")
    value = context.values.at_times(times[complete]) if context.values is not None else None
    speed = axes.speed_up * speed * running
    known = direction[complete], speed[complete], turbulence[complete]
    return bin_series(*known, value, times=times[complete])


def _times(node: Node) -> FloatArray | NDArray[np.datetime64]:
    """Read the times, dates or numbers."""
    values = node.child(TIME).get("data") if isinstance(node.get(TIME), dict) else node.get(TIME)
    if not isinstance(values, list) or not values:
        raise node.error(TIME, "is no list of times", "give one for each wind")
    if all(isinstance(value, int | float) for value in values):
        return np.array(values, dtype=np.float64)
    try:
        texts = [str(value).replace("Z", "").removesuffix("+00:00") for value in values]
        return np.array(texts, dtype="datetime64[s]")
    except ValueError as error:
        cure = "write times in UTC as 2024-01-31T13:00:00"
        raise node.error(TIME, f"cannot be read: {error}", cure) from None


def _joint_probability(axes: Axes, shape: tuple[int, int]) -> FloatArray:
    """Read p(direction, speed) (n_directions, n_speeds)."""
    node = axes.node
    if "probability" not in node:
        cure = "add probability, or weibull_a, weibull_k and sector_probability"
        raise ConfigError.of(node.where, "holds no probabilities", cure)
    probability, where = axes.take("probability", ROSE, shape), node.place("probability")
    if "sector_probability" not in node:
        FaultCollector(_check_joint(where, probability)).raise_any()
        return probability
    sector = axes.take("sector_probability", ROSE[:1], shape[:1])[:, np.newaxis]
    faults = FaultCollector(check_probabilities(node.place("sector_probability"), sector))
    joint = abs(probability.sum() - 1) <= PROBABILITY_TOLERANCE  # else it would sum to n_directions
    check = check_probabilities if joint else check_conditional_probabilities
    faults.extend(check(where, probability))
    if joint and not faults:
        faults.extend(_check_sectors(where, probability, sector))
    faults.raise_any()
    return np.asarray(probability if joint else probability * sector)


def _check_joint(where: str, probability: FloatArray) -> Iterator[Fault]:
    """Check that a table without sector probabilities is joint: its total is 1."""
    rows = probability.sum(axis=1)
    if len(rows) > 1 and (abs(rows - 1) <= PROBABILITY_TOLERANCE).all():
        problem = f"sums to {rows.sum():.6g}, and to 1 in each of its {len(rows)} directions"
        cure = "it is that of speed given direction: add sector_probability"
        yield Fault(where, problem, cure)
        return
    cure = "scale it to 1; if it is that of speed given direction, add sector_probability"
    if not (probability < 0).any() and len(rows) > 1:
        cure += f" (its directions sum to {rows.min():.4g} to {rows.max():.4g})"
    yield from check_probabilities(where, probability, cure)


def _check_sectors(where: str, joint: FloatArray, sector: FloatArray) -> Iterator[Fault]:
    """Check that a joint table and the sectors' probabilities beside it say the same."""
    rows = joint.sum(axis=1)
    off = abs(rows - sector[:, 0])
    if off.max() > PROBABILITY_TOLERANCE and len(rows) > 1:
        k = int(np.argmax(off))
        problem = f"sums to {rows[k]:.4g}, but sector_probability is {sector[k, 0]:.4g}"
        yield Fault(f"{where}[{k}]", problem, "make them agree, or leave out sector_probability")


def _weibull_parameters(axes: Axes, shape: tuple[int]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Read sector probabilities, scales [m/s] and shapes, each (n_directions,)."""
    node, faults = axes.node, FaultCollector()
    kinds = {"sector_probability": "linear", "weibull_a": "log", "weibull_k": "linear"}
    read = [faults.attempt(axes.take, name, ROSE[:1], shape, kinds[name]) for name in kinds]
    faults.raise_any()
    sector, scale, exponent = (np.asarray(values) for values in read)
    faults.extend(check_probabilities(node.place("sector_probability"), sector))
    for name, values, (low, high) in (
        ("weibull_a", scale, SCALES),
        ("weibull_k", exponent, SHAPES),
    ):
        if (wrong := values[(values <= low) | (values >= high)]).size:
            cure = f"give values between {low:g} and {high:g}"
            faults.append(Fault(node.place(name), f"holds {wrong[0]:g}, which no wind has", cure))
    if not faults and (exponent > scale).all():
        problem = f"is {exponent.max():g} at most, and above weibull_a, {scale.max():g}, throughout"
        faults.append(Fault(node.place("weibull_k"), problem, "swap the two"))
    faults.raise_any()
    return sector, scale, exponent


def _speeds_of_others(axes: Axes) -> FloatArray | None:
    """Read the speeds that quantities beside a Weibull distribution go by, at hub height [m/s].

    None where nothing goes by speed, or the file has no speeds.
    """
    node = axes.node
    by_speed = any(SPEED in dims_of(node, name) for name in (TURBULENCE, OPERATING))
    if SPEED not in node or not by_speed:
        return None
    speed = coordinate(node, SPEED)
    FaultCollector(check_increasing(node.place(SPEED), speed)).raise_any()
    return np.asarray(axes.speed_up * speed)


def _at_bins(speed: FloatArray, table: FloatArray) -> FloatArray:
    """Interpolate a table (n_directions, n_speeds) to the speed bins; constant beyond its ends."""
    middle = np.arange(HIGHEST) + 0.5
    return np.stack([np.interp(middle, speed, row) for row in table])


def _turbulence(
    axes: Axes,
    context: WindContext,
    dims: tuple[str, ...],
    shape: tuple[int, ...],
    speed: FloatArray | None = None,
) -> FloatArray:
    """Read the turbulence intensity over `dims`; in the calm, by `speed`, it may be anything."""
    node = axes.node
    if TURBULENCE not in node:
        add = "add it, such as {data: 0.06, dims: []} offshore"
        return np.full(shape, context.turbulence(node.place(TURBULENCE), add))
    turbulence = axes.take(TURBULENCE, dims, shape)
    blowing = turbulence if speed is None else turbulence[speed >= TURNING]
    FaultCollector(check_turbulence(node.place(TURBULENCE), blowing)).raise_any()
    return turbulence if speed is None else np.asarray(turbulence.clip(1e-3, 0.999))


def _running(axes: Axes, dims: tuple[str, ...], shape: tuple[int, ...]) -> FloatArray:
    """Read the share of the farm that runs."""
    if OPERATING not in axes.node:
        return np.ones(shape)
    running = axes.take(OPERATING, dims, shape)
    if (running < 0).any() or (running > 1).any():
        raise axes.node.error(OPERATING, "holds other than 0 to 1", "give 1 where the farm runs")
    if not running.any():
        raise axes.node.error(OPERATING, "is 0 throughout", "give 1 where the farm runs")
    return running
