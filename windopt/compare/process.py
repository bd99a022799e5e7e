"""A method's process, seen from outside: started, measured, frozen, ended with all it started.

The process leads a session of its own. Its members are found in /proc: descendants, and orphans of
the session. So are its processor times, to a hundredth of a second.
"""

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from windopt.compare.method_process import Task
from windopt.errors import WindoptError
from windopt.ledger.meters.orphans import adopt_orphans
from windopt.ledger.meters.process_tree import PROC, ProcessTree
from windopt.workers.executor import ONE_THREAD

logger = logging.getLogger(__name__)

CHUNK = 16_384
"""Bytes of proposals that are read at once: the clock is looked at before more is read."""
GLANCES, GLANCE_S = 10, 0.05
"""Glances at a process that may be idle, and the time between them [s]."""
TOUGH = 50
"""Rounds of killing before the referee gives up."""


def require_proc() -> None:
    """Refuse to compare where nobody can say what a process tree has used."""
    if not (PROC / "self" / "stat").exists():
        raise WindoptError(
            "windopt compare measures the processor time of its methods in /proc, and this "
            "system has none; run it on Linux"
        )


class MethodProcess:
    """A running method; as a context it is gone, with all its children and files, at the end.

    Its temporary files lie in a folder of its own: it is killed, and cannot clear up.

    Parameters
    ----------
    task : Task
        Its pipe is filled in here.
    log : Path
        Gets what it prints.
    environment : mapping
        Beyond that of this process.
    """

    def __init__(self, task: Task, log: Path, environment: Mapping[str, str]) -> None:
        adopt_orphans()
        self._met: set[int] = set()
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        self._rest, self.silent = b"", False
        argument = json.dumps(task._replace(pipe=theirs)._asdict())
        # a short name: sockets, whose paths may have some hundred characters, lie in it too
        self._scratch = tempfile.TemporaryDirectory(prefix="windopt-", ignore_cleanup_errors=True)
        with log.open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "windopt.compare.method_process", argument],
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs],
                start_new_session=True,
                env={**os.environ, **ONE_THREAD, "TMPDIR": self._scratch.name, **environment},
            )
        os.close(theirs)
        self.pid = self._process.pid
        self._tree = ProcessTree(self.pid)
        self._cpu_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def cpu_s(self) -> float:
        """Return the processor time used so far [s]; it never falls."""
        used, _ = self._tree.read()
        # an orphan that ends drops out of sight, what it used was used
        self._cpu_s = max(self._cpu_s, used)
        return self._cpu_s

    def hear(self, timeout_s: float) -> list[bytes]:
        """Wait for words of the method, no longer than a time [s]; returns whole lines."""
        if self.silent:
            time.sleep(timeout_s)  # the pipe is closed: there is nothing to wait for
            return []
        if not select.select([self._pipe], [], [], timeout_s)[0]:
            return []
        try:
            heard = os.read(self._pipe, CHUNK)
        except BlockingIOError:
            return []
        self.silent = not heard
        *lines, self._rest = (self._rest + heard).split(b"\n")
        return lines

    @property
    def ended(self) -> bool:
        """Whether the process has ended; its times can still be read."""
        # not reaped, or its times would be gone
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, how) is not None

    @property
    def idle(self) -> bool:
        """Whether nothing of it is at work, or would be if others left it a processor."""
        for _ in range(GLANCES):
            if self._tree.waits_for_processor():
                return False
            time.sleep(GLANCE_S)
        return True

    def freeze(self) -> None:
        """Stop the process and all it has started, so that no more time is used."""
        reached = 0
        while (now := self._signal_all(signal.SIGSTOP)) > reached:  # some may be starting others
            reached = now

    def end(self) -> int:
        """Kill whatever is left; returns the exit code, negative for a signal."""
        if self._process.returncode is None:
            self.freeze()  # or what is killed could start others meanwhile
            for _ in range(TOUGH):
                if not self._signal_all(signal.SIGKILL):
                    break
                time.sleep(0.01)
            self._process.wait()
            # adopted by now: their time is counted once they are reaped
            for pid in {*self._met, *self._tree.members()} - {self.pid}:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            if self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            os.close(self._pipe)
            self._scratch.cleanup()
        return self._process.returncode

    def _signal_all(self, number: signal.Signals) -> int:
        """Send a signal to all members that still run; returns how many there were."""
        reached = 0
        for pid in self._tree.members(running=True):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
                self._met.add(pid)
                reached += 1
        return reached
