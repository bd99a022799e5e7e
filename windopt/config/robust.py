"""The entries about what may be the case: wake models, parameters, wind years, and the risk."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from windopt.config.judgement import VelocityModel
from windopt.config.section import Section, refusal
from windopt.words import as_written

DEFAULT_SET: tuple[VelocityModel, ...] = ("gauss", "cc", "turboparkgauss", "empirical_gauss")
"""Wake models of a robust run where none are named."""
MEAN_LESS = re.compile(r"mean\s*-\s*(\d*\.?\d+)\s*\*\s*std")
MOST_DRAWS = 16
MOST_POINTS = 8
"""Weights of the spread in `pareto`, each with a search of its own."""
MOST_YEARS = 100


class SpreadConfig(Section):
    """What a wake parameter may be: a normal distribution, or any value of a range alike."""

    mean: float | None = Field(default=None, description="expected value, with std")
    std: float | None = Field(default=None, gt=0, description="standard deviation, with mean")
    min: float | None = Field(default=None, description="least value, with max")
    max: float | None = Field(default=None, description="largest value, with min")

    @model_validator(mode="after")
    def _one_form(self) -> "SpreadConfig":
        given = tuple(
            name for name in ("mean", "std", "min", "max") if getattr(self, name) is not None
        )
        if given not in (("mean", "std"), ("min", "max")):
            told = ", ".join(given) or "nothing"
            raise refusal(f"has {told}", "give {mean: ..., std: ...} or {min: ..., max: ...}")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise refusal(f"min {self.min:g} is not below max {self.max:g}", "exchange them")
        return self


class CvarConfig(Section):
    """The mean of the worst cases."""

    cvar: float = Field(ge=0, lt=1, description="1 less the share of the worst cases, such as 0.9")


class WindYearsConfig(Section):
    """How the wind differs from year to year: as stated, or as in the years of a time series."""

    from_series: bool = Field(
        default=False,
        description="take the whole calendar years of the time series in wind_resource, each alike",
    )

    speed_std_pct: float = Field(
        default=0.0, ge=0, le=30, description="standard deviation of a year's mean wind speed [%]"
    )
    rotation_std_deg: float = Field(
        default=0.0, ge=0, le=45, description="standard deviation of the rose's turn [deg]"
    )
    years: int = Field(default=9, ge=2, le=MOST_YEARS, description="years that are drawn")

    @model_validator(mode="after")
    def _something_differs(self) -> "WindYearsConfig":
        if self.from_series:
            if stated := sorted(self.model_fields_set - {"from_series"}):
                raise refusal(
                    f"takes the years of a time series, but has {', '.join(stated)}",
                    "leave out the one or the other",
                )
            return self
        if self.speed_std_pct == self.rotation_std_deg == 0:
            raise refusal(
                "no year differs from another",
                "give speed_std_pct or rotation_std_deg, above 0, or from_series: true",
            )
        return self


class RobustConfig(Section):
    """What a layout is to hold under; without this section, the wake model of `wake` alone."""

    wake_models: dict[VelocityModel, Annotated[float, Field(gt=0)]] = Field(
        default=dict.fromkeys(DEFAULT_SET, 1.0),
        description="FLORIS's velocity models that the layout is searched for, as a list or with "
        "weights, as {gauss: 2, cc: 1}",
    )
    risk: str | CvarConfig = Field(
        default="mean",
        description="what is maximised of the gains under them: mean, mean - 1*std, worst, regret "
        "or {cvar: 0.9}",
    )
    pareto: list[float] = Field(
        default=[],
        description="further layouts, each for a k of mean - k*std, as [0, 1, 2]: mean gain "
        "against its spread over wake models",
    )
    also_judged_by: list[VelocityModel] = Field(
        default=[], description="velocity models that judge the layouts, and were not searched with"
    )
    parameters: dict[VelocityModel, dict[str, SpreadConfig]] = Field(
        default={},
        description="what parameters of a wake model may be, as "
        "{gauss: {ka: {mean: 0.38, std: 0.05}}}",
    )
    turbulence_std_pct: float = Field(
        default=0.0,
        ge=0,
        le=50,
        description="standard deviation of the ambient turbulence intensity [% of it]",
    )
    power_curve_std_pct: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="standard deviation of the wind speed at which the turbines reach their power "
        "and thrust [% of it]",
    )
    roughness_std_pct: float = Field(
        default=0.0,
        ge=0,
        le=200,
        description="standard deviation of the roughness length, by which the ambient turbulence "
        "differs as 1 / ln(hub height / roughness length); needs roughness_length [% of it]",
    )
    draws: int = Field(
        default=4,
        ge=2,
        le=MOST_DRAWS,
        description="draws of parameters, turbulence, power curve and roughness for each wake "
        "model, where they may differ",
    )
    wind_years: WindYearsConfig | None = Field(
        default=None, description="how the wind differs from year to year; none: it does not"
    )

    @field_validator("wake_models", mode="before")
    @classmethod
    def _each_once(cls, models: object) -> object:
        if isinstance(models, list | dict) and not models:
            raise refusal("names none", f"name some, such as {', '.join(DEFAULT_SET)}")
        if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
            return models
        if twice := [name for name in models if models.count(name) > 1]:
            raise refusal(f"names {twice[0]!r} twice", "weights are {gauss: 2, ...}")
        return dict.fromkeys(models, 1.0)

    @field_validator("risk", mode="before")
    @classmethod
    def _known_risk(cls, risk: object) -> object:
        if isinstance(risk, dict | CvarConfig):
            # one of the two is asked, so that its faults are not joined by the other's
            return CvarConfig.model_validate(risk)
        told = risk.strip() if isinstance(risk, str) else ""
        if told not in ("mean", "worst", "regret") and not MEAN_LESS.fullmatch(told):
            raise refusal(
                f"{as_written(risk)} is no measure of risk",
                "use mean, mean - 1*std, worst, regret or {cvar: 0.9}",
            )
        return told

    @field_validator("pareto")
    @classmethod
    def _weights_of_spread(cls, weights: list[float]) -> list[float]:
        if len(weights) > MOST_POINTS:
            raise refusal(
                f"has {len(weights)} weights, each with a search of its own",
                f"name at most {MOST_POINTS}",
            )
        if below := [k for k in weights if k < 0]:
            raise refusal(f"has {below[0]:g}, which would look for spread", "give weights k >= 0")
        if twice := [k for k in weights if weights.count(k) > 1]:
            raise refusal(f"has {twice[0]:g} twice", "leave one of them out")
        return weights

    @model_validator(mode="after")
    def _pareto_has_a_spread(self) -> "RobustConfig":
        if self.pareto and self.risk == "regret":
            raise refusal(
                "pareto weighs mean and spread, but risk is regret",
                "leave pareto out, or use another measure of risk, such as mean",
            )
        if self.pareto and len(self.weights) < 2:
            raise refusal(
                f"pareto weighs the spread over wake models, but {next(iter(self.weights))!r} is "
                "the only one",
                "name at least two in wake_models, or leave pareto out",
            )
        return self

    @model_validator(mode="after")
    def _parameters_of_models(self) -> "RobustConfig":
        for model in self.parameters:
            if model not in self.weights:
                raise refusal(
                    f"parameters are given of {model!r}, which is none of wake_models",
                    "add it there, or leave them out",
                )
        if both := [model for model in self.also_judged_by if model in self.weights]:
            raise refusal(
                f"also_judged_by names {both[0]!r}, which is one of wake_models",
                "leave it out: it judges in any case",
            )
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each wake model; they sum to 1."""
        total = sum(self.wake_models.values())
        return {str(name): weight / total for name, weight in self.wake_models.items()}

    @property
    def risk_in_words(self) -> str:
        """The risk measure as the config writes it."""
        return self.risk if isinstance(self.risk, str) else f"cvar: {self.risk.cvar:g}"

    @property
    def spread_factor(self) -> float | None:
        """The k of ``mean - k*std``; None of other measures."""
        found = MEAN_LESS.fullmatch(self.risk) if isinstance(self.risk, str) else None
        return None if found is None else float(found[1])
