"""How long a search may still go on."""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Tells the time left [s]."""


def clock(max_seconds: float | Clock | None) -> Clock:
    """Make a clock of a time from now on [s]; None never ends, and a clock stays what it is."""
    if callable(max_seconds):
        return max_seconds
    if max_seconds is None:
        return endless
    end = time.perf_counter() + max_seconds
    return lambda: end - time.perf_counter()


def endless() -> float:
    """Return that time has no end [s]."""
    return float("inf")


def part_of(left_s: Clock, share: float) -> Clock:
    """Make a clock of a share of the time that is left now."""
    kept = (1.0 - share) * left_s()
    return lambda: left_s() - kept


def until(left_s: Clock, kept: float) -> Clock | None:
    """Make a clock that keeps some of the time back [s]; None where there is no end of it."""
    return (lambda: left_s() - kept) if kept < float("inf") else None
