"""How long a search may still go on.

All of a search asks one kind of clock, a function that tells the time left: the whole of it, a
stage of it and a single task on a worker. A clock cannot travel to a worker process, so a task is
told its seconds and makes its own of them.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Tells the time left [s]."""


def clock(max_seconds: float | Clock | None) -> Clock:
    """Make a clock of a time from now on [s]; None never ends, and a clock stays what it is."""
    if callable(max_seconds):
        return max_seconds
    if max_seconds is None or max_seconds == float("inf"):
        return endless
    end = time.perf_counter() + max_seconds
    return lambda: end - time.perf_counter()


def endless() -> float:
    """Return that time has no end [s]."""
    return float("inf")


def part_of(left_s: Clock, share: float) -> Clock:
    """Make a clock of a share of the time that is left now."""
    return keeping(left_s, (1.0 - share) * left_s())


def keeping(left_s: Clock, kept_s: float) -> Clock:
    """Make a clock that keeps some of the time back [s]; all of it where `kept_s` has no end."""
    return (lambda: left_s() - kept_s) if kept_s < float("inf") else endless
