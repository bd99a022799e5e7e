"""The paths of a config: relative to it, or names of what other packages ship."""

from pathlib import Path

from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError

WINDIO_PREFIX = "windIO:"
FLORIS_PREFIX = "floris:"
"""Before the name of a turbine in FLORIS's library."""


def is_packaged(path: str) -> bool:
    """Return whether a path names a file that another package ships."""
    return path.startswith((WINDIO_PREFIX, FLORIS_PREFIX))


def absolute(path: object, folder: Path) -> object:
    """Return a path, or a list of them, as seen from `folder`; anything else as it is."""
    if isinstance(path, list):
        return [absolute(one, folder) for one in path]
    if not isinstance(path, str) or is_packaged(path):
        return path
    try:
        return str((folder / Path(path).expanduser()).resolve())
    except (OSError, ValueError, RuntimeError):  # no such home, a loop of links: no such file
        return str(folder / path)


def require_file(path: Path, where: str) -> None:
    """Raise a fault at `where` if there is no file at `path`."""
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
        is_strange = not (is_folder or is_file) and path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, say
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError.of(where, f"{str(path)[:80]!r}: {reason}", "check the path") from None
    if is_folder:
        raise ConfigError.of(where, f"{str(path)!r} is a folder", "name a file in it")
    if is_strange:
        raise ConfigError.of(where, f"{str(path)!r} is a pipe or a device", "name a file")
    if not is_file:
        siblings = [sibling.name for sibling in path.parent.glob(f"*{path.suffix}")]
        cure = did_you_mean(path.name, siblings) if siblings else "check the path"
        raise ConfigError.of(where, f"there is no file {str(path)!r}", cure)
