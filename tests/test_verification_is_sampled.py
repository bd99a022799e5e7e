"""Verification of a run: FLORIS on a sample of the rose, and on the whole where that is asked."""

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.assessment.summarise import ledger_table
from windopt.config.reader import dump_config, load_config
from windopt.config.study import StudyJob
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult, begin
from windopt.report.study_table import write_study
from windopt.runs.budget.price import floris_cpu_s, work_cpu_s
from windopt.runs.folder import RunFolder
from windopt.stages import verify
from windopt.stages.summary import outcome, sum_up
from windopt.stages.verify import verify_layout
from windopt.verification.sampled import FIRST_DRAWS, SampledEvaluator

CONDITIONS = 1080
"""Of the small site's rose."""
Verified = tuple[dict[str, Any], dict[str, Any], int]


def copy_of(run: RunResult, folder: Path, **settings: Any) -> RunFolder:
    """Copy a run without its verdict, with other settings of verification."""
    shutil.copytree(run.folder.path, folder)
    copy = RunFolder(folder)
    config = load_config(copy.config)
    changed = config.verify.model_copy(update=settings)
    dump_config(config.model_copy(update={"verify": changed}), copy.config)
    copy.verification.unlink()
    return copy


def verified(run: RunResult, folder: Path, whole_rose: bool = False, **settings: Any) -> Verified:
    """Verify a copy of a run: its verdict, its summary, and the conditions FLORIS was asked."""
    copy = copy_of(run, folder, **settings)
    before = read_ledger(copy.ledger).totals.counts["floris_conditions"]
    with begin(copy.path) as job:
        verify_layout(job, whole_rose)
        summary = sum_up(job, *outcome(job))
    asked = read_ledger(copy.ledger).totals.counts["floris_conditions"] - before
    return copy.read_verification()["layouts"], summary, asked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the copies are that several tests look at."""
    return tmp_path_factory.mktemp("verified")


@pytest.fixture(scope="module")
def sampled(small_run: RunResult, folder: Path) -> Verified:
    """What the first sample says; the run is in `folder / "sampled"`."""
    return verified(small_run, folder / "sampled", rose="sampled", error_pct=1.0)


@pytest.fixture(scope="module")
def aim(sampled: Verified) -> float:
    """Half the error of the first sample [%]."""
    return float(0.5 * sampled[1]["verified"]["gain_standard_error_pct"])


@pytest.fixture(scope="module")
def grown(small_run: RunResult, folder: Path, aim: float) -> Verified:
    """What a sample says that had to grow, whatever share of so short a run that takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "VERIFY_SHARE", 0.9)
        return verified(small_run, folder / "grown", rose="sampled", error_pct=aim)


def test_sampled_figures_are_near_the_whole_roses(
    small_run: RunResult, folder: Path, sampled: Verified
) -> None:
    layouts, summary, asked = sampled
    whole = small_run.folder.read_verification()["layouts"]
    for name, one in layouts.items():
        assert not one["whole_rose"]
        assert 0 < one["aep_error_gwh"] < 0.01 * one["aep_gwh"]
        assert abs(one["aep_gwh"] - whole[name]["aep_gwh"]) < 3 * one["aep_error_gwh"]
    assert asked <= (1 + len(layouts)) * FIRST_DRAWS  # and the given one as it was given
    known = summary["verified"]
    assert not known["whole_rose"]
    assert known["conditions"] <= FIRST_DRAWS
    assert known["of_conditions"] == CONDITIONS
    error = layouts["final"]["aep_error_gwh"] / layouts["final"]["aep_gwh"]
    assert known["standard_error_pct"] == pytest.approx(100 * error)
    lead = summary["gain_pct"] - small_run.summary["gain_pct"]
    assert abs(lead) < 3 * known["gain_standard_error_pct"]
    assessment = (folder / "sampled" / "assessment.md").read_text()
    assert f"{known['conditions']} of 1,080 wind conditions" in assessment


def test_run_of_the_whole_rose_says_so(small_run: RunResult) -> None:
    known = small_run.summary["verified"]
    assert known["whole_rose"]
    assert known["conditions"] == known["of_conditions"] == CONDITIONS
    assert known["standard_error_pct"] == known["gain_standard_error_pct"] == 0.0


def test_whole_rose_can_be_asked_for_afterwards(small_run: RunResult, tmp_path: Path) -> None:
    layouts, summary, _ = verified(small_run, tmp_path / "run", True, rose="sampled")
    assert summary["verified"]["whole_rose"]
    assert summary["aep_gwh"] == small_run.summary["aep_gwh"]
    assert all(one["whole_rose"] for one in layouts.values())


def test_sample_grows_to_the_error_asked_for(grown: Verified, aim: float) -> None:
    known = grown[1]["verified"]
    # as far as a third of the rose, beyond which the whole is the better bargain
    assert FIRST_DRAWS < known["conditions"] <= CONDITIONS // 3
    assert known["gain_standard_error_pct"] < 2 * aim


def test_wildly_wrong_surrogate_is_told(
    small_run: RunResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    right = SampledEvaluator._predict

    def wrong(self: SampledEvaluator, *asked: Any) -> Any:
        power = right(self, *asked)
        return power * np.random.default_rng(len(power)).uniform(0.0, 2.0, power.shape)

    monkeypatch.setattr(SampledEvaluator, "_predict", wrong)
    with caplog.at_level(logging.WARNING, logger="windopt"):
        layouts, summary, _ = verified(small_run, tmp_path / "run", rose="sampled")
    known, whole = summary["verified"], small_run.summary["aep_gwh"]
    assert known["conditions"] > FIRST_DRAWS  # whatever share of the run that takes
    assert known["standard_error_pct"] > 0.2
    assert abs(summary["aep_gwh"] - whole) < 3 * layouts["final"]["aep_error_gwh"]
    assert "--whole-rose" in caplog.text


def test_whole_rose_is_asked_where_it_takes_a_small_part_of_the_run(
    small_run: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verified(small_run, tmp_path / "short", rose="auto", error_pct=1.0)[1]["verified"][
        "whole_rose"
    ]
    monkeypatch.setattr(verify, "VERIFY_SHARE", 0.9)  # as after a long search
    known = verified(small_run, tmp_path / "long", rose="auto", error_pct=1.0)[1]["verified"]
    assert known["whole_rose"]


def test_verification_that_was_killed_goes_on(
    small_run: RunResult,
    tmp_path: Path,
    grown: Verified,
    aim: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What FLORIS had said is not asked again, and the figures are the same."""
    monkeypatch.setattr(verify, "VERIFY_SHARE", 0.9)
    layouts, _, asked = grown
    copy = copy_of(small_run, tmp_path / "run", rose="sampled", error_pct=aim)
    before = read_ledger(copy.ledger).totals.counts["floris_conditions"]

    def killed(self: SampledEvaluator, draws: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, begin(copy.path) as job:
        patch.setattr(SampledEvaluator, "grow", killed)
        with pytest.raises(KeyboardInterrupt):
            verify_layout(job)
    first = read_ledger(copy.ledger).totals.counts["floris_conditions"] - before
    assert 0 < first < asked
    with begin(copy.path) as job:
        verify_layout(job)
    both = read_ledger(copy.ledger).totals.counts["floris_conditions"] - before
    assert both == asked
    again = copy.read_verification()["layouts"]
    assert {n: one["aep_gwh"] for n, one in again.items()} == {
        n: one["aep_gwh"] for n, one in layouts.items()
    }


def test_work_is_priced_by_counts() -> None:
    """As measured: 25 turbines of the quickstart, 81 of borssele [CPU-s]."""
    assert floris_cpu_s(25, 18_360) == pytest.approx(72, rel=0.3)  # measured 48 to 72
    assert floris_cpu_s(81, 24_480) == pytest.approx(896, rel=0.3)
    counts = {"floris_turbine_conditions": 459_000, "training_steps": 1300}
    assert work_cpu_s(counts, 25) == pytest.approx(floris_cpu_s(25, 18_360) + 52)


def test_ledger_and_study_tell_the_error_of_a_sampled_gain(
    small_run: RunResult, tmp_path: Path, folder: Path, sampled: Verified
) -> None:
    _, summary, _ = sampled
    error = summary["verified"]["gain_standard_error_pct"]
    (total,) = [row for row in ledger_table([folder / "sampled"]) if row.stage == "total"]
    assert total.gain_error_pct == pytest.approx(error, rel=1e-6)
    (whole,) = [row for row in ledger_table([small_run.folder.path]) if row.stage == "total"]
    assert whole.gain_error_pct is None
    job = StudyJob("one", tmp_path / "x.yaml", {}, {})
    write_study(tmp_path, "two", [(job, summary, None), (job, small_run.summary, None)])
    sampled, known = [
        line for line in (tmp_path / "study.md").read_text().splitlines() if "| one |" in line
    ]
    assert "(sampled)" in sampled
    assert "±" not in known
