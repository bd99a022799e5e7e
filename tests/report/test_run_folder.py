"""The run folder: artefacts are written whole or not at all, and read back as they were."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from windopt.errors import RunFolderError
from windopt.runs.folder import RunFolder, finished_runs, write_json, write_text
from windopt.runs.history_table import HISTORY_COLUMNS


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
    with pytest.raises(RunFolderError, match=r"history\.csv.*'energy_wh'.*windopt optimise"):
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
