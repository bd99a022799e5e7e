"""The pipeline: from a config to a better layout, verified by FLORIS, with its energy bill.

    config -> problem -> simulate -> train -> optimise -> verify -> report

Where time is limited, a warm start is searched on a wake formula before all that.
Where the config asks, baselines without learning (baseline) and other wake models (robustness) have
their say before the report.

Each stage reads artefacts of the run folder and leaves its own there, so a run that was interrupted
goes on from its last artefact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.schema import Config
from windopt.ledger.began import Began
from windopt.problem.layout import FloatArray
from windopt.runs.folder import RunFolder
from windopt.runs.observer import Observer
from windopt.runs.session import Run
from windopt.stages.baseline import run_baselines
from windopt.stages.begin import begin, prepare, run_folder
from windopt.stages.optimise import search_layout
from windopt.stages.report import draw_report
from windopt.stages.reuse import reuse_surrogate
from windopt.stages.robustness import ask_other_wake_models
from windopt.stages.simulate import simulate_farms
from windopt.stages.summary import outcome, sum_up
from windopt.stages.train import train_on_farms
from windopt.stages.verify import verify_layout
from windopt.stages.warm_start import is_asked, search_warm_start

__all__ = ["STAGES", "RunResult", "begin", "prepare", "run", "run_folder"]

STAGES: dict[str, Callable[[Run], None]] = {
    "warm_start": search_warm_start,
    "simulate": simulate_farms,
    "train": train_on_farms,
    "optimise": search_layout,
    "verify": verify_layout,
    "baseline": run_baselines,
    "robustness": ask_other_wake_models,
    "report": draw_report,
}


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
) -> RunResult:
    """Run the whole pipeline; parameters and errors as of `begin`.

    A run folder with artefacts of the same config goes on from the last of them. Whatever ends the
    run, its folder holds a `summary.json` that says so, and the ledger has charged it: imports,
    checks and what lies between stages as `check`.
    """
    with (
        begin(source, out, overrides, observer, began) as job,
        job.ledger.stage("check", job.began),  # what is no other stage's
    ):
        folder = job.folder
        done = _artefacts(job)
        status, reason = "failed", ""
        try:
            job.compile_once()
            if job.learns and job.problem.config.train.reuse and not folder.dataset.exists():
                reuse_surrogate(job)
            outdated = False  # as every stage after one that has to be done
            for name, stage in STAGES.items():
                outdated = outdated or not done[name].exists()
                outdated = outdated or (name == "verify" and folder.learning.exists())
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
    layout = np.array(folder.read_verification()["layouts"]["final"]["layout"])
    return RunResult(folder, layout, summary)


def _artefacts(job: Run) -> dict[str, Path]:
    """Return for each stage what is there when it is done.

    The config, where it is not asked for.
    """
    folder, config = job.folder, job.problem.config
    return {
        "warm_start": folder.warm_start if is_asked(job) else folder.config,
        "simulate": folder.dataset if job.learns else folder.config,
        "train": folder.surrogate / "card.json",
        "optimise": folder.solution,
        "verify": folder.verification,
        "baseline": folder.baselines if config.baseline.methods else folder.config,
        "robustness": folder.robustness if config.robustness.wake_models else folder.config,
        "report": folder.report,
    }
