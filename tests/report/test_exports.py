"""Runs made ready to publish: complete by themselves, and nothing of the user's overwritten."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from windopt.errors import RunFolderError
from windopt.exports.run_exports import write_exports
from windopt.ledger.project import read_project
from windopt.pipeline import RunResult


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_export_of_a_run_holds_all_that_its_crate_lists(
    small_run: RunResult, tmp_path: Path
) -> None:
    (folder,) = write_exports(read_project([small_run.folder.path]), tmp_path)
    assert folder == tmp_path / "small"
    graph = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    (root,) = [entity for entity in graph if entity["@id"] == "./"]
    parts = {part["@id"].rstrip("/") for part in root["hasPart"]}
    assert names(folder) == parts | {"ro-crate-metadata.json"}
    assert names(small_run.folder.path) <= parts
    assert {"README.md", "boamps-simulate.json", "boamps-train.json"} <= parts
    for name in ("layout.csv", "surrogate/card.json"):
        assert (folder / name).read_bytes() == (small_run.folder.path / name).read_bytes()
    assert "- turbine_power_mape_pct: " in (folder / "README.md").read_text()


def test_export_into_the_run_folder_itself_copies_nothing(shared_runs: Path) -> None:
    before = (shared_runs / "a" / "ledger.jsonl").read_bytes()
    for _ in range(2):  # the second replaces what the first has written
        write_exports(read_project([shared_runs]), shared_runs)
    assert (shared_runs / "a" / "ledger.jsonl").read_bytes() == before
    assert names(shared_runs / "a") == {
        "ledger.jsonl",
        "README.md",
        "ro-crate-metadata.json",
        *(f"boamps-{kind}.json" for kind in ("simulate", "train", "optimise", "verify")),
    }


def test_runs_of_the_same_name_do_not_meet(make_up: Callable[..., object], tmp_path: Path) -> None:
    make_up("one/run", session="first")
    make_up("two/run", session="second")
    folders = write_exports(read_project([tmp_path]), tmp_path / "out")
    assert [folder.name for folder in folders] == ["run-first", "run-second"]


def test_notes_in_the_way_are_spared(shared_runs: Path, tmp_path: Path) -> None:
    project = read_project([shared_runs / "a"])
    notes = tmp_path / "out" / "a" / "README.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("# my notes\n")
    with pytest.raises(RunFolderError, match="no model card of windopt"):
        write_exports(project, tmp_path / "out")
    assert notes.read_text() == "# my notes\n"
    with pytest.raises(RunFolderError, match="cannot be copied"):
        write_exports(project, notes)
