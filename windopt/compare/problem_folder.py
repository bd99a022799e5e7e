"""What a comparison keeps of a problem beside its cells: `problems/NAME.*`.

``NAME.yaml``             its config, which methods read
``NAME.json``             the reference that gains are over, with its AEP by FLORIS
``NAME.reference.csv``    the reference's layout
``NAME.surrogate.json``   what the shared surrogate took
``NAME.pywake.json``      PyWake's AEP of the final layouts
"""

import os
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from windopt.compare.cells import Cell
from windopt.compare.judging import Judge, reference_layout, second_opinion
from windopt.compare.plans import Plan, problem_hash, with_paths
from windopt.config.reader import dump_config
from windopt.errors import ConfigError, KernelMisfitError, RunFolderError
from windopt.floris.alone import wake_free_aep
from windopt.ledger.ledger import Ledger
from windopt.problem.layout import read_layout_csv, write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.provenance import digest
from windopt.runs.folder import RunFolder, write_json
from windopt.surrogate.analytic import is_formula
from windopt.surrogate.shipped import fitting_kernel


class ProblemFolder:
    """A problem's files in the folder of a comparison.

    Parameters
    ----------
    path : Path
        Of the comparison.
    problem : LayoutProblem
    """

    def __init__(self, path: Path, problem: LayoutProblem) -> None:
        self.path, self.problem = path, problem
        self.config = self._file("yaml")
        self.reference_csv = self._file("reference.csv")
        self.debt = self._file("surrogate.json")
        self.library = path / "surrogates" / problem.name

    def keep_config(self) -> None:
        """Write the problem's config where methods find it.

        Raises
        ------
        RunFolderError
            When another problem of that name is there. The config of an older windopt that this one
            cannot read is replaced: cells say themselves which problem they are of.
        """
        self.config.parent.mkdir(exist_ok=True)
        if self.config.exists():
            try:
                same = problem_hash(load_problem(self.config)) == problem_hash(self.problem)
            except ConfigError:
                same = True
            if not same:
                raise RunFolderError(
                    f"comparison '{self.path}' has another problem {self.problem.name!r}; "
                    "choose another folder with --out, or delete it"
                )
        beside = partial(os.path.relpath, start=self.config.parent)
        dump_config(with_paths(self.problem.config, beside), self.config)

    def refer(self, judge: Judge) -> None:
        """Find and judge what all gains are over, where that has not been done."""
        path, problem = self._file("json"), self.problem
        if path.exists():
            return
        with judge.ledger.stage("verify"):
            kind, layout = reference_layout(problem)
        types = problem.types if len(problem.turbines) > 1 else None
        write_layout_csv(self.reference_csv, layout, types)
        judged = judge.judge({"reference": read_layout_csv(self.reference_csv)})["reference"]
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

    @property
    def reference(self) -> dict[str, Any]:
        """What all gains are over.

        Raises
        ------
        FileNotFoundError
            When it has not been found yet.
        """
        path = self._file("json")
        if not path.exists():
            raise FileNotFoundError(path)
        return read(path)

    def ask_pywake(self, cells: Iterable[Cell], ledger: Ledger) -> None:
        """Ask PyWake about the final layouts that it has not been asked about."""
        path = self._file("pywake.json")
        files = {"reference": self.reference_csv} | {
            f"{cell.method}/seed{cell.seed}": cell.folder / "layout.csv"
            for cell in cells
            if (cell.folder / "layout.csv").exists()
        }
        hashes = {name: digest(file) for name, file in files.items()}
        known = {"aep_gwh": {}, "layouts": {}} | read(path)
        new = {
            name: read_layout_csv(file)
            for name, file in files.items()
            if known["layouts"].get(name) != hashes[name]  # a cell may have been done again
        }
        said = second_opinion(self.problem, new, ledger)
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

    def facts(self, plan: Plan) -> dict[str, Any]:
        """Return what is known of the problem beside its cells."""
        problem = self.problem
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
            "reference": self.reference,
            "shared_surrogate": read(self.debt) or None,
            "kernel": self._kernel,
            "compilation": read(compilation_file(self.path)) or None,
            "published": [one._asdict() for one in plan.published],
            "second_opinion": read(self._file("pywake.json")),
        }

    @cached_property
    def _kernel(self) -> dict[str, Any] | None:
        return _kernel(self.problem)

    def _file(self, ending: str) -> Path:
        return self.path / "problems" / f"{self.problem.name}.{ending}"


def compilation_file(path: Path) -> Path:
    """Return where the folder of a comparison says what compiling windopt's searches took."""
    return path / "compilation.json"


def read(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file; nothing where it is not there."""
    return RunFolder(path.parent).read_json(path) if path.exists() else {}


def _kernel(problem: LayoutProblem) -> dict[str, Any] | None:
    """Return the kernel that ships for a problem, with what making it took [CPU-s], if any does."""
    if is_formula(problem):
        return None
    try:
        kernel, *_ = fitting_kernel(problem)
    except KernelMisfitError:
        return None
    spent = kernel.card.get("cpu_s")
    return {"name": kernel.name, "cpu_s": sum(spent.values()) if spent else None}
