"""The sections that say where turbines may stand: exclusions, spacing, turbines that stay.

The description of each entry is also the cure that a fault shows.
"""

import datetime
import math
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from windopt.config.section import Section, refusal

LARGEST_COORDINATE = 1e8
"""Of a place [m]: more than twice around the earth."""
MOST_DIAMETERS = 1000.0
"""Between turbines."""
Coordinate = Annotated[float, Field(ge=-LARGEST_COORDINATE, le=LARGEST_COORDINATE)]
Point = tuple[Coordinate, Coordinate]
"""Easting and northing [m]."""


def values_of_attributes(where: object) -> dict[str, Any]:
    """Return what features must have, by attribute: a value or a list of them."""
    example = 'write lines such as LEASE_NO: "OCS-A 0501", below where:'
    if not isinstance(where, dict):
        raise refusal(f"{where!r} names no attribute", f"{example}")
    chosen: dict[str, Any] = {}
    for name, asked in where.items():
        values = [
            str(one) if isinstance(one, datetime.date) else one
            for one in (asked if isinstance(asked, list) else [asked])
        ]
        for one in values:
            plain = isinstance(one, str | bool | int | float)
            if not plain or (isinstance(one, float) and not math.isfinite(one)):
                raise refusal(f"{name}: {one!r} is no value of an attribute", f"{example}")
        if not values:
            raise refusal(f"{name} is an empty list", f"name a value, or leave {name} out")
        chosen[str(name)] = values if isinstance(asked, list) else values[0]
    return chosen


class ExclusionConfig(Section):
    """A part of the site where no turbine may stand: a shape, and a distance kept from it."""

    polygon: list[Point] | None = Field(
        default=None, min_length=3, description="vertices [[x, y], ...] in metres"
    )
    point: Point | None = Field(default=None, description="[x, y] in metres")
    line: list[Point] | None = Field(
        default=None, min_length=2, description="vertices [[x, y], ...] in metres"
    )
    file: str | None = Field(
        default=None,
        description="map file (GeoJSON, shapefile, GeoPackage, GML, DXF, FlatGeobuf, KML or "
        "CSV) with polygons, lines, points",
    )
    where: dict[str, Any] = Field(
        default={}, description="attributes of the features of file that count, as for the site"
    )
    distance_m: float = Field(
        default=0.0, ge=0, le=1e6, description="distance kept from the shape [m]"
    )
    name: str | None = Field(default=None, description="what it is, for messages")

    @model_validator(mode="after")
    def _one_shape(self) -> "ExclusionConfig":
        shapes = [
            key for key in ("polygon", "point", "line", "file") if getattr(self, key) is not None
        ]
        if len(shapes) != 1:
            given = " and ".join(shapes) if shapes else "no shape"
            raise refusal(f"holds {given}", "give one of polygon, point, line and file")
        if shapes[0] in ("point", "line") and not self.distance_m:
            raise refusal(f"a {shapes[0]} has no area", "add distance_m, the distance to keep [m]")
        if self.where and self.file is None:
            raise refusal("where chooses features of a file", "add file, or leave where out")
        return self

    _values_of_attributes = field_validator("where", mode="before")(values_of_attributes)


class SetbackConfig(Section):
    """A distance kept from the boundary of the site: metres, rotor radii, or the sum of both."""

    m: float = Field(default=0.0, ge=0, le=100_000, description="distance [m]")
    rotor_radii: float = Field(
        default=0.0,
        ge=0,
        le=1_000,
        description="distance in radii of the largest rotor; 1 keeps the whole rotor inside",
    )

    @model_validator(mode="after")
    def _some_distance(self) -> "SetbackConfig":
        if not self.m and not self.rotor_radii:
            raise refusal("keeps no distance", "give m, rotor_radii or both, which add up")
        return self


class SpacingConfig(Section):
    """How far apart turbines must stand, where `min_spacing_d` does not say it."""

    min_d: float | None = Field(
        default=None,
        ge=1,
        le=MOST_DIAMETERS,
        description="least distance in diameters of the largest rotor",
    )
    min_m: float | None = Field(default=None, gt=0, le=1e6, description="least distance [m]")
    along_d: float | None = Field(
        default=None,
        ge=1,
        le=MOST_DIAMETERS,
        description="least distance along the main wind in diameters of the largest rotor",
    )
    across_d: float | None = Field(
        default=None,
        ge=1,
        le=MOST_DIAMETERS,
        description="least distance across the main wind, likewise",
    )
    wind_direction: float | None = Field(
        default=None,
        ge=0,
        le=360,
        description="the main wind [deg]; by default from where the most energy comes",
    )
    by_type_d: list[list[Annotated[float, Field(ge=1, le=MOST_DIAMETERS)]]] | None = Field(
        default=None,
        min_length=1,
        description="least distance of each pair of types in diameters of the pair's larger rotor",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "SpacingConfig":
        given = [key for key, value in self if value is not None]
        ways = [key for key in given if key in ("min_d", "min_m", "by_type_d")]
        if ellipse := [key for key in given if key in ("along_d", "across_d")]:
            ways.append(" and ".join(ellipse))
        if len(ways) > 1:
            raise refusal(f"holds {' as well as '.join(ways)}", "keep one of them")
        if len(ellipse) == 1:
            other = "across_d" if ellipse == ["along_d"] else "along_d"
            raise refusal(f"{ellipse[0]} stands alone", f"add {other}")
        if "wind_direction" in given and not ellipse:
            raise refusal("wind_direction is of no use here", "add along_d and across_d")
        if not ways:
            raise refusal("is empty", "add min_d, min_m, along_d and across_d, or by_type_d")
        return self

    @model_validator(mode="after")
    def _longer_along(self) -> "SpacingConfig":
        if self.along_d is not None and self.across_d is not None and self.across_d > self.along_d:
            raise refusal(
                f"across_d {self.across_d:g} is more than along_d {self.along_d:g}",
                "swap them, and turn wind_direction by 90 if that is meant",
            )
        return self

    @field_validator("by_type_d")
    @classmethod
    def _symmetric(cls, bounds: list[list[float]] | None) -> list[list[float]] | None:
        for i, row in enumerate(bounds or []):
            if len(row) != len(bounds or []):
                raise refusal(
                    f"row {i} has {len(row)} numbers for {len(bounds or [])} rows",
                    "give one row and one column for each turbine type",
                )
        for i, row in enumerate(bounds or []):
            for j in range(i):
                if row[j] != (bounds or [])[j][i]:
                    raise refusal(
                        f"types {j} and {i} keep {(bounds or [])[j][i]:g} D, "
                        f"{i} and {j} keep {row[j]:g} D",
                        "make the table symmetric",
                    )
        return bounds


class FixedTurbinesConfig(Section):
    """Turbines that stand already and stay: a neighbouring farm, or a part of this one."""

    layout: str = Field(
        description="file with their places: windIO, CSV or a map file, as of exclusions"
    )
    counted: bool = Field(default=False, description="whether their energy counts in the AEP")
