"""Whatever ends a run: it goes on from what it has, to the same end, or says what is wrong.

What a kill leaves behind is looked at file by file: a run is watched, and after every file that
comes into its folder a copy of the folder is taken, as a kill at that moment would leave it. Runs
that go on from such a copy end as the watched one. `HYPOTHESIS_PROFILE=thorough` tries all copies,
and kills processes at random moments.
"""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import windopt
from windopt import atomic, pipeline
from windopt.errors import RunFolderError, WindoptError
from windopt.floris import kept_states
from windopt.floris.dataset import read_dataset, write_dataset
from windopt.floris.simulator import Simulator
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult
from windopt.problem.constraints import check_feasibility
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder
from windopt.runs.lock import LOCK, FolderLock
from windopt.stages.optimise import unfinished_starts

pytestmark = pytest.mark.usefixtures("pipeline_pool")

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


class Moment(NamedTuple):
    """The last file that had come, and the folder as it was then."""

    file: str
    copy: Path


class Watched(NamedTuple):
    """A run that nothing has disturbed, and what a kill would have left of it."""

    result: RunResult
    moments: list[Moment]

    def after(self, file: str, time_: int = 0) -> Path:
        """Give the folder as it was when a file had come, for the first time or another."""
        return [moment.copy for moment in self.moments if moment.file == file][time_]


@pytest.fixture(scope="module")
def watched(
    small_config: Path, tiny: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, pool: object
) -> Iterator[Watched]:
    """A run that learns from FLORIS once, with a chunk of its data for every farm."""
    folder, copies = tmp_path_factory.mktemp("watched"), tmp_path_factory.mktemp("copies")
    moments: list[Moment] = []
    real = os.replace

    def replace(old: Path, new: Path) -> None:
        real(old, new)
        copy = copies / f"{len(moments):03}"
        shutil.copytree(folder / "run", copy, ignore=shutil.ignore_patterns(LOCK))
        moments.append(Moment(Path(new).name, copy))

    overrides = tiny | {"verify.max_rounds": 1, "verify.tolerance_pct": 1e-6, "optimise.starts": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_states, "EVERY_S", 0.0)
        patch.setattr(atomic.os, "replace", replace)
        result = windopt.run(small_config, folder / "run", overrides)
    yield Watched(result, moments)
    shutil.rmtree(copies)


def goes_on_to_the_same_end(copy: Path, tmp_path: Path, watched: Watched) -> RunFolder:
    """Go on in a copy of a folder, and hold what comes of it against the watched run."""
    shutil.copytree(copy, tmp_path / "run")
    again, first = windopt.run(tmp_path / "run"), watched.result
    np.testing.assert_array_equal(again.layout, first.layout)
    for key in ("status", "feasible"):
        assert again.summary[key] == first.summary[key], key
    for key in ("aep_gwh", "aep_predicted_gwh", "gain_pct"):  # sums round by where arrays lie
        assert again.summary[key] == pytest.approx(first.summary[key], rel=1e-12), key
    for name in ("wind_direction", "power", "rotor_wind_speed", "layout"):
        one, other = (read_dataset(run.folder.dataset)[name] for run in (again, first))
        np.testing.assert_array_equal(one, other)
    assert sorted(p.name for p in again.folder.path.iterdir()) == sorted(
        p.name for p in first.folder.path.iterdir()
    )
    return again.folder


TELLING = [
    ("00001.npz", 0),  # half of the training data
    ("dataset.nc", 1),  # the lesson is there, and nobody has learned it
    ("card.json", -1),  # learned, not searched again
]
if THOROUGH:
    TELLING += [
        ("new.safetensors", 0),  # trained, but not the weights' last move
        ("search.json", 0),  # in the climbs of the search
        ("verification.json", 0),  # before the lesson
    ]


@pytest.mark.parametrize(("file", "time_"), TELLING, ids=[f"{f}-{t}" for f, t in TELLING])
def test_a_killed_run_ends_as_if_nothing_had_happened(
    watched: Watched, tmp_path: Path, file: str, time_: int
) -> None:
    folder = goes_on_to_the_same_end(watched.after(file, time_), tmp_path, watched)
    if file == "00001.npz":  # what was kept is not asked again
        simulated = [s for s in read_ledger(folder.ledger).stages if s.kind == "simulate"]
        assert simulated[-1].cost.counts["floris_evaluations"] == 2


@pytest.mark.skipif(not THOROUGH, reason="takes minutes: HYPOTHESIS_PROFILE=thorough")
def test_it_does_so_from_every_moment(watched: Watched, tmp_path: Path) -> None:
    for number, moment in enumerate(watched.moments):
        if (moment.copy / "config.yaml").exists():
            goes_on_to_the_same_end(moment.copy, tmp_path / str(number), watched)


@pytest.mark.skipif(not THOROUGH, reason="takes minutes: HYPOTHESIS_PROFILE=thorough")
def test_processes_killed_at_random_moments(watched: Watched, tmp_path: Path) -> None:
    run = watched.result.folder
    shutil.copytree(run.path, tmp_path / "run", ignore=lambda _, names: {*names} - {"config.yaml"})
    command = [
        sys.executable,
        "-c",
        "from windopt.commands.cli import main; main()",
        "run",
        "--resume",
    ]
    for _ in range(8):
        with subprocess.Popen(
            [*command, str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            time.sleep(random.uniform(5.0, 30.0))
            process.kill()
            assert b"Traceback" not in process.communicate()[0]
    folder = RunFolder(tmp_path / "run")
    windopt.run(folder.path)
    assert folder.read_summary()["feasible"] is True
    assert len(list(tmp_path.glob("run/.*"))) <= 8  # what a kill in the midst of a file leaves


def test_damaged_chunks_are_simulated_again(
    watched: Watched, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(watched.after("00003.npz"), copy)
    parts = copy / "floris.parts"
    whole = (parts / "00000.npz").read_bytes()
    (parts / "00000.npz").write_bytes(whole[: len(whole) // 2])
    bits = bytearray((parts / "00001.npz").read_bytes())
    bits[len(bits) // 3] ^= 0xFF
    (parts / "00001.npz").write_bytes(bits)
    (parts / "00002.npz").write_bytes(b"")
    with pipeline.begin(copy) as job:
        pipeline.STAGES["simulate"](job)
    first, again = (read_dataset(one / "dataset.nc") for one in (watched.after("dataset.nc"), copy))
    assert again.identical(first)
    assert job.ledger.totals().counts["floris_evaluations"] == 3
    assert caplog.text.count("is damaged") == 3


def test_a_search_goes_on_from_its_best_layouts(
    small_run: RunResult, small: LayoutProblem, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    solution = folder.read(RunFolder.solution).solution
    surrogate = windopt.load_surrogate(folder.surrogate, small)
    starts = {"greedy-1": {"aep_wh": solution.aep_predicted, "layout": solution.layout.tolist()}}
    kept = {"surrogate": surrogate.fingerprint, "share": 0.5, "starts": starts}
    folder.search.write_text(json.dumps(kept))
    for path in (folder.solution, folder.verification, folder.ledger):
        path.unlink()
    before = len(folder.read_history()["start"])
    result = windopt.run(folder.path)
    assert "going on with the search that was cut off" in caplog.text
    found = folder.read(RunFolder.solution).solution
    assert found.aep_predicted >= solution.aep_predicted * (1 - 1e-9)
    assert found.grid is not None
    assert solution.grid is not None
    np.testing.assert_allclose(found.grid, solution.grid)
    assert found.starts[0].name == "greedy-1"
    assert len(folder.read_history()["start"]) > before
    assert check_feasibility(small, result.layout).feasible
    assert not folder.search.exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"surrogate": "of another", "share": 1}', ""])
def test_a_torn_or_strange_search_is_begun_anew(
    watched: Watched, tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(watched.after("search.json"), copy)
    (copy / "search.json").write_text(content)
    job = pipeline.begin(copy)
    with job:
        surrogate = windopt.load_surrogate(job.folder.surrogate, job.problem)
        assert unfinished_starts(job, surrogate, None) == ()


# -- torn files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "needed_by"),
    [
        ("dataset.nc", ["surrogate"]),
        ("surrogate/card.json", ["solution.json"]),
        ("surrogate/surrogate.safetensors", ["solution.json"]),
        ("solution.json", ["verification.json"]),
        ("verification.json", ["report.html"]),
        ("config.yaml", []),
        ("history.csv", ["report.html"]),
        ("ledger.jsonl", ["report.html"]),
        ("summary.json", ["report.html"]),
    ],
)
@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "other"][: 4 if THOROUGH else 1])
def test_a_torn_artefact_is_named_or_mended(
    small_run: RunResult, tmp_path: Path, name: str, needed_by: list[str], damage: str
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "run")
    file = tmp_path / "run" / name
    content = file.read_bytes()
    cut = content[: content.index(b"site") + 2 if name == "config.yaml" else len(content) // 2]
    torn = {"cut": cut, "empty": b"", "noise": b"\xff\x00\x93" * 99}
    file.write_bytes(torn.get(damage, b"{}\n"))
    for later in needed_by:
        path = tmp_path / "run" / later
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    # written anew, or read line by line
    mended = name in ("summary.json", "ledger.jsonl", "history.csv")
    try:
        windopt.run(tmp_path / "run")
    except WindoptError as error:
        said = str(error)
    else:
        said = name if mended else ""
    assert Path(name).name in said or (name.startswith("surrogate") and "windopt train" in said)


# -- full disks and folders that take nothing ---------------------------------------------------


@pytest.mark.parametrize("name", ["verification.json", "report.html"])
def test_a_full_disk_is_said_and_costs_nothing_that_was_there(
    small_run: RunResult, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    folder.verification.unlink()
    before = (folder.path / name).read_bytes() if (folder.path / name).exists() else None
    real = atomic._force

    def force(path: Path) -> None:
        if path.name.endswith(f".{name}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_force", force)
        with pytest.raises(RunFolderError, match=f"{name}' cannot be written: No space left"):
            windopt.run(folder.path)
    now = (folder.path / name).read_bytes() if (folder.path / name).exists() else None
    assert now == before
    assert not [path for path in folder.path.iterdir() if path.name.startswith(".")]
    again = windopt.run(folder.path)
    assert again.summary["aep_gwh"] == small_run.summary["aep_gwh"]


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Let no file of this process grow larger than so many bytes, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, before)


def test_files_that_cannot_grow_leave_what_was_there(
    small_run: RunResult, small: LayoutProblem, tmp_path: Path, small_files: Callable[[int], None]
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    dataset = read_dataset(folder.dataset)
    surrogate = windopt.load_surrogate(folder.surrogate, small)
    fingerprint, bill = surrogate.fingerprint, folder.ledger.read_bytes()
    job = pipeline.begin(folder.path)
    written = folder.ledger.stat().st_size
    small_files(written + 100)
    try:
        for write in (
            lambda: write_dataset(dataset, folder.dataset),
            lambda: surrogate.save(folder.surrogate),
            lambda: job.ledger.asset("dataset", folder.dataset, ["simulate"]),
        ):
            with pytest.raises(RunFolderError, match="cannot be written"):
                write()
    finally:
        small_files(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    assert read_dataset(folder.dataset).identical(dataset)
    assert windopt.load_surrogate(folder.surrogate, small).fingerprint == fingerprint
    assert folder.ledger.read_bytes()[:written].startswith(bill)
    assert read_ledger(folder.ledger).damaged_lines == 0


def test_a_folder_that_takes_no_files_is_refused(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(RunFolderError, match="cannot be written: Read-only file system"):
        windopt.run(small_config, tmp_path / "run")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(small_config: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunFolderError, match="cannot be written: Permission denied"):
        windopt.run(small_config, tmp_path / "run")
    tmp_path.chmod(0o700)


def test_a_folder_with_something_else_in_it_is_left_alone(
    small_config: Path, tmp_path: Path
) -> None:
    (tmp_path / "layout.csv").write_text("precious")
    with pytest.raises(RunFolderError, match=r"has no config\.yaml, and is not empty: .*'layout"):
        windopt.run(small_config, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["layout.csv"]


def test_two_runs_begun_in_the_same_second_have_folders_of_their_own(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = set()
    for _ in range(3):
        with pipeline.begin(small_config) as job:
            paths.add(job.folder.path)
    assert len(paths) == 3


# -- two runs in one folder ---------------------------------------------------------------------

HOLD = """
import fcntl, json, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
json.dump({"pid": 4242, "host": "here"}, file)
file.flush()
print("held", flush=True)
time.sleep(600)
"""


def test_a_second_run_is_refused_and_the_lock_of_a_dead_one_is_taken(
    small_config: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    pipeline.begin(small_config, folder).__exit__(None, None, None)
    bill = (folder / "ledger.jsonl").read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, folder / LOCK], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with pytest.raises(RunFolderError, match="process 4242 on here is at work") as refused:
                windopt.run(folder)
            assert refused.value.exit_code == 2
            assert (folder / "ledger.jsonl").read_bytes() == bill  # nothing was touched
        finally:
            other.kill()
    assert (folder / LOCK).exists()
    with pipeline.begin(folder):
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()
        with pytest.raises(RunFolderError, match=f"process {os.getpid()} on .* is at work"):
            pipeline.begin(folder)
    assert not (folder / LOCK).exists()


def test_a_lock_is_taken_again_and_again(tmp_path: Path) -> None:
    for _ in range(3):
        lock = FolderLock(tmp_path).take()
        lock.release()
        lock.release()
    assert not list(tmp_path.iterdir())


# -- what is kept -------------------------------------------------------------------------------


def test_states_answer_their_own_question_only(small: LayoutProblem, tmp_path: Path) -> None:
    wind = (np.array([270.0, 90.0]), np.array([9.0, 8.0]), np.array([0.07, 0.08]))
    layout = 2000.0 * np.stack(np.divmod(np.arange(4), 2), axis=1)
    first = Simulator(small, kept=kept_states.KeptStates(tmp_path / "parts"))
    power = first.power(layout, *wind)
    assert first.kept is not None
    first.kept.save()
    again = Simulator(small, kept=kept_states.KeptStates(tmp_path / "parts"))
    np.testing.assert_array_equal(again.power(layout, *wind), power)
    assert (again.counts.evaluations, again.counts.conditions) == (0, 0)
    moved = again.power(layout + [1.0, 0.0] * np.arange(4)[:, None], *wind)
    assert again.counts.evaluations == 1
    assert not np.array_equal(moved, power)


@dataclass(eq=False)
class Grid:
    """Like the wind of a site: larger than what its repr shows."""

    values: Any


def test_digests_tell_apart_what_differs_anywhere() -> None:
    grid, other = np.zeros((50, 50)), np.zeros((50, 50))
    other[25, 25] = 1e-12
    digest = kept_states.digest_of
    assert digest({"a": Grid(grid)}) == digest({"a": Grid(grid.copy())})
    assert digest({"a": Grid(grid)}) != digest({"a": Grid(other)})
    assert digest(grid) != digest(other)
    assert digest(object()) != digest(object())
