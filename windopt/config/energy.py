"""Sections of the config for the energy bill: where is computed, and how the farm will run."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from windopt.config.section import Section, refusal
from windopt.electricity import countries, nearest_countries

COUNTRY = "ISO 3166 code of three capital letters, null if unknown"


class GridIntensity(Section):
    """Carbon intensity of electricity [g CO2e/kWh]."""

    low: float = Field(ge=0)
    central: float = Field(ge=0)
    high: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> "GridIntensity":
        if not self.low <= self.central <= self.high:
            raise refusal(
                f"low {self.low:g}, central {self.central:g}, high {self.high:g} are not in order",
                "give low <= central <= high",
            )
        return self


class EnergyConfig(Section):
    """Where the computation runs, for its energy bill."""

    pue: float = Field(
        default=1.0,
        ge=1,
        le=3,
        description="power usage effectiveness of the machine room: 1.0 for an own machine, 1.2 in "
        "a large cloud, 1.56 in an unknown data centre (see windopt meter)",
    )
    grid_g_per_kwh: GridIntensity | None = Field(
        default=None, description="overrides the country's figure"
    )
    country: str | None = Field(default=None, description=COUNTRY)
    meter: Literal["auto", "rapl", "vcpu", "none"] = Field(
        default="auto",
        description="auto: the processor's counters (rapl) where they work, else a model of its "
        "share of a server (vcpu); none leaves the energy unknown",
    )
    cross_check: bool = Field(
        default=False,
        description="let CodeCarbon watch as well, in no total; needs windopt[energy]",
    )

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, country: str | None, info: ValidationInfo) -> str | None:
        return _known(country, info, "grid_g_per_kwh")

    @field_validator("cross_check")
    @classmethod
    def _cross_check_has_a_country(cls, cross_check: bool, info: ValidationInfo) -> bool:
        if cross_check and info.data.get("country", "") is None:
            raise refusal(
                "true, but CodeCarbon works without a network only where the country is given",
                f"give energy.country ({COUNTRY}), or set energy.cross_check: false",
            )
        return cross_check

    def intensity(self) -> dict[str, Any] | None:
        """Return what a kWh used carries, as `_intensity` does."""
        return _intensity(self.country, self.grid_g_per_kwh)


class OperationConfig(Section):
    """How the farm will run, for the worth of its gain.

    Degradation: Olauson et al. (2017) find 6 % lost over the life of Swedish farms, near 0.5 % a
    year; Staffell and Green (2014) 1.6 % a year in the United Kingdom.
    """

    first_year: int = Field(
        default=2030, ge=2000, le=2100, description="first year of the farm's operation"
    )
    years: int = Field(default=25, ge=1, le=60, description="years of operation")
    degradation_pct: float = Field(
        default=0.5, ge=0, lt=20, description="yield lost by ageing [% a year]"
    )
    discount_pct: float = Field(
        default=0.0, ge=0, lt=50, description="discount rate of later years' energy [% a year]"
    )
    displaced_g_per_kwh: GridIntensity | None = Field(
        default=None,
        description="what a kWh more of the farm displaces at the margin, instead of its country's "
        "mean",
    )
    country: str | None = Field(default=None, description=f"the farm's, {COUNTRY}")

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, country: str | None, info: ValidationInfo) -> str | None:
        return _known(country, info, "displaced_g_per_kwh")

    def facts(self) -> dict[str, Any]:
        """Return what the ledger keeps: these entries, the displaced intensity resolved."""
        displaced = _intensity(self.country, self.displaced_g_per_kwh)
        return self.model_dump() | {"displaced_g_per_kwh": displaced}


def _known(country: str | None, info: ValidationInfo, override: str) -> str | None:
    """Refuse a country that is not in the table, unless its figure is given."""
    if country is None or country in countries() or info.data.get(override) is not None:
        return country
    near = ", ".join(f"{one.iso3} ({one.name})" for one in nearest_countries(country))
    raise refusal(
        f"{country!r} has no carbon intensity",
        (f"did you mean {near}? " if near else "")
        + f"known are {', '.join(countries())} ({COUNTRY}); for another give {override}",
    )


def _intensity(country: str | None, own: GridIntensity | None) -> dict[str, Any] | None:
    """Return low, central, high [g CO2e/kWh], year, source, country; None where nothing is known.

    Nothing is ever assumed for a country that is not given.
    """
    if own is not None:
        return own.model_dump() | {"year": None, "source": "the config", "country": country}
    if country is None:
        return None
    return vars(countries()[country].intensity) | {"country": country}
