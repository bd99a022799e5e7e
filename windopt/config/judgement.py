"""The entries about who judges a result: FLORIS, searches without learning, other wake models."""

from typing import Literal

from pydantic import Field

from windopt.config.section import Section


class VerifyConfig(Section):
    """The judgement by FLORIS."""

    rose: Literal["auto", "whole", "sampled"] = Field(
        default="auto",
        description="wind conditions in which FLORIS judges; whole: all of them; sampled: some, "
        "with the surrogate's word on the rest, and a standard error; auto: all of them at the end "
        "where that takes at most 15 % of the run's processor time and the budget pays for it",
    )
    draws: int = Field(
        default=200,
        ge=24,
        le=100_000,
        description="conditions of the first sample; fewer where farms are huge and FLORIS slow",
    )
    error_pct: float = Field(
        default=0.005,
        gt=0,
        description="standard error of the gain up to which a sample grows [% of AEP]",
    )
    tolerance_pct: float = Field(
        default=0.05,
        gt=0,
        description="difference of claimed and verified gain that calls for learning [% of AEP]",
    )
    max_rounds: int = Field(default=3, ge=0, description="active-learning rounds at most")


class BaselineConfig(Section):
    """Searches without learning, each with as much processor time as the run took."""

    methods: list[Literal["analytic", "fitted", "floris"]] = Field(
        default=[],
        description="analytic: the same search on a fixed wake formula; fitted: on that formula "
        "fitted to the wake model; floris: a search by trial in FLORIS; given layout and best "
        "regular grid are judged in any case",
    )


class ReportConfig(Section):
    """What FLORIS is asked for the report."""

    cpu_seconds: float = Field(
        default=180.0,
        ge=0,
        description="processor time FLORIS may take to tell what each move gained and what one "
        "more turbine would yield; 0: it is not asked [s]",
    )
    given_spacing_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="share of the search's processor time for a search that keeps the given "
        "layout's least spacing, where the layout found is closer together, such as 0.1; 0: none",
    )
    neighbours_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="share of the search's processor time for a search without the neighbours, "
        "for the regret of ignoring them; 0: none",
    )
    woehler_exponent: float = Field(
        default=10.0,
        ge=1,
        le=20,
        description="Wöhler exponent of the effective turbulence: 10 for blades of glass fibre, 4 "
        "for welded steel",
    )


VelocityModel = Literal["gauss", "jensen", "cc", "turbopark", "turboparkgauss", "empirical_gauss"]


class RobustnessConfig(Section):
    """The opinion of other wake models on the gain."""

    wake_models: list[VelocityModel] = Field(
        default=[],
        description="FLORIS's velocity models to ask, at least 4 with the run's own; empty: none",
    )
