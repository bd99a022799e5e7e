"""Section of the config for the processes that do the work: here, or wherever Dask has some."""

from importlib.util import find_spec
from typing import Literal

from pydantic import Field, field_validator, model_validator

from windopt.config.section import Section, refusal

NEEDS = "pip install 'windopt[dask]'"
QUEUES = ("slurm", "pbs", "lsf")
VARIABLE = "WINDOPT_WORKERS"
"""Environment variable that holds the section as YAML, or an address, or an engine's name."""


class QueueConfig(Section):
    """Jobs of a cluster's queue, each with workers of Dask (dask-jobqueue)."""

    cores: int = Field(ge=1, le=1024, description="of each job, one worker on each")
    memory: str = Field(pattern=r"^\d+(\.\d+)? ?[kKMGT]i?B$", description="of each job, as 16GB")
    walltime: str = Field(
        default="01:00:00",
        pattern=r"^(\d+-)?\d{1,3}:\d{2}(:\d{2})?$",
        description="of each job, as 02:00:00",
    )
    queue: str | None = Field(default=None, description="its queue, Slurm's partition")
    n_jobs: int = Field(default=1, ge=1, le=10_000, description="how many jobs")


class WorkersConfig(Section):
    """The processes that simulate, search and verify; the layout does not depend on them."""

    engine: Literal["processes", "dask"] = Field(
        default="processes",
        description="processes of this machine, or dask: those of a Dask scheduler",
    )
    n: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="how many on this machine; by default one on each core",
    )
    address: str | None = Field(
        default=None,
        description="of a Dask scheduler that runs already, as tcp://host:8786, or its scheduler "
        "file; with engine: dask",
    )
    slurm: QueueConfig | None = Field(default=None, description="jobs of Slurm, with engine: dask")
    pbs: QueueConfig | None = Field(default=None, description="jobs of PBS, with engine: dask")
    lsf: QueueConfig | None = Field(default=None, description="jobs of LSF, with engine: dask")

    @field_validator("engine")
    @classmethod
    def _engine_is_installed(cls, engine: str) -> str:
        if engine == "dask" and find_spec("distributed") is None:
            raise refusal("dask needs a package that is not installed", NEEDS)
        return engine

    @model_validator(mode="after")
    def _one_place(self) -> "WorkersConfig":
        given = [name for name in ("address", *QUEUES) if getattr(self, name) is not None]
        if given and self.engine != "dask":
            raise refusal(f"{given[0]} is for Dask, and engine is {self.engine}", "engine: dask")
        if len(given) > 1:
            raise refusal(f"{' and '.join(given)} are both given", "give one of them")
        if self.n is not None and given:
            raise refusal(
                f"n is {self.n}, which counts processes of this machine, and {given[0]} is given",
                "leave n out",
            )
        if given and given[0] in QUEUES and find_spec("dask_jobqueue") is None:
            raise refusal(f"{given[0]} needs a package that is not installed", NEEDS)
        return self

    @property
    def queue(self) -> tuple[str, QueueConfig] | None:
        """The kind of queue that is asked for, and its jobs."""
        asked = ((name, getattr(self, name)) for name in QUEUES)
        return next(((name, jobs) for name, jobs in asked if jobs is not None), None)


def section_of(given: object) -> object:
    """Return the section that a short form stands for: an engine, an address, or a number."""
    if isinstance(given, int) and not isinstance(given, bool):
        return {"n": given}
    if given in ("processes", "dask"):
        return {"engine": given}
    if isinstance(given, str) and ("://" in given or given.endswith(".json")):
        return {"engine": "dask", "address": given}
    return given
