"""Another code is asked about a run's layouts, and a run says whether it agrees with FLORIS."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from windopt.ledger.totals import read_ledger
from windopt.pipeline import STAGES, RunResult, begin
from windopt.problem.problem import LayoutProblem
from windopt.report.second_code import second_rows, second_sentences, second_tables
from windopt.runs.folder import RunFolder
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.second_opinion import NearestModel, Pair, SecondOpinion, pair_of
from windopt.stages.second_opinion import ask_second_code, known_of_robust
from windopt.stages.summary import outcome, sum_up
from windopt.verification import second_code
from windopt.verification.second_code import FOXES, ask_pywake, code_version

pytestmark = pytest.mark.usefixtures("pipeline_pool")

installed = pytest.mark.skipif(code_version() is None, reason="py_wake comes with windopt[compare]")


def copy_of(run: RunResult, path: Path) -> RunFolder:
    shutil.copytree(run.folder.path, path)
    return RunFolder(path)


def model(weight: float, final: float, floris: float | None) -> NearestModel:
    """A model that gives the initial layout 100 GWh, and FLORIS beside it too."""
    by_floris = {} if floris is None else {"initial": 100.0, "final": floris}
    return NearestModel("M", weight, {"initial": 100.0, "final": final}, by_floris)


@pytest.mark.parametrize(
    ("floris", "error", "other", "agrees"),
    [
        (1.0, 0.0, 0.3, True),
        (1.0, 0.0, -0.3, False),
        (-1.0, 0.0, -0.3, True),
        (-1.0, 0.0, 0.3, False),
        (1.0, 0.0, 0.005, False),  # it sees no difference where FLORIS does
        (1.0, 0.6, -0.3, None),  # less than two standard errors
        (0.005, 0.0, -0.3, None),
    ],
)
def test_who_is_better(floris: float, error: float, other: float, agrees: bool | None) -> None:
    assert Pair(floris, error, other).agrees is agrees


def test_it_agrees_where_it_does_on_every_pair_that_floris_can_tell() -> None:
    yes, no, open_ = Pair(1.0, 0.0, 1.0), Pair(1.0, 0.0, -1.0), Pair(0.0, 0.0, -1.0)
    for pairs, agrees in (
        ({"initial": yes, "grid": open_}, True),
        ({"initial": yes, "grid": no}, False),
        ({"initial": open_}, None),
        ({}, None),
    ):
        assert SecondOpinion("PyWake", "2", pairs=pairs).agrees is agrees


def test_gains_are_means_with_the_weights_of_the_wake_models() -> None:
    models = {"gauss": model(3.0, 102.0, 101.0), "cc": model(1.0, 98.0, 105.0)}
    pair = pair_of(models, "initial", 0.2)
    assert pair is not None
    assert pair.other_pct == pytest.approx((3 * 2 - 1 * 2) / 4)
    assert pair.floris_pct == pytest.approx((3 * 1 + 1 * 5) / 4)
    assert pair.floris_error_pct == 0.2
    # those that only judge have no weight: where all are such, they count alike
    only = {"a": model(0.0, 102.0, 101.0), "b": model(0.0, 104.0, None)}
    pair = pair_of(only, "initial", 0.0)
    assert pair is not None
    assert (pair.floris_pct, pair.other_pct) == pytest.approx((1.0, 3.0))
    assert pair_of({"a": model(1.0, 102.0, None)}, "initial", 0.0) is None


def test_floris_has_said_of_a_robust_run_what_its_record_has() -> None:
    def under(aep: float, gain: float | None, error: float | None) -> Under:
        return Under(aep, 0.1, gain, error, 100, False)

    record = RobustRecord(
        risk="mean",
        reference="initial",
        models={"gauss": ModelRecord(0.75, True), "cc": ModelRecord(0.25, True)},
        layouts={
            "initial": {"gauss": under(100, None, None), "cc": under(90, None, None)},
            "single": {"gauss": under(102, 2, 0.3), "cc": under(91, 1.1, 0.4)},
            "final": {"gauss": under(101, 1, 0.4), "cc": under(92, 2.2, 0.3)},
        },
    )
    known = known_of_robust(record)
    assert known.aep_gwh["cc"] == {"initial": 90, "single": 91, "final": 92}
    assert known.weights == {"gauss": 0.75, "cc": 0.25}
    assert known.error_pct["initial"] == pytest.approx(0.75 * 0.4 + 0.25 * 0.3)
    assert known.error_pct["single"] == pytest.approx(0.5)


@installed
def test_a_finished_run_is_asked(
    small_run: RunResult, small: LayoutProblem, tmp_path: Path
) -> None:
    folder = copy_of(small_run, tmp_path / "run")
    before = read_ledger(folder.ledger).totals.cpu_s
    with begin(folder.path) as job:
        ask_second_code(job, ["gauss"])
        sum_up(job, *outcome(job))
    opinion, foxes = folder.read(RunFolder.second_opinion)
    assert (foxes.code, foxes.version) == ("foxes", code_version(FOXES))
    assert set(foxes.models) == (set() if foxes.version is None else {"gauss"})
    assert (opinion.code, opinion.version) == ("PyWake", code_version())
    verified = folder.read(RunFolder.verification).layouts
    layouts = {name: one.layout for name, one in verified.items()}
    expected, _ = ask_pywake(small, layouts, ["gauss"])
    for name, aep in opinion.models["gauss"].aep_gwh.items():
        assert aep == pytest.approx(expected["gauss"].aep[name] / 1e9, rel=1e-9)
    gain = 100 * (verified["final"].aep_gwh / verified["initial"].aep_gwh - 1)
    assert opinion.pairs["initial"].floris_pct == pytest.approx(gain)
    summary = folder.read_summary()["second_opinion"][0]
    assert summary["agrees"] is opinion.agrees
    aep = opinion.models["gauss"].aep_gwh
    assert summary["models"] == {
        "gauss": {
            "aep_gwh": aep["final"],
            "gain_pct": pytest.approx(100 * (aep["final"] / aep["initial"] - 1)),
        }
    }
    totals = read_ledger(folder.ledger).totals
    assert set(totals.apart) == {"robustness"}
    between = totals.by_stage["between"].cpu_s
    assert before <= totals.cpu_s <= before + between


def test_without_other_codes_a_run_says_so(
    small_run: RunResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(second_code, "find_spec", lambda _: None)
    folder = copy_of(small_run, tmp_path / "run")
    with begin(folder.path) as job:
        ask_second_code(job)
        summary = sum_up(job, *outcome(job))
        STAGES["report"](job)
    rows = second_rows(summary["second_opinion"])
    for row, told, code in zip(rows, summary["second_opinion"], ("PyWake", "foxes"), strict=True):
        reason = f"{code} is not installed: pip install 'windopt[compare]'"
        assert told == {"code": code, "missing": reason}
        said = f"No second opinion by {code}: {reason}.".replace("'", "&#39;")
        assert said in folder.report.read_text()
        assert row[1:] == (f"no {code}", reason)
    assert STAGES["second_opinion"].is_done(folder)
    assert read_ledger(folder.ledger).totals.apart == {}


def test_runs_for_one_wake_model_ask_nobody(small_run: RunResult, small: LayoutProblem) -> None:
    assert not STAGES["second_opinion"].is_asked(small, small_run.folder)
    assert small_run.summary["second_opinion"] is None
    assert "--second-code" in small_run.folder.report.read_text()


def test_an_opinion_is_written_and_read(tmp_path: Path) -> None:
    opinion = SecondOpinion(
        "PyWake",
        "2.6",
        "",
        "initial",
        {"gauss": model(1.0, 102.0, 101.0)},
        {"magic": "no such model"},
        {"initial": Pair(1.0, 0.0, -0.5)},
    )
    folder = RunFolder.create(tmp_path / "run")
    both = (opinion, SecondOpinion("foxes", None, "it is not installed"))
    folder.write(RunFolder.second_opinion, both)
    assert folder.read(RunFolder.second_opinion) == both
    content = json.loads(folder.second_opinion.read_text())["codes"][0]
    assert content["agrees"] is False
    assert content["pairs"]["initial"]["agrees"] is False


def test_disagreement_is_told_in_words(small_run: RunResult) -> None:
    models = {"gauss": model(1.0, 99.5, 101.0), "cc": model(1.0, 99.0, None)}
    pairs = {"initial": Pair(1.0, 0.2, -0.75), "single": Pair(0.1, 0.2, -0.5)}
    refused = {"magic": "no such model"}
    opinion = SecondOpinion("PyWake", "2.6", "", "initial", models, refused, pairs)
    layouts = {name: np.zeros(()) for name in ()}
    told = " ".join(second_sentences([opinion, SecondOpinion("foxes", "1", "why")], layouts))
    assert (
        "PyWake does not agree that the optimised layout is better than the given layout: the gain "
        "is +1.00 % by FLORIS under gauss (sampled, ± 0.20 %), and -0.75 % by PyWake's 2 models."
    ) in told
    assert "better than the layout found under one wake model, FLORIS cannot tell" in told
    assert "PyWake was not asked near magic: no such model." in told
    assert told.endswith("No second opinion by foxes: why.")
    [(head, first, second)] = second_tables([opinion], layouts)
    assert head[-1] == "over the given layout, PyWake's (FLORIS's)"
    assert first == ("M", "gauss", "99.50", "-0.50 % (+1.00 %)")
    assert second[-1] == "-1.00 %"
    row = second_rows([opinion.summary()])[0]
    assert row[1:] == ("disagrees", "PyWake 2.6, 2 models: gain -1.00 to -0.50 %")
