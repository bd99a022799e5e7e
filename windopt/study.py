"""A study: many runs, one after the other, and one table at the end.

Each job has a run folder of its own in the study's folder and all cores of the machine: a run keeps
them busy by itself. What is finished is never done again; what has failed is reported, and tried
again when the study is called again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from windopt import pipeline
from windopt.config.reader import config_hash, load_config
from windopt.config.study import StudyConfig, StudyJob, read_study
from windopt.errors import ConfigError, Fault, WindoptError
from windopt.ledger.began import Began
from windopt.ledger.ledger import StageKind
from windopt.problem.problem import LayoutProblem
from windopt.report.study_table import CUT_SHORT, SEARCH_INTERRUPTED, write_study
from windopt.runs.folder import RunFolder
from windopt.runs.lock import FolderLock
from windopt.runs.observer import Observer

logger = logging.getLogger(__name__)


class Study:
    """A study that has been checked: all of its jobs can run.

    Parameters
    ----------
    file : path
        YAML, see `windopt.config.study.StudyConfig`.
    out : path, optional
        The study's folder; by default the file's, or ``results/<name>``.
    overrides : mapping, optional
        Settings of all jobs.
    began : Began, optional
        When the study began, with this call by default: the first run is charged from then on, each
        other one from the end of the run before.

    Raises
    ------
    ConfigError
        With all faults of the study and of all its jobs.
    """

    def __init__(
        self,
        file: str | Path,
        out: str | Path | None = None,
        overrides: Mapping[str, object] | None = None,
        began: Began | None = None,
    ) -> None:
        self._began = began or Began.now()
        self.config: StudyConfig
        self.config, self.jobs = read_study(file, overrides)
        self.path = Path(out or self.config.out or Path("results") / self.config.name)
        self._hashes = _check(self.jobs, self.path)
        self._failed: dict[str, str] = {}

    def folder(self, job: StudyJob) -> RunFolder:
        """Return the run folder of a job, whether it is there or not."""
        return RunFolder(self.path / job.name)

    def is_finished(self, job: StudyJob) -> bool:
        """Return whether a job has been done to its end."""
        folder = self.folder(job)
        if not (folder.summary.exists() and folder.report.exists()):
            return False
        try:
            summary = folder.read_summary()
        except WindoptError:
            return False  # torn: the run mends it
        done = summary.get("status") == "completed"
        spent = summary.get("status") == "stopped" and summary.get("reason") not in CUT_SHORT
        return (done or spent) and summary.get("config_hash") == self._hashes[job.name]

    def run(
        self,
        observer: Observer | None = None,
        announce: Callable[[str], None] = logger.info,
    ) -> dict[str, Any]:
        """Do what is not finished; returns the content of `study.json`.

        The tables are written after every job: `study.json`, `study.csv`, `study.md`.

        Parameters
        ----------
        observer : Observer, optional
            Watches every run.
        announce : callable
            Told which job comes next, and what became of it.
        """
        _make(self.path)
        with closing(_Held(FolderLock(self.path).take())):
            if self.config.tuned:
                announce(
                    f"its runs choose {', '.join(self.config.tuned)}: all of them are booked as "
                    "tuning, which is waste; tuning: false in the study's file says otherwise"
                )
            for number, job in enumerate(self.jobs, start=1):
                label = f"job {number} of {len(self.jobs)}: {job.name}"
                if self.is_finished(job):
                    announce(f"{label} is finished")
                    continue
                announce(label)
                self._do(job, observer, announce)
                self.tell()
            return self.tell()

    def tell(self) -> dict[str, Any]:
        """Write the tables of the study as it stands; returns the content of `study.json`."""
        return write_study(
            self.path,
            self.config.name,
            [(job, self._summary(job), self._failed.get(job.name)) for job in self.jobs],
        )

    def _do(
        self, job: StudyJob, observer: Observer | None, announce: Callable[[str], None]
    ) -> None:
        folder = self.folder(job)
        if (self._summary(job) or {}).get("reason") == SEARCH_INTERRUPTED:
            folder.solution.unlink(missing_ok=True)  # the best by then: the study wants all of it
        try:
            charged_to: StageKind = "tuning" if self.config.tuned else "between"
            pipeline.run(
                job.config, folder.path, job.overrides, observer, self._began.alone(), charged_to
            )
            if (self._summary(job) or {}).get("reason") == SEARCH_INTERRUPTED:
                raise KeyboardInterrupt  # the run has kept what it had; the study stops with it
        except KeyboardInterrupt:
            self.tell()
            raise
        except Exception as error:  # of one job: the others are none the worse
            self._failed[job.name] = f"{type(error).__name__}: {error}"
            announce(f"{job.name} has failed: {self._failed[job.name]}")
            if not isinstance(error, WindoptError):
                logger.debug("job %s", job.name, exc_info=True)
        finally:
            self._began = Began.now()

    def _summary(self, job: StudyJob) -> dict[str, Any] | None:
        folder = self.folder(job)
        try:
            return folder.read_summary() if folder.summary.exists() else None
        except WindoptError:
            return None


class _Held:
    """Closes by giving a lock back."""

    def __init__(self, lock: FolderLock) -> None:
        self.close = lock.release


def _make(path: Path) -> None:
    with suppress(FileExistsError):
        RunFolder.make(path)


def _check(jobs: Sequence[StudyJob], path: Path) -> dict[str, str]:
    """Check all jobs, and give the hashes of their configs; the same fault is told once."""
    faults: dict[str, list[str]] = {}
    found: dict[str, Fault] = {}
    hashes: dict[str, str] = {}
    for job in jobs:
        try:
            problem = pipeline.prepare(job.config, job.overrides)
            hashes[job.name] = config_hash(problem.config)
            _check_folder(RunFolder(path / job.name), problem)
        except ConfigError as error:
            for fault in error.faults:
                found.setdefault(str(fault), fault)
                faults.setdefault(str(fault), []).append(job.name)
        except WindoptError as error:
            fault = Fault(job.name, str(error).replace("\n", " "), "correct the study")
            found[str(fault)], faults[str(fault)] = fault, [""]
    if found:
        raise ConfigError(
            Fault(_named(of, faults[key], len(jobs)), of.problem, of.cure)
            for key, of in found.items()
        )
    return hashes


def _named(fault: Fault, jobs: Sequence[str], total: int) -> str:
    if jobs == [""] or len(jobs) == total:
        return fault.where
    more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
    return f"{jobs[0]}{more}: {fault.where}"


def _check_folder(folder: RunFolder, problem: LayoutProblem) -> None:
    """Refuse a job whose folder was begun under another config."""
    if not folder.config.exists():
        return
    if config_hash(load_config(folder.config)) != config_hash(problem.config):
        raise ConfigError.of(
            f"'{folder.path}'",
            "holds a run of another config",
            "give the study another folder with --out, or delete that run",
        )
