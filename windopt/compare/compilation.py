"""What compiling windopt's searches takes: once a machine, and in no budget of a comparison.

Numba keeps what it has compiled on the disk, and a comparison sees to that before any method's time
runs. Who uses windopt for the first time on a machine waits for it once.
"""

import os
import resource
import subprocess
import sys
import tempfile
from typing import Any

from windopt.ledger.meters.machine import describe_machine
from windopt.workers.executor import ONE_THREAD

COMPILE = "from windopt.search.compile_once import compile_all; compile_all()"


def measure_compilation() -> dict[str, Any]:
    """Compile into an empty cache, then load from it; the difference is what compiling takes.

    Returns
    -------
    dict
        `cpu_s` [CPU-s], `loaded_cpu_s` of the second time [CPU-s], `cpu_model`, `git_revision`.
    """
    with tempfile.TemporaryDirectory(prefix="windopt-") as cache:
        compiled, loaded = (_cpu_s(cache) for _ in range(2))
    machine = describe_machine()
    return {
        "cpu_s": round(compiled - loaded, 1),
        "loaded_cpu_s": round(loaded, 1),
        "cpu_model": machine["cpu_model"],
        "git_revision": machine["git_revision"],
    }


def _cpu_s(cache: str) -> float:
    """Return the processor time of a process that has the code compiled [CPU-s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, **ONE_THREAD, "NUMBA_CACHE_DIR": cache}
    subprocess.run([sys.executable, "-c", COMPILE], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
