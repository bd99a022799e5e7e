"""What this process and its descendants have used: wall time, CPU time, memory.

CPU time of a process tree is the sum of three parts that never overlap:

- the process itself                              getrusage(RUSAGE_SELF)
- descendants that have ended and been waited for getrusage(RUSAGE_CHILDREN)
- descendants that still live, or wait to be reaped: their own time and that of the children they
  have reaped themselves, utime + stime + cutime + cstime of /proc/PID/stat (man 5 proc)

The third part matters for process pools: their workers are reaped when the pool shuts down, which
may be stages later, or never if the run is killed. Where /proc is missing (macOS) it is left out,
and a pool's time is charged to the stage that shuts the pool down.

A process that is no descendant never becomes one, so its number is remembered and its file not
opened again for a while: on a machine with many processes that is most of the cost of a reading.
"""

import os
import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
GB = 1e9
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_GB = os.sysconf("SC_PAGE_SIZE") / GB
# /proc/PID/stat counted after the command's closing parenthesis: the command may hold blanks
STATE, PPID, SESSION, UTIME, CSTIME, RSS = 0, 1, 3, 11, 14, 21
STRANGERS_S = 60.0
"""For so long a number belongs to whoever had it: systems hand them out again much later [s]."""


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
    measured_j: float = 0.0
    gpu_s: float = 0.0
    gpu_j: float = 0.0
    memory_gb: float = 0.0
    gpu_memory_gb: float = 0.0

    @property
    def cpu_s(self) -> float:
        """CPU time of the whole process tree [s]."""
        return self.cpu_s_self + self.cpu_s_children

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(
            self.wall_s - earlier.wall_s,
            self.cpu_s_self - earlier.cpu_s_self,
            self.cpu_s_children - earlier.cpu_s_children,
            self.memory_gb_s - earlier.memory_gb_s,
            self.measured_j - earlier.measured_j,
            self.gpu_s - earlier.gpu_s,
            self.gpu_j - earlier.gpu_j,
            self.memory_gb,
            self.gpu_memory_gb,
        )


class UsageCounter:
    """Cumulative usage since the counter was made; no component ever falls."""

    def __init__(self) -> None:
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
        self._last = Usage(
            wall_s=last.wall_s + step,
            cpu_s_self=_cpu_seconds(resource.RUSAGE_SELF),
            # a grandchild whose parent died unreaped drops out of sight, what it used was used
            cpu_s_children=max(last.cpu_s_children, before + live),
            memory_gb_s=last.memory_gb_s + step * memory_gb,
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


class ProcessTree:
    """A process and its descendants, as /proc shows them.

    Parameters
    ----------
    leader : int or None
        Number of a process that leads a session, whose orphans are members too; by default it is
        this process, whose orphans nobody can tell.
    """

    def __init__(self, leader: int | None = None) -> None:
        self._root, self._session = leader or os.getpid(), leader
        self._strangers: set[int] = set()
        self._forgotten = time.monotonic()

    def read(self) -> tuple[float, float]:
        """CPU time of unreaped members but this process [s], and memory of them all [GB]."""
        cpu_s = memory_gb = 0.0
        # parents first: whoever is reaped on the way is missed once instead of counted twice
        for pid in self.members():
            stat = _stat(pid)
            if stat is None:
                continue
            memory_gb += int(stat[RSS]) * PAGE_GB
            if pid != os.getpid():
                cpu_s += sum(map(int, stat[UTIME : CSTIME + 1])) / TICKS_PER_S
        return cpu_s, memory_gb

    def waits_for_processor(self) -> bool:
        """Return whether a thread of a member is at work, waits for a processor or for a disk."""
        for pid in self.members(running=True):
            for task in (PROC / str(pid)).glob("task/*"):
                stat = _stat(f"{pid}/task/{task.name}")
                if stat is not None and stat[STATE] in b"RD":
                    return True
        return False

    def members(self, running: bool = False) -> list[int]:
        """Return the process and its descendants, each after its parent; empty without /proc.

        Parameters
        ----------
        running : bool
            Leave out those that have ended and wait to be reaped.
        """
        try:
            pids = {int(name) for name in os.listdir(PROC) if name.isdigit()}
        except OSError:
            return []
        if time.monotonic() - self._forgotten > STRANGERS_S:
            self._strangers, self._forgotten = set(), time.monotonic()
        children, ended, session = defaultdict(list), set(), []
        for pid in pids - self._strangers:
            if (stat := _stat(pid)) is not None:
                children[int(stat[PPID])].append(pid)
                if stat[STATE] in b"ZX":
                    ended.add(pid)
                if self._session is not None and int(stat[SESSION]) == self._session:
                    session.append(pid)
        tree: dict[int, None] = {}
        for first in (self._root, *session):
            waiting = [first]
            for pid in waiting:
                if pid not in tree:
                    tree[pid] = None
                    waiting.extend(children[pid])
        self._strangers = pids.difference(tree)
        return [pid for pid in tree if not (running and pid in ended)]


def _stat(pid: int | str) -> list[bytes] | None:
    try:
        return (PROC / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it ended, or belongs to somebody who hides it
        return None
