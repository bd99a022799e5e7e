"""The evaluation of a surrogate: examined by FLORIS, on its own or as the one of a run.

A run's surrogate is asked about the run's layout and the gain that was claimed for it. A surrogate
on its own gets a problem to be asked about: the site and the wind of IEA Wind Task 37's case study
3 with the turbines and the wake model on its card, and the layout that a short search with it finds
there.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.schema import Config
from windopt.errors import RunFolderError
from windopt.floris.simulator import Simulator
from windopt.ledger.began import Began
from windopt.problem.layout import FloatArray, read_layout_csv
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.scenarios import ALONE
from windopt.readers.load import load_problem
from windopt.report.validation import write_validation
from windopt.report.wording import references
from windopt.runs.folder import RunFolder
from windopt.runs.observer import Observer, Silent
from windopt.search.patterns import optimise
from windopt.stages.begin import begin
from windopt.surrogate.checkpoint import CARD, load_surrogate, read_turbine
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluate import judge
from windopt.verification.unseen_farms import ValidationPlan
from windopt.verification.validation import Validation, validate_surrogate
from windopt.workers.executor import worker_pool

SITE: dict[str, Any] = {
    "site": "windIO:plant_energy_site/IEA37_case_study_3_energy_site.yaml",
    "wind_resource": "windIO:plant_energy_resource/IEA37_case_study_4_energy_resource.yaml",
    "turbine": "windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml",
    "layout": "windIO:plant_wind_farm/IEA37_case_study_3_wind_farm.yaml",
}
"""Where a surrogate on its own is examined; its wind is case study 3's on 360 directions."""
SHORT_SEARCH = {"optimise.starts": 3, "optimise.steps": 160, "optimise.patience": 0}


def validate(
    target: str | Path,
    out: str | Path | None = None,
    seed: int = 0,
    observer: Observer | None = None,
    plan: ValidationPlan | None = None,
    began: Began | None = None,
) -> Validation:
    """Examine a surrogate and write `validation.json` and `validation.png`.

    Parameters
    ----------
    target : path
        A run folder, or a folder with a saved surrogate. The energy of examining a run's surrogate
        is booked in the run's ledger, apart from the run's own.
    out : path, optional
        Folder to write into, by default the target.
    seed : int
        Of farms and conditions asked about.
    observer : Observer, optional
        Watches.
    plan : ValidationPlan, optional
        How much is asked.
    began : Began, optional
        When that began; with this call, by default.

    Raises
    ------
    RunFolderError
        When the target is neither, or lacks something, or `out` cannot be written.
    """
    source, observer = Path(target), observer or Silent()
    kind: Callable[[Path, int, Observer, ValidationPlan | None], Validation]
    if RunFolder(source).config.exists():
        kind = partial(_examine_run, began=began)
    elif (source / CARD).exists():
        kind = _examine_saved
    else:
        raise RunFolderError(
            f"'{source}' is neither a run folder nor a surrogate: it has no config.yaml and no "
            f"{CARD}; name a folder that `windopt run` or `windopt train` has left"
        )
    folder = RunFolder.create(out or source, known_by=None)
    validation = kind(source, seed, observer, plan)
    write_validation(folder.path, validation)
    return validation


def validate_with_search(
    surrogate: Surrogate,
    problem: LayoutProblem,
    seed: int = 0,
    executor: Executor | None = None,
    observer: Observer | None = None,
    plan: ValidationPlan | None = None,
) -> Validation:
    """Examine a surrogate around the layout it finds, and on the gain it claims for that.

    The search is as long as the problem's config says.
    """
    observer = observer or Silent()
    with observer.stage("searching a layout") as progress:
        found = optimise(
            problem, surrogate, seed, executor=executor, progress=progress, scenarios=ALONE
        ).layout
    layouts = {"result": found}
    if problem.initial_layout is not None:
        layouts["reference"] = repair(problem, problem.initial_layout, seed)
    with observer.stage("verifying in FLORIS") as progress:
        judged = judge(problem, layouts, Simulator(problem, executor), progress)
    claimed = {
        name: {
            "aep_gwh": judged[name].aep / 1e9,
            "aep_predicted_gwh": _predicted_gwh(surrogate, problem, layout),
        }
        for name, layout in layouts.items()
    }
    with observer.stage("examining the surrogate") as progress:
        return validate_surrogate(
            surrogate,
            problem,
            optimum=found,
            claimed=claimed if "reference" in claimed else None,
            plan=plan,
            seed=seed,
            executor=executor,
            progress=progress,
        )


def validation_problem(card: Mapping[str, Any]) -> LayoutProblem:
    """Return the problem that a surrogate on its own is examined on.

    Parameters
    ----------
    card : mapping
        The content of its `card.json`, with ``wake``, ``turbines``, ``air_density`` and
        ``wind_shear``.

    Raises
    ------
    RunFolderError
        When the card does not say what the surrogate stands for.
    """
    try:
        air = {"air_density": card["air_density"], "wind_shear": card["wind_shear"]}
        air["reference_height"] = card.get("reference_height")
        settings = {"name": "validation", "wake": card["wake"], "atmosphere": air, **SITE}
        problem = load_problem(Config.model_validate(settings), SHORT_SEARCH)
        turbines = tuple(read_turbine(description) for description in card["turbines"])
    except (KeyError, TypeError, ValueError) as error:
        missing = f"no {error}" if isinstance(error, KeyError) else error
        raise RunFolderError(
            f"the surrogate's card does not say what it stands for: {missing}; "
            "train it again with this windopt"
        ) from error
    types, n = np.asarray(card.get("types") or [0], dtype=np.intp), problem.n_turbines
    if len(types) != n:  # those of its own farm, in proportion
        types = np.sort(types)[np.arange(n) * len(types) // n]
    return replace(problem, turbines=turbines, types=types)


def _examine_run(
    source: Path,
    seed: int,
    observer: Observer,
    plan: ValidationPlan | None,
    began: Began | None = None,
) -> Validation:
    folder = RunFolder(source)
    for artefact in (
        RunFolder.surrogate,
        RunFolder.verification,
        RunFolder.layout,
        RunFolder.ledger,
    ):
        folder.need(artefact)
    layouts = folder.read_verification()["layouts"]
    claimed = None
    if against := references(layouts):
        claimed = {"reference": layouts[against[0]], "result": layouts["final"]}
    with begin(source, observer=observer, began=began, charged_to="validate") as job:
        surrogate = load_surrogate(folder.surrogate, job.problem)
        with job.stage("validate", "examining the surrogate") as (stage, progress):
            validation = validate_surrogate(
                surrogate,
                job.problem,
                optimum=read_layout_csv(folder.layout),
                claimed=claimed,
                plan=plan,
                seed=seed,
                executor=job.pool,
                progress=progress,
            )
            counts = validation.floris
            stage.count(
                floris_evaluations=counts.evaluations,
                floris_conditions=counts.conditions,
                floris_turbine_conditions=counts.turbine_conditions,
            )
    return validation


def _examine_saved(
    source: Path, seed: int, observer: Observer, plan: ValidationPlan | None
) -> Validation:
    problem = validation_problem(_read_card(source))
    surrogate = load_surrogate(source, problem)
    with worker_pool(problem.config.workers) as pool:
        return validate_with_search(surrogate, problem, seed, pool, observer, plan)


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(
            f"'{folder / CARD}' cannot be read: {error}; train the surrogate again"
        ) from error
    return card


def _predicted_gwh(surrogate: Surrogate, problem: LayoutProblem, layout: FloatArray) -> float:
    return Objective.of(problem, surrogate).energy(layout) / 1e9
