"""Where the surrogate promises more than FLORIS finds, the verification teaches it."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import windopt
from windopt.ledger.totals import read_ledger
from windopt.pipeline import STAGES, begin
from windopt.runs.assessment_account import assessment_in
from windopt.runs.session import Run
from windopt.runs.summary import summarise
from windopt.stages.summary import read_results
from windopt.surrogate.checkpoint import load_surrogate

pytestmark = pytest.mark.usefixtures("pipeline_pool")

SHORT = {
    "refine_wind": False,
    "simulate.conditions": 200,
    "simulate.farms": 8,
    "train.steps": 120,
    "train.members": 1,
    "optimise.steps": 12,
    "optimise.patience": 0,
}
TOLERANCE = {"verify.tolerance_pct": 0.05}
FOUND = ("dataset.nc", "surrogate", "solution.json", "history.csv", "history_layouts.csv")


def spoiled(config: Path, folder: Path) -> Run:
    """A run up to its verification, with a surrogate whose wakes are a third too weak."""
    job = begin(config, folder, SHORT | TOLERANCE | {"verify.max_rounds": 0})
    for stage in ("simulate", "train"):
        STAGES[stage](job)
    surrogate = load_surrogate(job.folder.surrogate, job.problem)
    with torch.no_grad():
        surrogate.flow.kernel.offset[0] -= 0.4
    surrogate.save(job.folder.surrogate)
    STAGES["optimise"](job)
    return job


def gap_pct(job: Run) -> float:
    """Claimed less verified gain over the given layout, by the surrogate as it is now [%]."""
    verdict = job.folder.read_verification()["layouts"]
    surrogate = load_surrogate(job.folder.surrogate, job.problem)
    claimed, verified = (
        verdict["final"][key] - verdict["initial"][key] for key in ("aep_predicted_gwh", "aep_gwh")
    )
    layout = np.array(verdict["final"]["layout"])
    now = surrogate.aep(layout[None], job.problem.wind).item() / 1e9
    assert verdict["final"]["aep_predicted_gwh"] == pytest.approx(now, rel=1e-6)
    return 100 * (claimed - verified) / verdict["initial"]["aep_gwh"]


def test_spoiled_surrogate_is_taught(
    small_config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = spoiled(small_config, tmp_path / "run")
    taught = begin(small_config, tmp_path / "taught", SHORT | TOLERANCE | {"verify.max_rounds": 2})
    for name in FOUND:  # the same search, verified with and without lessons
        there = job.folder.path / name
        copy = shutil.copytree if there.is_dir() else shutil.copyfile
        copy(there, taught.folder.path / name)
    before = load_surrogate(job.folder.surrogate).fingerprint
    STAGES["verify"](job)
    untaught = gap_pct(job)
    assert abs(untaught) > 0.5
    kinds = [stage.kind for stage in read_ledger(job.folder.ledger).stages]
    assert kinds == ["simulate", "train", "optimise", "verify"]  # with no rounds, no lesson
    assert load_surrogate(job.folder.surrogate).fingerprint == before

    with caplog.at_level("INFO", "windopt"):
        STAGES["verify"](taught)
    promised = [float(p) for p in re.findall(r"promised ([+-]\d+\.\d+) % of AEP more", caplog.text)]
    assert promised[0] == pytest.approx(untaught, abs=1e-3)
    assert abs(gap_pct(taught)) < 0.5 * abs(untaught)
    assert load_surrogate(taught.folder.surrogate).fingerprint != before
    stages = read_ledger(taught.folder.ledger).stages
    lessons = [stage for stage in stages if stage.kind == "retrain"]
    assert 1 <= len(lessons) == len(promised) <= 2
    assert all(lesson.cost.energy_wh["central"] > 0 for lesson in lessons)
    asked = [lesson.cost.counts["floris_evaluations"] for lesson in lessons]
    assert asked[0] in (3, 4)  # one start or two, the given layout and the grid
    assert max(asked) <= 4  # what is known of them is not asked again
    results = read_results(taught.folder)
    content = taught.ledger.content()
    record, _ = assessment_in(taught.problem, taught.folder, content, taught.learns)
    summary = summarise(taught.problem, content, results, record, "completed", "")
    assert summary["stages"]["retrain"]["energy_wh"]["central"] > 0
    assert (
        summary["aep_gwh"] >= job.folder.read_verification()["layouts"]["final"]["aep_gwh"] - 1e-6
    )


def test_surrogate_that_keeps_its_promise_is_left_alone(
    small_config: Path, tiny: dict[str, Any], tmp_path: Path
) -> None:
    overrides = tiny | {"verify.max_rounds": 3, "verify.tolerance_pct": 50}
    result = windopt.run(small_config, tmp_path / "run", overrides)
    kinds = list(result.summary["stages"])
    assert kinds == ["between", "check", "simulate", "train", "optimise", "verify", "report"]
