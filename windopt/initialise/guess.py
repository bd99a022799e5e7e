"""The guess at what each of the files that somebody has is for."""

from collections.abc import Collection, Iterable, Sequence
from typing import get_args

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.readers.identify import Role, roles_of

FLAGS: dict[Role, str] = {
    "site": "--site",
    "wind_resource": "--wind",
    "turbine": "--turbine",
    "layout": "--layout",
    "exclusions": "--exclusions",
    "fixed_turbines": "--fixed",
}
ROLES_IN_WORDS: dict[Role, str] = {
    "site": "boundary of the site (windIO, CSV, or a map: GeoJSON, shapefile, GeoPackage ...)",
    "wind_resource": "wind resource",
    "turbine": "turbine",
    "layout": "layout to improve on",
}
"""Of the files that are asked for."""
MANY: tuple[Role, ...] = ("turbine", "exclusions")
"""What a config may have several files of."""


def guess_roles(files: Sequence[str], said: Collection[Role] = ()) -> dict[Role, list[str]]:
    """Return which file is what, by their content.

    A file that has several parts, such as a windIO system, gives those that no other file has.

    Parameters
    ----------
    files : paths
    said : Collection[Role]
        The roles that need no guess.

    Raises
    ------
    ConfigError
        With every file that is not recognised, and every role that several files claim.
    """
    faults = FaultCollector()
    claims: dict[str, frozenset[Role]] = {}
    for file in files:
        roles = faults.attempt(roles_of, file)
        if roles is not None and not roles:
            cure = f"say what it is with {_either(FLAGS.values())}"
            faults.append(Fault(file, "is not recognised by its content", cure))
        claims[file] = roles or frozenset()
    chosen: dict[Role, list[str]] = {}
    for role in get_args(Role):
        claimants = [file for file in files if role in claims[file]]
        if role in said or not claimants:
            continue
        fewest = min(len(claims[file]) for file in claimants)
        best = [file for file in claimants if len(claims[file]) == fewest]
        if len(best) > 1 and role not in MANY:
            words = " and ".join(best)
            cure = f"say which with {FLAGS[role]}, and leave the other out or say what it is"
            faults.append(Fault(FLAGS[role], f"{words} could each be it", cure))
        chosen[role] = best
    faults.raise_any()
    return chosen


def missing_flag(role: Role) -> ConfigError:
    """Return the error of a role that nobody fills and nobody can be asked about."""
    problem = f"{ROLES_IN_WORDS[role]} is missing"
    return ConfigError.of(FLAGS[role], problem, f"add {FLAGS[role]} FILE")


def _either(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"
