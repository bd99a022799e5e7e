"""What this process and its workers have done, counted as the system counts their CPU time.

Counts, like CPU seconds, belong to a process: whoever does the work adds to them, and whoever keeps
the ledger reads the difference. A worker process writes its own into a place that it shares with
the process that opened its pool, so that nothing has to come back with results and nobody waits.
"""

from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

NAMES = (
    "surrogate_turbine_conditions",
    "surrogate_turbine_conditions_with_gradient",
    "surrogate_flops",
    "search_steps",
    "iterations",
)


class Places(NamedTuple):
    """Where the workers of a pool write: one place after the other, and how many are taken."""

    numbers: Any
    taken: Any


class WorkCounter:
    """Counts of this process and of the workers it has started; they never fall.

    surrogate_turbine_conditions: turbines times wind conditions evaluated by the surrogate, and
    those of them with a backward pass; surrogate_flops: estimated, see `surrogate.count_passes`;
    search_steps: of gradient ascents; iterations: of iterated local search.
    """

    def __init__(self) -> None:
        self._own = dict.fromkeys(NAMES, 0)
        self._pools: list[Places] = []
        self._place: tuple[Any, dict[str, int]] | None = None

    def add(self, **amounts: int) -> None:
        """Add to the counts, each one of `NAMES`."""
        own = self._own
        for name, amount in amounts.items():
            own[name] += amount
        if self._place is not None:
            numbers, index = self._place
            for name in amounts:
                numbers[index[name]] = own[name]

    def read(self) -> dict[str, int]:
        """Return the counts up to now."""
        done = dict(self._own)
        for pool in self._pools:
            for i, number in enumerate(pool.numbers):
                done[NAMES[i % len(NAMES)]] += number
        return done

    def share(self, context: BaseContext, workers: int) -> Places:
        """Return places for the workers of a pool to write their counts into."""
        numbers = context.RawArray("q", workers * len(NAMES))
        self._pools.append(Places(numbers, context.Value("i")))
        return self._pools[-1]

    def report_to(self, places: Places) -> None:
        """Write into one of the places of the process that has started this one, from now on."""
        with places.taken.get_lock():
            first = len(NAMES) * places.taken.value
            places.taken.value += 1
        self._place = places.numbers, {name: first + i for i, name in enumerate(NAMES)}


WORK = WorkCounter()
"""Of this process, like its CPU time."""
