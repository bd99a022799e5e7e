"""The run folder: artefacts are written whole or not at all, and read back as they were."""

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.errors import RunFolderError, WindoptError
from windopt.exports.crate import FILES
from windopt.problem.measure import REVENUE
from windopt.runs.artefact import TypedArtefact
from windopt.runs.artefacts import all_artefacts, markdown_table
from windopt.runs.baselines import BaselineResult, Baselines, EvaluatedLook
from windopt.runs.folder import RunFolder, finished_runs, write_json, write_text
from windopt.runs.history_table import HISTORY_COLUMNS
from windopt.runs.learning import RoundsBefore
from windopt.runs.robustness import Robustness
from windopt.runs.second_opinion import NearestModel, Pair, SecondOpinion
from windopt.runs.solution import KeptSolution
from windopt.runs.turbine_count import CountRow, SizedLayouts
from windopt.runs.verification import VerificationRecord, VerifiedLayout
from windopt.search.solution import Origin, SizedLayout, Solution, StartResult


def test_history_reads_back_as_it_was_written(tmp_path: Path) -> None:
    columns = {name: np.arange(3.0) + 0.1 for name in HISTORY_COLUMNS}
    columns["aep_gwh"] = np.array([np.nan, 1234.5678901234, np.nan])
    columns["feasible"] = np.array([False, True, True])
    columns["start"] = np.array(["given", "grid-1", "random-2"])
    RunFolder(tmp_path).write_history(columns)
    header, first, *_ = (tmp_path / "history.csv").read_text().splitlines()
    assert header == "wall_s,cpu_s,energy_wh,start,aep_predicted_gwh,aep_gwh,feasible"
    assert first == "0.1,0.1,0.1,given,0.1,,False"
    history = RunFolder(tmp_path).read_history()
    assert history["start"].tolist() == ["given", "grid-1", "random-2"]
    for name in set(HISTORY_COLUMNS) - {"start"}:
        np.testing.assert_array_equal(history[name], columns[name].astype(float))


def test_history_of_another_program_is_refused_with_the_missing_column(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.history.write_text("wall_s,cpu_s\n1,2\n")
    with pytest.raises(
        RunFolderError, match=r"history\.csv.*windopt optimise.*'energy_wh'.*--resume"
    ):
        folder.read_history()


def test_json_holds_plain_values_that_every_reader_takes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "summary.json"
    content = {"a": np.float64(1.5), "b": np.array([[1, 2]]), "c": np.True_, "d": Path("x")}
    write_json(path, {**content, "e": float("inf"), "f": [float("nan")]})
    assert json.loads(path.read_text(), parse_constant=pytest.fail) == {
        "a": 1.5,
        "b": [[1, 2]],
        "c": True,
        "d": "x",
        "e": None,
        "f": [None],
    }


def test_interrupted_write_leaves_the_earlier_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.json"
    write_json(path, {"aep_gwh": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(RunFolderError, match=r"summary\.json.*No space left.*--out"):
            write_text(path, "half of")
    assert json.loads(path.read_text()) == {"aep_gwh": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_takes_no_files_is_refused_with_culprit_and_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError, match=r"file/run' cannot be written: .*; choose .*--out"):
        RunFolder.create(tmp_path / "file" / "run")


def test_folder_is_made_with_its_parents_and_left_empty(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "results" / "run")
    assert folder.path.is_dir()
    assert not list(folder.path.iterdir())


def test_missing_artefact_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no readable verification\.json"):
        RunFolder(tmp_path).read_verification()


def test_torn_json_is_named(tmp_path: Path) -> None:
    RunFolder(tmp_path).summary.write_text('{"aep_gwh": 13')
    with pytest.raises(RunFolderError, match=r"summary\.json' is not valid JSON"):
        RunFolder(tmp_path).read_summary()


def test_finished_runs_come_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("c", "a", "b")):
        write_json(tmp_path / name / "summary.json", {})
        os.utime(tmp_path / name / "summary.json", (1e9 - age, 1e9 - age))
    (tmp_path / "unfinished").mkdir()
    assert [folder.path.name for folder in finished_runs(tmp_path)] == ["c", "a", "b"]


def test_history_holds_the_revenue_where_it_is_maximised(tmp_path: Path) -> None:
    columns = {name: np.arange(3.0) for name in HISTORY_COLUMNS} | {"feasible": [True] * 3}
    earned = {"revenue_predicted": np.array([1e6, 2e6, 3e6]), "revenue": np.array([np.nan] * 3)}
    folder = RunFolder(tmp_path)
    folder.write_history(columns | earned)
    history = folder.read_history()
    for name, column in earned.items():
        np.testing.assert_array_equal(history[name], column)
    folder.write_history(columns)
    assert "revenue" not in folder.read_history()


# -- artefacts ----------------------------------------------------------------------------------


def verified(layout: np.ndarray) -> VerifiedLayout:
    return VerifiedLayout(
        aep_gwh=13.5,
        aep_predicted_gwh=13.4,
        repaired=True,
        wake_loss_pct=5.0,
        conditions=360,
        feasible=True,
        max_boundary_violation_m=0.0,
        min_spacing_d=4.0,
        wake_loss_by_direction_pct=np.array([4.0, 6.0]),
        layout=layout,
    )


LAYOUT = np.array([[0.0, 10.0], [500.0, 20.0]])
LOOK = EvaluatedLook(10.0, None, 13.0, 0.1, True)
SOLUTION = Solution(
    layout=LAYOUT,
    aep_predicted=13.5e9,
    status="converged",
    history=(),
    starts=(StartResult("given", LAYOUT, 13.0e9, 13.5e9, "gave the answer"),),
    grid=None,
    origin=Origin("learning", "given", 0.5),
)
CONTENT: list[tuple[TypedArtefact[Any], Any]] = [
    (RunFolder.warm_start, LAYOUT),
    (RunFolder.solution, KeptSolution(SOLUTION, 2)),
    (RunFolder.solution, KeptSolution(SOLUTION, 0, REVENUE)),
    (RunFolder.sizing, SizedLayouts({2: SizedLayout(LAYOUT, 13.5e9, True, LAYOUT)}, 5)),
    (RunFolder.learning, RoundsBefore(1, 2)),
    (RunFolder.turbine_count, [CountRow(2, "searched", 13.4, 13.5, 5.0, 6.0, 7.0)]),
    (
        RunFolder.verification,
        VerificationRecord({"final": verified(LAYOUT)}, SOLUTION.origin, {"conditions": 360}),
    ),
    (
        RunFolder.baselines,
        Baselines(
            100.0,
            {
                "floris": BaselineResult(
                    what="a search",
                    aep_gwh=13.1,
                    feasible=True,
                    aep_predicted_gwh=13.2,
                    status="budget",
                    cpu_s=99.0,
                    energy_wh=None,
                    looks=(LOOK,),
                    layout=LAYOUT,
                )
            },
            (LOOK,),
        ),
    ),
    (
        RunFolder.robustness,
        Robustness(
            "cc",
            {"cc": {"final": 13.5, "grid": 13.0}, "gauss": {"final": 13.6}},
            {"grid": {"cc": 0.5}},
            {"grid": 0.1},
        ),
    ),
    (
        RunFolder.second_opinion,
        (
            SecondOpinion(
                "PyWake",
                "2.6",
                "",
                "grid",
                {"cc": NearestModel("a sum", 1.0, {"final": 13.5, "grid": 13.0}, {"final": 13.4})},
                {"gauss": "no model is near it"},
                {"grid": Pair(1.0, 0.1, 3.8)},
            ),
        ),
    ),
]
"""One object of each artefact that is more than a dict."""
NAMES = [artefact.name for artefact, _ in CONTENT]


def plain(value: Any) -> Any:
    """An object of dataclasses and arrays as dicts and lists, to compare it."""
    if dataclasses.is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize(("artefact", "content"), CONTENT, ids=NAMES)
def test_artefact_reads_back_as_it_was_written(
    tmp_path: Path, artefact: TypedArtefact[Any], content: Any
) -> None:
    folder = RunFolder(tmp_path)
    assert folder.find(artefact) is None
    folder.write(artefact, content)
    assert plain(folder.read(artefact)) == plain(content)


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "other"])
@pytest.mark.parametrize(("artefact", "content"), CONTENT, ids=NAMES)
def test_torn_artefact_is_named_by_its_reader(
    tmp_path: Path, artefact: TypedArtefact[Any], content: Any, damage: str
) -> None:
    if artefact.media_type == "text/csv" and damage == "cut":
        pytest.skip("half a table is a table")
    if artefact is RunFolder.turbine_count and damage != "noise":
        pytest.skip("a table without a row is a table")
    folder = RunFolder(tmp_path)
    folder.write(artefact, content)
    path = tmp_path / artefact.name
    whole = path.read_bytes()
    torn = {"cut": whole[: len(whole) // 2], "empty": b"", "noise": b"\xff\x00\x93" * 99}
    path.write_bytes(torn.get(damage, b"{}\n"))
    with pytest.raises(WindoptError, match=re.escape(artefact.name)):
        folder.read(artefact)


def test_what_lacks_a_key_is_named_with_the_key_and_a_cure(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.robustness.write_text('{"own": "cc"}')
    with pytest.raises(
        RunFolderError,
        match=r"robustness\.json' is not what `windopt robustness` writes .*'aep_gwh'.*--resume",
    ):
        folder.read(RunFolder.robustness)


def test_missing_artefact_is_named_with_the_command_that_writes_it(tmp_path: Path) -> None:
    for artefact in (RunFolder.solution, RunFolder.dataset, RunFolder.surrogate):
        with pytest.raises(
            RunFolderError, match=f"has no {artefact.name}; run `windopt {artefact.stage} .*first"
        ):
            RunFolder(tmp_path).need(artefact)


def test_a_folder_is_there_with_what_is_written_last_in_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.surrogate.mkdir()
    (folder.surrogate / "surrogate.safetensors").touch()
    assert not folder.has(RunFolder.surrogate)
    (folder.surrogate / "card.json").touch()
    assert folder.has(RunFolder.surrogate)


def test_an_artefact_is_a_path_in_a_folder_and_itself_without_one(tmp_path: Path) -> None:
    assert RunFolder(tmp_path).solution == tmp_path / "solution.json"
    assert RunFolder.solution in all_artefacts()
    names = [one.file for one in all_artefacts()]
    assert len(set(names)) == len(names)
    assert set(FILES) == {one.file for one in all_artefacts() if not one.passing}


def test_run_folder_s_page_has_the_table_of_artefacts() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "run-folder.md"
    assert markdown_table() in page.read_text()
