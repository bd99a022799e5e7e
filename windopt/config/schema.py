"""The schema of a config: its entries, defaults and limits; those of a section in its own module.

The description of each entry is also the cure that a fault shows.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, field_validator, model_validator

from windopt.config.assessment import AssessmentConfig
from windopt.config.compare import CompareConfig
from windopt.config.cross_checks import (
    budget_is_metered,
    models_suffice,
    nothing_else_beside_value,
    one_spacing,
    pareto_is_of_free_layouts,
    place_is_on_a_map,
    robust_of_one_layout,
    rows_have_a_number,
    spacings_agree,
)
from windopt.config.economics import MOST_TURBINES, EconomicsConfig, LossesConfig, TurbineRange
from windopt.config.energy import EnergyConfig, OperationConfig
from windopt.config.judgement import BaselineConfig, ReportConfig, RobustnessConfig, VerifyConfig
from windopt.config.learning import SimulateConfig, TrainConfig
from windopt.config.neighbours import (
    NeighbourConfig,
    YearsConfig,
    counted_stand_alone,
    farms_of,
    names_differ,
    years_are_known,
)
from windopt.config.placement import (
    MOST_DIAMETERS,
    ExclusionConfig,
    FixedTurbinesConfig,
    Point,
    SetbackConfig,
    SpacingConfig,
    values_of_attributes,
)
from windopt.config.robust import RobustConfig
from windopt.config.search import BudgetConfig, OptimiseConfig
from windopt.config.section import Section, refusal, refuse_yes
from windopt.config.uncertainty import UncertaintyConfig
from windopt.config.wake import AtmosphereConfig, WakeConfig
from windopt.config.workers import WorkersConfig, section_of
from windopt.words import as_written

PATH_KEYS = ("site", "wind_resource", "speed_map", "turbine", "layout", "value")
"""Entries that name a file."""
MOST_TYPES = 100
"""Files with turbine types."""
LONGEST_NAME = 100
"""Bytes of a run's name: its folder's has a time after it, and 255 at most."""


class Config(Section):
    """Everything a run depends on."""

    name: str = Field(min_length=1, description="names the run folder")
    site: str = Field(
        description="file with the boundaries: windIO, GeoJSON, shapefile, GeoPackage, GML, DXF, "
        "FlatGeobuf, KML or CSV"
    )
    where: dict[str, Any] = Field(
        default={},
        description="attributes of the features of site that are the site, such as LEASE_NO: "
        '"OCS-A 0501"; a list of values takes any of them',
    )
    wind_resource: str = Field(
        description="windIO file with the wind rose; or CSV, of a rose or a time series; or WAsP's "
        ".tab, .wrg, .lib or .gwc; or windkit's .nc"
    )
    roughness_length: float | None = Field(
        default=None,
        ge=0,
        le=5,
        description="of the ground all round, for a generalised wind climate (.lib, .gwc), such as "
        "0.03; 0 at sea [m]",
    )
    speed_map: str | list[str] | None = Field(
        default=None,
        description="GeoTIFF of mean wind speeds [m/s], or two, of Weibull A and k: how the wind "
        "varies over the site",
    )
    wind_resource_at: Point | None = Field(
        default=None,
        description="[x, y] of the place where wind_resource holds, with speed_map; by default it "
        "holds for the site's mean",
    )
    value: str | None = Field(
        default=None,
        description="CSV with what a MWh is worth by wind_direction, wind_speed or time: the "
        "revenue is maximised instead of AEP",
    )
    allow_wind_gaps: bool = Field(
        default=False, description="go by the other times where a time series is incomplete"
    )
    month_weights: bool = Field(
        default=False,
        description="weigh the times of a series so that each calendar month has its share",
    )
    columns: dict[str, str] | None = Field(
        default=None,
        description="what the wind's table calls time, wind_speed, wind_direction and the like, as "
        "{wind_speed: Spd 100}",
    )
    date_format: str | None = Field(
        default=None,
        min_length=2,
        description='form of the dates in tables, as "%d/%m/%Y %H:%M"; by default it is found out',
    )
    turbine: str | list[str] = Field(
        description="windIO file with the turbine, or several files; or CSV, FLORIS's YAML or "
        "floris:NAME"
    )
    rotor_diameter: float | None = Field(
        default=None, gt=0, le=1000, description="of a turbine whose CSV does not say it [m]"
    )
    hub_height: float | None = Field(
        default=None, gt=0, le=1000, description="of a turbine whose CSV does not say it [m]"
    )
    multidim_conditions: dict[str, float] = Field(
        default={}, description="conditions of FLORIS's multi-dimensional turbines, by name"
    )
    layout: str | None = Field(
        default=None,
        description="file with the given layout: windIO, CSV, FLORIS's or a map file, as of site",
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
    losses: LossesConfig = LossesConfig()
    min_spacing_d: float | None = Field(
        default=2.0,
        ge=1,
        le=MOST_DIAMETERS,
        description="least distance between turbines in rotor diameters, those of the largest",
    )
    spacing: SpacingConfig | None = Field(
        default=None, description="another spacing rule, instead of min_spacing_d"
    )
    site_setback: SetbackConfig | None = Field(
        default=None,
        description="distance kept from the site's boundary and its holes, as {m: 100} or "
        "{rotor_radii: 1}",
    )
    exclusions: list[ExclusionConfig] = Field(
        default=[], max_length=1000, description="parts of the site where no turbine may stand"
    )
    fixed_turbines: FixedTurbinesConfig | None = Field(
        default=None, description="turbines that stand already, with a layout"
    )
    years: YearsConfig | None = Field(
        default=None,
        description="first and last year of the farm's operation, as {from: 2030, to: 2054}, over "
        "which neighbours are weighed",
    )
    neighbours: list[NeighbourConfig] = Field(
        default=[],
        max_length=100,
        description="farms of others, each with a name, a layout or boundaries, and years; or the "
        "file of one that stands",
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
    wind_north: Literal["true", "grid"] = Field(
        default="true",
        description="north that wind directions count from: true, from which they are turned to "
        "that of the grid where the crs is known, or grid",
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
    robust: RobustConfig | None = Field(
        default=None,
        description="what the layout is to hold under, {} for a set of wake models; by default "
        "the wake model of wake alone",
    )
    assessment: AssessmentConfig = AssessmentConfig()
    uncertainty: UncertaintyConfig = UncertaintyConfig()
    report: ReportConfig = ReportConfig()
    budget: BudgetConfig = BudgetConfig()
    compare: CompareConfig = CompareConfig()
    energy: EnergyConfig = EnergyConfig()
    operation: OperationConfig = OperationConfig()
    workers: WorkersConfig = WorkersConfig()

    _neighbours_in_short = field_validator("neighbours", mode="before")(farms_of)
    _neighbours_differ = field_validator("neighbours")(names_differ)
    _years_are_known = field_validator("neighbours")(years_are_known)
    _counted_stand_alone = field_validator("neighbours")(counted_stand_alone)
    _workers_in_short = field_validator("workers", mode="before")(section_of)
    _one_spacing = model_validator(mode="before")(one_spacing)
    _place_is_on_a_map = field_validator("wind_resource_at")(place_is_on_a_map)
    _spacings_agree = field_validator("spacing")(spacings_agree)
    _nothing_else_beside_value = field_validator("economics", "optimise", "baseline", "robustness")(
        nothing_else_beside_value
    )
    _values_of_attributes = field_validator("where", mode="before")(values_of_attributes)
    _robust_of_one_layout = field_validator("robust")(robust_of_one_layout)
    _models_suffice = field_validator("robustness")(models_suffice)
    _rows_have_a_number = field_validator("optimise")(rows_have_a_number)
    _pareto_is_of_free_layouts = field_validator("robust")(pareto_is_of_free_layouts)
    _budget_is_metered = field_validator("energy")(budget_is_metered)

    @field_validator("wind_north", mode="before")
    @classmethod
    def _true_is_a_north(cls, north: object) -> object:
        return "true" if north is True else north  # as YAML has it without quotes

    @field_validator("name")
    @classmethod
    def _name_is_of_a_folder(cls, name: str) -> str:
        if name[0] in ".-~ " or len(name.encode(errors="replace")) > LONGEST_NAME:
            fault = "begins with that" if len(name) <= LONGEST_NAME else "is too long"
            raise refusal(f"{name[:80]!r} {fault}: a folder is named so", "shorten or correct it")
        if strange := [c for c in name if c in '/\\:*?"<>|' or not c.isprintable()]:
            raise refusal(
                f"{name!r} holds {strange[0]!r}, and a folder is named so",
                "use letters, digits, blanks, dots, hyphens and underscores",
            )
        return name

    @field_validator("n_turbines", mode="wrap")
    @classmethod
    def _number_or_range(cls, number: object, _: object) -> int | TurbineRange:
        refuse_yes(number)
        # one of the two is asked, so that its faults are not joined by the other's
        if isinstance(number, dict | TurbineRange):
            return TurbineRange.model_validate(number)
        count: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=MOST_TURBINES)])
        return count.validate_python(number)

    @field_validator("turbine", mode="before")
    @classmethod
    def _file_or_files(cls, turbine: object) -> object:
        files = turbine if isinstance(turbine, list) else [turbine]
        if len(files) > MOST_TYPES:
            raise refusal(f"names {len(files):,} files", f"name at most {MOST_TYPES}")
        if not files or not all(isinstance(file, str) for file in files):
            raise refusal(
                f"{as_written(turbine)} names no file", "name a windIO file, or a list of them"
            )
        return files[0] if len(files) == 1 else files
