"""The process of a method: one search, told of its budget, watched from outside.

``python -m windopt.compare.method_process TASK`` with the task as JSON. What the search proposes
goes through a pipe as one JSON object a line; what it prints goes into its log. It ends itself, and
all its process group, when the referee is gone.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from windopt.compare.method import Time
from windopt.compare.registry import find_method
from windopt.errors import WindoptError
from windopt.ledger.meters.usage import UsageCounter
from windopt.problem.layout import FloatArray
from windopt.readers.load import load_problem
from windopt.workers.executor import available_cores

LOOK_S = 0.2
"""How long the clock goes on from its last look at the processor time [s]."""
REFUSED = 3
"""Exit code of a search that says, in a `WindoptError`, that the problem is not for it."""


class Task(NamedTuple):
    """What a method is told.

    Attributes
    ----------
    method : str
        As `find_method` takes it.
    config : str
        Path of the problem's config.
    seed : int
    cpu_seconds : float [s]
    pipe : int
        File descriptor to propose through.
    """

    method: str
    config: str
    seed: int
    cpu_seconds: float
    pipe: int


def processor_clock(cpu_seconds: float) -> Time:
    """Make a clock of this process tree's time [s], counted from the first byte.

    Between its looks it counts on all cores being busy, which none can exceed; it says that nothing
    is left only after a look.
    """
    counter, cores = UsageCounter(), available_cores()
    looked, left = -np.inf, 0.0

    def tell() -> float:
        nonlocal looked, left
        since = time.perf_counter() - looked
        if since > LOOK_S or left <= since * cores:
            looked, left, since = time.perf_counter(), cpu_seconds - counter.read().cpu_s, 0.0
        return left - since * cores

    return tell


def run(task: Task) -> int:
    """Search, and give the exit code."""
    threading.Thread(target=_end_with_referee, daemon=True).start()
    left_s = processor_clock(task.cpu_seconds)
    lock = threading.Lock()

    def send(message: dict[str, object]) -> None:
        line = memoryview(json.dumps(message).encode() + b"\n")
        with lock:
            while line:
                line = line[os.write(task.pipe, line) :]

    def propose(layout: FloatArray, aep: float | None) -> None:
        places = np.asarray(layout, dtype=np.float64).tolist()
        send({"layout": places, "aep": None if aep is None else float(aep)})

    try:
        problem = load_problem(Path(task.config))
        find_method(task.method).search(problem, task.seed, left_s, propose)
    except WindoptError as error:
        send({"refused": str(error)})
        return REFUSED
    return 0


def _end_with_referee() -> None:
    """Wait until nobody holds the other end of the standard input any more."""
    while os.read(0, 1):  # not through sys.stdin, whose lock would outlive the interpreter
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(run(Task(**json.loads(sys.argv[1]))))
