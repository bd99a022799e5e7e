"""The comparison: every method on every problem with every seed, one cell after the other.

A cell that is finished is not done again unless it is old and cells are renewed, and what has been
cut short is begun again: stopped at any time, the comparison goes on from where it was, and says
what it knows so far. Seeds are the outermost round, so that each round is a paired comparison of
all methods.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from windopt.compare.cells import Books, Cell
from windopt.compare.compilation import measure_compilation
from windopt.compare.judging import Judge
from windopt.compare.plans import Plan
from windopt.compare.problem_folder import ProblemFolder, compilation_file
from windopt.compare.process import require_proc
from windopt.compare.record import comparison_record
from windopt.compare.registry import REUSING, find_method
from windopt.compare.renewal import State, forecast, survey
from windopt.compare.shared import prepare_surrogate
from windopt.compare.writing import write_comparison, write_tables
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.totals import LedgerContent, read_ledger
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.lock import FolderLock
from windopt.runs.versions import installed_versions
from windopt.search.compile_once import warm_up
from windopt.surrogate.library import default_library
from windopt.words import count_of

logger = logging.getLogger(__name__)


class Comparison:
    """A comparison's folder at work.

    Parameters
    ----------
    plans : sequence of Plan
        One a problem, their names distinct.
    out : path
    tell : callable, optional
        Told a line at every step.
    renew : bool
        Whether finished cells are done again that were made with other code than today's.
    spend : float or None [CPU-s]
        No cell is begun that would take more than what is left of it; 0 only writes the pages.

    Raises
    ------
    RunFolderError
        When the folder cannot be written, or holds a problem of that name that is another one.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        out: str | Path,
        tell: Callable[[str], None] = logger.info,
        renew: bool = False,
        spend: float | None = None,
    ) -> None:
        require_proc()
        self.plans, self.tell, self.renew, self.spend = plans, tell, renew, spend
        self.path = RunFolder.create(out, known_by="problems").path
        self.problems = {
            plan.problem.name: ProblemFolder(self.path, plan.problem) for plan in plans
        }
        for problem in self.problems.values():
            problem.keep_config()

    @cached_property
    def books(self) -> Books:
        """What is done is booked in; opened when something is."""
        config = self.plans[0].problem.config
        run = {
            "name": ", ".join(plan.problem.name for plan in self.plans),
            "versions": installed_versions(),
            "country": config.energy.country,
            "grid_g_per_kwh": config.energy.intensity(),
            "pue": config.energy.pue,
        }
        wanted, files = config.energy.meter, default_library()
        ledger = Ledger.open(self._ledger, run, meter=probe_meter(wanted, calibrated_in=files))
        meter = probe_meter(wanted, calibrated_in=files)
        return Books(ledger, meter, config.energy.pue)

    @cached_property
    def judges(self) -> dict[str, Judge]:
        """FLORIS for each problem, by its name."""
        return {plan.problem.name: Judge(plan.problem, self.books.ledger) for plan in self.plans}

    def run(self) -> dict[str, Any]:
        """Do all cells that wait; returns the content of `comparison.json`.

        Whatever ends it, the folder says what is known so far.

        Raises
        ------
        RunFolderError
            When another comparison is at work in the folder, or has left cells of other conditions.
        """
        states = survey(self.plans, self.path)  # refuses before anything is spent
        lock = FolderLock(self.path).take()
        try:
            self._do_cells(states)
            self._second_opinions()
        finally:
            with suppress(FileNotFoundError):  # stopped before there was a reference
                content = self.write()
            lock.release()
        return content

    def measure_compilation(self) -> None:
        """Measure what compiling windopt's searches takes, where that is not known yet."""
        path, _ = compilation_file(self.path), self._before_s
        if not path.exists():
            self.tell("compiling windopt's searches into an empty cache, to know what it takes")
            with self.books.ledger.stage("check"):
                write_json(path, measure_compilation())

    def write(self, figures: bool = True) -> dict[str, Any]:
        """Write `comparison.json` and `comparison.md`; with figures, `comparison.html` as well."""
        content = self.record()
        write_tables(self.path, content)
        if figures:
            write_comparison(self.path, content, {p.problem.name: p.problem for p in self.plans})
        return content

    def record(self) -> dict[str, Any]:
        """Put together what is known so far."""
        done = {
            plan.problem.name: [
                content | {"old": cell.why_old()}
                for cell in plan.cells(self.path)
                if (content := cell.read())
            ]
            for plan in self.plans
        }
        facts = {plan.problem.name: self._of(plan).facts(plan) for plan in self.plans}
        return comparison_record(facts, done, self._content())

    # -- its parts --------------------------------------------------------------------------

    def _do_cells(self, states: Sequence[State]) -> None:
        for line in forecast(states, self.renew):
            self.tell(line)
        if self.spend == 0.0:
            return
        _ = self._before_s
        waiting = [state for state in states if state.waits(self.renew)]
        for plan in self.plans:
            self._of(plan).refer(self.judges[plan.problem.name])
        if waiting:
            with self.books.ledger.stage("check"):
                warm_up(waiting[0].plan.problem)
        for number, state in enumerate(waiting, start=1):
            if self.spend is not None:
                left_s = self.spend - (self._used_s() - self._before_s)
                if state.cpu_s > left_s:
                    rest = count_of(len(waiting) - number + 1, "cell")
                    self.tell(
                        f"{max(left_s, 0.0):,.0f} CPU-seconds are left of the {self.spend:,.0f} to "
                        f"spend, and the next cell may take {state.cpu_s:,.0f}: {rest} still to do"
                    )
                    return
            cell = state.cell
            self.tell(
                f"cell {number}/{len(waiting)}: {cell.problem}, {cell.method}, seed {cell.seed}"
            )
            content = self._do_cell(state)
            self.tell(f"  {self._outcome(state.plan, content)}")
            self.write(figures=False)

    def _do_cell(self, state: State) -> dict[str, Any]:
        plan, cell, environment = state.plan, state.cell, {}
        if cell.method == REUSING:
            files = self._of(plan)
            debt = prepare_surrogate(plan.problem, files.library, self.books.ledger)
            write_json(files.debt, debt)
            environment["WINDOPT_LIBRARY"] = str(files.library.absolute())
        place = cell.renewed if state.finished else cell
        contest = place.hold(find_method(cell.spec), plan.problem, self.books, environment)
        content = place.judge(plan.problem, contest, self.judges[plan.problem.name])
        if place is not cell:
            cell.give_way(place)
        return content

    def _outcome(self, plan: Plan, content: Mapping[str, Any]) -> str:
        if not content["looks"]:
            return f"{content['status']}, nothing feasible. {content['note']}"
        base = self._of(plan).reference["aep_gwh"]
        last = content["looks"][-1]
        gain = 100 * (last["aep_gwh"] / base - 1)
        note = f"; {content['status']}: {content['note']}" if content["note"] else ""
        return f"{gain:+.3f} %, {content['cpu_s']:.1f} CPU-s{note}"

    def _second_opinions(self) -> None:
        """Ask PyWake about the final layouts of each problem that it has not been asked about."""
        if self.spend == 0.0:
            return
        for plan in self.plans:
            cells: Sequence[Cell] = list(plan.cells(self.path))
            self._of(plan).ask_pywake(cells, self.books.ledger)

    def _of(self, plan: Plan) -> ProblemFolder:
        return self.problems[plan.problem.name]

    @property
    def _ledger(self) -> Path:
        return self.path / "ledger.jsonl"

    def _content(self) -> LedgerContent:
        """Return what the ledger says; it need not be open to be read."""
        return self.books.ledger.content() if "books" in vars(self) else read_ledger(self._ledger)

    @cached_property
    def _before_s(self) -> float:
        """What was on the ledger before anything was spent [CPU-s]."""
        return self._used_s()

    def _used_s(self) -> float:
        """Return the processor time on the ledger, of all that was ever done here [CPU-s]."""
        totals = self._content().totals if self._ledger.exists() else None
        if totals is None:
            return 0.0
        return totals.cpu_s + sum(cost.cpu_s for cost in totals.apart.values())
