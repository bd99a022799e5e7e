"""A robust run: searched for, and judged by FLORIS, under several wake models at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import windopt
from windopt.commands import cli
from windopt.errors import ConfigError
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult, begin, run
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.stages.optimise import search_layout
from windopt.stages.scenarios import scenarios_of
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.scenarios import check_scenarios
from windopt.verification.wake_models import ask_wake_models

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches")

ROBUST = {"wake_models": {"gauss": 3, "jensen": 1}, "also_judged_by": ["turboparkgauss"]}


@pytest.fixture(scope="module")
def shipped(tiny: dict[str, Any]) -> dict[str, Any]:
    """Overrides for runs in which next to nothing is done, on kernels that ship."""
    return tiny | {"train.from": "shipped"}


@pytest.fixture(scope="module")
def done(
    small_config: Path, shipped: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> RunResult:
    """A finished robust run; look, but do not write."""
    out = tmp_path_factory.mktemp("robust") / "run"
    return run(small_config, out, {**shipped, "robust": ROBUST})


def test_every_wake_model_judges_every_layout(done: RunResult) -> None:
    record = done.folder.read(RunFolder.robust)
    assert list(record.models) == ["gauss", "jensen", "turboparkgauss"]
    assert [one.weight for one in record.models.values()] == [0.75, 0.25, 0.0]
    assert set(record.layouts) == {"initial", "single", "final"} | ({"grid"} & set(record.layouts))
    problem = load_problem(done.folder.config)
    verified = done.folder.read(RunFolder.verification)
    layouts = {"final": verified.final.layout, "initial": verified.layouts["initial"].layout}
    layouts["single"] = done.folder.read(RunFolder.single).layout
    opinions = ask_wake_models(problem, layouts, list(record.models))
    for model, of in opinions.items():
        for name, aep in of.items():
            told = record.layouts[name][model]
            assert told.whole_rose
            assert 1e9 * told.aep_gwh == pytest.approx(aep, rel=1e-9)
            if name != "initial":
                gain = 100 * (aep / of["initial"] - 1)
                assert told.gain_pct == pytest.approx(gain, abs=1e-9)


def test_summary_tells_both_the_own_model_and_all_of_them(done: RunResult) -> None:
    robust, summary = done.summary["robust"], done.summary
    record = done.folder.read(RunFolder.robust)
    assert robust["risk"] == "mean"
    assert summary["aep_gwh"] == pytest.approx(record.layouts["final"]["gauss"].aep_gwh)
    assert summary["gain_pct"] == pytest.approx(robust["models"]["gauss"]["gain_pct"])
    gains = [robust["models"][name]["gain_pct"] for name in ("gauss", "jensen")]
    assert robust["mean_gain_pct"] == pytest.approx(0.75 * gains[0] + 0.25 * gains[1])
    assert robust["gain_p90_pct"] <= robust["gain_p50_pct"]
    assert "turboparkgauss" in robust["also_judged"]


def test_answer_is_the_best_on_average_of_all_layouts_seen(done: RunResult) -> None:
    record = done.folder.read(RunFolder.robust)

    def mean(name: str) -> float:
        gains = {model: one.gain_pct or 0.0 for model, one in record.layouts[name].items()}
        return 0.75 * gains["gauss"] + 0.25 * gains["jensen"]

    assert all(mean("final") >= mean(name) - 1e-9 for name in record.layouts)


def test_search_and_judge_agree_on_what_is_maximised(done: RunResult) -> None:
    """The kernels' robust AEP of the answer is FLORIS's to the kernels' errors."""
    kept = done.folder.read(RunFolder.solution)
    assert kept.measure.name == "robust AEP"
    record = done.folder.read(RunFolder.robust)
    initial = record.layouts["initial"]["gauss"].aep_gwh
    mean = sum(
        record.models[model].weight * (one.gain_pct or 0.0)
        for model, one in record.layouts["final"].items()
    )
    assert kept.solution.aep_predicted / 1e9 == pytest.approx(initial * (1 + mean / 100), rel=2e-3)


def test_search_that_was_cut_off_keeps_the_layout_of_one_model(
    small_config: Path, shipped: dict[str, Any], tmp_path: Path
) -> None:
    asked = {**shipped, "robust": {"wake_models": ["gauss", "jensen"]}}
    with begin(small_config, tmp_path / "run", asked) as job:
        search_layout(job)
        single = job.folder.single.read_bytes()
        job.folder.solution.unlink()
        job.folder.single.write_bytes(single)
        searched = [stage.kind for stage in read_ledger(job.folder.ledger).stages]
        search_layout(job)
        again = [stage.kind for stage in read_ledger(job.folder.ledger).stages]
        assert searched.count("optimise") == 2  # under gauss alone, and for both
        assert again.count("optimise") == 3
        assert job.folder.single.read_bytes() == single


def test_regret_is_against_each_models_own_best(
    small_config: Path, shipped: dict[str, Any], tmp_path: Path
) -> None:
    asked = {**shipped, "robust": {"wake_models": ["gauss", "jensen"], "risk": "regret"}}
    with begin(small_config, tmp_path / "run", asked) as job:
        search_layout(job)
        single = job.folder.read(RunFolder.single)
        assert set(single.layouts) == {"gauss", "jensen"}
        surrogate = load_surrogate(job.folder.surrogate, job.problem)
        scenarios = scenarios_of(job, surrogate)
        objective = scenarios.objective(job.problem, surrogate)
        best = [
            objective.values(single.layouts[name])[number]
            for number, name in enumerate(scenarios.names)
        ]
        layout = job.folder.read(RunFolder.solution).solution.layout
        lags = np.array(best) - objective.values(layout)
        assert objective.value(layout) == pytest.approx(np.mean(best) - lags.max(), rel=1e-12)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"wake_models": []}, "names none"),
        ({"wake_models": ["gauss", "gauss"]}, "names 'gauss' twice"),
        ({"wake_models": {"gauss": -1}}, "greater than 0"),
        ({"wake_models": ["bastankhah"]}, "bastankhah"),
        ({"risk": "variance"}, "'variance' is no measure of risk"),
        ({"risk": {"cvar": 1.0}}, "robust.risk.cvar: 1.0 is refused; it should be less than 1"),
        ({"risk": 4}, "4 is no measure of risk"),
        ({"wake_models": ["gaus"]}, "did you mean 'gauss'?"),
        ({"wake_models": 3}, "robust.wake_models: 3 is refused"),
        ({"parameters": {"jensen": {"we": {"min": 0.1}}}}, "has min"),
        ({"parameters": {"jensen": {"we": {"min": 0.1, "max": 0.2}}}}, "none of wake_models"),
        ({"wind_years": {}}, "no year differs"),
        ({"wind_years": {"from_series": True, "years": 3}}, "takes the years of a time series"),
        ({"also_judged_by": ["gauss"]}, "one of wake_models"),
    ],
)
def test_faults_of_the_section_are_told(
    small_config: Path, section: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match="robust") as caught:
        load_problem(small_config, {"robust": section})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"parameters": {"gauss": {"kz": {"mean": 0.3, "std": 0.1}}}}, "no numeric parameter 'kz'"),
        ({"parameters": {"gauss": {"ka": {"min": 0.3, "max": 9.0}}}}, "outside"),
        ({"turbulence_std_pct": 50, "draws": 16}, "turbulence"),
        ({"wind_years": {"from_series": True}}, "wind_resource has 0 whole calendar years"),
        ({"roughness_std_pct": 30}, "set roughness_length"),
    ],
)
def test_scenarios_that_no_kernel_serves_are_refused(
    small_config: Path, section: dict[str, Any], told: str
) -> None:
    problem = load_problem(small_config, {"robust": section})
    problem.wind.turbulence_intensity[:] = 0.016
    with pytest.raises(ConfigError, match="robust") as caught:
        check_scenarios(problem)
    assert told in str(caught.value)


def test_fault_ends_a_run_with_2_before_anything_is_spent(
    small_config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    section = "robust.parameters.gauss.ka={min: 0.3, max: 9}"
    told = CliRunner().invoke(
        cli.app, ["run", str(small_config), "--out", str(out), "--set", section]
    )
    assert isinstance(told.exception, ConfigError)
    assert told.exception.exit_code == 2
    assert "outside" in str(told.exception)
    assert not out.exists()


def test_python_searches_what_the_config_asks_for(
    small_config: Path, shipped: dict[str, Any]
) -> None:
    problem = windopt.load_problem(small_config, {**shipped, "robust": ROBUST})
    surrogate = windopt.surrogate_for(problem)
    solution = windopt.optimise(problem, surrogate, seed=1)
    assert solution.aep_predicted > 0
