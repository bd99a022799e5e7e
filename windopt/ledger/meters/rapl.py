"""RAPL through powercap: the processor's own energy counters, package + DRAM.

They see the whole machine, other people's work included, and miss what is not processor or memory.

    E_reserved = E_rapl                   E_marginal = E_rapl - P_idle t_wall

with P_idle [W] read just before the run. Virtual machines hide RAPL or let it stand still, so its
counters must exist, be readable and move under a short load before they are believed.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from windopt.ledger.meters.base import EnergyUse
from windopt.ledger.meters.usage import Usage, UsageCounter

logger = logging.getLogger(__name__)

POWERCAP = Path("/sys/class/powercap")
PROBE_S = 0.2


class RaplMeter:
    """The processor's energy counters.

    Parameters
    ----------
    zones : Sequence["RaplZone"]
        Powercap folders to add up, see `find_rapl_zones`.
    idle_w : float [W]
        Power of these zones without the run.
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
        use = EnergyUse.of_counter(delta.measured_j, self._idle_w, delta.wall_s, self.method)
        return use.and_remote(delta)


@dataclass
class RaplZone:
    """One powercap counter, unrolled: it wraps around at `max_energy_range_uj`.

    Attributes
    ----------
    folder : Path
        Powercap folder of the zone.
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


def probe_rapl(
    powercap: Path = POWERCAP,
    rest: Callable[[float], None] = time.sleep,
    load: Callable[[float], None] | None = None,
) -> RaplMeter | None:
    """Return a RAPL meter if its package counters exist, are readable and move under a load.

    Parameters
    ----------
    powercap : Path
        Folder of the powercap zones.
    rest, load : callable
        What to do for a number of seconds without and with load.

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


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
