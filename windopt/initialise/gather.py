"""Gathers what a first config says: from the command line, from what files are, from answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from windopt.errors import ConfigError, FaultCollector
from windopt.initialise.draft import Draft, rewrite_draft
from windopt.initialise.guess import FLAGS, guess_roles, missing_flag
from windopt.initialise.questions import (
    FACTS,
    ask_for_crs,
    ask_for_distances,
    ask_for_fact,
    ask_for_file,
    ask_for_number,
    ask_for_text,
    console,
    is_there_a_layout,
)
from windopt.problem.problem import LayoutProblem
from windopt.readers.identify import Role
from windopt.readers.load import load_problem
from windopt.readers.places.site import read_site
from windopt.words import count_of

Parts = dict[Role, list[str]]
"""Files by what they are."""


@dataclass(frozen=True)
class Given:
    """What the command line says.

    Attributes
    ----------
    files : sequence of str
        What they are is guessed.
    parts : mapping of Role to list of str
        Files whose role is said.
    distances_m : sequence of float [m]
        Kept from exclusions: one for all, or one for each file.
    n_turbines : int or None
    crs, name : str or None
    out : Path or None
        The config to write.
    facts : mapping of str to float
        What files leave out, by entry of the config.
    """

    files: Sequence[str] = ()
    parts: Mapping[Role, list[str]] = field(default_factory=dict)
    distances_m: Sequence[float] = ()
    n_turbines: int | None = None
    crs: str | None = None
    name: str | None = None
    out: Path | None = None
    facts: Mapping[str, float] = field(default_factory=dict)


def gather(given: Given, asks: bool) -> tuple[Draft, Path]:
    """Return what a first config says, and where it is to lie.

    Parameters
    ----------
    given : Given
        What the command line says.
    asks : bool
        Whether somebody can be asked for what is missing.

    Raises
    ------
    ConfigError
        With all that is doubtful or missing.
    """
    parts = _guessed(given) | dict(given.parts)
    faults = FaultCollector()
    _fill_roles(parts, asks, faults)
    n_turbines = given.n_turbines
    if "layout" not in parts and asks and is_there_a_layout():
        parts["layout"] = [ask_for_file("layout")]
    if "layout" not in parts and n_turbines is None:
        n_turbines = faults.attempt(_number, asks)
    shapes = parts.get("exclusions", [])
    distances = faults.attempt(_distances, given.distances_m, shapes) or []
    faults.raise_any()
    if asks and shapes and not any(distances):
        distances = ask_for_distances(shapes)
    crs = _crs(parts["site"][0], given.crs, asks)
    name, out = _name_and_place(given, parts["site"][0], asks)
    draft = Draft(
        name=name,
        site=parts["site"][0],
        wind_resource=parts["wind_resource"][0],
        turbine=parts["turbine"],
        layout=_first(parts, "layout"),
        n_turbines=n_turbines,
        crs=crs,
        exclusions=shapes,
        exclusion_distances_m=distances,
        fixed_turbines=_first(parts, "fixed_turbines"),
        facts=given.facts,
    )
    return draft, out


def complete(draft: Draft, out: Path, asks: bool) -> LayoutProblem:
    """Check a config that has been written; with somebody to ask, what its files lack is asked for.

    Raises
    ------
    ConfigError
        With the faults of the config, which stays.
    """
    while True:
        try:
            return load_problem(out)
        except ConfigError as error:
            lacking = {fault.lacks for fault in error.faults} - set(draft.facts)
            if not asks or not (lacking & FACTS.keys()):
                raise
        answers = {entry: ask_for_fact(entry) for entry in FACTS if entry in lacking}
        draft = replace(draft, facts={**draft.facts, **answers})
        rewrite_draft(draft, out)


def _guessed(given: Given) -> Parts:
    """Guess what files are, and report it."""
    guessed = guess_roles(given.files, given.parts)
    if given.n_turbines is not None and _is_part(guessed, "layout"):
        del guessed["layout"]  # of a file that holds more: the number that is said goes before it
    _tell_guesses(guessed)
    return guessed


def _is_part(guessed: Parts, role: Role) -> bool:
    """Return whether a file has a role and another one too."""
    return role in guessed and any(
        one != role and paths == guessed[role] for one, paths in guessed.items()
    )


def _tell_guesses(guessed: Parts) -> None:
    """Report what was guessed, a file that holds several parts once."""
    flags: dict[tuple[str, ...], list[str]] = {}
    for role, paths in guessed.items():
        flags.setdefault(tuple(paths), []).append(FLAGS[role])
    for files, words in flags.items():
        console.print(f"  {', '.join(words)}: {', '.join(files)}", soft_wrap=True)


def _fill_roles(parts: Parts, asks: bool, faults: FaultCollector) -> None:
    """Ask for the files that every config needs, where they are missing."""
    needed: tuple[Role, ...] = ("site", "wind_resource", "turbine")
    for role in needed:
        if role in parts:
            continue
        if asks:
            parts[role] = [ask_for_file(role)]
        else:
            faults.extend(missing_flag(role).faults)


def _number(asks: bool) -> int:
    if not asks:
        problem = "neither a layout nor the number of turbines is given"
        raise ConfigError.of("--n-turbines", problem, "add --n-turbines N, or --layout FILE")
    return ask_for_number()


def _distances(said: Sequence[float], shapes: Sequence[str]) -> list[float]:
    """Return the distance to keep from each file of exclusions [m].

    One for all, or one for each.
    """
    if len(said) <= 1:
        return [*(said or [0.0])] * len(shapes)
    if len(said) != len(shapes):
        problem = (
            f"{count_of(len(said), 'distance')} for {count_of(len(shapes), 'file')} of exclusions"
        )
        raise ConfigError.of("--distance", problem, "give one for all, or one for each")
    return [*said]


def _crs(site: str, crs: str | None, asks: bool) -> str | None:
    """Return the CRS to write: the one that is given, or that of the site's file."""
    found = crs
    if crs is None:
        # a site that cannot be read is told of by the checks, beside all else
        read = FaultCollector().attempt(read_site, site, True)
        found = read.crs if read is not None else None
    return ask_for_crs() if found is None and asks else found or None


def _name_and_place(given: Given, site: str, asks: bool) -> tuple[str, Path]:
    """Return the farm's name, and the config to write."""
    stem = _plain(Path(site).stem)
    name, out = given.name, given.out
    if name is None:
        name = ask_for_text("Name of the farm", stem) if asks else stem
    if out is None:
        default = f"{_plain(name)}.yaml"
        out = Path(ask_for_text("Config to write", default) if asks else default)
    return name, out


def _first(parts: Parts, role: Role) -> str | None:
    return next(iter(parts.get(role, ())), None)


def _plain(name: str) -> str:
    """Return a name that files may have everywhere."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "farm"
