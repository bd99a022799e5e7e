"""From usage to joules: what a meter is, the model that stands in for one, and the case of none.

A meter must exist, be readable and move before it is believed (`probe`). Best first: the
processor's energy counters (`rapl`), else the per-vCPU model; the counters of graphics processors
(`nvml`) are added to either. What each reads is widened to what the wall socket delivered:

    energy counters   1.1 to 1.9 times, centrally 1.45: fans, disks, losses of the power supply
    per-vCPU model    0.3 to 3 times

Per-vCPU model: a share of an average cloud server (Cloud Carbon Footprint coefficients, see its
methodology page: 0.74 W idle and 3.5 W at full load per vCPU, 0.392 W per GB of memory),

    E_reserved = n_vcpu P_idle t_wall + (P_full - P_idle) t_cpu + P_memory ∫ m dt
    E_marginal =                        (P_full - P_idle) t_cpu

Never a whole chip's TDP: a virtual machine rents some of its threads.

Reserved energy is what the machine that was held for the run drew; marginal energy is what it
would not have drawn had the run not taken place. The ledger's totals charge the reserved energy.
"""

import os
from pathlib import Path
from typing import NamedTuple, Protocol

from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import Energy
from windopt.ledger.meters.usage import Usage, UsageCounter

CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
COUNTER_BAND = Bounds(1.1, 1.45, 1.9)
VCPU_BAND = Bounds(0.3, 1.0, 3.0)
VCPU_IDLE_W = 0.74
VCPU_FULL_W = 3.5
MEMORY_W_PER_GB = 0.39


class EnergyUse(NamedTuple):
    """Energy of the machine that was held, and the part of it that the run caused."""

    reserved: Energy
    marginal: Energy

    @classmethod
    def of_counter(cls, joules: float, idle_w: float, wall_s: float, method: str) -> "EnergyUse":
        """Return what a counter saw [J] in some time [s], on hardware that idles at a power [W]."""
        caused = max(joules - idle_w * wall_s, 0.0)
        return cls(
            Energy.from_band(joules, COUNTER_BAND, method),
            Energy.from_band(caused, COUNTER_BAND, method),
        )


class Meter(Protocol):
    """Reads cumulative usage, and converts a difference of two readings to energy.

    `scope` says in words what the joules cover.
    """

    @property
    def scope(self) -> str:
        """What is metered."""

    def read(self) -> Usage:
        """Read what has been used until now."""

    def energy(self, delta: Usage) -> EnergyUse:
        """Return the energy of what was used between two readings."""


class VcpuMeter:
    """The per-vCPU model; needs no hardware counter.

    Parameters
    ----------
    vcpus : int or None
        Virtual processors held for the run, found when None.
    """

    method = "per-vCPU model"
    scope = "vCPUs held, and memory of this process and its children"

    def __init__(self, vcpus: int | None = None) -> None:
        self.vcpus = vcpus or available_vcpus()
        self._counter = UsageCounter()

    def read(self) -> Usage:
        """Return cumulative usage."""
        return self._counter.read()

    def energy(self, delta: Usage) -> EnergyUse:
        """Return the energy of a difference of two readings [J]."""
        active = (VCPU_FULL_W - VCPU_IDLE_W) * delta.cpu_s
        idle = VCPU_IDLE_W * self.vcpus * delta.wall_s + MEMORY_W_PER_GB * delta.memory_gb_s
        return EnergyUse(
            Energy.from_band(idle + active, VCPU_BAND, self.method),
            Energy.from_band(active, VCPU_BAND, self.method),
        )


class NoMeter:
    """Counts time and memory only: the energy stays unknown, which is not zero."""

    scope = "nothing: time and memory are counted, energy is not"

    def __init__(self) -> None:
        self._counter = UsageCounter()

    def read(self) -> Usage:
        """Return cumulative usage."""
        return self._counter.read()

    def energy(self, delta: Usage) -> EnergyUse:
        """Return that it is unknown."""
        return EnergyUse(Energy.unknown(), Energy.unknown())


def available_vcpus() -> int:
    """Return how many virtual processors this process may use, its container's quota respected."""
    if hasattr(os, "sched_getaffinity"):
        vcpus = len(os.sched_getaffinity(0))
    else:
        vcpus = os.cpu_count() or 1
    try:
        quota, period = CGROUP_CPU_MAX.read_text().split()
        return max(1, min(vcpus, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or quota "max"
        return vcpus
