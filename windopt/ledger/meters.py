"""From usage to joules: the meters, best first.

RAPL through powercap: the processor's own energy counters, package + DRAM. They see the whole
machine, other people's work included, and miss fans, disks and the losses of the power supply:
the wall draws 1.1 to 1.9 times as much, centrally 1.45.

    E_reserved = E_rapl                   E_marginal = E_rapl - P_idle t_wall

with P_idle [W] read just before the run. Virtual machines hide RAPL or let it stand still, so a
meter must exist, be readable and move under a short load before it is believed.

Per-vCPU model: a share of an average cloud server (Cloud Carbon Footprint coefficients, see its
methodology page: 0.74 W idle and 3.5 W at full load per vCPU, 0.392 W per GB of memory),

    E_reserved = n_vcpu P_idle t_wall + (P_full - P_idle) t_cpu + P_memory ∫ m dt
    E_marginal =                        (P_full - P_idle) t_cpu

Never a whole chip's TDP: a virtual machine rents some of its threads. Band 0.3 to 3.

Reserved energy is what the machine that was held for the run drew; marginal energy is what it
would not have drawn had the run not taken place. The ledger's totals charge the reserved energy.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from windopt.ledger.energy import Band, Energy
from windopt.ledger.usage import Usage, UsageCounter

logger = logging.getLogger(__name__)

POWERCAP = Path("/sys/class/powercap")
CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
RAPL_BAND = Band(1.1, 1.45, 1.9)
VCPU_BAND = Band(0.3, 1.0, 3.0)
VCPU_IDLE_W = 0.74
VCPU_FULL_W = 3.5
MEMORY_W_PER_GB = 0.39
PROBE_S = 0.2


class EnergyUse(NamedTuple):
    """Energy of the machine that was held, and the part of it that the run caused."""

    reserved: Energy
    marginal: Energy


class Meter(Protocol):
    """Reads cumulative usage, and converts a difference of two readings to energy.

    `scope` says in words what the joules cover.
    """

    @property
    def scope(self) -> str: ...

    def read(self) -> Usage: ...

    def energy(self, delta: Usage) -> EnergyUse: ...


class VcpuMeter:
    """The per-vCPU model; needs no hardware counter.

    Parameters
    ----------
    vcpus : virtual processors held for the run, found when None
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


class RaplMeter:
    """The processor's energy counters.

    Parameters
    ----------
    zones : powercap folders to add up, see `find_rapl_zones`
    idle_w : power of these zones without the run [W]
    """

    scope = "whole machine's processor packages and memory"

    def __init__(self, zones: Sequence["RaplZone"], idle_w: float = 0.0) -> None:
        self._zones = tuple(zones)
        self._idle_w = idle_w
        self._counter = UsageCounter()
        self.method = f"RAPL ({', '.join(dict.fromkeys(zone.kind for zone in zones))})"

    def read(self) -> Usage:
        """Return cumulative usage; poll it more often than the counters wrap (minutes)."""
        return replace(self._counter.read(), measured_j=sum(zone.read_j() for zone in self._zones))

    def energy(self, delta: Usage) -> EnergyUse:
        """Return the energy of a difference of two readings [J]."""
        caused = max(delta.measured_j - self._idle_w * delta.wall_s, 0.0)
        return EnergyUse(
            Energy.from_band(delta.measured_j, RAPL_BAND, self.method),
            Energy.from_band(caused, RAPL_BAND, self.method),
        )


@dataclass
class RaplZone:
    """One powercap counter, unrolled: it wraps around at `max_energy_range_uj`.

    Attributes
    ----------
    folder : powercap folder of the zone
    kind : "package" or "dram"
    """

    folder: Path
    kind: str

    def __post_init__(self) -> None:
        self._range_uj = self._micro_joules("max_energy_range_uj")
        self._last_uj = self._micro_joules("energy_uj")
        self._total_uj = 0

    def read_j(self) -> float:
        """Return the energy since the zone was first read [J]."""
        try:
            now_uj = self._micro_joules("energy_uj")
        except OSError as error:
            logger.warning("energy counter %s cannot be read any more: %s", self.folder, error)
            now_uj = self._last_uj
        step = now_uj - self._last_uj
        self._total_uj += step if step >= 0 else step + self._range_uj
        self._last_uj = now_uj
        return self._total_uj / 1e6

    def _micro_joules(self, name: str) -> int:
        return int((self.folder / name).read_text())


def probe_meter(powercap: Path = POWERCAP) -> Meter:
    """Return the best meter that works here: RAPL, else the per-vCPU model."""
    meter: Meter = probe_rapl(powercap) or VcpuMeter()
    logger.info("energy is metered over the %s", meter.scope)
    return meter


def probe_rapl(
    powercap: Path = POWERCAP,
    rest: Callable[[float], None] = time.sleep,
    load: Callable[[float], None] | None = None,
) -> RaplMeter | None:
    """Return a RAPL meter if its package counters exist, are readable and move under a load.

    Parameters
    ----------
    powercap : folder of the powercap zones
    rest, load : what to do for a number of seconds without and with load

    Returns
    -------
    meter : with the idle power measured during the rest; None when RAPL is of no use here
    """
    zones = find_rapl_zones(powercap)
    if not any(zone.kind == "package" for zone in zones):
        return None
    start = time.monotonic()
    rest(PROBE_S)
    at_rest_j = sum(zone.read_j() for zone in zones)
    elapsed = time.monotonic() - start
    (load or _spin)(PROBE_S)
    if sum(zone.read_j() for zone in zones) <= at_rest_j:
        logger.info("the RAPL counters below %s stand still and are not used", powercap)
        return None
    return RaplMeter(zones, idle_w=at_rest_j / elapsed)


def find_rapl_zones(powercap: Path) -> list[RaplZone]:
    """Return the readable package and DRAM zones.

    `core` and `uncore` lie inside the package, `psys` contains it, and `intel-rapl-mmio` reads
    the same package once more: they are left out.
    """
    zones = []
    for folder in sorted(powercap.glob("intel-rapl:*")):
        try:
            kind = (folder / "name").read_text().strip().partition("-")[0]
            if kind in ("package", "dram"):
                zones.append(RaplZone(folder, kind))
        except (OSError, ValueError) as error:
            logger.debug("energy counter %s is not readable: %s", folder, error)
    return zones


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


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
