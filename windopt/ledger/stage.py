"""A stage of a run, while it is open: what it counts, and how much memory it needs."""

import threading
import time
from typing import Literal

from windopt.ledger.meters.usage import Usage

StageKind = Literal[
    "between",
    "check",
    "simulate",
    "train",
    "optimise",
    "verify",
    "robustness",
    "baseline",
    "assess",
    "compare",
    "tuning",
    "retrain",
    "report",
    "validate",
]


class Stage:
    """An open stage; `count` is all that the work inside needs."""

    def __init__(
        self, stage_id: str, parent: str | None, kind: str, began: Usage, lock: threading.RLock
    ) -> None:
        self.id = stage_id
        self.parent = parent
        self.kind = kind
        self.began = began
        self.opened = time.monotonic()
        self.counts: dict[str, int] = {}
        self.peak_gb = self.peak_gpu_gb = 0.0
        self._lock = lock

    def count(self, **counts: int) -> None:
        """Add to the stage's exact counts, as ``count(floris_evaluations=3)``."""
        with self._lock:
            for name, number in counts.items():
                self.counts[name] = self.counts.get(name, 0) + int(number)

    def look_at_memory(self, now: Usage) -> None:
        """Keep the largest memory of the process tree and of the graphics processors."""
        self.peak_gb = max(self.peak_gb, now.memory_gb)
        self.peak_gpu_gb = max(self.peak_gpu_gb, now.gpu_memory_gb)
