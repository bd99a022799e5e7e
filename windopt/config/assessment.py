"""The entries about the assessment: who judges, how often, and what difference matters."""

from typing import Literal

from pydantic import Field, field_validator

from windopt.config.section import Section, refusal

OF = ":"
"""After another code's name, in that of its model: the nearest to FLORIS's that follows."""

PanelModel = Literal[
    "gauss",
    "jensen",
    "cc",
    "turbopark",
    "turboparkgauss",
    "empirical_gauss",
    "pywake:gauss",
    "pywake:jensen",
    "pywake:cc",
    "pywake:turbopark",
    "pywake:turboparkgauss",
    "pywake:empirical_gauss",
    "foxes:gauss",
    "foxes:jensen",
    "foxes:cc",
    "foxes:turbopark",
    "foxes:turboparkgauss",
    "foxes:empirical_gauss",
]
DEFAULT_PANEL: list[PanelModel] = [
    "gauss",
    "cc",
    "turboparkgauss",
    "empirical_gauss",
    "jensen",
    "pywake:gauss",
    "pywake:turboparkgauss",
]
"""The second code's are left out, and that is said, where it is not installed."""


class AssessmentConfig(Section):
    """How it is told which layout to use, and whether the AI was worth it."""

    materiality_pct: float = Field(
        default=0.05,
        gt=0,
        le=10,
        description="difference in AEP that matters, declared before the run [% of AEP]",
    )
    price_per_mwh: float | None = Field(
        default=None,
        gt=0,
        description="of a MWh, in any currency: then what the computing costs matters as well",
    )
    cost_per_cpu_hour: float = Field(
        default=0.05, ge=0, description="of computing, in the same currency, with price_per_mwh"
    )
    seeds: int = Field(
        default=3, ge=2, le=20, description="seeds of both searches, that of the run among them"
    )
    panel: list[PanelModel] = Field(
        default=DEFAULT_PANEL,
        description="wake models that judge: FLORIS's velocity models, and as pywake:gauss or "
        "foxes:gauss those of PyWake and foxes that are nearest to them; at least 2",
    )
    cpu_seconds: float | None = Field(
        default=None,
        gt=0,
        description="processor time that windopt assess may take; by default what it takes [s]",
    )
    gate: Literal["ask", "off"] = Field(
        default="ask",
        description="whether a run says before it begins if more than the wake formula may pay, "
        "and asks on a terminal where not",
    )

    @field_validator("gate", mode="before")
    @classmethod
    def _off_is_no_is(cls, gate: object) -> object:
        return "off" if gate is False else gate  # as YAML has it without quotes

    @field_validator("panel")
    @classmethod
    def _several_models_once(cls, panel: list[PanelModel]) -> list[PanelModel]:
        if twice := [name for name in panel if panel.count(name) > 1]:
            raise refusal(f"names {twice[0]!r} twice", "leave one of them out")
        if len(panel) < 2:
            raise refusal(
                f"names {len(panel)}, and how far wake models disagree is not known of one",
                "name at least two",
            )
        return panel
