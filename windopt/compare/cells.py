"""A cell of a comparison: one method, one seed, one problem; a folder that is finished or not.

`contest.json`, `trace.csv` and `looks/*.csv` are there when the method has had its time, and
`cell.json` when its layouts have been judged as well: then the cell is never done again. What was
cut short is begun again where it stood.
"""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from windopt.compare.contest import Contest, hold_contest
from windopt.compare.judging import Judge
from windopt.compare.made_with import PACKAGES, code_digest, installed, why_old
from windopt.compare.method import Method
from windopt.compare.method_process import Task
from windopt.errors import RunFolderError
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import Meter
from windopt.ledger.meters.machine import describe_machine
from windopt.problem.layout import read_layout_csv, write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import write_json

FIRST_LOOK_S = 5.0
"""Of the looks spread over a budget; before that, searches are being started [CPU-s]."""


class Books(NamedTuple):
    """What a comparison is booked in.

    Attributes
    ----------
    ledger : Ledger
        Of the comparison's folder.
    meter : Meter
        Of the methods' energy; not the ledger's own, which another thread reads.
    pue : float [-]
        Power usage effectiveness.
    """

    ledger: Ledger
    meter: Meter
    pue: float


@dataclass(frozen=True)
class Cell:
    """A cell: who does what, where, and for how long.

    Attributes
    ----------
    folder : Path
    problem, config, config_hash : str
        Name of the problem, path of its config, and what the config says.
    spec, method : str
        The method as `find_method` takes it, and its name.
    seed : int
    cpu_seconds : float [s]
    looks : tuple of float [CPU-s]
        When the referee looks at what is held; the last is the budget.
    """

    folder: Path
    problem: str
    config: Path
    config_hash: str
    spec: str
    method: str
    seed: int
    cpu_seconds: float
    looks: tuple[float, ...]

    @property
    def result(self) -> Path:
        """The file that a finished cell has."""
        return self.folder / "cell.json"

    @property
    def contest(self) -> Path:
        """The file that a cell has whose method has had its time."""
        return self.folder / "contest.json"

    def read(self) -> dict[str, Any] | None:
        """Return what a finished cell came to; None where it is not finished.

        Raises
        ------
        RunFolderError
            When it was finished under other conditions.
        """
        return self._same(_read(self.result))

    def why_old(self) -> str | None:
        """Return what a finished cell was made with that is not today's; None where all is."""
        content = self.read()
        return None if content is None else why_old(self.spec, content)

    @property
    def renewed(self) -> "Cell":
        """Where the cell is done again; what it was stays until then."""
        return replace(self, folder=self.folder.with_name(f"{self.folder.name}.renewed"))

    def give_way(self, renewed: "Cell") -> None:
        """Be replaced by what has been done again."""
        shutil.rmtree(self.folder, ignore_errors=True)
        renewed.folder.rename(self.folder)

    def _same(self, content: dict[str, Any] | None) -> dict[str, Any] | None:
        if content is None:
            return None
        for key, wanted in (
            ("config_hash", self.config_hash),
            ("cpu_seconds_granted", self.cpu_seconds),
        ):
            if content[key] != wanted:
                raise RunFolderError(
                    f"cell '{self.folder}' was done with {key} {content[key]}, not {wanted}; "
                    "choose another folder with --out, or delete the cell"
                )
        return content

    def hold(
        self, method: Method, problem: LayoutProblem, books: Books, environment: Mapping[str, str]
    ) -> dict[str, Any]:
        """Run the method, where today's code has not; returns the content of `contest.json`."""
        done = self._same(_read(self.contest))
        if done is not None and why_old(self.spec, done) is None:
            return done
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        problem_config, machine = str(self.config.absolute()), describe_machine()
        task = Task(self.spec, problem_config, self.seed, self.cpu_seconds, pipe=-1)
        with books.ledger.stage("compare") as stage:
            log = self.folder / "method.log"
            contest = hold_contest(task, log, books.meter, books.pue, environment)
            stage.count(methods=1, proposals=contest.counts["heard"])
        self._write_trace(contest)
        content = {
            "problem": self.problem,
            "method": self.method,
            "what": method.what,
            "seed": self.seed,
            "config_hash": self.config_hash,
            "cpu_seconds_granted": self.cpu_seconds,
            "machine": {key: machine[key] for key in ("cpu_model", "vcpus")},
            "git_revision": machine["git_revision"],
            "code": code_digest(self.spec),
            "versions": installed((*PACKAGES, *method.packages)),
            "compiled_beforehand": True,
            "status": contest.status,
            "note": contest.note,
            "cpu_s": contest.cpu_s,
            "wall_s": contest.wall_s,
            "energy_wh": contest.energy_wh,
            "proposals": contest.counts | {"held": len(contest.held)},
            "looks": self._looks(contest, problem),
        }
        write_json(self.contest, content)
        return content

    def judge(
        self, problem: LayoutProblem, contest: Mapping[str, Any], judge: Judge
    ) -> dict[str, Any]:
        """Judge what was held at each look: `cell.json` and `layout.csv`, the last of them."""
        layouts = {
            look["layout"]: read_layout_csv(self.folder / look["layout"])
            for look in contest["looks"]
        }
        judged = judge.judge(layouts)
        looks = []
        for look in contest["looks"]:
            one = judged[look["layout"]]
            looks.append(
                look
                | {
                    "aep_gwh": one.aep / 1e9,
                    "wake_loss_pct": one.wake_loss_pct,
                    "feasible": one.feasibility.feasible,
                    "max_boundary_violation_m": one.feasibility.max_boundary_violation_m,
                    "min_spacing_d": one.feasibility.min_spacing_d,
                }
            )
        if looks:
            shutil.copyfile(self.folder / looks[-1]["layout"], self.folder / "layout.csv")
        content = {**contest, "looks": looks}
        write_json(self.result, content)
        self.contest.unlink(missing_ok=True)
        return content

    def _looks(self, contest: Contest, problem: LayoutProblem) -> list[dict[str, Any]]:
        """Return what was held at each look, and write the layouts, each once."""
        looks: list[dict[str, Any]] = []
        names: dict[int, str] = {}
        types = problem.types if len(problem.turbines) > 1 else None
        (self.folder / "looks").mkdir()
        for at in self.looks:
            held = contest.held_at(at)
            if held is None:
                continue
            if id(held) not in names:
                names[id(held)] = f"looks/{at:g}.csv"
                write_layout_csv(self.folder / names[id(held)], held.layout, types)
            looks.append(
                {
                    "cpu_s": at,
                    "found_cpu_s": held.cpu_s,
                    "found_wall_s": held.wall_s,
                    "found_energy_wh": held.energy_wh,
                    "aep_claimed_gwh": None if held.claim is None else held.claim / 1e9,
                    "layout": names[id(held)],
                }
            )
        return looks

    def _write_trace(self, contest: Contest) -> None:
        with (self.folder / "trace.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["cpu_s", "wall_s", "energy_wh", "aep_claimed_gwh"])
            for one in contest.held:
                wh = "" if one.energy_wh is None else f"{one.energy_wh:.6f}"
                claim = "" if one.claim is None else f"{one.claim / 1e9:.6f}"
                writer.writerow([f"{one.cpu_s:.2f}", f"{one.wall_s:.3f}", wh, claim])


def look_times(budgets: Sequence[float], more: int) -> tuple[float, ...]:
    """Choose when to look: at every budget [CPU-s], and at some more times spread in between."""
    last = max(budgets)
    spread = np.geomspace(min(FIRST_LOOK_S, last / 2), last, more + 1)[:-1]
    return tuple(sorted({*map(float, budgets), *(float(f"{t:.2g}") for t in spread)}))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content
