"""This machine counts its own runs with a kernel: a lower bound of the kernel's users."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from windopt.surrogate.users import USERS, count_user


def test_runs_that_begin_at_once_are_all_counted(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda _: count_user(tmp_path / "new", "gauss", "5e"), range(24)))
    assert sorted(counted) == list(range(1, 25))


def test_a_kernel_that_was_made_anew_is_another(tmp_path: Path) -> None:
    assert [count_user(tmp_path, "gauss", sha256) for sha256 in ("5e", "5e", "6f")] == [1, 2, 1]
    known = json.loads((tmp_path / USERS).read_text())
    assert known == {"5e": {"kernel": "gauss", "runs": 2}, "6f": {"kernel": "gauss", "runs": 1}}


def test_a_damaged_file_is_begun_anew_and_none_at_all_stops_no_run(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"5e": {"runs": "many"}}'):
        (tmp_path / USERS).write_text(content)
        assert [count_user(tmp_path, "gauss", "5e") for _ in range(2)] == [1, 2]
    (tmp_path / "file").touch()
    assert count_user(tmp_path / "file" / "library", "gauss", "5e") == 1
