"""Where a result comes from: what was read, with what, and what was written, each with its hash."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from windopt.config.schema import Config
from windopt.errors import ConfigError
from windopt.ledger.totals import LedgerContent
from windopt.readers.windio.document import resolve
from windopt.report.wording import Row

DIGITS = 16
"""Hexadecimal digits of a SHA-256 that are shown."""


def provenance_rows(
    config: Config,
    summary: Mapping[str, Any],
    content: LedgerContent,
    folder: Path,
    written: Iterable[Path],
) -> list[Row]:
    """List the config, the files read and written with the start of their SHA-256, and the machine.

    Parameters
    ----------
    content : LedgerContent
        The ledger's, which knows when and on what machine the run was made.
    folder : path
        Of the run.
    written : iterable of path
        Files in it whose hashes are stated.
    """
    rows = [
        Row("config", summary["config_hash"], f"seed {summary['seed']}, for every random choice"),
        Row("versions", _versions(summary["versions"])),
    ]
    for run in content.runs[:1]:
        machine = [run.get("cpu_model"), f"{run['vcpus']} vCPUs" if run.get("vcpus") else None]
        machine += [run.get("platform"), f"Python {run['python']}" if run.get("python") else None]
        rows.append(Row("machine", ", ".join(str(fact) for fact in machine if fact)))
        if run.get("git_revision"):
            rows.append(Row("code", f"windopt's revision {run['git_revision']}"))
        rows.append(Row("begun", str(run["time"])[:19].replace("T", " ") + " UTC"))
    rows += [Row(f"read: {key}", path.name, digest(path)) for key, path in _read_files(config)]
    rows += [Row("written", str(path.relative_to(folder)), digest(path)) for path in written]
    return rows


def digest(path: Path) -> str:
    """Return the start of a file's SHA-256."""
    with path.open("rb") as file:
        return f"sha256 {hashlib.file_digest(file, 'sha256').hexdigest()[:DIGITS]}"


def _read_files(config: Config) -> Iterator[tuple[str, Path]]:
    """Name the files that a config names and that are still where they were."""
    named: list[tuple[str, str | None]] = [
        ("site", config.site),
        ("wind_resource", config.wind_resource),
        ("value", config.value),
        *(("speed_map", one) for one in _listed(config.speed_map or [])),
        *(("turbine", one) for one in _listed(config.turbine)),
        ("layout", config.layout),
        *(("exclusions", item.file) for item in config.exclusions),
    ]
    if config.fixed_turbines is not None:
        named.append(("fixed_turbines", config.fixed_turbines.layout))
    for key, name in named:
        if name:
            try:
                path = resolve(name)
            except ConfigError:
                continue
            if path.is_file():
                yield key, path


def _listed(files: str | list[str]) -> list[str]:
    return [files] if isinstance(files, str) else files


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
