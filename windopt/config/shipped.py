"""The configs that ship with windopt: `windopt run quickstart` needs no file.

In a wheel they lie in the package, where `configs/in_the_wheel.py` puts them; in a checkout they
are its folder `configs/`.
"""

import re
from pathlib import Path
from typing import NamedTuple

from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What may be the name of a config that ships: no suffix, no folder."""


class ShippedConfig(NamedTuple):
    """A config that ships: its name, and in a sentence what it is about."""

    name: str
    about: str


def shipped_folder() -> Path | None:
    """Return the folder of the configs that ship; None where an installation has none."""
    folders = PACKAGE / "configs", PACKAGE.parent / "configs"
    return next((one for one in folders if (one / "quickstart.yaml").is_file()), None)


def shipped_configs() -> list[ShippedConfig]:
    """Return the configs that ship, by name."""
    folder = shipped_folder()
    files = [] if folder is None else sorted(folder.glob("*.yaml"))
    texts = [(file.stem, file.read_text(encoding="utf-8")) for file in files]
    return [
        ShippedConfig(name, _about(text))
        for name, text in texts
        if re.search(r"^(wind_resource|system|floris)\w*:", text, re.MULTILINE)
    ]


def find_config(source: Path) -> Path:
    """Return the file that is meant: `source` itself, or the config that ships under its name.

    Raises
    ------
    ConfigError
        Where a bare name is neither a file nor a config that ships.
    """
    if not NAME.fullmatch(str(source)) or _exists(source):
        return source
    names, folder = [one.name for one in shipped_configs()], shipped_folder()
    if str(source) in names and folder is not None:
        return folder / f"{source}.yaml"
    problem = f"there is no file {str(source)!r}, and no config of this name ships with windopt"
    likely = did_you_mean(str(source), names) if names else ""
    raise ConfigError.of(str(source), problem, likely or "see: windopt run --list")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long: no such file, and whoever opens it says why
        return True


def _about(text: str) -> str:
    """Return the first sentence of the comment that a config begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#") or line.strip() == "#":
            break
        lines.append(line.lstrip("# "))
    comment = " ".join(lines).partition(" Run it with:")[0]
    return re.split(r"(?<=[a-z0-9²)]{2}\.) (?=[A-Z])", comment)[0]
