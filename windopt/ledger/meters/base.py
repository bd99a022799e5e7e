"""From usage to joules: what a meter is, the model that stands in for one, and the case of none.

A meter must exist, be readable and move before it is believed (`probe`). Best first: the
processor's energy counters (`rapl`), else the per-vCPU model; the counters of graphics processors
(`nvml`) are added to either. What each reads is widened to what the wall socket delivered:

    energy counters   1.1 to 1.9 times, centrally 1.45: fans, disks, losses of the power supply
    per-vCPU model    0.5 to 2 times where the processor is known, else 0.3 to 3 times

The model, its figures and the source of its band are in `power_model`.

Reserved energy is what the machine that was held for the run drew; marginal energy is what it
would not have drawn had the run not taken place. The ledger's totals charge the reserved energy.
"""

from typing import Any, NamedTuple, Protocol

from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import Energy
from windopt.ledger.meters.power_model import PowerModel
from windopt.ledger.meters.share import available_vcpus
from windopt.ledger.meters.usage import Usage, UsageCounter
from windopt.workers.remote import REMOTE

COUNTER_BAND = Bounds(1.1, 1.45, 1.9)


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

    @classmethod
    def of_model(cls, model: PowerModel, used: Usage, vcpus: int) -> "EnergyUse":
        """Return what the power model makes of what was used on so many virtual processors."""
        reserved, marginal = model.joules(used, vcpus)
        return cls(
            Energy.from_band(reserved, model.band, model.method),
            Energy.from_band(marginal, model.band, model.method),
        )

    def and_remote(self, used: Usage) -> "EnergyUse":
        """Add what workers on other machines used, which no meter of this machine sees."""
        reserved, marginal = self
        for there in used_elsewhere(used).values():
            reserved, marginal = reserved + there.reserved, marginal + there.marginal
        return EnergyUse(reserved, marginal)


def used_elsewhere(used: Usage) -> dict[str, EnergyUse]:
    """Return the energy of workers on other machines, by the machine's name and its own watts."""
    found = {}
    for name, cpu_s in used.remote.items():
        if cpu_s > 0:
            model = PowerModel.of_host(REMOTE.hosts[name]) if name in REMOTE.hosts else PowerModel()
            reserved, marginal = model.joules_of_worker(cpu_s)
            found[name] = EnergyUse(
                Energy.from_band(reserved, model.band, model.method),
                Energy.from_band(marginal, model.band, model.method),
            )
    return found


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
    model : PowerModel or None
        That of a processor that is not known when None.
    """

    scope = (
        "vCPUs held, with their share of the memory, by the time of this process and its children"
    )

    def __init__(self, vcpus: int | None = None, model: PowerModel | None = None) -> None:
        self.vcpus = vcpus or available_vcpus()
        self.model = model or PowerModel()
        self._counter = UsageCounter(self.vcpus)

    @property
    def method(self) -> str:
        """Its name in records."""
        return self.model.method

    def read(self) -> Usage:
        """Return cumulative usage."""
        return self._counter.read()

    def energy(self, delta: Usage) -> EnergyUse:
        """Return the energy of a difference of two readings [J]."""
        return EnergyUse.of_model(self.model, delta, self.vcpus).and_remote(delta)


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


def model_facts(meter: Meter) -> dict[str, Any] | None:
    """Return the figures of a meter's power model, with their source; None where it has none."""
    rest = getattr(meter, "rest", meter)
    return rest.model.facts if isinstance(rest, VcpuMeter) else None
