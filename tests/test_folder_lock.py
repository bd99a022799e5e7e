"""A folder belongs to one process at a time, and is free as soon as that gives it back."""

import json
import os
import threading
from pathlib import Path

import pytest

from windopt.errors import RunFolderError
from windopt.runs.lock import LOCK, FolderLock


def test_a_folder_that_is_taken_is_refused_and_its_holder_named(tmp_path: Path) -> None:
    held = FolderLock(tmp_path).take()
    assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()
    with pytest.raises(RunFolderError, match=f"process {os.getpid()} on .* is at work in"):
        FolderLock(tmp_path).take()
    held.release()
    FolderLock(tmp_path).take().release()
    assert not list(tmp_path.iterdir())


def test_whoever_is_just_giving_it_back_is_waited_for(tmp_path: Path) -> None:
    held = FolderLock(tmp_path).take()
    threading.Timer(0.02, held.release).start()
    FolderLock(tmp_path).take().release()


def test_a_folder_that_takes_no_files_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError, match="cannot be written"):
        FolderLock(tmp_path / "file").take()
