"""What this process and its descendants have used: wall time, CPU time, memory.

CPU time of a process tree is the sum of three parts that never overlap:

- the process itself                              getrusage(RUSAGE_SELF)
- descendants that have ended and been waited for getrusage(RUSAGE_CHILDREN)
- descendants that still live, or wait to be reaped: their own time and that of the children they
  have reaped themselves                        `ProcessTree`

The third part matters for process pools: their workers are reaped when the pool shuts down, which
may be stages later, or never if the run is killed.
"""

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from windopt.ledger.meters.process_tree import GB, ProcessTree
from windopt.ledger.meters.share import MachineShare, available_vcpus
from windopt.workers.remote import REMOTE


@dataclass(frozen=True)
class Usage:
    """What was used, up to an instant or between two of them.

    Attributes
    ----------
    wall_s : float [s]
        Elapsed time.
    cpu_s_self, cpu_s_children : float [s]
        CPU time of this process and of its descendants.
    memory_gb_s : float
        Resident memory of all of them over time [GB s]; memory they share counts twice.
    yielded_vcpu_s : float [s]
        Time on virtual processors that were there for the run and that others kept busy (`share`).
    remote : mapping of str to float [s]
        CPU time of workers on other machines, by the machine's name, as it came back with results.
    measured_j : float
        Energy that the processor's counters saw [J], 0 without them.
    gpu_s, gpu_j : float
        Busy time [s] and energy [J] of graphics processors, 0 where none is read.
    memory_gb, gpu_memory_gb : float [GB]
        In use at the instant, or at the later of the two.
    """

    wall_s: float = 0.0
    cpu_s_self: float = 0.0
    cpu_s_children: float = 0.0
    memory_gb_s: float = 0.0
    yielded_vcpu_s: float = 0.0
    remote: Mapping[str, float] = field(default_factory=dict)
    measured_j: float = 0.0
    gpu_s: float = 0.0
    gpu_j: float = 0.0
    memory_gb: float = 0.0
    gpu_memory_gb: float = 0.0

    @property
    def remote_cpu_s(self) -> float:
        """CPU time of workers on other machines [s]."""
        return sum(self.remote.values())

    @property
    def cpu_s(self) -> float:
        """CPU time of the whole process tree, and of workers elsewhere [s]."""
        return self.cpu_s_self + self.cpu_s_children + self.remote_cpu_s

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(
            self.wall_s - earlier.wall_s,
            self.cpu_s_self - earlier.cpu_s_self,
            self.cpu_s_children - earlier.cpu_s_children,
            self.memory_gb_s - earlier.memory_gb_s,
            self.yielded_vcpu_s - earlier.yielded_vcpu_s,
            {name: s - earlier.remote.get(name, 0.0) for name, s in self.remote.items()},
            self.measured_j - earlier.measured_j,
            self.gpu_s - earlier.gpu_s,
            self.gpu_j - earlier.gpu_j,
            self.memory_gb,
            self.gpu_memory_gb,
        )


class UsageCounter:
    """Cumulative usage since the counter was made; no component ever falls.

    Parameters
    ----------
    vcpus : int or None
        Virtual processors that are there for the run, found when None.
    """

    def __init__(self, vcpus: int | None = None) -> None:
        self._share = MachineShare(vcpus or available_vcpus())
        self._last = Usage()
        self._instant = time.monotonic()
        self._tree = ProcessTree()

    def read(self) -> Usage:
        """Return the usage up to now."""
        reaped = _cpu_seconds(resource.RUSAGE_CHILDREN)
        for _ in range(3):  # a child that is reaped during the walk would be seen on neither side
            live, memory_gb = self._tree.read()
            before, reaped = reaped, _cpu_seconds(resource.RUSAGE_CHILDREN)
            if reaped == before:
                break
        memory_gb = memory_gb or peak_memory_gb()
        instant = time.monotonic()
        step = instant - self._instant
        last = self._last
        self._instant = instant
        own = _cpu_seconds(resource.RUSAGE_SELF)
        # a grandchild whose parent died unreaped drops out of sight, what it used was used
        children = max(last.cpu_s_children, before + live)
        self._last = Usage(
            wall_s=last.wall_s + step,
            cpu_s_self=own,
            cpu_s_children=children,
            memory_gb_s=last.memory_gb_s + step * memory_gb,
            yielded_vcpu_s=last.yielded_vcpu_s + step * self._share.yields(instant, own + children),
            remote=REMOTE.used(),
            memory_gb=memory_gb,
        )
        return self._last


def peak_memory_gb() -> float:
    """Return the largest resident memory this process ever had [GB]."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage: bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GB


def _cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
