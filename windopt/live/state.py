"""How a run stands, read from its folder: whoever else writes there is not asked."""

import csv
import math
import os
import platform
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psutil

from windopt.errors import WindoptError
from windopt.ledger.totals import LedgerContent, read_ledger
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.words import count_of, significant

MOST_POINTS = 400
"""Of the curve that are sent."""
LINES = 40
"""Of the log that are sent."""
SEARCHES = ("optimise", "tuning")
"""Stages that keep their best when they are interrupted."""


class LiveState:
    """Tells how a run stands.

    Parameters
    ----------
    folder : RunFolder
        Of a run that goes on, or is over.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._problem: LayoutProblem | None = None
        self._layout: tuple[float, list[list[float]]] = (0.0, [])

    def now(self) -> dict[str, Any]:
        """Return what the page shows, all of it plain numbers and texts."""
        content = self._ledger()
        summary = self.folder.read_summary() if self.folder.summary.is_file() else {}
        curve = list(self._curve())
        return {
            "name": self.folder.path.name,
            "status": summary.get("status") or self._status(content),
            "stage": self._stage(content),
            "can_stop": self.process() is not None and self._stage(content) in SEARCHES,
            "aep_gwh": summary.get("aep_gwh") or (curve[-1][1] if curve else None),
            "verified": bool(summary.get("aep_gwh")),
            "gain_pct": summary.get("gain_pct"),
            "energy_wh": None if content is None else content.totals.energy_wh,
            "cpu_s": None if content is None else content.totals.cpu_s,
            "wall_s": None if content is None else content.totals.wall_s,
            "left": self._left(content),
            "curve": curve[:: max(1, len(curve) // MOST_POINTS)] + curve[-1:],
            "layout": self._best_layout(),
            "log": [] if content is None else list(self._log(content))[-LINES:],
        }

    def outline(self) -> list[list[list[float]]]:
        """Return the rings of the site's polygons (m, 2) [m]."""
        if self._problem is None:
            self._problem = load_problem(self.folder.config)
        rings = (r for p in self._problem.site.polygons for r in (p.exterior, *p.interiors))
        return [[[round(x, 1), round(y, 1)] for x, y in ring.coords] for ring in rings]

    def process(self) -> psutil.Process | None:
        """Return the run's process, where it lives on this machine."""
        content = self._ledger()
        if content is None or not content.runs or content.runs[-1].get("host") != platform.node():
            return None
        run = content.runs[-1]
        try:
            process = psutil.Process(int(run["pid"]))
            began = datetime.fromisoformat(run["time"]).timestamp()
            return process if process.create_time() <= began + 1.0 else None
        except (psutil.Error, KeyError, ValueError):
            return None

    def stop(self) -> bool:
        """Interrupt the search as Ctrl-C does: the best layout so far is kept and verified.

        Returns
        -------
        stopped : False where no search is under way
        """
        process, content = self.process(), self._ledger()
        if process is None or content is None or self._stage(content) not in SEARCHES:
            return False
        os.kill(process.pid, signal.SIGINT)
        return True

    def _ledger(self) -> LedgerContent | None:
        try:
            return read_ledger(self.folder.ledger)
        except WindoptError:  # not begun yet
            return None

    def _status(self, content: LedgerContent | None) -> str:
        if content is None:
            return "starting"
        return "running" if self._stage(content) else "between stages"

    def _stage(self, content: LedgerContent | None) -> str:
        """Return the innermost stage that runs."""
        running = [] if content is None else [s for s in content.stages if s.status == "running"]
        inner = [s for s in running if s.kind != "between"]
        return inner[-1].kind if inner else ""

    def _left(self, content: LedgerContent | None) -> str | None:
        """Return in words what the budget leaves; None without one."""
        if content is None:
            return None
        budget = load_budget(self.folder)
        used = content.totals.wall_s, content.totals.cpu_s, content.totals.energy_wh["central"]
        words = ("seconds", "cpu_seconds", "watt_hours"), ("s", "CPU-s", "Wh")
        left = [
            f"{significant(max(0.0, limit - spent), 2)} {unit}"
            for key, unit, spent in zip(*words, used, strict=True)
            if spent is not None and (limit := budget.get(key)) is not None
        ]
        return " and ".join(left) or None

    def _curve(self) -> Iterator[tuple[float, float]]:
        """Yield energy [Wh] and the best predicted AEP [GWh] by then."""
        try:
            columns = self.folder.read_history()
        except (WindoptError, OSError):
            return
        best = -math.inf
        rows = zip(columns["energy_wh"], columns["aep_predicted_gwh"], strict=True)
        for energy, predicted in rows:
            if energy is not None and predicted is not None and math.isfinite(float(predicted)):
                best = max(best, float(predicted))
                yield round(float(energy), 6), round(best, 4)

    def _best_layout(self) -> list[list[float]]:
        """Return the last layout that the search has kept (n, 2) [m]."""
        path = self.folder.history_layouts
        try:
            changed = path.stat().st_mtime
        except OSError:
            return []
        if changed != self._layout[0]:
            with path.open(newline="", encoding="utf-8") as lines:
                rows = [row for row in csv.reader(lines) if len(row) == 4][1:]
            last = [row for row in rows if row[0] == rows[-1][0]] if rows else []
            self._layout = changed, [[float(x), float(y)] for *_, x, y in last]
        return self._layout[1]

    def _log(self, content: LedgerContent) -> Iterator[str]:
        for stage in content.stages:
            if stage.kind != "between":
                did = ", ".join(
                    count_of(number, name.replace("_", " ").removesuffix("s"))
                    for name, number in stage.cost.counts.items()
                    if name in ("floris_evaluations", "starts", "training_steps") and number
                )
                said = f"{stage.kind}: {stage.status}, {stage.cost.cpu_s:.0f} CPU-s"
                yield f"{said}, {did}" if did else said


def load_budget(folder: RunFolder) -> dict[str, Any]:
    """Return the limits that a run has, by their keys in the config."""
    from windopt.config.reader import load_config

    budget: dict[str, Any] = load_config(folder.config).budget.model_dump()
    return budget
