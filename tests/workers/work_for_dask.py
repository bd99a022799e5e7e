"""What the tests have Dask's workers do: a module of its own, which these can import."""

import os
import sys
import time
from pathlib import Path


def burn(seconds: float, number: int = 0) -> int:
    """Use CPU time and return the number."""
    began = time.process_time()
    while time.process_time() < began + seconds:
        pass
    return number


def wait_for(file: Path, number: int) -> int:
    """Say who works, wait until a file is there, and return the number."""
    (file.parent / f"{number}-{os.getpid()}").touch()
    while not file.exists():
        time.sleep(0.02)
    return number


def fail(number: int) -> None:
    """Raise an error that says the number."""
    raise ValueError(f"no farm {number}")


def wait_on_a_local_cluster(file: Path) -> None:
    """Have a worker of this machine wait for a file."""
    from windopt.config.workers import WorkersConfig
    from windopt.workers.executor import worker_pool

    with worker_pool(WorkersConfig(engine="dask", n=1)) as pool:
        pool.submit(wait_for, file, 0).result()


if __name__ == "__main__":
    wait_on_a_local_cluster(Path(sys.argv[1]))
