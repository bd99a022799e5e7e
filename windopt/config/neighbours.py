"""The sections about neighbouring farms: where they stand, of which type, and in which years.

The description of each entry is also the cure that a fault shows.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from windopt.config.placement import Point, values_of_attributes
from windopt.config.section import Section, refusal

FIRST_YEAR, LAST_YEAR = 1990, 2200
MOST_FARM_TURBINES = 2_000
"""Of one neighbour."""
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class YearsConfig(Section):
    """The first and the last year of a farm's operation."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Year = Field(alias="from", description="first year of operation, such as 2030")
    to: Year = Field(description="last year of operation, such as 2054")

    @model_validator(mode="after")
    def _in_order(self) -> "YearsConfig":
        if self.to < self.from_:
            raise refusal(f"ends in {self.to}, before it begins in {self.from_}", "exchange them")
        return self


class NeighbourConfig(Section):
    """A farm of somebody else: its turbines, or its boundaries and their number, and its years."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(min_length=1, max_length=60, description="names it in the report")
    layout: str | None = Field(
        default=None,
        description="file with its turbines: windIO, CSV or a map file, as of fixed_turbines",
    )
    boundaries: str | None = Field(
        default=None,
        description="file with its boundaries, as of site: its turbines stand on a regular grid",
    )
    where: dict[str, Any] = Field(
        default={}, description="attributes of the features of boundaries that are its"
    )
    polygon: list[Point] | None = Field(
        default=None, min_length=3, description="vertices [[x, y], ...] in metres, as boundaries"
    )
    n_turbines: int | None = Field(
        default=None, ge=1, le=MOST_FARM_TURBINES, description="within boundaries or polygon"
    )
    turbine: int | str | None = Field(
        default=None,
        description="name or number (from 0) of its type among those of turbine; by default the "
        "first, or what its layout says",
    )
    from_: Year | None = Field(
        default=None, alias="from", description="its first year of operation, such as 2031"
    )
    to: Year | None = Field(default=None, description="its last year of operation")
    probability: float = Field(default=1.0, ge=0, le=1, description="that it is built [-]")

    @model_validator(mode="after")
    def _one_place(self) -> "NeighbourConfig":
        ways = [one for one in ("layout", "boundaries", "polygon") if getattr(self, one)]
        if len(ways) != 1:
            told = " and ".join(ways) or "no place"
            raise refusal(f"{self.name!r} has {told}", "give one of layout, boundaries and polygon")
        if ways[0] == "layout" and self.n_turbines is not None:
            raise refusal(f"{self.name!r} has layout and n_turbines", "leave n_turbines out")
        if ways[0] != "layout" and self.n_turbines is None:
            raise refusal(f"{self.name!r} has {ways[0]} alone", "add n_turbines, or give layout")
        if self.where and ways[0] != "boundaries":
            raise refusal(f"{self.name!r} has where without boundaries", "leave where out")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> "NeighbourConfig":
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise refusal(
                f"{self.name!r} ends in {self.to}, before it begins in {self.from_}",
                "exchange from and to",
            )
        return self

    _values_of_attributes = field_validator("where", mode="before")(values_of_attributes)


def farms_of(neighbours: object) -> object:
    """Return the list that the short form stands for: a file's name is a farm that stands."""
    if isinstance(neighbours, str):
        stem = neighbours.replace("\\", "/").rpartition("/")[2].partition(".")[0]
        return [{"name": stem or "neighbour", "layout": neighbours}]
    return neighbours


def names_differ(neighbours: list[NeighbourConfig]) -> list[NeighbourConfig]:
    """Refuse two neighbours of one name: a report could not tell them apart."""
    names = [one.name for one in neighbours]
    if twice := [name for name in names if names.count(name) > 1]:
        raise refusal(f"names {twice[0]!r} twice", "give each farm a name of its own")
    return neighbours


def years_are_known(
    neighbours: list[NeighbourConfig], info: ValidationInfo
) -> list[NeighbourConfig]:
    """Refuse years of neighbours where nobody has said in which years one's own farm runs."""
    dated = [one for one in neighbours if one.from_ is not None or one.to is not None]
    if dated and "years" in info.data and info.data["years"] is None:
        raise refusal(
            f"{dated[0].name!r} has years, but those of this farm's own operation are not known",
            "add years: {from: 2030, to: 2054}, or leave out from and to",
        )
    return neighbours


def counted_stand_alone(
    neighbours: list[NeighbourConfig], info: ValidationInfo
) -> list[NeighbourConfig]:
    """Refuse neighbours beside fixed turbines whose energy counts."""
    fixed = info.data.get("fixed_turbines")
    if neighbours and fixed is not None and fixed.counted:
        raise refusal(
            "stands beside fixed_turbines.counted: true, and the energy of neighbours is not yours",
            "set fixed_turbines.counted: false, or leave out neighbours",
        )
    return neighbours
