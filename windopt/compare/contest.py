"""One method against its budget: what it held when, by the referee's own clock and meter.

Every proposal is stamped when it arrives with the processor time and the energy used by then. The
referee holds the best feasible one by the method's own claim, or the newest where it claims
nothing. Nothing counts that arrives when the budget is spent: the process tree is frozen, read once
more and killed.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from windopt.compare.method_process import REFUSED, Task
from windopt.compare.process import MethodProcess
from windopt.ledger.energy import EnergyWh
from windopt.ledger.meters.base import Meter
from windopt.ledger.meters.usage import Usage
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.workers.executor import available_cores

Status = Literal["returned", "budget", "hung", "refused", "crashed"]

LONGEST_WAIT_S, SHORTEST_WAIT_S = 0.2, 0.002
"""Between two looks at the processor time."""
IDLE_S, IDLE_SHARE = 60.0, 0.05
"""A method hangs that in this time uses less than this share of it, and waits for nothing."""


class Held(NamedTuple):
    """A feasible layout (n_turbines, 2) [m], held from that time and energy on.

    `claim` is the AEP that the method believes [Wh].
    """

    cpu_s: float
    wall_s: float
    energy_wh: float | None
    layout: FloatArray
    claim: float | None


@dataclass
class Contest:
    """How a method fared.

    Attributes
    ----------
    status : str
        It returned before its time was over; was ended by the budget; hung and was killed; refused
        the problem; or crashed.
    note : str
        Why, where there is more to say.
    cpu_s, wall_s : float [s]
    energy_wh : EnergyWh [Wh]
    held : list of Held
        In order of time.
    counts : dict
        Proposals: heard in all; of these not a layout of that many turbines with finite places
        (malformed), infeasible and late ones. Infeasible ones are counted where they would have
        been held.
    """

    status: Status = "returned"
    note: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    energy_wh: EnergyWh = field(
        default_factory=lambda: EnergyWh(low=None, central=None, high=None, method="")
    )
    held: list[Held] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("heard", "malformed", "infeasible", "late"), 0)
    )

    def held_at(self, cpu_s: float) -> Held | None:
        """Return what was held at a processor time [s], None where nothing was."""
        return next((one for one in reversed(self.held) if one.cpu_s <= cpu_s), None)


def hold_contest(
    task: Task,
    log: Path,
    meter: Meter,
    pue: float = 1.0,
    environment: Mapping[str, str] | None = None,
    idle_s: float = IDLE_S,
) -> Contest:
    """Run a method until its budget is spent.

    Parameters
    ----------
    task : Task
    log : Path
        Gets what the method prints; left out where that is nothing.
    meter : Meter
        Of the energy; it sees the method among the children of this process.
    pue : float [-]
        Power usage effectiveness.
    environment : mapping, optional
        Variables for the method's process, beyond those of this one.
    idle_s : float [s]
        Time in which a method has to use some processor time, or hangs.

    Raises
    ------
    KeyboardInterrupt
        After the method has been killed.
    """
    problem = load_problem(Path(task.config))
    referee = _Referee(problem, meter, pue)
    with MethodProcess(task, log, environment or {}) as process:
        _watch(referee, process, task.cpu_seconds, idle_s)
        exit_code = process.end()
    contest = referee.contest
    if contest.status == "returned" and exit_code:
        contest.status = "refused" if exit_code == REFUSED else "crashed"
        contest.note = contest.note or f"exit code {exit_code}: {_last_words(log)}"
    if not log.read_bytes().strip():
        log.unlink()
    return contest


def _watch(referee: "_Referee", process: MethodProcess, cpu_seconds: float, idle_s: float) -> None:
    """Listen to a method until it ends, hangs, or its budget is spent."""
    contest, cores = referee.contest, available_cores()
    looked, cpu_then = time.monotonic(), 0.0
    left = cpu_seconds
    while True:
        wait = min(max(left / cores / 2, SHORTEST_WAIT_S), LONGEST_WAIT_S)
        lines = process.hear(wait)
        ended = process.ended
        cpu_s = process.cpu_s()
        left = cpu_seconds - cpu_s
        if left <= 0 and not ended:
            process.freeze()
            lines += process.hear(0.0)
            contest.status, cpu_s = "budget", process.cpu_s()
            contest.note = ""
        elif (now := time.monotonic()) - looked > idle_s:
            if cpu_s - cpu_then < IDLE_SHARE * idle_s and process.idle:
                contest.status = "hung"
                contest.note = f"used {cpu_s - cpu_then:.2f} CPU-s in the last {now - looked:.0f} s"
                process.freeze()
            looked, cpu_then = now, cpu_s
        referee.hear(lines, cpu_s, late=left <= 0)
        if ended and not process.silent:
            while more := process.hear(0.0):
                referee.hear(more, cpu_s, late=left <= 0)
        if ended or contest.status != "returned":
            referee.close(cpu_s)
            return


class _Referee:
    """What the referee knows of a method."""

    def __init__(self, problem: LayoutProblem, meter: Meter, pue: float) -> None:
        self.problem, self.meter, self.pue = problem, meter, pue
        self.contest = Contest()
        self._began = meter.read()
        self._best = -np.inf

    def hear(self, lines: list[bytes], cpu_s: float, late: bool) -> None:
        """Take lines that have arrived at a processor time [s]."""
        used: Usage | None = None
        for line in lines:
            try:
                message = json.loads(line)
                refused, layout, aep = (message.get(key) for key in ("refused", "layout", "aep"))
            except (ValueError, AttributeError):
                self._count("heard", "malformed")
                continue
            if refused is not None:
                self.contest.note = str(refused)
                continue
            self._count("heard")
            if late:
                self._count("late")
                continue
            claim = float(aep) if isinstance(aep, int | float) and np.isfinite(aep) else None
            if claim is not None and claim <= self._best:
                continue
            places = self._feasible(layout)
            if places is None:
                continue
            self._best = -np.inf if claim is None else claim
            used = used or self.meter.read() - self._began
            wh = self._energy(used)["central"]
            self.contest.held.append(Held(cpu_s, used.wall_s, wh, places, claim))

    def close(self, cpu_s: float) -> None:
        """Write down what it has used in all."""
        used = self.meter.read() - self._began
        self.contest.cpu_s, self.contest.wall_s = cpu_s, used.wall_s
        self.contest.energy_wh = self._energy(used)

    def _energy(self, used: Usage) -> EnergyWh:
        return self.meter.energy(used).reserved.scaled(self.pue).to_wh()

    def _feasible(self, layout: object) -> FloatArray | None:
        """Return a layout (n_turbines, 2) [m] if it is one, and feasible."""
        try:
            places = np.array(layout, dtype=np.float64)
        except (TypeError, ValueError):
            places = np.empty(0)
        if places.shape != (self.problem.n_turbines, 2) or not np.isfinite(places).all():
            self._count("malformed")
            return None
        if not check_feasibility(self.problem, places).feasible:
            self._count("infeasible")
            return None
        return places

    def _count(self, *names: str) -> None:
        for name in names:
            self.contest.counts[name] += 1


def _last_words(log: Path) -> str:
    """Return the last line of a log: of an exception, what it says."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
