"""The begin of a run: a config checked before a joule is spent, and its folder opened."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from windopt.config.reader import config_hash, dump_config, load_config
from windopt.config.schema import Config
from windopt.errors import ConfigError, RunFolderError
from windopt.ledger.began import Began
from windopt.ledger.ledger import StageKind
from windopt.ledger.meters.cross_check import CodeCarbonCheck
from windopt.ledger.meters.probe import probe_meter
from windopt.problem.other_wakes import judging_problems
from windopt.problem.problem import LayoutProblem
from windopt.problem.violations import breaks_rules, violations
from windopt.readers.load import load_problem
from windopt.runs.budget.least import least_of, refuse_too_little
from windopt.runs.budget.pace import Pace
from windopt.runs.folder import RunFolder
from windopt.runs.lock import FolderLock
from windopt.runs.observer import Observer, Silent
from windopt.runs.session import Run
from windopt.search.fitting_lattices import require_lattice
from windopt.surrogate.library import default_library
from windopt.surrogate.scenarios import check_scenarios
from windopt.surrogate.source import ReadySurrogate
from windopt.words import as_written
from windopt.workers.executor import require_workers
from windopt.workers.main_guard import require_main_guard

logger = logging.getLogger(__name__)


def prepare(
    source: str | Path | Config, overrides: Mapping[str, object] | None = None
) -> LayoutProblem:
    """Check all that a run depends on, and give its problem; parameters and errors of `begin`."""
    return _prepare(source, overrides)[0]


def _prepare(
    source: str | Path | Config, overrides: Mapping[str, object] | None
) -> tuple[LayoutProblem, ReadySurrogate]:
    problem = load_problem(source, overrides)
    ready = ReadySurrogate(problem)
    _check_budget(problem, ready)
    if problem.config.optimise.pattern == "regular":
        require_lattice(problem)
    if problem.config.robust is not None:
        check_scenarios(problem)
    if problem.device == "cuda" and not torch.cuda.is_available():
        fault = "'cuda', but PyTorch finds no GPU it can use"
        raise ConfigError.of("device", fault, "set device: auto or device: cpu")
    require_workers(problem.config.workers)
    return problem, ready


def begin(
    source: str | Path | Config,
    out: str | Path | None = None,
    overrides: Mapping[str, object] | None = None,
    observer: Observer | None = None,
    began: Began | None = None,
    charged_to: StageKind = "between",
) -> Run:
    """Check a config and open its run folder, or open an existing run folder again.

    Parameters
    ----------
    source : path or Config
        A config, or a run folder that has one.
    out : path, optional
        Run folder; by default ``results/<name>-<time>`` below the current folder.
    overrides : mapping, optional
        Config values by dotted key.
    observer : Observer, optional
        Watches the run.
    began : Began, optional
        When the run began; with this call, by default.
    charged_to : StageKind
        The kind of stage that what is no other stage's is charged to.

    Raises
    ------
    ConfigError
        With all faults of the config and its files.
    RunFolderError
        When the folder cannot be written or belongs to another config.
    InfeasibleError
        When a regular pattern is asked for and none fits.
    """
    checking = Began.now()
    began = began or checking
    require_main_guard()  # before a worker that runs its script again makes a folder
    if not isinstance(source, Config) and Path(source).is_dir():
        out = out or source
        source = run_folder(source).config
    problem, ready = _prepare(source, overrides)
    energy, check = problem.config.energy, None
    if energy.cross_check:
        assert energy.country is not None  # the config sees to that
        check = CodeCarbonCheck(energy.country)
    meter, pace = probe_meter(energy.meter, calibrated_in=default_library()), Pace(began)
    is_new = out is None or not RunFolder(Path(out)).config.exists()
    if problem.config.budget.limits_time and is_new:
        least = least_of(problem, began, pace, meter, ready.has_to_learn)
        refuse_too_little(problem.config.budget, least)
    folder = RunFolder.create(out or _unused(Path("results"), problem.name))
    lock = FolderLock(folder.path).take()
    try:
        if folder.config.exists():
            _same_config(folder, problem.config)
        else:
            _tell_of_given(problem)
            dump_config(problem.config, folder.config)
        return Run(
            problem,
            folder,
            observer or Silent(),
            meter,
            check,
            lock,
            began,
            ready,
            (checking, Began.now()),
            charged_to,
        )
    except BaseException:
        lock.release()
        raise


def run_folder(path: str | Path) -> RunFolder:
    """Return the run folder at a path, to go on with.

    Raises
    ------
    RunFolderError
        When there is no folder, or none that a run has begun in.
    """
    folder = RunFolder(Path(path))
    if not folder.path.is_dir():
        raise RunFolderError(
            f"there is no run folder '{path}'; check the path, or begin with windopt run CONFIG"
        )
    if not folder.config.is_file():
        raise RunFolderError(
            f"'{path}' has no {folder.config.name}: no run has begun there; "
            f"begin one with windopt run CONFIG --out {path}"
        )
    return folder


def _unused(parent: Path, name: str) -> Path:
    """Make a folder named after a run and the time, that nobody else has."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    for ending in ("", *(f"-{i}" for i in range(2, 1000))):
        path = parent / f"{stem}{ending}"
        with suppress(FileExistsError):
            RunFolder.make(path)
            return path
    raise RunFolderError(f"'{parent}' has a thousand runs '{stem}'; choose a folder with --out")


def _same_config(folder: RunFolder, config: Config) -> None:
    """Refuse to go on with a folder under another config than it was begun with."""
    begun = load_config(folder.config)
    if config_hash(begun) == config_hash(config):
        return
    before, now = (_flat(one.model_dump(mode="json")) for one in (begun, config))
    keys = [key for key in now | before if now.get(key) != before.get(key)]
    differ = "; ".join(
        f"{key} is {as_written(now.get(key))}, was {as_written(before.get(key))}"
        for key in keys[:5]
    )
    more = f"; and {len(keys) - 5} more" if len(keys) > 5 else ""
    raise RunFolderError(
        f"run folder '{folder.path}' belongs to another config ({differ}{more}); "
        "choose another with --out, or leave these settings out to go on with it"
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values by dotted key."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _tell_of_given(problem: LayoutProblem) -> None:
    """Warn of a given layout that breaks the rules, for what a gain over it is worth."""
    given = problem.initial_layout
    if given is not None and (wrong := violations(problem, given).beyond_rounding):
        logger.warning(
            "layout: %s; the search begins with it repaired, and the gain is told over both",
            "; ".join(wrong.in_short),
        )


def _check_budget(problem: LayoutProblem, ready: ReadySurrogate) -> None:
    config, budget = problem.config, problem.config.budget
    given = budget.floris_evaluations
    if given is None:
        return
    has_to_learn = ready.has_to_learn
    farms = config.simulate.farms if has_to_learn else 0
    # three layouts verified and, where time is limited, a look at how long that takes
    needed = farms + 2 + len(config.optimise.regularity)
    warm_started = has_to_learn and config.optimise.pattern == "free"
    needed += budget.limits_time * (1 + (warm_started and problem.turbine_range is None))
    needed += 0 if problem.turbine_range is None else 3
    layout = problem.initial_layout
    needed += layout is not None and breaks_rules(problem, layout)
    if (judges := len(judging_problems(problem))) > 1:  # and the layout for one wake model alone
        needed = farms + judges * (needed - farms + 1)
    if given < needed:
        raise ConfigError.of(
            "budget.floris_evaluations",
            f"{given} is less than the {needed} that training data and verification need",
            f"give at least {needed}" + (" or lower simulate.farms" if farms else ""),
        )
