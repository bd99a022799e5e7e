"""The share of a machine that is held for a run: its virtual processors, less what others use.

A virtual processor that others keep busy is not held, however long the run has to wait for it. What
the machine does besides, such as its system's daemons, is nobody's: `BACKGROUND` of it.
"""

import os
import resource
import time
from pathlib import Path
from typing import NamedTuple, Self

CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
STAT = Path("/proc/stat")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
USER, NICE, SYSTEM, IRQ, SOFTIRQ = 1, 2, 3, 6, 7
"""Columns of /proc/stat (man 5 proc) in which processors are at work."""
WINDOW_S = 0.5
"""Shorter than that, ticks of a hundredth of a second tell too little."""
BACKGROUND = 0.02
"""Of the machine's time."""


class MachineShare:
    """Watches how busy the machine is besides this run.

    Parameters
    ----------
    vcpus : int
        Virtual processors that the run may use.
    """

    def __init__(self, vcpus: int) -> None:
        self._vcpus, self._there = vcpus, os.cpu_count() or vcpus
        self._at: tuple[float, float, float] | None = None
        self._yields = 0.0

    def yields(self, instant: float, own_cpu_s: float) -> float:
        """Return how many of its virtual processors the run leaves to others now.

        Parameters
        ----------
        instant : float [s]
        own_cpu_s : float [s]
            CPU time that the run has used here until then.
        """
        if self._at is None:
            self._at = instant, own_cpu_s, busy_cpu_s()
        elif instant - self._at[0] >= WINDOW_S:
            before, self._at = self._at, (instant, own_cpu_s, busy_cpu_s())
            elapsed, own, busy = (now - then for now, then in zip(self._at, before, strict=True))
            held = held_vcpus(own / elapsed, busy / elapsed, self._vcpus, self._there)
            self._yields = self._vcpus - held
        return self._yields


class Glance(NamedTuple):
    """How much this process and the whole machine had worked at an instant [s]."""

    instant: float
    own_cpu_s: float
    busy_cpu_s: float

    @classmethod
    def now(cls) -> Self:
        """Look."""
        used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own_s = sum(one.ru_utime + one.ru_stime for one in used)
        return cls(time.monotonic(), own_s, busy_cpu_s())

    def yielded_since(self) -> float:
        """Return how many virtual processors others have kept from this process since then."""
        elapsed, own, busy = (now - then for now, then in zip(Glance.now(), self, strict=True))
        if elapsed < WINDOW_S:
            return 0.0
        vcpus = available_vcpus()
        return vcpus - held_vcpus(own / elapsed, busy / elapsed, vcpus, os.cpu_count() or vcpus)


_AT_START: list[Glance] = []


def look_at_start() -> None:
    """Look at the machine as a command begins, before it imports what takes seconds."""
    _AT_START[:] = [Glance.now()]


def start() -> Glance | None:
    """Return what was seen as the command began; None where nobody has looked."""
    return _AT_START[0] if _AT_START else None


def held_vcpus(own: float, busy: float, vcpus: int, there: int) -> float:
    """Return how many virtual processors are held for a run: h of `power_model`.

    Parameters
    ----------
    own, busy : float
        Virtual processors that the run keeps busy, and that are busy in all.
    vcpus, there : int
        That the run may use, and that the machine has.
    """
    others = max(0.0, busy - own - BACKGROUND * there)
    if others == 0.0:
        return float(vcpus)
    return min(vcpus, there * own / (own + others))


def busy_cpu_s() -> float:
    """Return for how long the machine's processors have been at work, all of them together [s]."""
    try:
        fields = STAT.read_bytes().partition(b"\n")[0].split()
        return sum(int(fields[i]) for i in (USER, NICE, SYSTEM, IRQ, SOFTIRQ)) / TICKS_PER_S
    except (OSError, ValueError, IndexError):
        import psutil  # commands that need none of it start faster

        used = psutil.cpu_times()
        return float(used.user + used.system + getattr(used, "nice", 0.0))


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
