"""Training: teach the kernel on FLORIS's farms.

Two phases. *Teacher forcing*: every source is given the state FLORIS computed, so one pass over the
pairs predicts all receivers and the loss is smooth and cheap. *End to end*: the farm's own fixed
point, so that the kernel learns to live with its own errors. The loss is a Huber loss on the
relative rotor wind speed (not on power: above rated speed power says nothing) plus one on the
turbulence intensity. The mixing of the empirical Gaussian model is no output of FLORIS: there the
whole training is end to end, on wind speed alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from windopt.floris.adapter import wake_model_hash
from windopt.floris.dataset import simulate_dataset
from windopt.floris.sampling import with_other_thrusts
from windopt.floris.simulator import Progress, Simulator
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.surrogate import Surrogate, choose_device
from windopt.surrogate.wake_flow import FlowState, WakeFlow
from windopt.surrogate.wake_models import farm_physics, kernel_shape
from windopt.surrogate.wake_pairs import WakePairs, rotate_to_wind, wake_pairs
from windopt.workers.executor import worker_pool

if TYPE_CHECKING:
    from xarray import Dataset

logger = logging.getLogger(__name__)

TEACHER_SHARE = 0.75
"""Share of the steps in the first phase; an end-to-end step costs several of them."""
STEPS, STEPS_ASKED = "training_steps", "training_steps_asked"
"""On a card: the steps of its training, and those the config asked for."""
TI_WEIGHT = 0.3
HUBER_DELTA = 0.01
BATCHES = 12
TRAINING_REACH = (2.0, 0.3)
"""Half-width [D] and growth of the strip of pairs that training sees: wider than any wake."""
TRAIN_SHARE = 0.08
"""Of the time, where that is limited: what training is to take."""
FEWEST = 30
"""Steps however little time there is."""
PROBES = 2
"""Steps tried to see how long they take."""
RETRAIN_SHARE, RETRAIN_RATE = 0.15, 0.2
"""Steps and learning rate of an active-learning round, as shares of the config's."""


@dataclass(frozen=True)
class Batch:
    """Some farms' conditions, one per 'direction' slot: nodes are (condition, turbine)."""

    pairs: WakePairs
    free: FlowState
    truth: FlowState
    real: Tensor
    kind: Tensor | None
    mixing: bool

    def loss(self, predicted: FlowState) -> Tensor:
        """Huber loss on relative wind speed, and on turbulence intensity where FLORIS tells it."""
        huber = nn.functional.huber_loss
        u = huber(
            (predicted.u / self.free.u)[self.real],
            (self.truth.u / self.free.u)[self.real],
            delta=HUBER_DELTA,
        )
        if self.mixing:
            return u / HUBER_DELTA**2
        ti = huber(predicted.ti[self.real], self.truth.ti[self.real], delta=HUBER_DELTA)
        return (u + TI_WEIGHT * ti) / HUBER_DELTA**2


def training_flow(surrogate: Surrogate) -> WakeFlow:
    """Return a flow with the surrogate's own kernel, in the farms that its data are of."""
    physics, kernel = surrogate.flow.physics, surrogate.flow.kernel
    fleet = replace(physics, turbines=with_other_thrusts(physics.turbines))
    with torch.random.fork_rng(devices=[]):  # of weights that are not used
        flow = WakeFlow(fleet, kernel.shape).to(surrogate.device)
    flow.kernel = kernel
    return flow


def make_batches(flow: WakeFlow, dataset: Dataset, n_batches: int) -> list[Batch]:
    """Turn a dataset into batches, each a mixture of all its farms."""
    like, n = flow.kernel.knots, dataset.sizes["turbine"]
    layouts = (dataset["layout"] - dataset["layout"].mean("turbine")).to_numpy()
    types = np.nan_to_num(dataset["turbine_type"].to_numpy(), nan=0.0)

    def stacked(name: str) -> Any:
        return dataset[name].to_numpy().reshape(-1, *dataset[name].shape[2:])

    def tensor(values: Any) -> Tensor:
        return torch.as_tensor(values, dtype=like.dtype, device=like.device)

    wd = stacked("wind_direction")
    farm = np.repeat(np.arange(dataset.sizes["farm"]), dataset.sizes["condition"])
    keep = np.flatnonzero(np.isfinite(wd))
    half_width = TRAINING_REACH[0] * flow.fleet.diameters.max().expand(n)
    batches = []
    for part in range(n_batches):
        rows = keep[part::n_batches]
        x, y = rotate_to_wind(tensor(layouts[farm[rows]]), tensor(wd[rows]))
        pairs = wake_pairs(x, y, half_width, TRAINING_REACH[1])

        def column(name: str, rows: Any = rows, order: Tensor = pairs.order) -> Tensor:
            values = tensor(stacked(name)[rows])
            if values.ndim == 1:
                values = values[:, None].expand(-1, n)
            return values.flatten()[order].nan_to_num(1.0)

        kind = None
        if len(flow.physics.turbines) > 1:
            kind = (
                torch.as_tensor(types[farm[rows]], device=like.device)
                .flatten()[pairs.order]
                .clamp_min(0)
                .long()
            )
        batches.append(
            Batch(
                pairs=pairs,
                free=flow.free_stream(column("wind_speed"), column("turbulence_intensity")),
                truth=FlowState(column("rotor_wind_speed"), column("rotor_turbulence_intensity")),
                real=torch.isfinite(x).flatten()[pairs.order],
                kind=kind,
                mixing=flow.physics.mixing,
            )
        )
    return batches


def train_surrogate(
    problem: LayoutProblem,
    seed: int = 0,
    dataset: Dataset | None = None,
    progress: Progress | None = None,
    max_seconds: float | None = None,
) -> Surrogate:
    """Train a surrogate for a problem's wake model; one that is a formula needs no training.

    Parameters
    ----------
    problem : LayoutProblem
    seed : int
        Of the data, the weights and the order of batches.
    dataset : Dataset or None
        xarray.Dataset, optional From `simulate_dataset`; without it the data are simulated first.
    progress : callable, optional
    max_seconds : float, optional [s]
        Time that the training is to take at most: then in as many of the config's steps as fit,
        `FEWEST` at least, and how many that are depends on the machine.

    Returns
    -------
    Surrogate
        With its errors on the held-out farms in `facts`, and the steps it took.
    """
    if is_formula(problem):
        return analytic_surrogate(problem)
    if dataset is None:
        with worker_pool(problem.config.workers) as pool:
            dataset = simulate_dataset(problem, Simulator(problem, pool), seed)
    settings, surrogate = problem.config.train, untrained_surrogate(problem, seed)
    losses = fit(
        surrogate,
        dataset,
        settings.steps,
        settings.learning_rate,
        seed,
        progress,
        max_seconds=max_seconds,
    )
    if len(losses) < settings.steps:
        logger.info("the budget leaves time for %d of %d steps", len(losses), settings.steps)
    surrogate.facts = {
        STEPS: len(losses),
        STEPS_ASKED: settings.steps,
        "errors": held_out_errors(surrogate, dataset),
    }
    surrogate.speed_up = problem.speed_up
    return surrogate


def untrained_surrogate(problem: LayoutProblem, seed: int = 0) -> Surrogate:
    """Return the surrogate that training begins with: the right structure, weights at random."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        surrogate = Surrogate(
            farm_physics(problem),
            wake_model_hash(problem),
            kernel_shape(problem),
            problem.hours_per_year,
            problem.types,
        ).to(choose_device(problem.device))
    surrogate.wake = problem.wake.model_dump()
    return surrogate


def retrain(surrogate: Surrogate, dataset: Dataset, problem: LayoutProblem, seed: int) -> None:
    """Teach a surrogate, in place, data that have come since: the active-learning step."""
    settings = problem.config.train
    steps = max(10, round(RETRAIN_SHARE * settings.steps))
    fit(surrogate, dataset, steps, RETRAIN_RATE * settings.learning_rate, seed, teacher_share=0.0)
    surrogate.facts |= {"errors": held_out_errors(surrogate, dataset)}


def held_out_errors(surrogate: Surrogate, dataset: Dataset) -> dict[str, float]:
    """Measure the errors on the farms kept out of training.

    Returns
    -------
    dict
        ``farm_power_bias_pct``, ``turbine_power_mape_pct`` (turbines at more than 5 % of rated
        power) and ``wind_speed_rmse_pct`` of free stream.
    """
    return errors_on(surrogate, dataset.isel(farm=np.flatnonzero(dataset["held_out"].to_numpy())))


def errors_on(surrogate: Surrogate, farms: Dataset) -> dict[str, float]:
    """Measure the errors on all farms of a dataset; keys as of `held_out_errors`."""
    flow = training_flow(surrogate)
    (batch,) = make_batches(flow, farms, 1)
    with torch.no_grad():
        real = batch.real
        kind = None if batch.kind is None else batch.kind[real]
        u = flow.settle(batch.pairs, batch.free, batch.kind).u[real]
        truth = batch.truth.u[real]
        power, true_power = (flow.fleet.power(v, kind).double() for v in (u, truth))
        runs = true_power > 0.05 * min(t.rated_power for t in flow.physics.turbines)
        free = batch.free.u[batch.real]
        return {
            "farm_power_bias_pct": 100 * (power.sum() / true_power.sum() - 1).item(),
            "turbine_power_mape_pct": 100 * (power / true_power - 1)[runs].abs().mean().item(),
            "wind_speed_rmse_pct": 100 * ((u - truth) / free).square().mean().sqrt().item(),
        }


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread: on tensors this small more of them only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def fit(
    surrogate: Surrogate,
    dataset: Dataset,
    steps: int,
    learning_rate: float,
    seed: int,
    progress: Progress | None = None,
    teacher_share: float = TEACHER_SHARE,
    max_seconds: float | None = None,
) -> list[float]:
    """Fit the kernel to a dataset in `steps` Adam steps with a one-cycle learning rate.

    They are fewer, but not fewer than `FEWEST`, where they would take longer than `max_seconds`:
    as many as would fit at the pace of the first ones and, where the machine becomes slower on the
    way, some are left out, so that the learning rate still comes to its end.

    Returns
    -------
    list of float
        The loss at every step.
    """
    began, generator = time.perf_counter(), torch.Generator().manual_seed(seed)
    learned = dataset.isel(farm=np.flatnonzero(~dataset["held_out"].to_numpy()))
    flow = training_flow(surrogate).requires_grad_()
    batches = make_batches(flow, learned, BATCHES)
    if max_seconds is not None:
        each_s = _seconds_per_step(flow, batches[0], teacher_share)
        fitting = (max_seconds - (time.perf_counter() - began)) / each_s
        steps = min(steps, max(FEWEST, int(fitting)))
    optimiser = torch.optim.Adam(flow.kernel.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps, pct_start=max(0.1, 2 / steps)
    )
    order = torch.randint(len(batches), (steps,), generator=generator).tolist()
    losses: list[float] = []
    step = 0
    while step < steps:
        loss = _loss(flow, batches[order[step]], forced=step < teacher_share * steps)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(flow.kernel.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        due = step + 1
        if max_seconds is not None and len(losses) >= FEWEST:
            share = (time.perf_counter() - began) / max(max_seconds, 1e-9)
            due = max(due, int(min(share, 1.0) * steps))
        for _ in range(due - step):
            schedule.step()
        step = due
        if progress is not None:
            progress(step / steps)
    flow.requires_grad_(False)
    return losses


def _loss(flow: WakeFlow, batch: Batch, forced: bool) -> Tensor:
    """Return the loss on a batch, by teacher forcing where that is asked for and possible."""
    if forced and not batch.mixing and flow.physics.swirl is None:
        predicted = flow.step(batch.pairs, batch.truth, batch.free, batch.kind)
    else:
        predicted = flow.settle(batch.pairs, batch.free, batch.kind)
    return batch.loss(predicted)


def _seconds_per_step(flow: WakeFlow, batch: Batch, teacher_share: float) -> float:
    """Measure what a step takes, of both phases in their proportion [s]."""
    seconds = 0.0
    for forced, share in ((True, teacher_share), (False, 1.0 - teacher_share)):
        for probe in range(1 + PROBES):
            if probe == 1:  # the first takes longer
                began = time.perf_counter()
            loss = _loss(flow, batch, forced)
            torch.autograd.backward(loss)
        seconds += share * (time.perf_counter() - began) / PROBES
    flow.zero_grad()
    return max(seconds, 1e-9)
