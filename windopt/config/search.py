"""The entries about the layout search, and what it may spend."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from windopt.config.section import Section, refusal


class OptimiseConfig(Section):
    """The layout search."""

    starts: int = Field(default=6, ge=1, le=100_000, description="layouts the search starts from")
    steps: int = Field(
        default=300, ge=4, le=1_000_000_000, description="steps of each gradient ascent"
    )
    chains: int = Field(
        default=4,
        ge=1,
        le=100_000,
        description="best layouts that the search iterates on, side by side",
    )
    patience: int = Field(
        default=48,
        ge=0,
        description="iterations in a row that gain nothing, after which a search has converged",
    )
    stop: Literal["budget", "converged"] = Field(
        default="budget",
        description="budget: where time is limited, new starts follow until it is spent; "
        "converged: the search ends when it gains nothing any more",
    )
    pattern: Literal["free", "regular"] = Field(
        default="free", description="regular: all turbines on the points of one lattice"
    )
    regularity: list[Annotated[float, Field(ge=0, le=10)]] = Field(
        default=[0.0],
        min_length=1,
        description="AEP to give up for turbines one rotor diameter nearer to rows [% per D], "
        "0 to 10; of several weights the first gives the answer",
    )

    @field_validator("regularity", mode="before")
    @classmethod
    def _weight_or_weights(cls, regularity: object) -> object:
        return regularity if isinstance(regularity, list | tuple) else [regularity]

    @field_validator("regularity")
    @classmethod
    def _weights_differ(cls, regularity: list[float]) -> list[float]:
        for k, weight in enumerate(regularity):
            if weight in regularity[:k]:
                raise refusal(f"holds {weight:g} twice", "keep one of them")
        return regularity

    @model_validator(mode="after")
    def _regularity_or_pattern(self) -> "OptimiseConfig":
        if self.pattern == "regular" and any(self.regularity):
            weights = ", ".join(f"{weight:g}" for weight in self.regularity)
            raise refusal(
                f"regularity {weights} is of no use with pattern 'regular', which is neat already",
                "leave regularity out, or set pattern: free",
            )
        return self


class BudgetConfig(Section):
    """What a run may spend; null is no limit."""

    seconds: float | None = Field(default=None, gt=0, description="wall-clock time [s]")
    cpu_seconds: float | None = Field(
        default=None, gt=0, description="processor time with children [s]"
    )
    watt_hours: float | None = Field(
        default=None, gt=0, description="energy, central estimate [Wh]"
    )
    floris_evaluations: int | None = Field(
        default=None, gt=0, description="layouts evaluated by FLORIS"
    )

    @property
    def limits_time(self) -> bool:
        """Whether anything is limited that the clock or the meter tells."""
        return not (self.seconds is self.cpu_seconds is self.watt_hours is None)
