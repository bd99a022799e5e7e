"""The share of a machine that is held for a run: its virtual processors, less what others use.

A virtual processor that others keep busy is not held, however long the run has to wait for it. What
the machine does besides, such as its system's daemons, is nobody's: `BACKGROUND` of it.
"""

import os
from pathlib import Path

import psutil

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
