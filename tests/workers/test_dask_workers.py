"""Work goes to the processes of a real Dask scheduler, and nothing is lost when they are."""

import logging
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

import windopt
from windopt.assessment.summarise import ledger_table
from windopt.commands.cli import main
from windopt.config.workers import WorkersConfig
from windopt.errors import WorkersError
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.totals import costs_by_host, read_ledger
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.settings import SearchSettings
from windopt.surrogate.analytic import analytic_surrogate
from windopt.workers.counts import WORK
from windopt.workers.executor import require_workers, width_of, worker_pool
from windopt.workers.remote import REMOTE

pytest.importorskip("distributed", reason="distributed comes with windopt[dask]")
dask_pool = pytest.importorskip("windopt.workers.dask_pool")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import work_for_dask as work  # noqa: E402

START = """
import subprocess, sys
process = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(process.pid)
"""
"""Started so, a process is no descendant of the tests, as one on another machine is none."""


class Cluster:
    """A scheduler and its workers, processes of their own on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pids = folder, {}
        self.port = 0

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def scheduler(self) -> None:
        """Start the scheduler; once more, and it has the port that it had."""
        if not self.port:
            import socket

            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        options = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self._start("scheduler", "distributed.cli.dask_scheduler", *options)

    def worker(self, name: str, threads: str = "1", **environment: str) -> None:
        options = (
            self.address,
            "--nthreads",
            threads,
            "--no-nanny",
            "--no-dashboard",
            "--name",
            name,
        )
        directory = ("--local-directory", str(self.folder))
        self._start(name, "distributed.cli.dask_worker", *options, *directory, **environment)

    def kill(self, name: str, with_signal: int = signal.SIGKILL) -> None:
        os.kill(self.pids[name], with_signal)

    def close(self) -> None:
        for pid in self.pids.values():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _start(self, name: str, module: str, *options: str, **environment: str) -> None:
        path = os.pathsep.join((environment.pop("path", ""), str(HERE)))
        told = {"PYTHONPATH": path.strip(os.pathsep), "OMP_NUM_THREADS": "1", **environment}
        started = subprocess.run(
            [sys.executable, "-c", START, "-m", module, *options],
            cwd=self.folder,
            env=os.environ | told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            timeout=60,
        )
        self.pids[name] = int(started.stdout)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(dask_pool, "LOOK_S", 0.2)
    monkeypatch.setattr(REMOTE, "_ours", {})
    cluster = Cluster(tmp_path)
    cluster.scheduler()
    yield cluster
    cluster.close()


def workers_of(cluster: Cluster) -> WorkersConfig:
    return WorkersConfig(engine="dask", address=cluster.address)


def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def begun(folder: Path, pid: int) -> set[int]:
    """Return the numbers of the tasks that a worker has begun."""
    return {int(file.name.split("-")[0]) for file in folder.glob(f"*-{pid}")}


def test_same_seed_finds_the_same_layout_however_many_work(
    cluster: Cluster, small: LayoutProblem
) -> None:
    surrogate = analytic_surrogate(small)
    settings = SearchSettings(starts=2, chains=2, patience=2, stop="converged")

    def search(executor: Executor) -> FloatArray:
        found = windopt.optimise(small, surrogate, 3, settings=settings, executor=executor)
        return found.layout

    with worker_pool(2) as processes:
        alone = search(processes)
    for number in (1, 4):
        for more in range(len(cluster.pids) - 1, number):
            cluster.worker(f"worker {more}")
        with worker_pool(workers_of(cluster)) as pool:
            until(lambda n=number, pool=pool: width_of(pool) == n)
            assert np.array_equal(search(pool), alone)


def test_each_machine_has_its_row_in_the_ledger(cluster: Cluster, tmp_path: Path) -> None:
    cluster.worker("one")
    path = tmp_path / "run" / "ledger.jsonl"
    path.parent.mkdir()
    ledger = Ledger.open(path, {"pue": 1.5}, meter=VcpuMeter(2))
    before = WORK.read()
    with worker_pool(workers_of(cluster)) as pool, ledger.stage("simulate"):
        list(pool.map(work.burn, [0.2, 0.2]))
        with pytest.raises(ValueError, match="no farm 7"):
            pool.submit(work.fail, 7).result()
    content = read_ledger(path)
    (host,) = costs_by_host(content.stages).values()
    assert host.cpu_s > 0.4
    assert host.energy.central > 0
    assert content.totals.cpu_s > host.cpu_s
    assert content.totals.energy.central > host.energy.central
    (row,) = (row for row in ledger_table([path]) if row.stage == f"on {platform.node()}")
    assert row.cpu_s == pytest.approx(host.cpu_s)
    assert row.energy_wh["central"] == pytest.approx(host.energy.central / 3600)
    assert WORK.read() == before  # burning is no step of a search


def test_tasks_of_a_killed_worker_are_done_again_and_a_slow_one_keeps_its_own(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for name in ("killed", "slow"):
        cluster.worker(name)
    go = tmp_path / "go"
    with worker_pool(workers_of(cluster)) as pool:
        until(lambda: width_of(pool) == 2)
        futures = [pool.submit(work.wait_for, go, i) for i in range(6)]
        until(lambda: all(begun(tmp_path, cluster.pids[name]) for name in ("killed", "slow")))
        cluster.kill("slow", signal.SIGSTOP)
        cluster.kill("killed")
        until(lambda: "gone" in caplog.text)
        go.touch()
        cluster.kill("slow", signal.SIGCONT)
        assert [future.result(60) for future in futures] == list(range(6))
    assert "what it used since its last result is not charged" in caplog.text


def test_a_run_that_has_lost_all_workers_waits_and_goes_on(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.worker("first")
    go = tmp_path / "go"
    with worker_pool(workers_of(cluster)) as pool:
        futures = [pool.submit(work.wait_for, go, i) for i in range(3)]
        until(lambda: begun(tmp_path, cluster.pids["first"]))
        cluster.kill("first")
        until(lambda: "no worker is left" in caplog.text)
        assert not any(future.done() for future in futures)
        go.touch()
        cluster.worker("second")
        assert [future.result(60) for future in futures] == [0, 1, 2]
        until(lambda: "going on" in caplog.text)


def test_tasks_are_handed_over_again_when_the_scheduler_is_back(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.worker("first")
    go = tmp_path / "go"
    with worker_pool(workers_of(cluster)) as pool:
        futures = [pool.submit(work.wait_for, go, i) for i in range(3)]
        until(lambda: begun(tmp_path, cluster.pids["first"]))
        cluster.kill("scheduler")
        until(lambda: "no worker is left" in caplog.text)
        cluster.scheduler()
        go.touch()
        cluster.worker("second")
        assert [future.result(60) for future in futures] == [0, 1, 2]
    assert "3 tasks handed over again" in caplog.text


def test_worker_with_another_windopt_is_refused_by_name(cluster: Cluster, tmp_path: Path) -> None:
    other = tmp_path / "site" / "windopt-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: windopt\nVersion: 9.9\n")
    cluster.worker("other", path=str(other.parent))
    refused = pytest.raises(WorkersError, match=r"127.0.0.1:\d+ has windopt 9.9, and this run")
    with refused, worker_pool(workers_of(cluster)) as pool:  # it comes when the pool is open
        pool.submit(work.burn, 0.0).result(60)
    with refused:
        require_workers(workers_of(cluster))


def test_another_job_is_handed_in_for_one_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As at the end of a walltime: dask-jobqueue's own jobs, which are processes here."""
    jobqueue = pytest.importorskip("dask_jobqueue.local")
    import dask

    path = os.pathsep.join((os.environ.get("PYTHONPATH", ""), str(HERE)))
    monkeypatch.setenv("PYTHONPATH", path.strip(os.pathsep))
    jobs = jobqueue.LocalCluster(
        cores=1,
        memory="1GB",
        worker_extra_args=["--no-dashboard"],
        local_directory=tmp_path,
        scheduler_options={"dashboard_address": ":0"},
    )
    monkeypatch.setattr(dask_pool, "cluster_of_jobs", lambda kind, asked: jobs)
    monkeypatch.setattr(dask_pool, "LOOK_S", 0.2)
    queue = {"cores": 1, "memory": "1GB", "n_jobs": 1}
    asked = WorkersConfig.model_validate({"engine": "dask", "slurm": queue})
    go = tmp_path / "go"
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "500ms"}),
        worker_pool(asked) as pool,
    ):
        future = pool.submit(work.wait_for, go, 3)
        until(lambda: list(tmp_path.glob("3-*")))
        (job,) = jobs.workers.values()
        first = psutil.Process(int(job.job_id))
        for process in (first, *first.children(recursive=True)):
            process.kill()
        go.touch()
        assert future.result(60) == 3
        assert {one.job_id for one in jobs.workers.values()} != {str(first.pid)}
    assert "see that none of them is left" in caplog.text  # to end what has ended is an error


def test_tasks_are_drawn_for_jobs_that_still_wait_in_their_queue(
    cluster: Cluster,
) -> None:
    connect = partial(dask_pool._client_of, cluster.address)
    pool = dask_pool.DaskPool(connect, cluster.address, asked=8)
    try:
        assert width_of(pool) == 8
    finally:
        pool.shutdown()


def test_worker_whose_threads_would_be_idle_is_named(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.worker("wide", threads="3")
    with worker_pool(workers_of(cluster)) as pool:
        until(lambda: "with several threads, of which one does windopt's work" in caplog.text)
        assert width_of(pool) == 1
    assert "--nthreads 1" in caplog.text


def test_interrupt_of_a_terminal_ends_a_local_cluster_quietly(tmp_path: Path) -> None:
    """Ctrl-C goes to all processes of a terminal, the workers of this machine among them."""
    run = subprocess.Popen(
        [sys.executable, work.__file__, tmp_path / "never"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until(lambda: list(tmp_path.glob("0-*")))
        os.killpg(run.pid, signal.SIGINT)
        said = run.communicate(timeout=60)[1]
    finally:
        run.kill()
    assert said.count("Traceback") == 1, said  # the script's own
    assert "Dask Worker process" not in said
    (worker,) = (int(file.name.split("-")[1]) for file in tmp_path.glob("0-*"))
    until(lambda: not psutil.pid_exists(worker))


def test_scheduler_that_does_not_answer_ends_the_run_before_anything_is_spent(
    small_config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_S", 0.3)
    monkeypatch.setenv("WINDOPT_WORKERS", "tcp://127.0.0.1:9")
    out = tmp_path / "run"
    monkeypatch.setattr(sys, "argv", ["windopt", "run", str(small_config), "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert not out.exists()
