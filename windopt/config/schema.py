"""The schema of a config: its sections, defaults and limits.

The description of each entry is also the cure that a fault shows.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from windopt.config.compare import CompareConfig
from windopt.config.economics import MOST_TURBINES, EconomicsConfig, TurbineRange
from windopt.config.energy import EnergyConfig, OperationConfig
from windopt.config.placement import ExclusionConfig, FixedTurbinesConfig, SpacingConfig
from windopt.config.section import Section

LEAST_MODELS = 4
"""Wake models that can tell how far they disagree."""
OWN_PARAMETERS: dict[str, dict[str, Any]] = {"iea37": {"k": float}}
"""Of wake models that FLORIS has from windopt."""
PATH_KEYS = ("site", "wind_resource", "turbine", "layout", "value")


class AtmosphereConfig(Section):
    """The air, as FLORIS takes it."""

    air_density: float = Field(default=1.225, gt=0.5, lt=2.0, description="air density [kg/m³]")
    wind_shear: float = Field(
        default=0.0, ge=0.0, lt=1.0, description="power-law exponent of the wind profile"
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
        description="wake_velocity_parameters and wake_turbulence_parameters of the chosen models",
    )

    @field_validator("parameters")
    @classmethod
    def _known_groups(cls, groups: dict[str, Any]) -> dict[str, Any]:
        known = ("wake_velocity_parameters", "wake_turbulence_parameters")
        if unknown := [group for group in groups if group not in known]:
            raise ValueError(f"unknown group {unknown[0]!r}|use {' or '.join(known)}")
        return groups

    @model_validator(mode="after")
    def _models_fit(self) -> "WakeConfig":
        # FLORIS has a solver of its own for empirical_gauss, with another turbulence interface.
        empirical = self.velocity_model == "empirical_gauss"
        if empirical != (self.turbulence_model == "wake_induced_mixing"):
            raise ValueError(
                f"velocity_model {self.velocity_model!r} does not work with turbulence_model "
                f"{self.turbulence_model!r}|set turbulence_model: "
                + ("wake_induced_mixing" if empirical else "crespo_hernandez")
            )
        if self.velocity_model == "iea37":
            needed = {"turbulence_model": "none", "combination_model": "sosfs", "gch": False}
            for key, value in needed.items():
                if (given := getattr(self, key)) != value:
                    raise ValueError(
                        f"velocity_model 'iea37' does not work with {key} {given!r}|"
                        f"set {key}: {str(value).lower()}"
                    )
        return self

    @model_validator(mode="after")
    def _models_take_parameters(self) -> "WakeConfig":
        for kind in ("velocity", "turbulence"):
            group = f"wake_{kind}_parameters"
            if given := self.parameters.get(group):
                model = getattr(self, f"{kind}_model")
                if problem := _refusal(f"{kind}_model", model, given):
                    raise ValueError(f"parameters.{group}: {model!r} {problem}")
        return self


class SimulateConfig(Section):
    """FLORIS training data."""

    conditions: int = Field(default=1200, ge=100, description="farm conditions simulated in FLORIS")
    farms: int = Field(default=60, ge=2, description="random farm layouts they are spread over")
    max_turbines: int = Field(
        default=36,
        ge=2,
        description="turbines in a training farm; a third have up to three times as many",
    )

    @model_validator(mode="after")
    def _farms_have_conditions(self) -> "SimulateConfig":
        if self.farms > self.conditions:
            raise ValueError(
                f"{self.conditions} conditions do not go round {self.farms} farms|"
                "raise conditions or lower farms"
            )
        return self


class TrainConfig(Section):
    """Training of the surrogate."""

    steps: int = Field(default=1300, ge=10, description="Adam steps")
    learning_rate: float = Field(default=2e-2, gt=0, description="largest learning rate")
    members: int = Field(
        default=3, ge=0, le=20, description="kernels of the ensemble that tells the uncertainty"
    )
    reuse: bool = Field(
        default=False, description="take the surrogate from the library where one fits"
    )


class OptimiseConfig(Section):
    """The layout search."""

    starts: int = Field(default=8, ge=1, description="layouts the search starts from")
    steps: int = Field(default=300, ge=4, description="gradient steps of each climb")
    chains: int = Field(default=4, ge=1, description="best layouts that turbines are exchanged in")
    patience: int = Field(
        default=48, ge=0, description="exchanges in a row that gain nothing, which end the search"
    )
    pattern: Literal["free", "regular"] = Field(
        default="free", description="regular: all turbines on the points of one lattice"
    )
    neatness: list[Annotated[float, Field(ge=0, le=10)]] = Field(
        default=[0.0],
        min_length=1,
        description="AEP to give up for turbines one rotor diameter nearer to rows [% per D], "
        "0 to 10; of several weights the first gives the answer",
    )

    @field_validator("neatness", mode="before")
    @classmethod
    def _weight_or_weights(cls, neatness: object) -> object:
        return neatness if isinstance(neatness, list | tuple) else [neatness]

    @field_validator("neatness")
    @classmethod
    def _weights_differ(cls, neatness: list[float]) -> list[float]:
        for k, weight in enumerate(neatness):
            if weight in neatness[:k]:
                raise ValueError(f"holds {weight:g} twice|keep one of them")
        return neatness

    @model_validator(mode="after")
    def _neat_or_regular(self) -> "OptimiseConfig":
        if self.pattern == "regular" and any(self.neatness):
            weights = ", ".join(f"{weight:g}" for weight in self.neatness)
            raise ValueError(
                f"neatness {weights} is of no use with pattern 'regular', which is neat already|"
                "leave neatness out, or set pattern: free"
            )
        return self


class VerifyConfig(Section):
    """The judgement by FLORIS."""

    tolerance_pct: float = Field(
        default=0.05,
        gt=0,
        description="difference of claimed and verified gain that calls for learning [% of AEP]",
    )
    max_rounds: int = Field(default=3, ge=0, description="active-learning rounds at most")


class BaselineConfig(Section):
    """Searches without learning, each with as much processor time as the run took."""

    methods: list[Literal["analytic", "floris"]] = Field(
        default=[],
        description="analytic: the same search on a fixed wake formula; floris: a search by trial "
        "in FLORIS; given layout and best regular grid are judged in any case",
    )


VelocityModel = Literal["gauss", "jensen", "cc", "turbopark", "turboparkgauss", "empirical_gauss"]


class RobustnessConfig(Section):
    """The opinion of other wake models on the gain."""

    wake_models: list[VelocityModel] = Field(
        default=[],
        description="FLORIS's velocity models to ask, at least 4 with the run's own; empty: none",
    )


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


LONGEST_NAME = 100
"""Bytes of a run's name: its folder's has a time after it, and 255 at most."""


class Config(Section):
    """Everything a run depends on."""

    name: str = Field(min_length=1, description="names the run folder")
    site: str = Field(
        description="file with the boundaries: windIO, GeoJSON, shapefile, KML or CSV"
    )
    wind_resource: str = Field(
        description="windIO file with the wind rose; or CSV, of a rose or a time series; or WAsP's "
        ".tab or .wrg"
    )
    value: str | None = Field(
        default=None,
        description="CSV with what a MWh is worth by wind_direction, wind_speed or time: the "
        "revenue is maximised instead of AEP",
    )
    allow_wind_gaps: bool = Field(
        default=False, description="go by the other times where a time series is incomplete"
    )
    turbine: str | list[str] = Field(
        description="windIO file with the turbine, or several files; or CSV, FLORIS's YAML or "
        "floris:NAME"
    )
    rotor_diameter: float | None = Field(
        default=None, gt=0, description="of a turbine whose CSV does not say it [m]"
    )
    hub_height: float | None = Field(
        default=None, gt=0, description="of a turbine whose CSV does not say it [m]"
    )
    multidim_conditions: dict[str, float] = Field(
        default={}, description="conditions of FLORIS's multi-dimensional turbines, by name"
    )
    layout: str | None = Field(
        default=None,
        description="file with the given layout: windIO, CSV, GeoJSON, shapefile, KML or FLORIS's",
    )
    crs: str | None = Field(
        default=None,
        description="coordinate reference system of all metres, such as EPSG:25831; by default "
        "that of the site's file",
    )
    n_turbines: int | TurbineRange | None = Field(
        default=None, description="number of turbines, or {min: ..., max: ...} where it is free"
    )
    turbine_counts: list[Annotated[int, Field(ge=0, le=MOST_TURBINES)]] | None = Field(
        default=None,
        min_length=1,
        description="number of turbines of each type, where no layout says it",
    )
    economics: EconomicsConfig | None = Field(
        default=None, description="what energy is worth and turbines cost, for a free number"
    )
    min_spacing_d: float | None = Field(
        default=2.0,
        ge=1,
        description="least distance between turbines in rotor diameters, those of the largest",
    )
    spacing: SpacingConfig | None = Field(
        default=None, description="another spacing rule, instead of min_spacing_d"
    )
    exclusions: list[ExclusionConfig] = Field(
        default=[], description="parts of the site where no turbine may stand"
    )
    fixed_turbines: FixedTurbinesConfig | None = Field(
        default=None, description="turbines that stand already, with a layout"
    )
    hours_per_year: float = Field(
        default=8760.0,
        ge=8000,
        le=9000,
        description="hours in a year [h]; a published rose need not sum to 1, and is scaled here",
    )
    refine_wind: bool = Field(
        default=True, description="judge a rose on 360 directions where it has fewer"
    )
    repair_boundaries: bool = Field(
        default=False, description="repair self-intersecting boundaries"
    )
    seed: int = Field(default=0, ge=0, description="seed of every random choice")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="where to train and search; auto: a GPU where there is one"
    )
    atmosphere: AtmosphereConfig = AtmosphereConfig()
    wake: WakeConfig = WakeConfig()
    simulate: SimulateConfig = SimulateConfig()
    train: TrainConfig = TrainConfig()
    optimise: OptimiseConfig = OptimiseConfig()
    verify: VerifyConfig = VerifyConfig()
    baseline: BaselineConfig = BaselineConfig()
    robustness: RobustnessConfig = RobustnessConfig()
    budget: BudgetConfig = BudgetConfig()
    compare: CompareConfig = CompareConfig()
    energy: EnergyConfig = EnergyConfig()
    operation: OperationConfig = OperationConfig()

    @field_validator("name")
    @classmethod
    def _name_is_of_a_folder(cls, name: str) -> str:
        if name[0] in ".-~ " or len(name.encode(errors="replace")) > LONGEST_NAME:
            fault = "begins with that" if len(name) <= LONGEST_NAME else "is too long"
            raise ValueError(f"{name[:80]!r} {fault}: a folder is named so|shorten or correct it")
        if strange := [c for c in name if c in '/\\:*?"<>|' or not c.isprintable()]:
            raise ValueError(
                f"{name!r} holds {strange[0]!r}, and a folder is named so|"
                "use letters, digits, blanks, dots, hyphens and underscores"
            )
        return name

    @model_validator(mode="before")
    @classmethod
    def _one_spacing(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        if raw.get("spacing") is not None:
            return {"min_spacing_d": None} | raw
        return {key: v for key, v in raw.items() if key != "min_spacing_d" or v is not None}

    @field_validator("spacing")
    @classmethod
    def _spacings_agree(
        cls, spacing: SpacingConfig | None, info: ValidationInfo
    ) -> SpacingConfig | None:
        plain = info.data.get("min_spacing_d")
        if spacing is not None and plain is not None:
            raise ValueError(f"stands beside min_spacing_d {plain:g}|keep one of them")
        return spacing

    @field_validator("economics", "optimise", "baseline", "robustness")
    @classmethod
    def _nothing_else_beside_value(cls, section: Any, info: ValidationInfo) -> Any:
        asks = {
            "economics": section is not None,
            "optimise": any(getattr(section, "neatness", ())),
            "baseline": bool(getattr(section, "methods", ())),
            "robustness": bool(getattr(section, "wake_models", ())),
        }
        if info.data.get("value") and asks[str(info.field_name)]:
            raise ValueError("goes by AEP, but value asks for revenue|leave one of the two out")
        return section

    @field_validator("n_turbines", mode="wrap")
    @classmethod
    def _number_or_range(cls, number: object, _: object) -> int | TurbineRange:
        # one of the two is asked, so that its faults are not joined by the other's
        if isinstance(number, dict | TurbineRange):
            return TurbineRange.model_validate(number)
        count: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=MOST_TURBINES)])
        return count.validate_python(number)

    @field_validator("robustness")
    @classmethod
    def _models_suffice(
        cls, robustness: RobustnessConfig, info: ValidationInfo
    ) -> RobustnessConfig:
        wake = info.data.get("wake")
        if not robustness.wake_models or wake is None:
            return robustness
        models = {*robustness.wake_models, wake.velocity_model}
        if len(models) < LEAST_MODELS:
            raise ValueError(
                f"wake_models: {len(models)} with the run's own are too few to tell how far wake "
                f"models disagree|name at least {LEAST_MODELS} with {wake.velocity_model}"
            )
        return robustness

    @field_validator("optimise")
    @classmethod
    def _rows_have_a_number(cls, optimise: OptimiseConfig, info: ValidationInfo) -> OptimiseConfig:
        free = isinstance(info.data.get("n_turbines"), TurbineRange)
        if free and (optimise.pattern != "free" or any(optimise.neatness)):
            raise ValueError(
                "asks for rows of a free number of turbines|"
                "give n_turbines as one number, or leave pattern and neatness out"
            )
        return optimise

    @field_validator("energy")
    @classmethod
    def _budget_is_metered(cls, energy: EnergyConfig, info: ValidationInfo) -> EnergyConfig:
        budget = info.data.get("budget")
        if energy.meter == "none" and budget is not None and budget.watt_hours is not None:
            raise ValueError(
                f"meter 'none' cannot tell when budget.watt_hours {budget.watt_hours:g} are spent|"
                "set energy.meter: auto, or budget.cpu_seconds instead of budget.watt_hours"
            )
        return energy

    @field_validator("turbine", mode="before")
    @classmethod
    def _file_or_files(cls, turbine: object) -> object:
        files = turbine if isinstance(turbine, list) else [turbine]
        if not files or not all(isinstance(file, str) for file in files):
            raise ValueError(f"{turbine!r} names no file|name a windIO file, or a list of them")
        return files[0] if len(files) == 1 else files


def _refusal(kind: str, model: str, given: dict[str, Any]) -> str:
    """Return why a wake model does not take the parameters `given`, with the cure."""
    types = OWN_PARAMETERS.get(model) or _floris_parameters(kind, model)
    for name, value in given.items():
        if name not in types:
            return f"has no parameter {name!r}|its parameters are {', '.join(types) or 'none'}"
        try:
            TypeAdapter(types[name], config=Section.model_config).validate_python(
                value, strict=True
            )
        except ValidationError:
            return f"refuses {name} = {value!r}|give a {types[name].__name__}"
    return ""


def _floris_parameters(kind: str, model: str) -> dict[str, Any]:
    """Give the parameters of one of FLORIS's wake models, with their types."""
    from attrs import fields  # with FLORIS: 1.6 s, that only a config with parameters needs to pay
    from floris.core.wake import MODEL_MAP

    models = MODEL_MAP[kind]
    inherited = {field.name for field in fields(models["none"])}
    return {f.name: f.type for f in fields(models[model]) if f.init and f.name not in inherited}
