"""The numeric parameters of FLORIS's wake models as vectors, and the ranges that kernels learn.

A parameter that is a list, as of `empirical_gauss`, is several numbers: ``breakpoints_D.0``. Lists
have the length that FLORIS's defaults have; for others nothing is learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from windopt.problem.layout import FloatArray


@dataclass(frozen=True)
class Parameter:
    """A number that a wake model takes.

    Attributes
    ----------
    name : str
        FLORIS's; with its place, where it is one of a list.
    low, high : float
        The range that is learned.
    """

    name: str
    low: float
    high: float


def _parameters(**ranges: tuple[float, float]) -> tuple[Parameter, ...]:
    return tuple(Parameter(name.replace("__", "."), *ends) for name, ends in ranges.items())


VELOCITY: dict[str, tuple[Parameter, ...]] = {
    "jensen": _parameters(we=(0.01, 0.15)),
    "gauss": _parameters(alpha=(0.3, 0.9), beta=(0.04, 0.12), ka=(0.15, 0.6), kb=(0.0, 0.012)),
    "cc": _parameters(
        a_s=(0.09, 0.36),
        b_s=(0.004, 0.03),
        c_s1=(0.03, 0.1),
        c_s2=(0.08, 0.2),
        a_f=(2.0, 4.5),
        b_f=(-1.0, -0.4),
        c_f=(2.1, 2.8),
    ),
    "turboparkgauss": _parameters(A=(0.02, 0.12)),
    "turbopark": _parameters(A=(0.02, 0.12)),
    "empirical_gauss": _parameters(
        wake_expansion_rates__0=(0.01, 0.05),
        wake_expansion_rates__1=(0.004, 0.03),
        breakpoints_D__0=(5.0, 15.0),
        sigma_0_D=(0.22, 0.36),
        smoothing_length_D=(1.0, 4.0),
        mixing_gain_velocity=(0.5, 4.0),
    ),
}
"""By FLORIS's velocity model."""
TURBULENCE: dict[str, tuple[Parameter, ...]] = {
    "crespo_hernandez": _parameters(
        initial=(-0.1, 0.2), constant=(0.3, 0.9), ai=(0.5, 1.2), downstream=(-0.5, -0.2)
    ),
    "wake_induced_mixing": (),
    "none": (),
}
"""By FLORIS's turbulence model; the gain of ambient turbulence is none of a wake's."""


def vector(parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> FloatArray:
    """Return a model's parameters as a vector: (n,).

    Parameters
    ----------
    parameters : tuple of Parameter
    given : mapping
        As in a FLORIS configuration.

    Raises
    ------
    ValueError
        When a list is of another length.
    """
    values = []
    for one in parameters:
        name, _, place = one.name.partition(".")
        value = given[name]
        if place:
            length = sum(other.name.startswith(f"{name}.") for other in parameters)
            if len(value) != length:
                raise ValueError(f"{name} has {len(value)} entries, the kernel knows {length}")
            value = value[int(place)]
        values.append(float(value))
    return np.array(values)


def as_given(parameters: tuple[Parameter, ...], values: FloatArray) -> dict[str, Any]:
    """Return a vector of parameters (n,) as FLORIS takes them."""
    given: dict[str, Any] = {}
    for one, value in zip(parameters, values.tolist(), strict=True):
        name, _, place = one.name.partition(".")
        if place:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    return given


def draw(parameters: tuple[Parameter, ...], n: int, rng: np.random.Generator) -> FloatArray:
    """Draw parameters uniformly from their ranges: (n, parameters)."""
    low, high = (np.array([getattr(one, end) for one in parameters]) for end in ("low", "high"))
    drawn: FloatArray = low + (high - low) * rng.random((n, len(parameters)))
    return drawn
