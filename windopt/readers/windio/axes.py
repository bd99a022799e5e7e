"""Taking the quantities of a windIO ``energy_resource`` along its dimensions, at hub height.

A quantity is ``{data: ..., dims: [...]}``, or data alone over the first dimensions of those asked
for. Over several heights it is interpolated to the hub, linearly in the logarithm of the height;
speeds by their logarithms, which is the power law, directions the shorter way round. At one other
height speeds follow the power law with the file's ``shear`` or the config's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.readers.wind.context import WindContext
from windopt.readers.windio.document import Node

TURBINE, HEIGHT = "wind_turbine", "height"


@dataclass(frozen=True)
class Axes:
    """A wind resource and what brings it to hub height.

    Parameters
    ----------
    node : Node
        The resource.
    lower, upper, weight : int
        The levels of its heights around the hub, and the upper one's weight.
    speed_up : float
        Wind speed at the hub over that of the file.
    heights : int
        Number of heights, 0 where nothing depends on height.
    """

    node: Node
    lower: int
    upper: int
    weight: float
    speed_up: float
    heights: int

    @classmethod
    def of(cls, node: Node, context: WindContext) -> "Axes":
        """Look for heights in a resource."""
        varies = any(HEIGHT in dims_of(node, name) or _sizes(node, name) for name in node.values)
        if varies and HEIGHT in node:
            heights = np.atleast_1d(coordinate(node, HEIGHT))
            if (np.diff(heights) <= 0).any() or (heights <= 0).any():
                raise node.error(HEIGHT, "does not increase from above 0", "sort the levels")
            levels = context.between_heights(node.place(HEIGHT), heights)
            return cls(node, *levels, 1.0, len(heights))
        return cls(node, 0, 0, 0.0, _speed_up(node, context), 0)

    def take(
        self,
        name: str,
        dims: Sequence[str],
        shape: Sequence[int],
        kind: str = "linear",
        missing: bool = False,
    ) -> FloatArray:
        """Return a quantity over `dims`, repeated along those it does not vary with.

        Parameters
        ----------
        name : str
            Its key.
        dims : sequence of str
            What it may vary with.
        shape : sequence of int
            The lengths of `dims`.
        kind : str
            How it is interpolated between heights: linear, log (speeds) or angle.
        missing : bool
            Whether it may hold nan.
        """
        data, own = self._as_given(name, dims, missing)
        lengths = dict(zip(dims, shape, strict=True))
        if self.heights:
            lengths[HEIGHT] = self.heights
        if TURBINE in own and name == "operating":
            data, own = self._of_all_turbines(data, own)
        self._require(name, data, own, lengths)
        if HEIGHT in own:
            data = self._at_hub(np.moveaxis(data, own.index(HEIGHT), 0), kind)
            own = [dim for dim in own if dim != HEIGHT]
        data = np.transpose(data, [own.index(dim) for dim in dims if dim in own])
        absent = tuple(k for k, dim in enumerate(dims) if dim not in own)
        return np.broadcast_to(np.expand_dims(data, absent), tuple(shape))

    def _as_given(
        self, name: str, dims: Sequence[str], missing: bool
    ) -> tuple[FloatArray, list[str]]:
        """Return a quantity as the file has it, and what its dimensions are."""
        node, own = self.node, dims_of(self.node, name)
        data = _data(node, name, missing)
        if not is_variable(node, name):
            own = list(dims)[: data.ndim]
        elif own and all(isinstance(dim, int) for dim in own):  # sizes, as an example of windIO has
            own = [*dims, HEIGHT][: data.ndim]
        return data, own

    def _require(
        self, name: str, data: FloatArray, own: Sequence[str], lengths: Mapping[str, int]
    ) -> None:
        """Refuse a quantity with other dimensions than those of `lengths`, or other lengths."""
        if others := [str(dim) for dim in own if dim not in lengths]:
            problem = f"not supported yet: {name} that varies with {', '.join(others)}"
            raise self.node.error(name, problem, "give one for the whole site at hub height")
        expected = tuple(lengths[dim] for dim in own)
        if data.shape != expected:
            problem = f"has shape {data.shape}, not {expected} as {' x '.join(own) or 'one number'}"
            raise self.node.error(name, problem, "give one value for each")

    def _at_hub(self, levels: FloatArray, kind: str) -> FloatArray:
        low, high = levels[self.lower], levels[self.upper]
        if kind == "angle":
            return np.asarray((low + self.weight * ((high - low + 180) % 360 - 180)) % 360)
        if kind == "log" and not (low <= 0).any() and not (high <= 0).any():
            return np.asarray(low * (high / low) ** self.weight)
        return np.asarray(low + self.weight * (high - low))

    def _of_all_turbines(self, data: FloatArray, own: list[str]) -> tuple[FloatArray, list[str]]:
        axis = own.index(TURBINE)
        known = data.ndim > axis and data.shape[axis] > 0
        first = np.asarray(data.take(0, axis=axis) if known else data)
        if not known or (data != np.expand_dims(first, axis)).any():
            problem = "not supported: operating that differs between turbines"
            cure = "give it for the whole farm, or leave it out: turbines are to be moved"
            raise self.node.error("operating", problem, cure)
        return first, [dim for dim in own if dim != TURBINE]


def coordinate(node: Node, name: str) -> FloatArray:
    """Read the values along one dimension, a single one of which may be a plain number."""
    values = np.atleast_1d(_data(node, name))
    if values.ndim > 1 or not values.size:
        problem = f"not supported yet: {name} of shape {values.shape}"
        raise node.error(name, problem, "give one list for the whole site")
    return values


def _data(node: Node, name: str, missing: bool = False) -> FloatArray:
    """Return the numbers of a quantity, which may be told what it varies with."""
    if is_variable(node, name):
        return node.child(name).numbers("data", missing)
    if isinstance(value := node.get(name), dict) and "data" in value:
        raise node.error(name, "has data but no dims", "add dims: [wind_direction], or what it is")
    return node.numbers(name, missing)


def is_variable(node: Node, name: str) -> bool:
    """Return whether a quantity says what it varies with."""
    value = node.values.get(name)
    return isinstance(value, dict) and "dims" in value


def dims_of(node: Node, name: str) -> list[str]:
    """Return what a quantity says it varies with."""
    if not is_variable(node, name):
        return []
    dims = node.values[name]["dims"]
    if not isinstance(dims, list) or not all(isinstance(dim, str | int) for dim in dims):
        raise node.error(
            name, f"has dims {str(dims)[:60]!r}", "give a list, such as [wind_direction]"
        )
    return list(dims)


def varies_over_site(node: Node) -> bool:
    """Return whether a Weibull resource is given at every place of a grid."""
    return "weibull_a" in node and {"x", "y"} <= set(dims_of(node, "weibull_a"))


def _sizes(node: Node, name: str) -> bool:
    """Return whether the dims are two sizes instead of names: over time, or so, and height."""
    dims = dims_of(node, name)
    return len(dims) == 2 and HEIGHT in node and all(isinstance(dim, int) for dim in dims)


def _speed_up(node: Node, context: WindContext) -> float:
    """Return wind speed at the hub over that at the one height of the file."""
    shear, alpha, height = node.child("shear") if "shear" in node else None, None, None
    if shear is not None:
        alpha, height = shear.number("alpha"), shear.positive("h_ref")
    for name in ("reference_height", HEIGHT):
        if name in node and np.size(coordinate(node, name)) == 1 and not dims_of(node, name):
            value = float(coordinate(node, name)[0])
            if value <= 0:
                raise node.error(name, f"{value:g} is not above 0", "give metres above ground")
            return context.speed_up(node.place(name), value, alpha)
    return 1.0 if height is None else context.speed_up(node.place("shear"), height, alpha)
