"""FLORIS's wakes at single points: what a conditioned kernel learns from.

One turbine stands in the wind, far above the ground, and FLORIS's own wake functions say how much
slower the wind is at points behind it, and how much turbulence its wake adds there. A hundred
thousand points take some milliseconds, where a farm of 36 turbines takes a second for thirty
conditions. What the wakes do in a farm is no matter here: that is exact (`windopt.surrogate`).

Lengths are in rotor diameters. The deficit is described as kernels have it
(`windopt.surrogate.wake_kernel`): d = A exp(-(r / sigma)^n / 2), with A in (1 - sqrt(1 - Ct)).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, as_given
from windopt.problem.layout import FloatArray

DIAMETER, HEIGHT, SPEED = 100.0, 1e6, 8.0
"""Of the turbine [m], its hub [m] and the wind [m/s]: nothing depends on them."""
NEAR_D, FAR_D = 0.3, 0.5
"""Distances from the axis at which the deficit tells the width, beside that on it [D]."""
EDGE_STEPS = 50
"""Halvings in the search for the edge of a wake: to 1e-14 of the first guess."""


def wake_shape(
    model: str, parameters: FloatArray, distance: FloatArray, ct: FloatArray, ti: FloatArray
) -> FloatArray:
    """Return what one turbine's wakes are like in FLORIS.

    Parameters
    ----------
    model : str
        FLORIS's velocity model.
    parameters : (n_parameters,)
        Of the model, as of `wake_parameters.VELOCITY`.
    distance : (n_distances,) [D]
    ct, ti : (n_states,) [-]
        Thrust coefficients and turbulence intensities; of `empirical_gauss` its mixing.

    Returns
    -------
    (n_states, n_distances, heads)
        ln A, ln sigma and, of `cc`, ln n. Of `jensen` sigma is the wake's radius.
    """
    wake = _wake_function(model, as_given(VELOCITY[model], parameters))
    x = np.broadcast_to(distance, (len(ct), len(distance)))
    deficit: Callable[[FloatArray], FloatArray] = lambda r: wake(x, r, ct, ti)  # noqa: E731
    on_axis = deficit(np.zeros_like(x))
    amplitude = np.log(on_axis) - np.log(1.0 - np.sqrt(1.0 - ct))[:, None]
    if model == "jensen":
        return np.stack([amplitude, np.log(_edge(deficit, x.shape))], axis=-1)
    r = np.full_like(x, NEAR_D)
    drop = 2.0 * np.log(on_axis / deficit(r))
    if model == "turbopark":  # the mean over a rotor, no exact Gaussian: it is one at 1.7 widths
        r = 1.7 * r / np.sqrt(drop)
        drop = 2.0 * np.log(on_axis / deficit(r))
    if model != "cc":
        return np.stack([amplitude, np.log(r) - 0.5 * np.log(drop)], axis=-1)
    farther = 2.0 * np.log(on_axis / deficit(np.full_like(x, FAR_D)))
    exponent = np.log(farther / drop) / np.log(FAR_D / NEAR_D)
    width = np.log(FAR_D) - np.log(farther) / exponent
    return np.stack([amplitude, width, np.log(exponent)], axis=-1)


def added_turbulence(
    model: str, parameters: FloatArray, distance: FloatArray, ct: FloatArray, ti: FloatArray
) -> FloatArray:
    """Return the logarithm of what a wake adds to turbulence, or mixing, at a rotor all in it.

    Parameters
    ----------
    model : str
        FLORIS's turbulence model.
    parameters : (n_parameters,)
    distance : (n_distances,) [D]
    ct, ti : (n_states,) [-]
        Thrust coefficients and ambient turbulence intensities.

    Returns
    -------
    (n_states, n_distances)
    """
    from floris.core.wake import MODEL_MAP

    induction = _4d(0.5 * (1.0 - np.sqrt(1.0 - ct)))
    function = MODEL_MAP["turbulence_model"][model](**as_given(TURBULENCE[model], parameters))
    if model == "wake_induced_mixing":
        added = function.function(induction, distance[None])
    else:
        x = np.broadcast_to(
            DIAMETER * distance[None, :, None, None], (len(ct), len(distance), 1, 1)
        )
        added = function.function(_4d(ti), x, np.zeros_like(x), DIAMETER, induction)[:, :, 0, 0]
    logarithm: FloatArray = np.log(added)
    return logarithm


def _edge(deficit: Callable[[FloatArray], FloatArray], shape: tuple[int, ...]) -> FloatArray:
    """Return the distance from the axis at which the deficit jumps to 0 [D]."""
    inside, outside = np.zeros(shape), np.full(shape, 1e3)
    for _ in range(EDGE_STEPS):
        middle = 0.5 * (inside + outside)
        is_in = deficit(middle) > 0.0
        inside, outside = np.where(is_in, middle, inside), np.where(is_in, outside, middle)
    return inside


def _wake_function(model: str, given: dict[str, Any]) -> Callable[..., FloatArray]:
    """Return FLORIS's deficit (n_states, n_distances) of x, r [D] of that shape, ct and ti."""
    from floris.core.wake import MODEL_MAP

    if model == "turboparkgauss":
        given |= {"include_mirror_wake": False}
    function = MODEL_MAP["velocity_model"][model](**given).function
    ask = {"cc": _ask_cc, "turbopark": _ask_turbopark, "empirical_gauss": _ask_empirical}
    asked = ask.get(model, _ask_plain)

    def deficit(x: FloatArray, r: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
        x, y = (DIAMETER * a[:, :, None, None] for a in (x, r))
        found: FloatArray = asked(function, model, x, y, ct, ti)
        return found

    return deficit


def _ask_plain(
    function: Any, model: str, x: FloatArray, y: FloatArray, ct: FloatArray, ti: FloatArray
) -> FloatArray:
    zero, induction = np.zeros((len(ct), 1, 1, 1)), _4d(0.5 * (1.0 - np.sqrt(1.0 - ct)))
    where: dict[str, Any] = {"x": x, "y": y, "z": np.full_like(x, HEIGHT)}
    if model != "jensen":
        where |= {"u_initial": np.full_like(x, SPEED), "wind_veer": 0.0}
    found: FloatArray = function(
        zero, zero, zero + HEIGHT, induction, np.zeros_like(x), zero, _4d(ti), _4d(ct),
        zero + HEIGHT, zero + DIAMETER, **where,
    )[:, :, 0, 0]  # fmt: skip
    return found


def _ask_empirical(
    function: Any, model: str, x: FloatArray, y: FloatArray, ct: FloatArray, mixing: FloatArray
) -> FloatArray:
    zero = np.zeros((len(ct), 1, 1, 1))
    induction = _4d(0.5 * (1.0 - np.sqrt(1.0 - ct)))
    found: FloatArray = function(
        zero, zero, zero + HEIGHT, induction, np.zeros_like(x), np.zeros_like(x), zero, zero,
        _4d(mixing), _4d(ct), zero + HEIGHT, zero + DIAMETER,
        x=x, y=y, z=np.full_like(x, HEIGHT), wind_veer=0.0,
    )[:, :, 0, 0]  # fmt: skip
    return found


def _ask_cc(
    function: Any, model: str, x: FloatArray, y: FloatArray, ct: FloatArray, ti: FloatArray
) -> FloatArray:
    zero = np.zeros((len(ct), 1, 1, 1))
    speed = np.full_like(x, SPEED)
    lost, _ = function(
        0, zero, zero, zero + HEIGHT, zero + SPEED, np.zeros_like(x), zero, _4d(ti), _4d(ct),
        zero + DIAMETER, np.zeros_like(x), np.zeros((1, *x.shape)),
        x=x, y=y, z=np.full_like(x, HEIGHT), u_initial=speed,
    )  # fmt: skip
    found: FloatArray = lost[:, :, 0, 0] / SPEED
    return found


def _ask_turbopark(
    function: Any, model: str, x: FloatArray, y: FloatArray, ct: FloatArray, ti: FloatArray
) -> FloatArray:
    """Ask for receivers one by one: each is the second turbine of a farm of two."""
    shape = x.shape[:2]
    x, y = (a.reshape(-1, 1, 1, 1) for a in (x, y))
    zero = np.zeros_like(x)
    both: Callable[[FloatArray, FloatArray], FloatArray] = lambda a, b: np.concatenate(  # noqa: E731
        [a, b], axis=1
    )
    ct, ti = (np.repeat(a, shape[1]).reshape(-1, 1, 1, 1) for a in (ct, ti))
    of_both = both(zero, zero)
    found: FloatArray = function(
        x, y, zero + HEIGHT, both(ti, ti), both(ct, ct), zero + DIAMETER, of_both + DIAMETER, 1,
        of_both, x=both(zero, x), y=both(zero, y), z=of_both + HEIGHT, u_initial=of_both + SPEED,
    )[:, 1, 0, 0]  # fmt: skip
    return found.reshape(shape)


def _4d(values: FloatArray) -> FloatArray:
    return np.asarray(values, dtype=np.float64)[:, None, None, None]
