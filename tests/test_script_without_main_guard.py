"""A script that starts workers while it is imported hears what is wrong, once."""

import subprocess
import sys
from pathlib import Path

import pytest

from windopt.errors import MainGuardError
from windopt.workers import main_guard

WORK = """\
from windopt.workers.executor import worker_pool

def work():
    with worker_pool(2) as pool:
        print("worked", pool.submit(abs, -1).result())
"""


def run(folder: Path, ending: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(WORK + ending)
    return subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=False
    )


def test_it_is_told_once_with_the_cure(tmp_path: Path) -> None:
    ended = run(tmp_path, "work()\n")
    assert ended.returncode == 1
    assert ended.stderr.count("MainGuardError") == 1
    assert 'below the line  if __name__ == "__main__":' in ended.stderr
    assert "memory" not in ended.stderr
    assert len(ended.stderr.splitlines()) < 30
    assert "worked" not in ended.stdout


def test_with_the_guard_it_works(tmp_path: Path) -> None:
    ended = run(tmp_path, 'if __name__ == "__main__":\n    work()\n')
    assert (ended.returncode, ended.stdout.strip()) == (0, "worked 1"), ended.stderr


def test_workers_of_other_libraries_hear_of_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    main_guard.require_main_guard()
    monkeypatch.setattr(
        main_guard, "current_process", lambda: type("Process", (), {"_inheriting": True})
    )
    monkeypatch.delenv(main_guard.STARTED_BY, raising=False)
    with pytest.raises(MainGuardError):
        main_guard.require_main_guard()
