"""The file of a study: several configs, or a grid of settings, or both; and the jobs they make."""

import hashlib
import itertools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from pydantic import Field, ValidationError, field_validator

from windopt.config.faults import translate
from windopt.config.reader import MOST_FAULTS, read_mapping
from windopt.config.section import Section, refusal
from windopt.errors import ConfigError, Fault

MOST_JOBS = 10_000
LONGEST_VALUE = 24
"""Characters of a setting's value in a job's name; of a longer one, a digest stands there."""


SETTINGS = ("simulate.", "train.", "optimise.")
"""Sections that say how is searched and learned."""
AIMS = ("optimise.pattern", "optimise.regularity")
"""What is wanted of a layout is no way to find it."""


class StudyConfig(Section):
    """What a study consists of."""

    name: str = Field(min_length=1, max_length=100, description="names the study's folder")
    configs: list[str] = Field(
        min_length=1,
        max_length=MOST_JOBS,
        description="config files, by paths relative to the study's file",
    )
    grid: dict[str, list[Any]] = Field(
        default={},
        description="values by dotted key: every combination of them is a job of every config",
    )
    set: dict[str, Any] = Field(
        default={}, description="settings of all jobs by dotted key, as of --set"
    )
    out: str | None = Field(
        default=None, description="folder below the current one [results/<name>]"
    )
    tuning: bool | None = Field(
        default=None,
        description="book all runs as tuning, which is waste: they choose settings; by default "
        "where the grid varies settings of simulate, train or optimise",
    )

    @property
    def tuned(self) -> list[str]:
        """The settings that the study is there to choose, by dotted key; none where none is."""
        if self.tuning is False:
            return []
        varied = [key for key, values in self.grid.items() if len(values) > 1]
        chosen = [k for k in varied if k.startswith(SETTINGS) and k not in AIMS]
        return chosen if self.tuning is None else chosen or varied or ["all"]

    @field_validator("configs", mode="before")
    @classmethod
    def _one_or_several(cls, configs: object) -> object:
        return [configs] if isinstance(configs, str) else configs

    @field_validator("grid", mode="before")
    @classmethod
    def _value_or_values(cls, grid: object) -> object:
        if not isinstance(grid, dict):
            return grid
        return {key: one if isinstance(one, list) else [one] for key, one in grid.items()}

    @field_validator("grid")
    @classmethod
    def _has_values(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for key, values in grid.items():
            if not values:
                raise refusal(f"{key!r} has no values", "give some, or leave it out")
            if isinstance(values[0], dict):
                raise refusal(f"{key!r} holds a section", f"write dotted keys: {key}.key: [...]")
        return grid

    @field_validator("name", "out")
    @classmethod
    def _stays_below(cls, name: str | None) -> str | None:
        path = PurePath(name or "x")
        if path.is_absolute() or ".." in path.parts or not str(path).isprintable():
            raise refusal(f"{name!r} leads elsewhere", "name a folder below this one, or use --out")
        return name


@dataclass(frozen=True)
class StudyJob:
    """One run of a study.

    Attributes
    ----------
    name : str
        And its folder's.
    config : Path
    settings : dict
        By dotted key: those of the grid.
    overrides : dict
        These and those of all jobs.
    """

    name: str
    config: Path
    settings: Mapping[str, Any]
    overrides: Mapping[str, Any]


def read_study(
    path: str | os.PathLike[str], overrides: Mapping[str, object] | None = None
) -> tuple[StudyConfig, list[StudyJob]]:
    """Read a study's file, and list its jobs; their configs are not looked at.

    Parameters
    ----------
    path : str or os.PathLike[str]
        YAML file.
    overrides : mapping of str to object or None
        Settings of all jobs, over those of the file.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    file = Path(path)
    raw = {"name": file.stem} | read_mapping(file)
    try:
        study = StudyConfig.model_validate(raw)
    except ValidationError as error:
        found = {
            str(f): f
            for d in error.errors()[:MOST_FAULTS]
            for f in [translate(d, file.name, StudyConfig)]
        }
        raise ConfigError(found.values()) from None
    combinations = 1
    for values in study.grid.values():
        combinations *= len(values)
    if combinations * len(study.configs) > MOST_JOBS:
        problem = f"make {combinations * len(study.configs):,} jobs"
        raise ConfigError.of(f"{file.name}: grid", problem, f"give at most {MOST_JOBS:,}")
    jobs: dict[str, StudyJob] = {}
    for config in study.configs:
        for combination in itertools.product(*study.grid.values()):
            settings = dict(zip(study.grid, combination, strict=True))
            stem = re.sub(r"[^\w.+-]", "_", PurePath(config).stem)[:60].lstrip(".-") or "job"
            name = "-".join([stem, *(_word(key, value) for key, value in settings.items())])
            if len(name) > 150:
                name = f"{name[:140]}-{_digest(name)}"
            if name in jobs:
                problem = f"the job {name!r} comes twice"
                raise ConfigError(
                    [Fault(file.name, problem, "give every config and value once, files by name")]
                )
            everything = {**study.set, **settings, **(overrides or {})}
            jobs[name] = StudyJob(name, file.parent / config, settings, everything)
    return study, list(jobs.values())


def _word(key: str, value: object) -> str:
    """Return a setting as a part of a folder's name."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    word = re.sub(r"[^\w.+-]", "_", text)
    if len(word) > LONGEST_VALUE or word != text:
        word = f"{word[:LONGEST_VALUE]}~{_digest(text)}"
    return f"{re.sub(r'[^A-Za-z0-9_]', '_', key.rpartition('.')[2])[:40]}={word}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:6]
