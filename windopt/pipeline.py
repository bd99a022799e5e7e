"""The pipeline: from a config to a better layout, verified by FLORIS, with its energy bill.

    config -> problem -> simulate -> train -> optimise -> verify -> report

Where a kernel that ships with windopt serves, or one of the library does, nothing is simulated and
nothing trained. Else, where time is limited, a warm start is searched on a wake formula first.
A robust run searches under its wake model alone before it searches over all scenarios.
Where the config asks, baselines without learning (baseline) and other wake models (robustness) have
their say before the report; of a robust layout another code has as well (second_opinion). A short
search at the given layout's spacing (given_spacing) is made where it is asked for. Where there are
neighbours, FLORIS tells what the farms cost each other (neighbours).

Each stage reads artefacts of the run folder and leaves its own there, so a run that was interrupted
goes on from its last artefact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windopt.config.schema import Config
from windopt.ledger.began import Began
from windopt.ledger.ledger import StageKind
from windopt.problem.layout import FloatArray
from windopt.report.wording import far_wakes_in_words, searched_in_words
from windopt.runs.artefacts import left_by
from windopt.runs.folder import RunFolder
from windopt.runs.observer import Observer
from windopt.runs.robust_summary import searched_under
from windopt.stages import (
    baseline,
    given_spacing,
    neighbours,
    robustness,
    second_opinion,
    warm_start,
)
from windopt.stages.baseline import run_baselines
from windopt.stages.begin import begin, prepare, run_folder
from windopt.stages.gate import NOT_LIKELY, expect_to_pay
from windopt.stages.given_spacing import search_at_given_spacing
from windopt.stages.neighbours import tell_of_neighbours
from windopt.stages.optimise import search_layout
from windopt.stages.ready import take_ready_surrogate
from windopt.stages.report import draw_report
from windopt.stages.robustness import ask_other_wake_models
from windopt.stages.second_opinion import ask_second_code
from windopt.stages.simulate import has_to_learn, simulate_farms
from windopt.stages.stage import Stage
from windopt.stages.summary import outcome, sum_up
from windopt.stages.train import train_on_farms
from windopt.stages.verify import verify_layout
from windopt.stages.warm_start import search_warm_start

__all__ = ["STAGES", "RunResult", "begin", "prepare", "run", "run_folder"]

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "warm_start",
            needs=(),
            leaves=(RunFolder.warm_start,),
            do=search_warm_start,
            asked=warm_start.is_asked,
            obsolete_with=(RunFolder.dataset, RunFolder.surrogate),
        ),
        Stage(
            "simulate",
            needs=(),
            leaves=left_by("simulate"),
            do=simulate_farms,
            asked=has_to_learn,
            obsolete_with=(RunFolder.surrogate,),
        ),
        Stage(
            "train",
            needs=(RunFolder.dataset,),
            leaves=left_by("train"),
            do=train_on_farms,
        ),
        Stage(
            "optimise",
            needs=(RunFolder.surrogate,),
            leaves=left_by("optimise"),
            do=search_layout,
        ),
        Stage(
            "verify",
            needs=(RunFolder.solution, RunFolder.surrogate),
            leaves=left_by("verify"),
            do=verify_layout,
            unfinished_with=(RunFolder.learning,),
        ),
        Stage(
            "baseline",
            needs=(RunFolder.verification,),
            leaves=left_by("baseline"),
            do=run_baselines,
            asked=baseline.is_asked,
        ),
        Stage(
            "robustness",
            needs=(RunFolder.verification,),
            leaves=(RunFolder.robustness,),
            do=ask_other_wake_models,
            asked=robustness.is_asked,
        ),
        Stage(
            "second_opinion",
            needs=(RunFolder.verification,),
            leaves=(RunFolder.second_opinion,),
            do=ask_second_code,
            asked=second_opinion.is_asked,
        ),
        Stage(
            "given_spacing",
            needs=(RunFolder.verification, RunFolder.surrogate),
            leaves=(RunFolder.given_spacing,),
            do=search_at_given_spacing,
            asked=given_spacing.is_asked,
        ),
        Stage(
            "neighbours",
            needs=(RunFolder.verification, RunFolder.solution, RunFolder.surrogate),
            leaves=(RunFolder.neighbours,),
            do=tell_of_neighbours,
            asked=neighbours.is_asked,
        ),
        Stage(
            "report",
            needs=(RunFolder.verification,),
            leaves=left_by("report"),
            do=draw_report,
        ),
    )
}
"""The stages of a run by name, in their order."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run came to.

    Attributes
    ----------
    folder : RunFolder
    layout : (n_turbines, 2) [m]
    summary : dict
        The content of `summary.json`.
    """

    folder: RunFolder
    layout: FloatArray
    summary: dict[str, Any]


def run(
    source: str | Path | Config,
    out: str | Path | None = None,
    overrides: Mapping[str, object] | None = None,
    observer: Observer | None = None,
    began: Began | None = None,
    charged_to: StageKind = "between",
) -> RunResult:
    """Run the whole pipeline; parameters and errors as of `begin`.

    A run folder with artefacts of the same config goes on from the last of them. Whatever ends the
    run, its folder holds a `summary.json` that says so, and the ledger has charged it: the check of
    the config as `check`, imports and what lies between stages as `between`.
    """
    with begin(source, out, overrides, observer, began, charged_to) as job:
        folder = job.folder
        job.observer.opened(folder)
        job.observer.told(searched_in_words(searched_under(job.problem)))
        if told := far_wakes_in_words(job.problem):
            job.observer.told(told)
        status, reason = "failed", ""
        try:
            if not expect_to_pay(job):
                status, reason = "stopped", NOT_LIKELY
                raise SystemExit(0)
            job.compile_once()
            take_ready_surrogate(job)
            outdated = False  # as every stage after one that has to be done
            for stage in STAGES.values():
                if stage.is_asked(job.problem, folder):
                    outdated = outdated or not stage.is_done(folder)
                    if outdated:
                        stage(job)
            status, reason = outcome(job)
        except KeyboardInterrupt:
            status, reason = "stopped", "interrupted"
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            summary = sum_up(job, status, reason)
    return RunResult(folder, folder.read(RunFolder.verification).final.layout, summary)
