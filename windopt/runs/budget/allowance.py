"""What a run may still spend: its budget, less what is spent and what its end will take."""

import time
from collections.abc import Callable

import numpy as np

from windopt.config.search import BudgetConfig
from windopt.ledger.ledger import Ledger
from windopt.runs.budget.pace import Pace
from windopt.runs.budget.price import DECISION_CPU_S
from windopt.search.clock import Clock, part_of
from windopt.workers.executor import available_cores

FIGURES_CPU_S, PAGE_CPU_S = 2.0, 0.4
"""Kept back for the end of a run [CPU-s on the core of `pace`]: figures are drawn, for which there
may be no time, and page and summary written."""
LOOK_S = 1.0
"""How long a clock goes on from its last look at the ledger [s]: a search asks it all the time."""

VERIFY_PART = 0.2
"""Of the time left, what is kept back for a sample at most, if that leaves the smallest one."""
LEARNING_CPU_S = 8.0
"""What a learning round takes, where nothing was trained before, on the core of `pace` [CPU-s]."""
PACED_S = 20.0
"""For so long processor time is watched, to tell how long the rest of it will last [s]."""


class Allowance:
    """The budget of a run at work, read against its ledger.

    Parameters
    ----------
    budget, ledger
    pace : Pace, optional
        Of this machine; by default that of one which nobody else uses.
    decision_cpu_s : float
        Kept back for comparing what is verified and writing it down, likewise [CPU-s].
    cores : callable
        Tells how many cores work for the run; by default all of this machine.

    Attributes
    ----------
    core : float
        Of the pace.
    verifying_cpu_s : float or None
        What it takes to verify a layout [CPU-s], once it is measured.
    """

    def __init__(
        self,
        budget: BudgetConfig,
        ledger: Ledger,
        pace: Pace | None = None,
        decision_cpu_s: float = DECISION_CPU_S,
        cores: Callable[[], int] = available_cores,
    ) -> None:
        self._cores = cores
        self.budget, self._ledger, self._decision_cpu_s = budget, ledger, decision_cpu_s
        self.core, self._pace = 1.0 if pace is None else pace.core, pace
        self.verifying_cpu_s: float | None = None
        self._spent: list[tuple[float, float]] = []

    @property
    def page_cpu_s(self) -> float:
        """What a report takes without any figure [CPU-s]."""
        return self.core * PAGE_CPU_S

    @property
    def report_cpu_s(self) -> float:
        """What follows the verification, with all figures [CPU-s]."""
        return self.core * (self._decision_cpu_s + FIGURES_CPU_S + PAGE_CPU_S)

    def kept_for_a_sample(self, kept_cpu_s: float, least_share: float) -> float:
        """Return what is kept back for verification [CPU-s]: less where time is short.

        Parameters
        ----------
        kept_cpu_s : float [CPU-s]
            With a sample of the usual size.
        least_share : float
            The smallest sample, as a share of that.
        """
        left_cpu_s = self.left_s(0.0) * self._cores()
        return max(least_share * kept_cpu_s, min(kept_cpu_s, VERIFY_PART * left_cpu_s))

    def clock(
        self,
        shared_cpu_s: float,
        alone_cpu_s: float | None = None,
        cores: int | None = None,
        share: float = 1.0,
    ) -> Clock:
        """Return what tells how long work may go on [s]: the one clock of a run.

        Between its looks it counts on all cores being busy, which none can exceed, and it says that
        nothing is left only after a look.

        Parameters
        ----------
        shared_cpu_s, alone_cpu_s, cores
            As of `left_s`.
        share : float
            Of the time that is left now, which the work may take.
        """
        looked, left = -np.inf, 0.0

        def tell() -> float:
            nonlocal looked, left
            since = time.perf_counter() - looked
            if since > LOOK_S or left <= since:
                looked, since = time.perf_counter(), 0.0
                left = self.left_s(shared_cpu_s, alone_cpu_s, cores)
            return left - since

        return tell if share == 1.0 else part_of(tell, share)

    def left_s(
        self, shared_cpu_s: float, alone_cpu_s: float | None = None, cores: int | None = None
    ) -> float:
        """Return how long work may go on [s].

        Parameters
        ----------
        shared_cpu_s, alone_cpu_s : float [CPU-s]
            Kept back for work on all cores, and on one; that is `report_cpu_s`, by default.
        cores : int, optional
            Those that are at work; all by default.
        """
        budget, totals, there = self.budget, self._ledger.totals(), self._cores()
        if alone_cpu_s is None:
            alone_cpu_s = self.report_cpu_s
        seconds, cpu_s = [np.inf], []
        if budget.seconds is not None:
            kept_s = alone_cpu_s + shared_cpu_s / there
            if self._pace is not None:
                pace = self._pace
                kept_s = pace.alone() * alone_cpu_s + pace.shared() * shared_cpu_s / there
            seconds.append(budget.seconds - totals.wall_s - kept_s)
        if budget.cpu_seconds is not None:
            cpu_s.append(budget.cpu_seconds - totals.cpu_s)
        if budget.watt_hours is not None and (used := totals.energy_wh["central"]):
            cpu_s.append((budget.watt_hours - used) / used * totals.cpu_s)
        kept_cpu_s = shared_cpu_s + alone_cpu_s
        return float(min(seconds + [(s - kept_cpu_s) / (cores or there) for s in cpu_s]))

    def run_left_s(self) -> float:
        """Return how long the whole run may still go on [s], its end included."""
        if self.budget.seconds is not None or self._pace is None:
            return max(0.0, self.left_s(0.0, 0.0))
        totals, cores = self._ledger.totals(), self._cores()
        self._spent = [one for one in self._spent if totals.wall_s - one[0] < PACED_S]
        self._spent.append((totals.wall_s, totals.cpu_s))
        since_s, used_cpu_s = np.subtract(self._spent[-1], self._spent[0])
        lately = used_cpu_s / since_s if since_s > 0 else 0.0
        # what is to come works on all cores, though it may wait for others
        rate = max(lately, cores / self._pace.shared())
        return max(0.0, cores * self.left_s(0.0, 0.0) / rate)

    def pays_a_learning_round(self) -> bool:
        """Return whether time is left to learn, no dearer than before, and to verify.

        "Before" is the last round, else the training, where the run has trained.
        """
        by_stage = self._ledger.totals().by_stage
        verified, learned = by_stage["verify"], by_stage.get("retrain", by_stage.get("train"))
        layout_cpu_s = verified.cpu_s / max(1, verified.counts["floris_evaluations"])
        learned_cpu_s = self.core * LEARNING_CPU_S if learned is None else learned.cpu_s
        return self.left_s(layout_cpu_s, self.report_cpu_s + learned_cpu_s) > 0

    def evaluations_left(self) -> float:
        """Return how many evaluations the budget leaves FLORIS; infinite without a limit."""
        limit = self.budget.floris_evaluations
        spent = self._ledger.totals().counts.get("floris_evaluations", 0)
        return np.inf if limit is None else max(0, limit - spent)

    def affords(self, evaluations: int) -> bool:
        """Return whether the budget leaves FLORIS so many evaluations."""
        return evaluations <= self.evaluations_left()
