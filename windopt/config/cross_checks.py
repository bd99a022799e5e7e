"""The checks of entries of a config against each other.

A check is a validator of the later of its entries; what comes before stands in `info.data`, unless
it has faults of its own.
"""

from typing import Any

from pydantic import ValidationInfo

from windopt.config.economics import TurbineRange
from windopt.config.energy import EnergyConfig
from windopt.config.judgement import RobustnessConfig
from windopt.config.placement import Point, SpacingConfig
from windopt.config.robust import RobustConfig
from windopt.config.search import OptimiseConfig
from windopt.config.section import refusal

LEAST_MODELS = 4
"""Wake models that can tell how far they disagree."""


def one_spacing(raw: object) -> object:
    """Let the default of `min_spacing_d` give way to a spacing rule."""
    if not isinstance(raw, dict):
        return raw
    if raw.get("spacing") is not None:
        return {"min_spacing_d": None} | raw
    return {key: v for key, v in raw.items() if key != "min_spacing_d" or v is not None}


def place_is_on_a_map(at: Point | None, info: ValidationInfo) -> Point | None:
    """Refuse a place for a map that is not there."""
    if at is not None and not info.data.get("speed_map"):
        raise refusal("is of no use without speed_map", "add speed_map, or leave it out")
    return at


def spacings_agree(spacing: SpacingConfig | None, info: ValidationInfo) -> SpacingConfig | None:
    """Refuse two spacing rules."""
    plain = info.data.get("min_spacing_d")
    if spacing is not None and plain is not None:
        raise refusal(f"stands beside min_spacing_d {plain:g}", "keep one of them")
    return spacing


def nothing_else_beside_value(section: Any, info: ValidationInfo) -> Any:
    """Refuse what goes by AEP where the revenue is asked for."""
    asks = {
        "economics": section is not None,
        "optimise": any(getattr(section, "regularity", ())),
        "baseline": bool(getattr(section, "methods", ())),
        "robustness": bool(getattr(section, "wake_models", ())),
    }
    if info.data.get("value") and asks[str(info.field_name)]:
        raise refusal("goes by AEP, but value asks for revenue", "leave one of the two out")
    return section


def models_suffice(robustness: RobustnessConfig, info: ValidationInfo) -> RobustnessConfig:
    """Refuse fewer wake models than can tell how far they disagree."""
    wake = info.data.get("wake")
    if not robustness.wake_models or wake is None:
        return robustness
    models = {*robustness.wake_models, wake.velocity_model}
    if len(models) < LEAST_MODELS:
        raise refusal(
            f"wake_models: {len(models)} with the run's own are too few to tell how far wake "
            f"models disagree",
            f"name at least {LEAST_MODELS} with {wake.velocity_model}",
        )
    return robustness


def robust_of_one_layout(robust: RobustConfig | None, info: ValidationInfo) -> RobustConfig | None:
    """Refuse a robust layout beside a curve of layouts over regularity."""
    optimise = info.data.get("optimise")
    if robust is not None and optimise is not None and any(optimise.regularity):
        raise refusal(
            "weighs scenarios, and optimise.regularity weighs rows", "leave one of the two out"
        )
    free = isinstance(info.data.get("n_turbines"), TurbineRange)
    if robust is not None and robust.risk == "regret" and free:
        raise refusal(
            "risk regret needs the best layout of each wake model, and n_turbines is free",
            "give n_turbines as one number, or another risk",
        )
    return robust


def rows_have_a_number(optimise: OptimiseConfig, info: ValidationInfo) -> OptimiseConfig:
    """Refuse rows of a free number of turbines."""
    free = isinstance(info.data.get("n_turbines"), TurbineRange)
    if free and (optimise.pattern != "free" or any(optimise.regularity)):
        raise refusal(
            "asks for rows of a free number of turbines",
            "give n_turbines as one number, or leave pattern and regularity out",
        )
    return optimise


def pareto_is_of_free_layouts(
    robust: RobustConfig | None, info: ValidationInfo
) -> RobustConfig | None:
    """Refuse mean against spread beside what chooses its layouts by something else."""
    if robust is None or not robust.pareto:
        return robust
    how = info.data.get("optimise")
    others = {
        "value": info.data.get("value") is not None,
        "n_turbines {min, max}": isinstance(info.data.get("n_turbines"), TurbineRange),
        "optimise.pattern regular": how is not None and how.pattern == "regular",
    }
    if beside := [name for name, asked in others.items() if asked]:
        raise refusal(
            f"pareto compares layouts by the gain of AEP alone, but {beside[0]} is given",
            "leave one of the two out",
        )
    return robust


def budget_is_metered(energy: EnergyConfig, info: ValidationInfo) -> EnergyConfig:
    """Refuse a limit in watt-hours that nobody measures."""
    budget = info.data.get("budget")
    if energy.meter == "none" and budget is not None and budget.watt_hours is not None:
        raise refusal(
            f"meter 'none' cannot tell when budget.watt_hours {budget.watt_hours:g} are spent",
            "set energy.meter: auto, or budget.cpu_seconds instead of budget.watt_hours",
        )
    return energy
