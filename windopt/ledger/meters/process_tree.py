"""A process and its descendants: their CPU time, their memory, who of them is at work.

Linux shows them in /proc: utime + stime + cutime + cstime of /proc/PID/stat (man 5 proc) are what a
process has used, and the children that it has reaped. A process that is no descendant never becomes
one, so its number is remembered and its file not opened again for a while: on a machine with many
processes that is most of the cost of a reading, a millisecond with 700 of them.

Where there is no /proc (macOS), psutil tells the same at ten times the price; what children that
have been reaped by a descendant used is not known there until that descendant is reaped itself.
"""

import os
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

PROC = Path("/proc")
GB = 1e9
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_GB = os.sysconf("SC_PAGE_SIZE") / GB
# /proc/PID/stat counted after the command's closing parenthesis: the command may hold blanks
STATE, PPID, SESSION, UTIME, CSTIME, RSS = 0, 1, 3, 11, 14, 21
STRANGERS_S = 60.0
"""For so long a number belongs to whoever had it: systems hand them out again much later [s]."""


class ProcessTree:
    """A process and its descendants.

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
        members = self.members()
        if not members:
            return _read_by_psutil(self._root)
        cpu_s = memory_gb = 0.0
        # parents first: whoever is reaped on the way is missed once instead of counted twice
        for pid in members:
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


def _read_by_psutil(root: int) -> tuple[float, float]:
    """Read what `ProcessTree.read` does, without orphans."""
    cpu_s = memory_gb = 0.0
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(root)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied), process.oneshot():
                memory_gb += process.memory_info().rss / GB
                if process.pid != os.getpid():
                    used = process.cpu_times()
                    cpu_s += used.user + used.system + used.children_user + used.children_system
    return cpu_s, memory_gb


def _stat(pid: int | str) -> list[bytes] | None:
    try:
        return (PROC / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it ended, or belongs to somebody who hides it
        return None
