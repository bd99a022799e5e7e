"""The command `windopt init`: guess, ask what is missing, write, check."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.prompt import Confirm, Prompt

from windopt.config.files import WINDIO_PREFIX
from windopt.errors import ConfigError, FaultCollector
from windopt.initialise.draft import Draft, rewrite_draft, write_draft
from windopt.initialise.guess import FLAGS, guess_roles, missing_flag
from windopt.problem.problem import LayoutProblem
from windopt.readers.crs import require_metres
from windopt.readers.identify import Role
from windopt.readers.load import load_problem
from windopt.readers.places.site import read_site
from windopt.readers.windio.document import resolve
from windopt.terminal import PlainConsole
from windopt.words import count_of

T = TypeVar("T")

console = PlainConsole()
WHAT: dict[Role, str] = {
    "site": "boundary of the site (GeoJSON, shapefile, KML, CSV or windIO)",
    "wind_resource": "wind resource",
    "turbine": "turbine",
    "layout": "layout to improve on",
}
FACTS = {
    "turbulence_intensity": (
        "turbulence intensity is missing",
        "Turbulence intensity of the wind, such as 0.06 offshore",
        1.0,
    ),
    "wind_shear": (
        "set atmosphere.wind_shear",
        "Power-law exponent of the wind profile, such as 0.08 offshore or 0.14 on land",
        1.0,
    ),
    "roughness_length": (
        "set roughness_length:",
        "Roughness length of the ground all round in metres, such as 0.03; 0 at sea",
        5.0,
    ),
    "rotor_diameter": ("does not say the rotor_diameter", "Rotor diameter in metres", 1000.0),
    "hub_height": ("does not say the hub_height", "Hub height in metres", 1000.0),
}
"""What files may lack: the words by which a fault tells it, the question, what it is below."""


def init(
    files: Annotated[
        list[str] | None, typer.Argument(help="files that you have; which is what is guessed")
    ] = None,
    site: Annotated[str | None, typer.Option(help="file with the boundary")] = None,
    wind: Annotated[str | None, typer.Option(help="file with the wind resource")] = None,
    turbine: Annotated[
        list[str] | None, typer.Option(help="file with the turbine; again for another type")
    ] = None,
    layout: Annotated[str | None, typer.Option(help="file with the layout to improve on")] = None,
    exclusions: Annotated[
        list[str] | None, typer.Option(help="file with shapes that keep turbines off")
    ] = None,
    distance: Annotated[
        list[float] | None,
        typer.Option(help="distance kept from them [m]; again for each of several files", min=0),
    ] = None,
    fixed: Annotated[str | None, typer.Option(help="file with turbines that stand")] = None,
    n_turbines: Annotated[int | None, typer.Option(help="number of turbines", min=1)] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of all metres, as EPSG:25831")] = None,
    ti: Annotated[
        float | None, typer.Option(help="turbulence intensity, where the wind has none")
    ] = None,
    shear: Annotated[
        float | None, typer.Option(help="wind shear exponent, from the wind's height to the hub")
    ] = None,
    roughness: Annotated[
        float | None, typer.Option(help="roughness length [m], for a .lib or .gwc")
    ] = None,
    rotor: Annotated[
        float | None, typer.Option(help="rotor diameter [m], where a turbine's CSV has none")
    ] = None,
    hub: Annotated[float | None, typer.Option(help="hub height [m], likewise")] = None,
    name: Annotated[str | None, typer.Option(help="name of the farm")] = None,
    out: Annotated[Path | None, typer.Option(help="config to write [NAME.yaml]")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="ask nothing")] = False,
) -> None:
    """Write a first config from your files, and check it; asks what they do not say."""
    said: dict[Role, list[str]] = {
        "site": [site] if site else [],
        "wind_resource": [wind] if wind else [],
        "turbine": turbine or [],
        "layout": [layout] if layout else [],
        "exclusions": exclusions or [],
        "fixed_turbines": [fixed] if fixed else [],
    }
    given = {role: paths for role, paths in said.items() if paths}
    guessed = guess_roles(files or [], given)
    if n_turbines is not None and "layout" in guessed and _is_part(guessed, "layout"):
        del guessed["layout"]  # of a file that holds more: the number that is said goes before it
    _tell_guesses(guessed)
    parts = guessed | given
    asks = not yes and is_interactive()
    faults = FaultCollector()
    for role in ("site", "wind_resource", "turbine"):
        if role not in parts:
            found = faults.attempt(_file, role, asks)
            parts[role] = [found] if found else []
    if "layout" not in parts and asks and Confirm.ask("Is there a layout to improve on?"):
        parts["layout"] = [_file("layout", asks)]
    if "layout" not in parts and n_turbines is None:
        n_turbines = faults.attempt(_number, asks)
    shapes = parts.get("exclusions", [])
    distances = faults.attempt(_distances, distance or [], shapes) or []
    faults.raise_any()
    if asks and shapes and not any(distances):
        question = "Distance to keep from {} in metres"
        distances = [_until(Prompt.ask, question.format(one), float, "0") for one in shapes]
    crs = _crs(parts["site"][0], crs, asks)
    stem = _plain(Path(parts["site"][0]).stem)
    if name is None:
        name = Prompt.ask("Name of the farm", default=stem) if asks else stem
    if out is None:
        default = f"{_plain(name)}.yaml"
        out = Path(Prompt.ask("Config to write", default=default) if asks else default)
    layouts, standing = parts.get("layout", []), parts.get("fixed_turbines", [])
    draft = Draft(
        name=name,
        site=parts["site"][0],
        wind_resource=parts["wind_resource"][0],
        turbine=parts["turbine"],
        layout=layouts[0] if layouts else None,
        n_turbines=n_turbines,
        crs=crs,
        exclusions=shapes,
        exclusion_distances_m=distances,
        fixed_turbines=standing[0] if standing else None,
        facts={
            key: value
            for key, value in zip(FACTS, (ti, shear, roughness, rotor, hub), strict=True)
            if value is not None
        },
    )
    write_draft(draft, out)
    console.print(f"written to {out}", soft_wrap=True)
    try:
        problem = _loaded(draft, out, asks)
    except ConfigError:
        say = f"it has faults: correct them, and check it again with: windopt check {out}"
        console.print(say, soft_wrap=True)
        raise
    from windopt.report.wording import problem_in_words  # with what draws, which takes a second

    say = "\n  ".join([f"{out}: no faults", *problem_in_words(problem)])
    console.print(say, soft_wrap=True)
    console.print(f"go on with: windopt run {out}", soft_wrap=True)


def _loaded(draft: Draft, out: Path, asks: bool) -> LayoutProblem:
    """Return the problem of a config; with somebody to ask, what its files lack is asked for."""
    while True:
        try:
            return load_problem(out)
        except ConfigError as error:
            text = str(error)
            lacking = [
                k for k, (sign, *_) in FACTS.items() if sign in text and k not in draft.facts
            ]
            if not asks or not lacking:
                raise
        told = {
            key: _until(Prompt.ask, FACTS[key][1], partial(_fact, below=FACTS[key][2]))
            for key in lacking
        }
        draft = replace(draft, facts={**draft.facts, **told})
        rewrite_draft(draft, out)


def _is_part(guessed: Mapping[Role, list[str]], role: Role) -> bool:
    """Return whether the file that has a role has another one too."""
    return any(one != role and paths == guessed[role] for one, paths in guessed.items())


def _tell_guesses(guessed: Mapping[Role, list[str]]) -> None:
    """Report what was guessed, a file that holds several parts once."""
    flags: dict[tuple[str, ...], list[str]] = {}
    for role, paths in guessed.items():
        flags.setdefault(tuple(paths), []).append(FLAGS[role])
    for files, words in flags.items():
        say = f"  {', '.join(words)}: {', '.join(files)}"
        console.print(say, highlight=False, markup=False, soft_wrap=True)


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


def is_interactive() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()


def _file(role: Role, asks: bool) -> str:
    """Ask for a file until there is one."""
    if not asks:
        raise missing_flag(role, WHAT[role])
    return _until(Prompt.ask, f"File with the {WHAT[role]}", _existing)


def _number(asks: bool) -> int:
    if not asks:
        problem = "neither a layout nor the number of turbines is given"
        raise ConfigError.of("--n-turbines", problem, "add --n-turbines N, or --layout FILE")
    return _until(Prompt.ask, "Number of turbines", _positive)


def _crs(site: str, crs: str | None, asks: bool) -> str | None:
    """Return the CRS to write: the one that is given, or that of the site's file."""
    found = crs
    if crs is None:
        # a site that cannot be read is told of by the checks, beside all else
        read = FaultCollector().attempt(read_site, site, True)
        found = read.crs if read is not None else None
    if found is None and asks:
        question = "Coordinate reference system of its metres, as EPSG:25831 (empty: not known)"
        found = _until(Prompt.ask, question, lambda text: require_metres(text) if text else "", "")
    return found or None


def _plain(name: str) -> str:
    """Return a name that files may have everywhere."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "farm"


def _existing(path: str) -> str:
    if not path.startswith("floris:") and not resolve(path).expanduser().is_file():
        raise ValueError(f"there is no file {path!r}; {WINDIO_PREFIX}... names one of windIO's")
    return path


def _fact(text: str, below: float) -> float:
    number = float(text.replace(",", "."))
    if not 0 <= number < below:
        raise ValueError(f"{text} is not between 0 and {below:g}")
    return number


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(f"{text} is not above 0")
    return int(text)


def _until(
    ask: Callable[..., str], question: str, read: Callable[[str], T], default: str | None = None
) -> T:
    """Ask until the answer can be read."""
    while True:
        text = ask(question) if default is None else ask(question, default=default)
        try:
            return read((text or "").strip())
        except (ValueError, ConfigError) as error:
            console.print(f"  {error}")
