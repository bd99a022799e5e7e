"""The evaluation of a run's surrogate, and of one that comes alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt.assessment.summarise import ledger_table
from windopt.errors import RunFolderError
from windopt.floris.adapter import wake_model_hash
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.stages import validate as validating
from windopt.stages.validate import validate, validation_problem
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.unseen_farms import ValidationPlan

pytestmark = pytest.mark.usefixtures("pipeline_pool")

PLAN = ValidationPlan(
    sizes=(4,), spacings_d=(5.0,), directions=6, scales_d=(0.5,), layouts_per_scale=4, speeds=1
)
SEARCH = {"optimise.starts": 1, "optimise.steps": 4, "optimise.patience": 0}


@pytest.fixture
def copy(small_run: RunResult, tmp_path: Path) -> RunFolder:
    """A copy of `small_run` to write into."""
    shutil.copytree(small_run.folder.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


@pytest.fixture
def saved(small: LayoutProblem, small_surrogate: Surrogate, tmp_path: Path) -> Path:
    """The folder of a surrogate that has a full card."""
    folder = tmp_path / "surrogate"
    small_surrogate.save(folder)
    change_card(folder, wake=small.wake.model_dump(mode="json"))
    return folder


def change_card(folder: Path, **entries: Any) -> dict[str, Any]:
    file = folder / "card.json"
    card = {k: v for k, v in (json.loads(file.read_text()) | entries).items() if v is not None}
    file.write_text(json.dumps(card))
    return card


def test_run_is_examined_on_its_own_layout_and_claim(copy: RunFolder, small_run: RunResult) -> None:
    before = copy.summary.read_bytes()
    validation = validate(copy.path, plan=PLAN)
    layouts = copy.read_verification()["layouts"]
    assert validation.verified_gain_pct == pytest.approx(small_run.summary["gain_pct"])
    claimed = layouts["final"]["aep_predicted_gwh"] / layouts["initial"]["aep_predicted_gwh"]
    assert validation.claimed_gain_pct == pytest.approx(100 * (claimed - 1))
    assert [farm.name for farm in validation.farms][-2:] == ["given layout", "optimum"]
    assert len(validation.rankings) == 1
    content = json.loads((copy.path / "validation.json").read_text())
    assert content == json.loads(json.dumps(validation.to_dict()))
    assert (copy.path / "validation.png").stat().st_size > 10_000
    assert copy.summary.read_bytes() == before


def test_evaluation_is_booked_apart_from_its_run(copy: RunFolder, small_run: RunResult) -> None:
    validation = validate(copy.path, plan=PLAN)
    totals = read_ledger(copy.ledger).totals
    assert totals.apart["validate"].cpu_s > 0
    counts = totals.apart["validate"].counts
    assert counts["floris_evaluations"] == validation.floris.evaluations == 5 + 1 + 1 + 4
    assert totals.counts["floris_evaluations"] == small_run.summary["floris_evaluations"]
    assert [row.stage for row in ledger_table([copy.path])][-3:] == [
        "total",
        "unlisted",
        "validate",
    ]
    again = windopt.run(copy.path).summary  # sums up anew
    before = dict(small_run.summary["stages"])
    for kind in ("between", "check"):
        assert again["stages"].pop(kind)["cpu_s"] >= before.pop(kind)["cpu_s"]
    assert again["stages"] == before
    assert "validate" not in again["stages"]


@pytest.mark.parametrize(
    ("missing", "first"),
    [("surrogate", "train"), ("verification.json", "verify"), ("layout.csv", "verify")],
)
def test_unfinished_run_says_what_to_run_first(copy: RunFolder, missing: str, first: str) -> None:
    path = copy.path / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(RunFolderError, match=rf"has no {missing}.*; run `windopt {first} "):
        validate(copy.path)


def test_card_alone_tells_what_to_examine(
    saved: Path, small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    turbine = json.loads((saved / "card.json").read_text())["turbines"][0] | {"hub_height": 150.0}
    card = change_card(saved, turbines=[turbine], wind_shear=0.1, air_density=1.2)
    problem = validation_problem(card)
    assert problem.n_turbines == 25
    assert len(problem.wind.wind_direction) == 360
    assert problem.initial_layout is not None
    assert problem.turbine.hub_height == 150.0
    np.testing.assert_array_equal(problem.turbine.power, small.turbine.power)
    assert (problem.wind_shear, problem.air_density) == (0.1, 1.2)
    assert problem.wake == small.wake
    assert problem.config.optimise.starts < load_problem(small.config).config.optimise.starts + 2
    assert wake_model_hash(validation_problem(card | {"wind_shear": 0.0})) == card["wake_model"]


def test_types_of_a_mixed_card_keep_their_proportions(saved: Path) -> None:
    card = change_card(saved)
    mixed = card | {"turbines": 2 * card["turbines"], "types": [0, 1, 1, 1, 1]}
    assert validation_problem(mixed).turbine_counts.tolist() == [5, 20]
    assert validation_problem(mixed | {"types": [1] * 25}).turbine_counts.tolist() == [0, 25]


def test_surrogate_alone_is_examined_around_a_layout_of_its_own(
    saved: Path, tmp_path: Path, small: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the small problem: the one for it alone takes FLORIS half a minute."""
    tiny = load_problem(small.config, SEARCH)
    monkeypatch.setattr(validating, "validation_problem", lambda card: tiny)
    validation = validate(saved, tmp_path / "out", plan=PLAN)
    assert [farm.name for farm in validation.farms][-1] == "optimum"
    assert validation.overclaim_pct is not None
    assert (tmp_path / "out" / "validation.json").exists()
    assert not (saved / "validation.json").exists()


@pytest.mark.parametrize(
    ("entry", "said"),
    [({"wake": None}, "no 'wake'"), ({"wake": {"velocity_model": "gaus"}}, "velocity_model")],
)
def test_card_that_does_not_tell_is_refused(saved: Path, entry: Any, said: str) -> None:
    change_card(saved, **entry)
    with pytest.raises(RunFolderError, match=rf"{said}(.|\n)*; train it again"):
        validate(saved)


def test_damaged_card_is_refused(saved: Path) -> None:
    (saved / "card.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"card\.json' cannot be read: .*; train"):
        validate(saved)
