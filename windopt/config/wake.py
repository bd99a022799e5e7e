"""The entries about the air and its wakes, in FLORIS's names and within FLORIS's limits."""

from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from windopt.config.section import Section, refusal
from windopt.words import as_written

OWN_PARAMETERS: dict[str, dict[str, Any]] = {"iea37": {"k": float}}
"""Of wake models that FLORIS has from windopt."""

WITHOUT_GCH = ("turbopark", "empirical_gauss")
"""Velocity models whose solvers in FLORIS have no secondary steering."""
DAMPING = "mixing_gain_deflection"


class AtmosphereConfig(Section):
    """The air, as FLORIS takes it."""

    air_density: float = Field(default=1.225, gt=0.5, lt=2.0, description="air density [kg/m³]")
    wind_shear: float = Field(
        default=0.0, ge=0.0, lt=1.0, description="power-law exponent of the wind profile"
    )
    reference_height: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="height at which the wind speeds hold, and to which the wind resource's are "
        "brought; by default the hub height of the first turbine type [m]",
    )
    turbulence_intensity: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="turbulence intensity, where the wind resource's file has none",
    )


class WakeConfig(Section):
    """The wake model in FLORIS's names.

    `gch` is one switch for FLORIS's secondary steering, yaw-added recovery and transverse
    velocities; they move farm power by 0.05 % without yaw and take 1.6 times the time. `iea37` is
    the formula of IEA Wind Task 37's case studies, which windopt adds to FLORIS.
    """

    velocity_model: Literal[
        "gauss", "jensen", "cc", "turbopark", "turboparkgauss", "empirical_gauss", "iea37", "none"
    ] = Field(default="gauss", description="FLORIS's wake velocity model")
    turbulence_model: Literal["crespo_hernandez", "wake_induced_mixing", "none"] = Field(
        default="crespo_hernandez", description="FLORIS's wake turbulence model"
    )
    combination_model: Literal["sosfs", "fls", "max"] = Field(
        default="sosfs", description="FLORIS's rule of wake superposition"
    )
    gch: bool = Field(default=False, description="FLORIS's Gauss-curl hybrid corrections")
    parameters: dict[str, dict[str, Any]] = Field(
        default={},
        description="wake_velocity_parameters, wake_turbulence_parameters and, with gch or "
        "empirical_gauss, wake_deflection_parameters of the chosen models",
    )

    @field_validator("parameters")
    @classmethod
    def _known_groups(cls, groups: dict[str, Any]) -> dict[str, Any]:
        known = [f"wake_{kind}_parameters" for kind in ("velocity", "turbulence", "deflection")]
        if unknown := [group for group in groups if group not in known]:
            raise refusal(f"unknown group {unknown[0]!r}", f"use {' or '.join(known)}")
        return groups

    @property
    def deflection_model(self) -> str:
        """FLORIS's deflection model: at zero yaw only two wake models need one."""
        if self.gch:
            return "gauss"
        return "empirical_gauss" if self.velocity_model == "empirical_gauss" else "none"

    @model_validator(mode="after")
    def _models_fit(self) -> "WakeConfig":
        # FLORIS has a solver of its own for empirical_gauss, with another turbulence interface.
        empirical = self.velocity_model == "empirical_gauss"
        if empirical != (self.turbulence_model == "wake_induced_mixing"):
            raise refusal(
                f"velocity_model {self.velocity_model!r} does not work with turbulence_model "
                f"{self.turbulence_model!r}",
                "set turbulence_model: "
                + ("wake_induced_mixing" if empirical else "crespo_hernandez"),
            )
        if self.gch and self.velocity_model in WITHOUT_GCH:
            raise refusal(
                f"velocity_model {self.velocity_model!r} does not work with gch true",
                "set gch: false",
            )
        if self.velocity_model == "iea37":
            needed = {"turbulence_model": "none", "combination_model": "sosfs", "gch": False}
            for key, value in needed.items():
                if (given := getattr(self, key)) != value:
                    raise refusal(
                        f"velocity_model 'iea37' does not work with {key} {given!r}",
                        f"set {key}: {str(value).lower()}",
                    )
        return self

    @model_validator(mode="after")
    def _models_take_parameters(self) -> "WakeConfig":
        for kind in ("velocity", "turbulence", "deflection"):
            group = f"wake_{kind}_parameters"
            if given := self.parameters.get(group):
                model = getattr(self, f"{kind}_model")
                if found := _unfit(f"{kind}_model", model, given):
                    problem, cure = found
                    raise refusal(f"parameters.{group}: {model!r} {problem}", cure)
                if given.get(DAMPING):
                    raise refusal(
                        f"parameters.{group}: {DAMPING} {given[DAMPING]!r} is not supported",
                        "set it to 0, as FLORIS does: mixing then does not hold wakes down",
                    )
        return self


def _unfit(kind: str, model: str, given: dict[str, Any]) -> tuple[str, str] | None:
    """Return why a wake model refuses the parameters `given`, and the cure; None if it does not."""
    types = OWN_PARAMETERS.get(model) or _floris_parameters(kind, model)
    for name, value in given.items():
        if name not in types:
            known = ", ".join(types) or "none"
            return f"has no parameter {name!r}", f"its parameters are {known}"
        try:
            TypeAdapter(types[name], config=Section.model_config).validate_python(
                value, strict=True
            )
        except ValidationError:
            return f"refuses {name} = {as_written(value)}", f"give a {types[name].__name__}"
    return None


def _floris_parameters(kind: str, model: str) -> dict[str, Any]:
    """Return the parameters of one of FLORIS's wake models, with their types."""
    from attrs import fields  # with FLORIS: 1.6 s, that only a config with parameters needs to pay
    from floris.core.wake import MODEL_MAP

    models = MODEL_MAP[kind]
    inherited = {field.name for field in fields(models["none"])}
    return {f.name: f.type for f in fields(models[model]) if f.init and f.name not in inherited}
