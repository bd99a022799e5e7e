"""The power of a share of a machine, by time on its processors: for where no counter is.

    E_reserved = (P_idle + p_mem m) ∫ h dt + (P_full - P_idle) t_cpu
    E_marginal =                             (P_full - P_idle) t_cpu

P_idle, P_full [W] of a virtual processor (`processors`), p_mem = 0.392 W per GB of memory (Cloud
Carbon Footprint's methodology page, mean of two makers' figures), m [GB] the machine's memory per
virtual processor, t_cpu the CPU time, and h the virtual processors held: all that the run may use,
n, as long as nobody else is at work; else its share of the machine's busy time,

    h = min(n, N t_cpu / (t_cpu + t_others))                    of N virtual processors

so that the same work costs as much on a crowded machine as on an empty one, though it lasts longer.
Memory goes with the virtual processors held; where the run has more than that in use, it is charged
what it uses. Never a whole chip's TDP: a virtual machine rents some of its threads. CPU time that
came back from workers on another machine is charged at full load, by the figures of its processor
and with its share of that machine's memory.

Bands. Of a processor that is not known: 0.3 to 3, in which every row of the table lies (1.69 to
8.63 W at full load is 0.48 to 2.5 of 3.5 W, at rest 0.6 to 3.0 of 0.74 W). Of a known one: 0.5 to
2. SPECpower's servers are tuned for the benchmark; what another server of the same generation adds
(power supply, fans, disks, clock) is not published, so a factor of two either way is our
assumption. Calibrated by counters: their own band; by a wall meter: 0.8 to 1.25, our assumption for
loads other than the one of the calibration.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from windopt.ledger.bounds import Bounds
from windopt.ledger.meters.processors import GENERIC, Processor, processor_of
from windopt.ledger.meters.share import available_vcpus
from windopt.ledger.meters.usage import Usage
from windopt.workers.host import Host, cpu_facts, memory_gb

MEMORY_W_PER_GB = 0.392
GENERIC_BAND, KNOWN_BAND = Bounds(0.3, 1.0, 3.0), Bounds(0.5, 1.0, 2.0)
CGROUP_MEMORY_MAX = Path("/sys/fs/cgroup/memory.max")
GB = 1e9


@dataclass(frozen=True)
class PowerModel:
    """The figures of the model.

    Attributes
    ----------
    processor : Processor
    memory_gb_per_vcpu : float [GB]
    band : Bounds [-]
    ratio : float [-]
        By which a calibration multiplies the model.
    calibrated : str
        What by and when; empty where it is not.
    """

    processor: Processor = GENERIC
    memory_gb_per_vcpu: float = 0.0
    band: Bounds = GENERIC_BAND
    ratio: float = 1.0
    calibrated: str = ""

    @classmethod
    def here(cls) -> "PowerModel":
        """Return the model of this machine, not calibrated."""
        processor = processor_of(cpu_facts())
        band = GENERIC_BAND if processor is GENERIC else KNOWN_BAND
        return cls(processor, memory_per_vcpu_gb(), band)

    @classmethod
    def of_host(cls, host: Host) -> "PowerModel":
        """Return the model of another machine, by what its workers say of it."""
        processor = processor_of(host.facts)
        band = GENERIC_BAND if processor is GENERIC else KNOWN_BAND
        return cls(processor, host.memory_gb_per_vcpu, band)

    def calibrated_by(self, ratio: float, band: Bounds, how: str) -> "PowerModel":
        """Return the model after a calibration."""
        return replace(self, ratio=ratio, band=band, calibrated=how)

    @property
    def method(self) -> str:
        """Its name in records."""
        known = "" if self.processor is GENERIC else f", {self.processor.name}"
        return f"per-vCPU model{known}{', calibrated' if self.calibrated else ''}"

    @property
    def facts(self) -> dict[str, Any]:
        """What a run record keeps of it."""
        return {
            "processor": self.processor.name,
            "idle_w_per_vcpu": self.processor.idle_w,
            "full_w_per_vcpu": self.processor.full_w,
            "source": self.processor.source,
            "memory_w_per_gb": MEMORY_W_PER_GB,
            "memory_gb_per_vcpu": round(self.memory_gb_per_vcpu, 2),
            "band": {"low": self.band.low, "central": self.band.central, "high": self.band.high},
            "ratio": self.ratio,
            "calibrated": self.calibrated or None,
        }

    def joules(self, used: Usage, vcpus: int) -> tuple[float, float]:
        """Return reserved and marginal energy [J] of what was used here, on so many vCPUs."""
        row, here_s = self.processor, used.cpu_s_self + used.cpu_s_children
        active = (row.full_w - row.idle_w) * here_s
        # what others had is told for longer steps than a short stage lasts
        held_s = max(vcpus * used.wall_s - used.yielded_vcpu_s, here_s)
        memory_gb_s = max(self.memory_gb_per_vcpu * held_s, used.memory_gb_s)
        idle = row.idle_w * held_s + MEMORY_W_PER_GB * memory_gb_s
        return self.ratio * (idle + active), self.ratio * active

    def joules_of_worker(self, cpu_s: float) -> tuple[float, float]:
        """Return reserved and marginal energy [J] of CPU time there, at full load."""
        busy = Usage(wall_s=cpu_s, cpu_s_self=cpu_s)
        return self.joules(busy, 1)


def memory_per_vcpu_gb() -> float:
    """Return the memory that goes with each virtual processor [GB]; its container's limit holds."""
    share = memory_gb() / (os.cpu_count() or 1)
    try:
        limit = int(CGROUP_MEMORY_MAX.read_text()) / GB
    except (OSError, ValueError):  # no such file, or "max"
        return share
    return min(share, limit / available_vcpus())
