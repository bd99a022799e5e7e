"""The entries about what the surrogate learns from, and how."""

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from windopt.config.section import Section, refusal


class SimulateConfig(Section):
    """FLORIS training data."""

    conditions: int = Field(
        default=1200, ge=100, le=10_000_000, description="farm conditions simulated in FLORIS"
    )
    farms: int = Field(
        default=60, ge=2, le=1_000_000, description="random farm layouts they are spread over"
    )
    max_turbines: int = Field(
        default=36,
        ge=2,
        description="turbines in a training farm; a third have up to three times as many",
    )

    @model_validator(mode="after")
    def _farms_have_conditions(self) -> "SimulateConfig":
        if self.farms > self.conditions:
            raise refusal(
                f"{self.conditions} conditions do not go round {self.farms} farms",
                "raise conditions or lower farms",
            )
        return self


class TrainConfig(Section):
    """Where the surrogate comes from, and its training where it is trained."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Literal["shipped", "library", "scratch"] = Field(
        default="shipped",
        alias="from",
        description="a kernel that ships with windopt, one of your library, or trained by this run",
    )
    steps: int = Field(default=1300, ge=10, le=10_000_000, description="Adam steps")
    learning_rate: float = Field(default=2e-2, gt=0, description="largest learning rate")
    members: int = Field(
        default=3, ge=0, le=20, description="kernels of the ensemble that tells the uncertainty"
    )
