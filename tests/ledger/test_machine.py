"""What a ledger says of the machine and of the code."""

import shutil
import subprocess
from pathlib import Path

import pytest

from windopt.ledger.meters.machine import describe_machine, git_revision


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_revision_is_that_of_the_package_and_tells_of_changes(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    package = tmp_path / "package"
    package.mkdir()
    (package / "code.py").write_text("a = 1\n")
    assert git_revision.__wrapped__(package) is None  # no repository
    git("init")
    (tmp_path / "result.csv").write_text("1\n")
    git("add", "result.csv")
    git("commit", "-m", "results of somebody who has the package in his environment")
    assert git_revision.__wrapped__(package) is None
    git("add", "package")
    git("commit", "-m", "code")
    revision = git("rev-parse", "--short", "HEAD")
    (tmp_path / "result.csv").write_text("2\n")
    git("commit", "-am", "results")
    assert git_revision.__wrapped__(package) == revision
    (package / "code.py").write_text("a = 2\n")
    assert git_revision.__wrapped__(package) == f"{revision}-dirty"


def test_without_git_the_revision_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_revision.__wrapped__(tmp_path) is None
    assert describe_machine()["vcpus"] >= 1
