"""`windopt init`: a first config from the files that somebody has."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windopt.commands.output import say

if TYPE_CHECKING:
    from windopt.readers.identify import Role


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
    from windopt.errors import ConfigError
    from windopt.initialise.draft import write_draft
    from windopt.initialise.gather import Given, complete, gather

    said: dict[Role, list[str]] = {
        "site": [site] if site else [],
        "wind_resource": [wind] if wind else [],
        "turbine": turbine or [],
        "layout": [layout] if layout else [],
        "exclusions": exclusions or [],
        "fixed_turbines": [fixed] if fixed else [],
    }
    facts = {
        "turbulence_intensity": ti,
        "wind_shear": shear,
        "roughness_length": roughness,
        "rotor_diameter": rotor,
        "hub_height": hub,
    }
    given = Given(
        files=files or (),
        parts={role: paths for role, paths in said.items() if paths},
        distances_m=distance or (),
        n_turbines=n_turbines,
        crs=crs,
        name=name,
        out=out,
        facts={entry: value for entry, value in facts.items() if value is not None},
    )
    asks = not yes and is_interactive()
    draft, config = gather(given, asks)
    write_draft(draft, config)
    say(f"written to {config}")
    try:
        problem = complete(draft, config, asks)
    except ConfigError:
        say(f"it has faults: correct them, and check it again with: windopt check {config}")
        raise
    from windopt.report.wording import problem_in_words  # with what draws, which takes a second

    say("\n  ".join([f"{config}: no faults", *problem_in_words(problem)]))
    say(f"go on with: windopt run {config}")


def is_interactive() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()
