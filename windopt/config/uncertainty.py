"""The section that states what is known of the uncertainty of AEP.

The description of each entry is also the cure that a fault shows.
"""

from typing import Annotated

from pydantic import Field

from windopt.config.section import Section

MOST_UNCERTAIN = 50.0
"""Nobody knows as little of a farm [%]: a larger figure is not a standard deviation in per cent."""
MOST_YEARS = 100
"""In the mean of which a year's wind may stand."""


class UncertaintyConfig(Section):
    """What is known of the uncertainty of AEP, each as one standard deviation.

    What is not stated is left out of the sum, and the report says so: 0 states that it is known.
    """

    wind_measurement_pct: float | None = Field(
        default=None,
        ge=0,
        le=MOST_UNCERTAIN,
        description="standard deviation of the long-term mean wind speed at hub height, as "
        "measured and carried over to the site, such as 3 [% of the speed]",
    )
    wind_speed_std_pct: float | None = Field(
        default=None,
        ge=0,
        le=MOST_UNCERTAIN,
        description="standard deviation of a year's mean wind speed from year to year, such as 5 "
        "[% of the speed]",
    )
    power_curve_pct: float | None = Field(
        default=None,
        ge=0,
        le=MOST_UNCERTAIN,
        description="standard deviation of what turbines yield by their power curves, such as 2 "
        "[% of AEP]",
    )
    losses_pct: float | None = Field(
        default=None,
        ge=0,
        le=MOST_UNCERTAIN,
        description="standard deviation of the losses between turbines and meter, such as 1.5 "
        "[% of AEP]",
    )
    wake_model_pct: float | None = Field(
        default=None,
        ge=0,
        le=MOST_UNCERTAIN,
        description="standard deviation that the wake model adds, such as 2; of no use where "
        "several wake models are asked [% of AEP]",
    )
    years: list[Annotated[int, Field(ge=1, le=MOST_YEARS)]] = Field(
        default=[1, 10, 25],
        min_length=1,
        max_length=20,
        description="numbers of years whose mean AEP is spoken of, such as [1, 10, 25]",
    )
