"""Reading a config file, and what identifies a config.

A config is a YAML mapping. Paths in it are relative to the config file; a path ``windIO:...`` names
a file below the folder ``examples/plant`` of the windIO package, ``floris:...`` a turbine of
FLORIS's library. The files that the paths name are read in `windopt.problem`.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from windopt.atomic import write_text
from windopt.config.compare import names_code
from windopt.config.faults import prune, shown, translate
from windopt.config.files import absolute, require_file
from windopt.config.neighbours import farms_of
from windopt.config.schema import PATH_KEYS, Config
from windopt.config.shipped import find_config
from windopt.config.shorthand import expand_files, tell_what_is_left
from windopt.config.workers import VARIABLE
from windopt.config.yaml_text import decoded, read_bytes, safe_yaml
from windopt.errors import ConfigError, Fault, FaultCollector

DEEPEST = 4
"""Times that entries with faults are taken out, each time a level up."""
MOST_FAULTS = 200
"""That are told of one config."""


def load_config(
    path: str | os.PathLike[str], overrides: Mapping[str, object] | None = None
) -> Config:
    """Read and check a config file.

    Parameters
    ----------
    path : str or os.PathLike[str]
        YAML file, or the name of a config that ships, such as ``quickstart``.
    overrides : mapping of str to object or None
        Values by dotted key, as of ``--set wake.velocity_model=cc``; strings are YAML.

    Raises
    ------
    ConfigError
        With every fault found.
    """
    faults = FaultCollector()
    config = read_config(path, overrides, faults)
    faults.raise_any()
    assert config is not None
    return config


def config_hash(config: Config) -> str:
    """Return 16 hexadecimal digits that identify what `config` says, not how it is written.

    Who does the work is left out: a run that was begun on a laptop goes on on a cluster.
    """
    said = _without_code(config).model_dump(mode="json", exclude={"workers"})
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def dump_config(config: Config, path: str | os.PathLike[str]) -> None:
    """Write `config` with all defaults resolved, so that `load_config` returns an equal one.

    Searches of one's own are left out: no file of a config names code.
    """
    said = _without_code(config).model_dump(mode="json")
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    write_text(path, f"# config hash: {config_hash(config)}\n{text}")


def read_config(
    source: str | os.PathLike[str] | Config,
    overrides: Mapping[str, object] | None,
    faults: FaultCollector,
) -> Config | None:
    """Return the config, adding its faults to `faults`.

    A faulty config is returned without its faulty entries where that leaves one to go on with, so
    that the files it names can be checked in the same pass; missing paths are then empty. It is for
    the caller to raise the faults.
    """
    if isinstance(source, Config):
        label, folder, raw = "config", Path.cwd(), source.model_dump(mode="json")
    else:
        there = faults.attempt(find_config, Path(source))
        path = Path(source) if there is None else there
        loaded = None if there is None else faults.attempt(read_mapping, path)
        if loaded is None:
            return None
        label, folder, raw = path.name, path.absolute().parent, {"name": path.stem} | loaded
        faults.attempt(_refuse_code, raw, label)
    expand_files(raw, folder, faults)
    if text := os.environ.get(VARIABLE):
        faults.attempt(_override, raw, "workers", text)
    for key, value in (overrides or {}).items():
        faults.attempt(_override, raw, key, value)
    expand_files(raw, folder, faults)
    tell_what_is_left(raw, folder)
    raw = {key: value for key, value in raw.items() if value is not None}
    raw |= {key: absolute(raw[key], folder) for key in PATH_KEYS if key in raw}
    fixed = raw.get("fixed_turbines")
    if isinstance(fixed, dict) and "layout" in fixed:
        raw["fixed_turbines"] = fixed | {"layout": absolute(fixed["layout"], folder)}
    raw["neighbours"] = farms_of(raw.get("neighbours", []))
    if isinstance(raw["neighbours"], list):
        raw["neighbours"] = [_located(one, folder) for one in raw["neighbours"]]
    if isinstance(raw.get("exclusions"), list):
        raw["exclusions"] = [
            item | {"file": absolute(item["file"], folder)}
            if isinstance(item, dict) and item.get("file")
            else item
            for item in raw["exclusions"]
        ]
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        found: dict[str, Fault] = {}
        for details in error.errors():
            if len(found) < MOST_FAULTS:
                fault = translate(details, label)
                found.setdefault(fault.where, fault)
            prune(raw, details)
        faults.extend(found.values())
    for _ in range(DEEPEST):  # what is left of a section may be too little to go on with
        try:
            return Config.model_validate(raw)
        except ValidationError as error:
            for details in error.errors():
                prune(raw, details)
    return None


def _located(farm: object, folder: Path) -> object:
    """Return a neighbour with absolute paths."""
    if not isinstance(farm, dict):
        return farm
    files = {key: absolute(farm[key], folder) for key in ("layout", "boundaries") if farm.get(key)}
    return farm | files


def _without_code(config: Config) -> Config:
    methods = [name for name in config.compare.methods or [] if not names_code(name)]
    if methods == (config.compare.methods or []):
        return config
    compare = config.compare.model_copy(update={"methods": methods or None})
    return config.model_copy(update={"compare": compare})


def _refuse_code(raw: Mapping[str, Any], label: str) -> None:
    """Refuse a config that names code: it may be somebody else's."""
    compare = raw.get("compare")
    methods = compare.get("methods") if isinstance(compare, dict) else None
    if isinstance(methods, list) and (code := [name for name in methods if names_code(name)]):
        problem = f"{shown(code[0])} is code, which no config may run"
        cure = (
            "leave it out, and name it on the command line if you trust it: --method FILE.py:NAME"
        )
        raise ConfigError.of(f"{label}: compare.methods", problem, cure)


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds keys and values, or raise its fault."""
    require_file(path, path.name)
    try:
        loaded = safe_yaml(decoded(read_bytes(path, path.name)))
    except ValueError as error:
        problem = f"cannot be read as YAML: {error}"
        raise ConfigError.of(path.name, problem, "correct it there") from None
    if not isinstance(loaded, dict):
        problem = f"holds a {type(loaded).__name__}, not a mapping of keys to values"
        raise ConfigError.of(path.name, problem, "write lines such as 'site: my_site.yaml'")
    return loaded


def _override(raw: dict[str, Any], key: str, value: object) -> None:
    *sections, last = key.split(".")
    if not all((*sections, last)):
        raise ConfigError.of("--set", f"{key!r} is no key", "write it as wake.velocity_model")
    try:
        parsed = safe_yaml(value) if isinstance(value, str) else deepcopy(value)
    except ValueError:
        raise ConfigError.of(key, f"{value!r} is not valid YAML", "put it in quotes") from None
    for name in sections:
        if raw.get(name) is None:
            raw[name] = {}
        raw = raw[name]
        if not isinstance(raw, dict):
            raise ConfigError.of(key, f"{name!r} is not a section", f"set {name!r} itself")
    raw[last] = parsed
