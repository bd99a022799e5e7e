"""How conditioned kernels are trained: FLORIS's wake functions, sampled, and two regressions.

Training points are cheap and exact, so there are millions of them: for each of some thousand draws
of the parameters, `STATES` states of a turbine and `DISTANCES` distances behind it. The loss weighs
relative errors by the square root of the deficit: near wakes count more, far ones are many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from windopt.atomic import replacing
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, draw
from windopt.floris.wake_points import added_turbulence, wake_shape
from windopt.problem.layout import FloatArray
from windopt.surrogate.conditioned import (
    LEARNED_AMBIENT,
    LEARNED_CT,
    LEARNED_D,
    LEARNED_MIXING,
    LEARNED_TI,
    Conditioned,
    ConditionedKernel,
    PowerLaw,
)

STATES, DISTANCES = 24, 32
"""Of each draw of the parameters: of a turbine, and behind it."""
COMMON_CT, COMMON = (0.6, 0.95), 0.7
"""Thrust coefficients of turbines below rated wind speed, and their share of the states."""
BATCH, WARM = 4096, 0.1
"""Points of a step; share of the steps in which the learning rate rises."""
RATE, POWER_LAW_RATE = 5e-3, 3e-2
"""Largest learning rates."""
KEEP_EVERY = 1000
"""Steps between two checkpoints."""
LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class Points:
    """What is learned from: features (n, features), heads (n, heads) and weights (n,)."""

    features: Tensor
    heads: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Plan:
    """How much a kernel learns.

    Attributes
    ----------
    draws : int
        Of the velocity model's parameters.
    steps, turbulence_steps : int
        Of the two networks.
    """

    draws: int = 6000
    steps: int = 70_000
    turbulence_steps: int = 8_000


def velocity_points(network: Conditioned, model: str, draws: int, seed: int) -> Points:
    """Ask FLORIS for wakes of `model`, for so many draws of its parameters."""
    rng = np.random.default_rng(seed)
    features, heads, weights = [], [], []
    for parameters in draw(VELOCITY[model], draws, rng):
        ct, ti = draw_states(model == "empirical_gauss", rng)
        distance = _log_uniform(LEARNED_D, DISTANCES, rng)
        shape = wake_shape(model, parameters, distance, ct, ti)
        depth = shape[..., 0] + np.log(1.0 - np.sqrt(1.0 - ct))[:, None]
        features.append(_features(network, parameters, distance, ct, ti))
        heads.append(shape)
        weights.append(np.sqrt(np.exp(depth)))
    return _points(features, heads, weights)


def turbulence_points(network: Conditioned, model: str, draws: int, seed: int) -> Points:
    """Ask FLORIS for the turbulence that wakes add, for so many draws of the parameters."""
    rng = np.random.default_rng((seed, 1))
    features, heads, weights = [], [], []
    for parameters in draw(TURBULENCE[model], draws, rng):
        ct, _ = draw_states(False, rng)
        ti = _log_uniform(LEARNED_AMBIENT, STATES, rng)
        distance = _log_uniform(LEARNED_D, DISTANCES, rng)
        added = added_turbulence(model, parameters, distance, ct, ti)
        features.append(_features(network, parameters, distance, ct, ti))
        heads.append(added[..., None])
        weights.append(np.ones_like(added))
    return _points(features, heads, weights)


def draw_states(mixing: bool, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw thrust coefficients and turbulence intensities, or mixing: (STATES,) each."""
    common = rng.random(STATES) < COMMON
    most, least = (float(np.sqrt(1.0 - end)) for end in LEARNED_CT)
    root = rng.uniform(least, most, STATES)
    ct = np.where(common, rng.uniform(*COMMON_CT, STATES), 1.0 - root**2)
    if mixing:
        low, high = LEARNED_MIXING
        return ct, low + (high - low) * rng.random(STATES) ** 3
    return ct, _log_uniform(LEARNED_TI, STATES, rng)


def regress(
    network: Conditioned,
    points: Points,
    steps: int,
    seed: int,
    checkpoint: Path,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Train a network in `steps` Adam steps; goes on from the checkpoint where there is one."""
    rate = POWER_LAW_RATE if isinstance(network, PowerLaw) else RATE
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps, pct_start=WARM
    )
    done, generator = 0, torch.Generator().manual_seed(seed)
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        done = state["done"]
    while done < steps:
        rows = torch.randint(len(points.features), (BATCH,), generator=generator)
        wrong = network(points.features[rows]) - points.heads[rows]
        loss = (points.weight[rows, None] * wrong).square().mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        done += 1
        if done % KEEP_EVERY == 0 or done == steps:
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "generator": generator.get_state(),
                "done": done,
            }
            with replacing(checkpoint) as partial:
                torch.save(state, partial)
            if progress is not None:
                progress(done / steps)


def errors(network: Conditioned, points: Points) -> list[float]:
    """Return the weighted root-mean-square error of each head."""
    with torch.no_grad():
        wrong = network(points.features) - points.heads
    weight = points.weight[:, None] ** 2
    return [float(e) for e in ((weight * wrong**2).sum(0) / weight.sum(0)).sqrt()]


def untrained_kernel(velocity_model: str, turbulence_model: str, seed: int) -> ConditionedKernel:
    """Return the kernel that training begins with."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ConditionedKernel(velocity_model, turbulence_model)


def _log_uniform(ends: tuple[float, float], n: int, rng: np.random.Generator) -> FloatArray:
    low, high = ends
    return low * (high / low) ** rng.random(n)


def _features(
    network: Conditioned,
    parameters: FloatArray,
    distance: FloatArray,
    ct: FloatArray,
    ti: FloatArray,
) -> FloatArray:
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (parameters, distance, ct, ti))
    features: FloatArray = network.features(*tensors).numpy()
    return features


def _points(
    features: list[FloatArray], heads: list[FloatArray], weights: list[FloatArray]
) -> Points:
    x, y, w = (
        torch.from_numpy(np.stack(a).astype(np.float32)).flatten(0, 2)
        for a in (features, heads, [w[..., None] for w in weights])
    )
    good = torch.isfinite(y).all(1)  # FLORIS's own overflow, far from any wake
    return Points(x[good], y[good], w[good, 0].clamp_min(LEAST_WEIGHT))
