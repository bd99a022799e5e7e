"""NVML: the energy counters of NVIDIA's graphics processors, beside whatever meters the rest.

Each counts what its whole card has drawn since the driver was loaded, other people's work included.

    E = E_cpu + E_gpu, reserved and marginal alike; of the card E_marginal = E_gpu - P_idle t_wall

with P_idle [W] read just before the run. A card at rest draws tens of watts, so a counter that
stands still for a moment counts nothing and is not believed. Busy seconds are the driver's
utilisation (the share of its last sampling period, at most a second, in which a kernel ran) at each
reading, times the time since the reading before: a sample every few seconds, not a count.
"""

import importlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from windopt.ledger.meters.base import EnergyUse, Meter
from windopt.ledger.meters.process_tree import GB
from windopt.ledger.meters.usage import Usage

logger = logging.getLogger(__name__)

METHOD = "NVML"
PROBE_S = 0.2


class GpuCounter:
    """One graphics processor, its energy since this was made.

    Parameters
    ----------
    nvml : Any
        The module `pynvml`, initialised.
    handle : Any
        Of the card.

    Raises
    ------
    nvml.NVMLError : when the card has no energy counter or does not let it be read
    """

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml, self._handle = nvml, handle
        self._last_mj = int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        self._total_mj = 0
        self._fails = False

    def read(self) -> tuple[float, float, float]:
        """Return energy so far [J], share of time busy just now [-] and memory in use [GB].

        A card that cannot be read any more stands still.
        """
        nvml = self._nvml
        try:
            now_mj = int(nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle))
            busy = nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu / 100.0
            memory_gb = nvml.nvmlDeviceGetMemoryInfo(self._handle).used / GB
        except nvml.NVMLError as error:
            if not self._fails:
                logger.warning("a GPU's energy counter cannot be read any more: %s", error)
            self._fails = True
            return self._total_mj / 1e3, 0.0, 0.0
        self._total_mj += max(now_mj - self._last_mj, 0)  # it falls when the driver is loaded anew
        self._last_mj = now_mj
        return self._total_mj / 1e3, busy, memory_gb


class GpuBesideMeter:
    """A meter of everything else, with graphics processors beside it.

    Parameters
    ----------
    rest : Meter
        Meter of processors and memory.
    gpus : sequence of GpuCounter
        The cards.
    idle_w : float [W]
        Power of the cards without the run.
    """

    def __init__(self, rest: Meter, gpus: Sequence[GpuCounter], idle_w: float = 0.0) -> None:
        self.rest, self._gpus, self._idle_w = rest, tuple(gpus), idle_w
        self._busy_s, self._instant = 0.0, time.monotonic()
        cards = "1 graphics card" if len(gpus) == 1 else f"{len(gpus)} graphics cards"
        self.scope = f"{rest.scope}; {cards}"

    def read(self) -> Usage:
        """Return cumulative usage."""
        joules, busy, memory_gb = (
            sum(c) for c in zip(*(g.read() for g in self._gpus), strict=True)
        )
        now = time.monotonic()
        self._busy_s += busy * (now - self._instant)
        self._instant = now
        return replace(self.rest.read(), gpu_s=self._busy_s, gpu_j=joules, gpu_memory_gb=memory_gb)

    def energy(self, delta: Usage) -> EnergyUse:
        """Return the energy of a difference of two readings [J]: bounds added to bounds."""
        rest = self.rest.energy(delta)
        gpu = EnergyUse.of_counter(delta.gpu_j, self._idle_w, delta.wall_s, METHOD)
        return EnergyUse(rest.reserved + gpu.reserved, rest.marginal + gpu.marginal)


def with_gpus(rest: Meter, wait: Callable[[float], None] = time.sleep) -> Meter:
    """Return a meter with the graphics processors beside it that are there and can be believed.

    Parameters
    ----------
    rest : Meter
        The meter of everything else.
    wait : callable
        How to do nothing for a number of seconds.
    """
    gpus = find_gpus()
    if not gpus:
        return rest
    began = time.monotonic()
    wait(PROBE_S)
    drawn = [gpu.read()[0] for gpu in gpus]
    elapsed = time.monotonic() - began
    moving = [gpu for gpu, joules in zip(gpus, drawn, strict=True) if joules > 0]
    if len(moving) < len(gpus):
        logger.info("GPU energy counters that stand still are not used")
    if not moving:
        return rest
    return GpuBesideMeter(rest, moving, idle_w=sum(drawn) / elapsed)


def find_gpus() -> list[GpuCounter]:
    """Return the cards whose counters are readable; none without `pynvml` or a driver.

    `CUDA_VISIBLE_DEVICES` is respected where it holds numbers (in the order of the bus) or UUIDs.
    """
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return []
    try:
        nvml.nvmlInit()
        handles = _visible(nvml)
    except nvml.NVMLError as error:
        logger.debug("no GPU is metered: %s", error)
        return []
    gpus = []
    for handle in handles:
        try:
            gpus.append(GpuCounter(nvml, handle))
        except nvml.NVMLError as error:
            logger.info("a GPU's energy counter is not readable: %s", error)
    return gpus


def _visible(nvml: Any) -> list[Any]:
    """Return the handles of the cards that this process may use."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        numbers = range(nvml.nvmlDeviceGetCount())
        return [nvml.nvmlDeviceGetHandleByIndex(number) for number in numbers]
    names = [name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1")]
    return [
        nvml.nvmlDeviceGetHandleByIndex(int(name))
        if name.isdigit()
        else nvml.nvmlDeviceGetHandleByUUID(name)
        for name in names
    ]
