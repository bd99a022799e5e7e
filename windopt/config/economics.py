"""The sections that say how many turbines there may be, and what they cost and earn.

The description of each entry is also the cure that a fault shows.
"""

from pydantic import Field, model_validator

from windopt.config.section import Section, refusal

MOST_TURBINES = 100_000
"""Of a farm, before anything is made of the number."""


class TurbineRange(Section):
    """A number of turbines that is free between bounds."""

    min: int = Field(default=2, ge=1, description="least number of turbines")
    max: int = Field(ge=1, le=MOST_TURBINES, description="largest number of turbines")

    @model_validator(mode="after")
    def _ordered(self) -> "TurbineRange":
        if self.min > self.max:
            raise refusal(f"min {self.min} is more than max {self.max}", "swap them")
        return self


MOST_LOST = 50.0
"""No farm loses as much in one way [%]: a larger figure is what is left, such as availability."""


class LossesConfig(Section):
    """What is lost between the turbines' power curves and the meter that is paid by.

    Each takes its share of what those before have left, as is usual in yield assessments:

        net AEP = gross AEP x (1 - availability) x (1 - electrical) x (1 - other)
    """

    availability_pct: float = Field(
        default=0.0,
        ge=0,
        lt=MOST_LOST,
        description="energy lost while turbines or the grid stand, such as 3 and not 97 [%]",
    )
    electrical_pct: float = Field(
        default=0.0, ge=0, lt=MOST_LOST, description="energy lost in cables and transformers [%]"
    )
    other_pct: float = Field(
        default=0.0,
        ge=0,
        lt=MOST_LOST,
        description="energy lost otherwise: icing, blade wear, curtailment [%]",
    )


class EconomicsConfig(Section):
    """What a year's energy is worth, and what a turbine costs a year.

    The yearly cost is given, or computed as the annuity of the capital C at the discount rate r
    over the n years of its life, and the operation on top:

        cost = C r / (1 - (1 + r)^-n) + operation     (C / n + operation where r = 0)

    [the capital recovery factor; Short, Packey and Holt 1995, NREL/TP-462-5173, eq. 2-8]
    """

    value_per_mwh: float = Field(gt=0, description="value of the energy [currency/MWh]")
    cost_per_turbine: float | None = Field(
        default=None, ge=0, description="cost of a turbine a year, capital and operation"
    )
    capital_per_turbine: float | None = Field(
        default=None, ge=0, description="capital cost of a turbine, instead of cost_per_turbine"
    )
    discount_rate: float | None = Field(
        default=None, ge=0, lt=1, description="discount rate a year as a share, such as 0.06"
    )
    lifetime_years: float | None = Field(
        default=None, gt=0, description="life of a turbine [years]"
    )
    opex_per_turbine_year: float | None = Field(
        default=None, ge=0, description="cost of operating a turbine for a year"
    )
    currency: str = Field(default="EUR", min_length=1, description="names the currency")

    @model_validator(mode="after")
    def _one_cost(self) -> "EconomicsConfig":
        parts = ("capital_per_turbine", "discount_rate", "lifetime_years", "opex_per_turbine_year")
        given = [key for key in parts if getattr(self, key) is not None]
        if self.cost_per_turbine is not None:
            if given:
                raise refusal(
                    f"holds cost_per_turbine as well as {', '.join(given)}",
                    "keep the yearly cost, or what it is made of",
                )
            return self
        if missing := [key for key in parts[:3] if key not in given]:
            if not given:
                raise refusal("holds no cost", "add cost_per_turbine, the cost of a turbine a year")
            raise refusal(
                f"holds {', '.join(given)} without {', '.join(missing)}",
                "add what is missing, or cost_per_turbine alone",
            )
        return self
