"""What this process and its descendants have used: wall time, CPU time, memory.

CPU time of a process tree is the sum of three parts that never overlap:

- the process itself                              getrusage(RUSAGE_SELF)
- descendants that have ended and been waited for getrusage(RUSAGE_CHILDREN)
- descendants that still live, or wait to be reaped: their own time and that of the children they
  have reaped themselves, utime + stime + cutime + cstime of /proc/PID/stat (man 5 proc)

The third part matters for process pools: their workers are reaped when the pool shuts down, which
may be stages later, or never if the run is killed. Where /proc is missing (macOS) it is left out,
and a pool's time is charged to the stage that shuts the pool down.
"""

import os
import resource
import sys
import time
from collections import defaultdict
from dataclasses import astuple, dataclass
from pathlib import Path

PROC = Path("/proc")
GB = 1e9
# /proc/PID/stat counted after the command's closing parenthesis: the command may hold blanks
PPID, UTIME, CSTIME, RSS = 1, 11, 14, 21


@dataclass(frozen=True)
class Usage:
    """What was used, up to an instant or between two of them.

    Attributes
    ----------
    wall_s : elapsed time [s]
    cpu_s_self, cpu_s_children : CPU time of this process and of its descendants [s]
    memory_gb_s : resident memory of all of them over time [GB s]; memory they share counts twice
    measured_j : energy that a hardware counter saw [J], 0 without one
    """

    wall_s: float = 0.0
    cpu_s_self: float = 0.0
    cpu_s_children: float = 0.0
    memory_gb_s: float = 0.0
    measured_j: float = 0.0

    @property
    def cpu_s(self) -> float:
        """CPU time of the whole process tree [s]."""
        return self.cpu_s_self + self.cpu_s_children

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(*(a - b for a, b in zip(astuple(self), astuple(earlier), strict=True)))


class UsageCounter:
    """Cumulative usage since the counter was made; no component ever falls."""

    def __init__(self) -> None:
        self._last = Usage()
        self._instant = time.monotonic()

    def read(self) -> Usage:
        """Return the usage up to now."""
        reaped = _cpu_seconds(resource.RUSAGE_CHILDREN)
        for _ in range(3):  # a child that is reaped during the walk would be seen on neither side
            live, memory_gb = _live_descendants()
            before, reaped = reaped, _cpu_seconds(resource.RUSAGE_CHILDREN)
            if reaped == before:
                break
        instant = time.monotonic()
        step = instant - self._instant
        last = self._last
        self._instant = instant
        self._last = Usage(
            wall_s=last.wall_s + step,
            cpu_s_self=_cpu_seconds(resource.RUSAGE_SELF),
            # a grandchild whose parent died unreaped drops out of sight, what it used was used
            cpu_s_children=max(last.cpu_s_children, before + live),
            memory_gb_s=last.memory_gb_s + step * (memory_gb or peak_memory_gb()),
        )
        return self._last


def peak_memory_gb() -> float:
    """Return the largest resident memory this process ever had [GB]."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage: bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GB


def _cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _live_descendants() -> tuple[float, float]:
    """CPU time of unreaped descendants [s], and memory of them and this process [GB]."""
    tick = os.sysconf("SC_CLK_TCK")
    page = os.sysconf("SC_PAGE_SIZE")
    cpu_s = memory_gb = 0.0
    # parents first: whoever is reaped on the way is missed once instead of counted twice
    for pid in _process_tree(os.getpid()):
        stat = _stat(pid)
        if stat is None:
            continue
        memory_gb += int(stat[RSS]) * page / GB
        if pid != os.getpid():
            cpu_s += sum(map(int, stat[UTIME : CSTIME + 1])) / tick
    return cpu_s, memory_gb


def _process_tree(root: int) -> list[int]:
    """Return a process and its descendants, each after its parent; empty without /proc."""
    children = defaultdict(list)
    try:
        pids = [int(name) for name in os.listdir(PROC) if name.isdigit()]
    except OSError:
        return []
    for pid in pids:
        if (stat := _stat(pid)) is not None:
            children[int(stat[PPID])].append(pid)
    tree = [root]
    for pid in tree:
        tree.extend(children[pid])
    return tree


def _stat(pid: int) -> list[bytes] | None:
    try:
        return (PROC / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it ended, or belongs to somebody who hides it
        return None
