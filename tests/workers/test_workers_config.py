"""Who does the work: said in the config, by --set, or by WINDOPT_WORKERS; faults all at once."""

from pathlib import Path

import pytest

from windopt.config.reader import config_hash, load_config
from windopt.config.workers import QueueConfig, WorkersConfig
from windopt.errors import ConfigError

QUEUE = {"cores": 16, "memory": "32GB", "walltime": "02:00:00", "queue": "short", "n_jobs": 4}


def test_workers_do_not_change_what_a_config_says(small_config: Path) -> None:
    plain = load_config(small_config)
    spread = load_config(small_config, {"workers.n": 3})
    assert spread.workers == WorkersConfig(n=3)
    assert config_hash(spread) == config_hash(plain)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("3", WorkersConfig(n=3)),
        ("processes", WorkersConfig()),
        ("tcp://host:8786", WorkersConfig(engine="dask", address="tcp://host:8786")),
        ("{engine: dask, n: 2}", WorkersConfig(engine="dask", n=2)),
    ],
)
def test_variable_has_the_section_or_its_short_form(
    said: str, means: WorkersConfig, small_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="distributed comes with windopt[dask]")
    monkeypatch.setenv("WINDOPT_WORKERS", said)
    assert load_config(small_config).workers == means
    assert load_config(small_config, {"workers": 1}).workers == WorkersConfig(n=1)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"engine": "threads"}, "processes"),
        ({"address": "tcp://host:8786"}, "address is for Dask, and engine is processes"),
        ({"engine": "dask", "address": "tcp://h:1", "slurm": QUEUE}, "address and slurm are both"),
        ({"engine": "dask", "n": 2, "slurm": QUEUE}, "leave n out"),
        ({"engine": "dask", "slurm": QUEUE | {"memory": "much"}}, "as 16GB"),
        ({"engine": "dask", "slurm": QUEUE | {"walltime": "soon"}}, "as 02:00:00"),
        ({"n": 0}, "n"),
    ],
)
def test_faults_name_culprit_and_cure(
    section: dict[str, object], said: str, small_config: Path
) -> None:
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue comes with windopt[dask]")
    with pytest.raises(ConfigError) as caught:
        load_config(small_config, {"workers": section, "seed": -1})
    assert said in str(caught.value)
    assert "seed" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("slurm", ["#SBATCH -p short", "#SBATCH --cpus-per-task=16", "#SBATCH -t 02:00:00"]),
        ("pbs", ["#PBS -q short", "#PBS -l select=1:ncpus=16", "#PBS -l walltime=02:00:00"]),
        ("lsf", ["#BSUB -q short", "#BSUB -n 16", "#BSUB -W 02:00"]),
    ],
)
def test_jobs_ask_their_queue_for_what_the_config_says(kind: str, lines: list[str]) -> None:
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue comes with windopt[dask]")
    from windopt.workers.dask_pool import cluster_of_jobs

    jobs = QueueConfig.model_validate(QUEUE)
    with cluster_of_jobs(kind, jobs) as cluster:
        script = cluster.job_script()
    for line in lines:
        assert line in script
    assert "--nworkers 16" in script
    assert "--nthreads 1" in script


@pytest.mark.parametrize(
    ("kind", "walltime", "read"),
    [
        ("slurm", "02:00", "02:00:00"),
        ("slurm", "1-02:30:05", "26:30:05"),
        ("pbs", "1-00:00", "24:00:00"),
        ("lsf", "01:00:00", "01:00"),
        ("lsf", "1-23:59:30", "48:00"),
    ],
)
def test_walltime_means_the_same_in_each_queue(kind: str, walltime: str, read: str) -> None:
    pytest.importorskip("distributed", reason="distributed comes with windopt[dask]")
    from windopt.workers.dask_pool import walltime_for

    assert walltime_for(kind, walltime) == read
