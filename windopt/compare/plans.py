"""What is compared: on which problem, who, with which seeds, for how long."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from windopt.compare.cells import Cell, look_times
from windopt.compare.registry import (
    CORE,
    ON_A_FORMULA,
    check_methods,
    find_method,
    missing_packages,
    name_of,
)
from windopt.compare.suite import CONFIGS, METHODS, Published, chosen_problems
from windopt.config.compare import CompareConfig
from windopt.config.files import is_packaged
from windopt.config.schema import PATH_KEYS, Config
from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import is_formula

ASIDE = {
    "assessment",
    "baseline",
    "budget",
    "compare",
    "energy",
    "operation",
    "report",
    "robust",
    "robustness",
    "verify",
}
"""Sections of a config that a comparison does not ask: they do not make it another problem."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What is compared on one problem.

    Attributes
    ----------
    problem : LayoutProblem
    methods : tuple of str
        As `find_method` takes them.
    seeds : tuple of int
    budgets : tuple of float [CPU-s]
        Rising; methods are told the last.
    looks : tuple of float [CPU-s]
    published : tuple of Published
    """

    problem: LayoutProblem
    methods: tuple[str, ...]
    seeds: tuple[int, ...]
    budgets: tuple[float, ...]
    looks: tuple[float, ...]
    published: tuple[Published, ...] = ()

    def cells(self, path: Path) -> Iterator[Cell]:
        """Yield the cells in the folder of a comparison, but for those that nobody could do."""
        problem = self.problem
        for seed in self.seeds:
            for spec in self.methods:
                name = name_of(spec)
                if missing_packages(find_method(spec)):
                    continue
                if is_formula(problem) and name in ON_A_FORMULA:
                    continue
                yield Cell(
                    path / "cells" / problem.name / name / f"seed{seed}",
                    problem.name,
                    path / "problems" / f"{problem.name}.yaml",
                    problem_hash(problem),
                    spec,
                    name,
                    seed,
                    self.budgets[-1],
                    self.looks,
                )


def plan_of_config(config: str | Path, overrides: Mapping[str, object] | None = None) -> list[Plan]:
    """Plan the comparison that a config asks for.

    Raises
    ------
    ConfigError
        With all faults.
    """
    problem = load_problem(config, overrides)
    return [_plan(problem, problem.config.compare)]


def plan_of_suite(
    names: Sequence[str] | None = None, overrides: Mapping[str, object] | None = None
) -> list[Plan]:
    """Plan the suite, or some of its problems.

    Parameters
    ----------
    names : sequence of str or None
        Of problems; the core suite by default.
    overrides : mapping of str to object or None
        Config values by dotted key, for all of them.
    """
    plans = []
    for name, one in chosen_problems(names).items():
        own = {
            "name": name,
            "compare.cpu_seconds": list(one.cpu_seconds),
            "compare.seeds": one.seeds,
            "compare.looks": one.looks,
            "compare.methods": list(METHODS),
        }
        own |= dict(one.overrides) | dict(overrides or {})
        problem = load_problem(CONFIGS / one.config, own)
        plans.append(replace(_plan(problem, problem.config.compare), published=one.published))
    return plans


def _plan(problem: LayoutProblem, how: CompareConfig) -> Plan:
    if problem.turbine_range is not None:
        fault = f"is free between {problem.number_in_words}, and peers want to be told one number"
        raise ConfigError.of("n_turbines", fault, "give one number")
    if problem.config.value is not None:
        fault = "makes revenue the aim, and peers search for AEP"
        raise ConfigError.of("value", fault, "compare without it: --set value=null")
    return Plan(
        problem,
        tuple(check_methods(how.methods or CORE)),
        tuple(how.seeds),
        tuple(how.cpu_seconds),
        look_times(how.cpu_seconds, how.looks),
    )


def problem_hash(problem: LayoutProblem) -> str:
    """Identify what a config says of a problem and of windopt's search, but for where files lie.

    Entries with their default value do not count: a new entry does not make it another problem.
    """
    config = with_paths(problem.config, lambda path: Path(path).name)
    said = config.model_dump(mode="json", exclude_defaults=True, exclude=ASIDE)
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def with_paths(config: Config, change: Callable[[str], str]) -> Config:
    """Return the config with the paths of its files changed, but for files of packages."""

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(one) for one in value]
        return value if not isinstance(value, str) or is_packaged(value) else change(value)

    update = {key: changed(getattr(config, key)) for key in PATH_KEYS}
    if (fixed := config.fixed_turbines) is not None:
        update["fixed_turbines"] = fixed.model_copy(update={"layout": changed(fixed.layout)})
    update["neighbours"] = [
        one.model_copy(
            update={"layout": changed(one.layout), "boundaries": changed(one.boundaries)}
        )
        for one in config.neighbours
    ]
    update["exclusions"] = [
        one.model_copy(update={"file": changed(one.file)}) for one in config.exclusions
    ]
    return config.model_copy(update=update)
