"""When a run began, and what its process had used by then.

A command begins when its process does: importing takes seconds, and they are the run's. A run that
is called from Python begins with the call. What came before the ledger was opened is charged from
here on.
"""

import os
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path

from windopt.ledger.meters.process_tree import TICKS_PER_S
from windopt.ledger.meters.share import Glance, start
from windopt.ledger.meters.usage import Usage

STAT = Path("/proc/self/stat")
START = 19
"""When the process started, counted after the command's closing parenthesis (man 5 proc)."""


@dataclass(frozen=True)
class Began:
    """The begin of a run.

    Attributes
    ----------
    instant : float [s]
        By `time.monotonic`.
    with_its_process : bool
        Whether the process had no other work before.
    cpu_s_self, cpu_s_children : float [s]
        What this process and its children had used by then.
    glance : Glance or None
        At the machine, then or as soon as possible; None leaves unknown how busy others were.
    """

    instant: float
    with_its_process: bool = False
    cpu_s_self: float = 0.0
    cpu_s_children: float = 0.0
    glance: Glance | None = None

    @classmethod
    def now(cls) -> "Began":
        """Return the begin of a run that is called here."""
        own, children = _cpu_s(resource.RUSAGE_SELF), _cpu_s(resource.RUSAGE_CHILDREN)
        return cls(time.monotonic(), False, own, children, Glance.now())

    @classmethod
    def with_process(cls) -> "Began":
        """Return the begin of a run whose process has nothing else to do."""
        return cls(time.monotonic() - process_age_s(), True, glance=start())

    def alone(self) -> "Began":
        """Return the same begin, of a run that is not all that its process does."""
        return replace(self, with_its_process=False)

    def elapsed_s(self) -> float:
        """Return how long ago that was [s]."""
        return time.monotonic() - self.instant

    def cpu_s(self) -> float:
        """Return what this process has used since, without its children [CPU-s]."""
        return _cpu_s(resource.RUSAGE_SELF) - self.cpu_s_self

    def reaped_cpu_s(self) -> float:
        """Return what children have used since that this process has waited for [CPU-s]."""
        return _cpu_s(resource.RUSAGE_CHILDREN) - self.cpu_s_children

    def on(self, now: Usage) -> Usage:
        """Return what a meter would have read at the begin, by what it reads now.

        Energy that only counters know is charged from their first reading on. Memory counts as if
        it had grown evenly from nothing, and others as if they had been as busy all the time as
        since the glance.
        """
        wall_s = self.elapsed_s()
        yielded = 0.0 if self.glance is None else self.glance.yielded_since()
        return replace(
            now,
            wall_s=now.wall_s - wall_s,
            cpu_s_self=now.cpu_s_self - self.cpu_s(),
            cpu_s_children=now.cpu_s_children - self.reaped_cpu_s(),
            memory_gb_s=now.memory_gb_s - 0.5 * wall_s * now.memory_gb,
            yielded_vcpu_s=now.yielded_vcpu_s - yielded * wall_s,
        )


def process_age_s() -> float:
    """Return how old this process is [s]; where the system does not say it, at least so much."""
    used = time.process_time()
    try:
        ticks = int(STAT.read_bytes().rpartition(b")")[2].split()[START])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / TICKS_PER_S
    except (OSError, AttributeError, ValueError, IndexError):
        return used
    # a clock of another name space tells nothing
    return age if used / (os.cpu_count() or 1) <= age < 1e6 else used


def _cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
