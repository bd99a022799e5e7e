"""A first config as text: what somebody has, and in comments what else it may say."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from windopt.config.files import WINDIO_PREFIX
from windopt.config.floris_input import is_floris_input, read_floris_atmosphere
from windopt.errors import ConfigError
from windopt.readers.identify import attributes_of
from windopt.readers.tables import TABLES
from windopt.readers.wind.table import is_wind_series
from windopt.runs.folder import write_text

BARE = (WINDIO_PREFIX, "floris:")
"""Beginnings of what names no file of the user's."""


@dataclass(frozen=True)
class Draft:
    """What a config is written from; paths as the user gave them, from the current folder.

    Attributes
    ----------
    name : str
        Of the farm.
    site, wind_resource : files
    turbine : sequence of str
        One file or more.
    layout : file of the given layout, if there is one
    n_turbines : int or None
        Where no layout says it.
    crs : str or None
        Of all metres, if known.
    exclusions : files with shapes that keep turbines off
    exclusion_distances_m : sequence of float [m]
        Kept from each of them.
    fixed_turbines : file of turbines that stand already
    facts : mapping of str to float [-]
        What the files do not say: roughness_length, rotor_diameter and hub_height [m],
        turbulence_intensity and wind_shear.
    """

    name: str
    site: str
    wind_resource: str
    turbine: Sequence[str]
    layout: str | None = None
    n_turbines: int | None = None
    crs: str | None = None
    exclusions: Sequence[str] = field(default=())
    exclusion_distances_m: Sequence[float] = field(default=())
    fixed_turbines: str | None = None
    facts: Mapping[str, float] = field(default_factory=dict)


def write_draft(draft: Draft, out: Path) -> None:
    """Write a config, never over a file that is there.

    Raises
    ------
    ConfigError
        Where `out` exists, or its folder cannot be written.
    """
    text = draft_text(draft, out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        problem = f"'{out}' exists, and is not overwritten"
        raise ConfigError.of("--out", problem, "name another file, or move it") from None
    except OSError as error:
        problem = f"'{out}' cannot be written: {error.strerror or error}"
        raise ConfigError.of("--out", problem, "name a file in another folder") from None
    write_text(out, text)


def rewrite_draft(draft: Draft, out: Path) -> None:
    """Write a config anew that `write_draft` has just written."""
    write_text(out, draft_text(draft, out))


def draft_text(draft: Draft, out: Path) -> str:
    """Return the YAML of a config that is to lie at `out`."""
    folder = out.absolute().parent
    here = [_scalar(_from(folder, file)) for file in draft.turbine]
    lines = [
        f"# Written by windopt init. Check it with: windopt check {out.name}",
        "# Paths are relative to this file.",
        "",
        f"name: {_scalar(draft.name)}",
        "",
        f"site: {_scalar(_from(folder, draft.site))}  # the boundaries",
    ]
    lines += _choice(draft)
    crs_note = "  # coordinate reference system of all metres"
    lines.append(f"crs: {draft.crs}{crs_note}" if draft.crs else f"# crs: EPSG:25831{crs_note}")
    lines.append(f"wind_resource: {_scalar(_from(folder, draft.wind_resource))}")
    lines += _facts(draft, "roughness_length")
    lines += _of_series(draft)
    if len(here) == 1:
        lines.append(f"turbine: {here[0]}")
    else:
        lines += ["turbine:  # the types 0, 1, ...", *(f"  - {file}" for file in here)]
    lines += _facts(draft, "rotor_diameter", "hub_height")
    if draft.layout:
        note = "  # the layout to improve on"
        lines.append(f"layout: {_scalar(_from(folder, draft.layout))}{note}")
    else:
        lines.append("# layout: layout.csv  # a layout to improve on, x,y in metres")
    lines.append("")
    lines += _exclusions(draft, folder)
    if draft.fixed_turbines:
        lines += [
            "fixed_turbines:  # they wake and are waked, and stay where they are",
            f"  layout: {_scalar(_from(folder, draft.fixed_turbines))}",
            "  counted: false  # whether their energy counts",
            "",
        ]
    if draft.n_turbines is not None:
        lines.append(f"n_turbines: {draft.n_turbines}")
    lines += [
        "min_spacing_d: 2.0  # least distance between two turbines [rotor diameters]",
        "",
        *_wake_and_air(draft, here[0] if here else ""),
        "",
        "# budget:  # by default the search ends when it gains nothing any more",
        "#   seconds: 600",
        "",
        "seed: 0  # the same seed gives the same layout",
    ]
    return "\n".join(lines) + "\n"


def _facts(draft: Draft, *names: str, indent: str = "") -> list[str]:
    return [f"{indent}{name}: {draft.facts[name]:g}" for name in names if name in draft.facts]


def _of_series(draft: Draft) -> list[str]:
    """Return what else a config may say of a time series in a table."""
    file = Path(draft.wind_resource).expanduser()
    if draft.wind_resource.startswith(BARE) or file.suffix.lower() not in TABLES:
        return []
    if not is_wind_series(file):
        return []
    return [
        '# date_format: "%d/%m/%Y %H:%M"  # where its dates can be read in two ways',
        "# columns: {wind_speed: Speed 100m}  # where its columns are not found by name",
        "# allow_wind_gaps: true  # go by the other times where some are missing or empty",
        "# month_weights: true  # each calendar month has its share of the year",
    ]


def _choice(draft: Draft) -> list[str]:
    """Return a comment on `where:` if the site's file has several features to choose from."""
    values = [values for values in attributes_of(draft.site) if values]
    if len(values) < 2:
        return []
    telling = max(values[0], key=lambda name: len({str(one.get(name)) for one in values}))
    example = yaml.safe_dump({telling: str(values[0][telling])}, default_flow_style=True, width=200)
    return [f"# where: {example.strip()}  # of the {len(values)} features of that file, only these"]


def _wake_and_air(draft: Draft, turbine: str) -> list[str]:
    """Return the sections wake and atmosphere: those of the FLORIS input that has the turbine."""
    given = draft.turbine[0] if draft.turbine else ""
    of_floris = not given.startswith(BARE) and is_floris_input(Path(given).expanduser())
    if of_floris:
        lines = [f"wake: {turbine}  # the wake model of that input of FLORIS"]
    else:
        lines = [
            "wake:  # names as in FLORIS",
            "  velocity_model: gauss",
            "  turbulence_model: crespo_hernandez",
            "  combination_model: sosfs",
            "  gch: false",
        ]
    air = {k: draft.facts[k] for k in ("turbulence_intensity", "wind_shear") if k in draft.facts}
    if air:
        whole = read_floris_atmosphere(Path(given).expanduser()) | air if of_floris else air
        return [*lines, "", "atmosphere:", *(f"  {k}: {value:g}" for k, value in whole.items())]
    if of_floris:
        return [*lines, f"atmosphere: {turbine}  # its air"]
    return [
        *(*lines, "", "# atmosphere:", "#   air_density: 1.225  # [kg/m³]"),
        "#   wind_shear: 0.08  # power-law exponent of the wind profile",
    ]


def _exclusions(draft: Draft, folder: Path) -> list[str]:
    if not draft.exclusions:
        return [
            "# exclusions:  # polygons, lines and points that keep turbines off",
            "#   - file: cables.geojson",
            "#     distance_m: 100",
            "",
        ]
    lines = ["exclusions:  # polygons, lines and points that keep turbines off"]
    for file, distance in zip(draft.exclusions, draft.exclusion_distances_m, strict=True):
        lines.append(f"  - file: {_scalar(_from(folder, file))}")
        lines.append(f"    distance_m: {distance:g}  # kept from them [m]")
    return [*lines, ""]


def _from(folder: Path, path: str) -> str:
    """Return a path as a config in `folder` names it."""
    if path.startswith(BARE):
        return path
    target = Path(path).expanduser().resolve()
    try:
        return Path(os.path.relpath(target, folder.resolve())).as_posix()
    except ValueError:  # another drive
        return target.as_posix()


def _scalar(text: str) -> str:
    """Return a text as YAML, in quotes where it needs them."""
    return yaml.safe_dump(text, width=10_000, allow_unicode=True).removesuffix("...\n").strip()
