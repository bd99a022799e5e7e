"""How fast this machine is at this moment, as the run itself has seen it.

Two things decide how long a piece of work takes. Cores differ: what a command needs to start is the
same work everywhere, so the processor time that took tells how fast this one is. And others use the
machine: the system tells how long this process has waited for a processor while it could have run.
"""

from pathlib import Path

from windopt.ledger import Began

START_CPU_S = 4.0
"""What starting takes on the core that `least` and `allowance` have their figures from [CPU-s]."""
SLOWEST, FASTEST = 8.0, 0.25
"""Of what is believed of a core, as a multiple of that one's time."""
SCHEDSTAT = Path("/proc/self/schedstat")
"""Time at work and time waiting for a processor [ns], where the system keeps them."""
ENOUGH_S = 0.3
"""Of work, which tells how long it has to wait."""


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
    """

    def __init__(self, began: Began) -> None:
        self.core = 1.0
        if began.with_its_process:
            self.core = min(SLOWEST, max(FASTEST, began.cpu_s() / START_CPU_S))
        self._last, self._waits = (0.0, 0.0), 1.0

    def waits(self) -> float:
        """Tell how long work takes, as a multiple of its processor time: 1 where nobody else works.

        Of the last while in which this process has worked.
        """
        ran, waited = _ran_and_waited()
        since = ran - self._last[0]
        if since > ENOUGH_S:
            self._waits = 1.0 + (waited - self._last[1]) / since
            self._last = ran, waited
        return self._waits


def _ran_and_waited() -> tuple[float, float]:
    """Tell how long the main thread has worked, and waited [s]."""
    try:
        ran, waited, *_ = map(int, SCHEDSTAT.read_bytes().split())
    except (OSError, ValueError):
        return 0.0, 0.0
    return 1e-9 * ran, 1e-9 * waited
