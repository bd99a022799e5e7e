"""How fast this machine is at this moment, as the run itself has seen it.

Two things decide how long a piece of work takes. Cores differ: what a command needs to start is the
same work everywhere, so the processor time that took tells how fast this one is. And others use the
machine: the system tells how long this process has waited for a processor while it could have run,
and how many others were at work when it began, from which work on all cores suffers more.
"""

import time
from pathlib import Path

from windopt.ledger.began import Began
from windopt.workers.executor import available_cores

START_CPU_S = 4.0
"""What starting takes on the core that `least` and `allowance` have their figures from [CPU-s]."""
SLOWEST, FASTEST = 8.0, 0.25
"""Of what is believed of a core, as a multiple of that one's time."""
SCHEDSTAT = Path("/proc/self/schedstat")
"""Time at work and time waiting for a processor [ns], where the system keeps them."""
ENOUGH_S = 0.3
"""Of work, which tells how long it has to wait."""
LOADAVG, RUNNING = Path("/proc/loadavg"), 3
"""Where the system tells how many are at work at this instant, this process among them."""
LOOKS, LOOK_S = 8, 0.01
"""At that, and the time between them."""


class Pace:
    """What a piece of work takes here and now.

    Parameters
    ----------
    began : Began
        When the run began; at its own begin, a process tells how fast its core is.

    Attributes
    ----------
    core : float
        Processor time that work takes here, as a multiple of that on the core it was measured on.
    others : float
        At work on this machine when the run began.
    """

    def __init__(self, began: Began) -> None:
        self.core = 1.0
        if began.with_its_process:
            self.core = min(SLOWEST, max(FASTEST, began.cpu_s() / START_CPU_S))
        self.others = _others_at_work()
        self._last, self._waits = (0.0, 0.0), 1.0

    def alone(self) -> float:
        """Return how long work on one core takes, in times its processor time: 1 with no others."""
        return max(self._waited(), (1.0 + self.others) / available_cores())

    def shared(self) -> float:
        """Return how long work on all cores takes, in times what it would with no others."""
        return max(self._waited(), 1.0 + self.others / available_cores())

    def _waited(self) -> float:
        """Return how long work took, in the last while in which this process has worked."""
        ran, waited = _ran_and_waited()
        since = ran - self._last[0]
        if since > ENOUGH_S:
            self._waits = 1.0 + (waited - self._last[1]) / since
            self._last = ran, waited
        return self._waits


def _ran_and_waited() -> tuple[float, float]:
    """Return how long the main thread has worked, and waited [s]."""
    try:
        ran, waited, *_ = map(int, SCHEDSTAT.read_bytes().split())
    except (OSError, ValueError):
        return 0.0, 0.0
    return 1e-9 * ran, 1e-9 * waited


def _others_at_work() -> float:
    """Return how many are at work besides this process, in the mean of some looks; 0 if unknown."""
    seen = []
    for _ in range(LOOKS):
        try:
            seen.append(int(LOADAVG.read_text().split()[RUNNING].partition("/")[0]) - 1)
        except (OSError, ValueError, IndexError):
            return 0.0
        time.sleep(LOOK_S)
    return max(0.0, sum(seen) / len(seen))
