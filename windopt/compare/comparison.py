"""The comparison: every method on every problem with every seed, one cell after the other.

A cell that is finished is never done again, and what has been cut short is begun again: stopped at
any time, the comparison goes on from where it was, and says what it knows so far. Seeds are the
outermost round, so that each round is a paired comparison of all methods.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from windopt.compare.cells import Books, Cell
from windopt.compare.judging import Judge, reference_layout, second_opinion
from windopt.compare.plans import Plan, problem_hash, with_paths
from windopt.compare.process import require_proc
from windopt.compare.record import comparison_record
from windopt.compare.registry import ON_A_FORMULA, REUSING, find_method, missing_packages, name_of
from windopt.compare.shared import prepare_surrogate
from windopt.compare.writing import write_comparison, write_tables
from windopt.config.reader import dump_config
from windopt.errors import RunFolderError
from windopt.floris.alone import wake_free_aep
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.probe import probe_meter
from windopt.problem.layout import read_layout_csv, write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.provenance import digest
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.lock import FolderLock
from windopt.runs.versions import installed_versions
from windopt.search.compile_once import warm_up
from windopt.surrogate.analytic import is_formula
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

    Raises
    ------
    RunFolderError
        When the folder cannot be written, or holds a problem of that name that is another one.
    """

    def __init__(
        self, plans: Sequence[Plan], out: str | Path, tell: Callable[[str], None] = logger.info
    ) -> None:
        require_proc()
        self.plans, self.tell = plans, tell
        self.path = RunFolder.create(out, known_by="problems").path
        for plan in plans:
            self._keep_config(plan.problem)
        config = plans[0].problem.config
        run = {
            "name": ", ".join(plan.problem.name for plan in plans),
            "versions": installed_versions(),
            "country": config.energy.country,
            "grid_g_per_kwh": config.energy.intensity(),
            "pue": config.energy.pue,
        }
        wanted, files = config.energy.meter, default_library()
        ledger = Ledger.open(
            self.path / "ledger.jsonl", run, meter=probe_meter(wanted, calibrated_in=files)
        )
        meter = probe_meter(wanted, calibrated_in=files)
        self.books = Books(ledger, meter, config.energy.pue)
        self.judges = {plan.problem.name: Judge(plan.problem, ledger) for plan in plans}

    def run(self) -> dict[str, Any]:
        """Do all cells that are not finished; returns the content of `comparison.json`.

        Whatever ends it, the folder says what is known so far.

        Raises
        ------
        RunFolderError
            When another comparison is at work in the folder, or has left cells of other conditions.
        """
        for plan in self.plans:
            for cell in self.cells(plan):
                cell.read()  # refuses cells of another comparison before anything is spent
        lock = FolderLock(self.path).take()
        try:
            self._do_cells()
            self._second_opinions()
        finally:
            with suppress(FileNotFoundError):  # stopped before there was a reference
                content = self.write()
            lock.release()
        return content

    def cells(self, plan: Plan) -> Iterator[Cell]:
        """Yield the cells of a problem, those left out that nobody could do."""
        problem = plan.problem
        for seed in plan.seeds:
            for spec in plan.methods:
                name = name_of(spec)
                if missing_packages(find_method(spec)):
                    continue
                if is_formula(problem) and name in ON_A_FORMULA:
                    continue
                yield Cell(
                    self.path / "cells" / problem.name / name / f"seed{seed}",
                    problem.name,
                    self._config(problem),
                    problem_hash(problem),
                    spec,
                    name,
                    seed,
                    plan.budgets[-1],
                    plan.looks,
                )

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
            plan.problem.name: [content for cell in self.cells(plan) if (content := cell.read())]
            for plan in self.plans
        }
        facts = {plan.problem.name: self._facts(plan) for plan in self.plans}
        return comparison_record(facts, done, self.books.ledger.content())

    # -- its parts --------------------------------------------------------------------------

    def _do_cells(self) -> None:
        waiting = [
            (plan.seeds.index(cell.seed), plan, cell)
            for plan in self.plans
            for cell in self.cells(plan)
            if cell.read() is None
        ]
        waiting.sort(key=lambda one: one[0])  # stable: problems and methods stay in order
        total = sum(1 for plan in self.plans for _ in self.cells(plan))
        left_s = sum(cell.cpu_seconds for _, _, cell in waiting)
        self.tell(
            f"{count_of(total, 'cell')}, {total - len(waiting)} of them finished; "
            f"{left_s:,.0f} CPU-seconds of search to go, and FLORIS's judgement"
        )
        for plan in self.plans:
            self._refer(plan.problem)
        if waiting:
            with self.books.ledger.stage("check"):
                warm_up(waiting[0][1].problem)
        for number, (_, plan, cell) in enumerate(waiting, start=total - len(waiting) + 1):
            self.tell(f"cell {number}/{total}: {cell.problem}, {cell.method}, seed {cell.seed}")
            content = self._do_cell(plan, cell)
            self.tell(f"  {self._outcome(plan, content)}")
            self.write(figures=False)

    def _do_cell(self, plan: Plan, cell: Cell) -> dict[str, Any]:
        environment = {}
        if cell.method == REUSING:
            library = self._library(plan.problem)
            debt = prepare_surrogate(plan.problem, library, self.books.ledger)
            write_json(self._debt(plan.problem), debt)
            environment["WINDOPT_LIBRARY"] = str(library.absolute())
        contest = cell.hold(find_method(cell.spec), plan.problem, self.books, environment)
        return cell.judge(plan.problem, contest, self.judges[plan.problem.name])

    def _outcome(self, plan: Plan, content: Mapping[str, Any]) -> str:
        if not content["looks"]:
            return f"{content['status']}, nothing feasible. {content['note']}"
        base = self._reference(plan.problem)["aep_gwh"]
        last = content["looks"][-1]
        gain = 100 * (last["aep_gwh"] / base - 1)
        note = f"; {content['status']}: {content['note']}" if content["note"] else ""
        return f"{gain:+.3f} %, {content['cpu_s']:.1f} CPU-s{note}"

    def _second_opinions(self) -> None:
        """Ask PyWake about the final layouts of each problem that it has not been asked about."""
        for plan in self.plans:
            path = self.path / "problems" / f"{plan.problem.name}.pywake.json"
            files = {"reference": self._reference_csv(plan.problem)} | {
                f"{cell.method}/seed{cell.seed}": cell.folder / "layout.csv"
                for cell in self.cells(plan)
                if (cell.folder / "layout.csv").exists()
            }
            hashes = {name: digest(file) for name, file in files.items()}
            known = {"aep_gwh": {}, "layouts": {}} | _read(path)
            new = {
                name: read_layout_csv(file)
                for name, file in files.items()
                if known["layouts"].get(name) != hashes[name]  # a cell may have been done again
            }
            said = second_opinion(plan.problem, new, self.books.ledger)
            if said is not None:
                asked = {name: aep / 1e9 for name, aep in said.aep.items()}
                write_json(
                    path,
                    {
                        "model": said.model,
                        "aep_gwh": known["aep_gwh"] | asked,
                        "layouts": known["layouts"] | {name: hashes[name] for name in asked},
                    },
                )

    def _refer(self, problem: LayoutProblem) -> None:
        """Find and judge what all gains are over, where that has not been done."""
        path = self.path / "problems" / f"{problem.name}.json"
        if path.exists():
            return
        with self.books.ledger.stage("verify"):
            kind, layout = reference_layout(problem)
        types = problem.types if len(problem.turbines) > 1 else None
        write_layout_csv(self._reference_csv(problem), layout, types)
        layout = read_layout_csv(self._reference_csv(problem))
        judged = self.judges[problem.name].judge({"reference": layout})["reference"]
        write_json(
            path,
            {
                "kind": kind,
                "aep_gwh": judged.aep / 1e9,
                "wake_loss_pct": judged.wake_loss_pct,
                "feasible": judged.feasibility.feasible,
                "wake_free_gwh": wake_free_aep(problem) / 1e9,
            },
        )

    def _facts(self, plan: Plan) -> dict[str, Any]:
        """Return what is known of a problem beside its cells."""
        problem = plan.problem
        return {
            "n_turbines": problem.n_turbines,
            "area_km2": problem.site.area_km2,
            "wake_model": problem.wake.velocity_model,
            "conditions": len(problem.wind.conditions),
            "config_hash": problem_hash(problem),
            "methods": plan.methods,
            "formula": is_formula(problem),
            "seeds": plan.seeds,
            "budgets_cpu_s": plan.budgets,
            "looks_cpu_s": plan.looks,
            "reference": self._reference(problem),
            "shared_surrogate": _read(self._debt(problem)) or None,
            "published": [one._asdict() for one in plan.published],
            "second_opinion": _read(self.path / "problems" / f"{problem.name}.pywake.json"),
        }

    def _keep_config(self, problem: LayoutProblem) -> None:
        """Write a problem's config where methods find it."""
        path = self._config(problem)
        path.parent.mkdir(exist_ok=True)
        if path.exists() and problem_hash(load_problem(path)) != problem_hash(problem):
            raise RunFolderError(
                f"comparison '{self.path}' has another problem {problem.name!r}; "
                "choose another folder with --out, or delete it"
            )
        beside = partial(os.path.relpath, start=path.parent)
        dump_config(with_paths(problem.config, beside), path)

    def _config(self, problem: LayoutProblem) -> Path:
        return self.path / "problems" / f"{problem.name}.yaml"

    def _reference_csv(self, problem: LayoutProblem) -> Path:
        return self.path / "problems" / f"{problem.name}.reference.csv"

    def _reference(self, problem: LayoutProblem) -> dict[str, Any]:
        path = self.path / "problems" / f"{problem.name}.json"
        if not path.exists():
            raise FileNotFoundError(path)
        return _read(path)

    def _debt(self, problem: LayoutProblem) -> Path:
        return self.path / "problems" / f"{problem.name}.surrogate.json"

    def _library(self, problem: LayoutProblem) -> Path:
        return self.path / "surrogates" / problem.name


def _read(path: Path) -> dict[str, Any]:
    return RunFolder(path.parent).read_json(path) if path.exists() else {}
