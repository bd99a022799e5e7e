"""The scenarios of a robust run: one kernel for each wake model and each draw of its parameters.

The kernels are those that ship, folded for the problem under each wake model: nothing is simulated
or trained. Parameters, the ambient turbulence, the power curve and the roughness are drawn by a
Latin hypercube whose strata are taken at their middles, so that few draws keep mean and spread
(McKay, Beckman and Conover, Technometrics 21, 239, 1979). Wind years are drawn the same way: in
each, the speeds are multiplied by a factor, and the rose is turned. Or they are the calendar years
of a time series. They are the same classes with other probabilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import norm

from windopt.config.robust import CvarConfig, RobustConfig, SpreadConfig, WindYearsConfig
from windopt.errors import ConfigError, Fault, KernelMisfitError
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import (
    ConditionalValue,
    Mean,
    MeanLessSpread,
    Regret,
    Risk,
    Scenario,
    Worst,
)
from windopt.problem.scenarios import ALONE, Scenarios
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.shipped import fitting_kernel, shipped_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.words import count_of

LEAST_HUB = 5.0
"""Hub height over roughness length, below which there is no surface layer at the hub."""


@dataclass(frozen=True, eq=False)
class KnownModel:
    """A wake model with its own parameters, as FLORIS and a kernel know it.

    Attributes
    ----------
    problem : LayoutProblem
        Under that wake model.
    surrogate : Surrogate
    """

    problem: LayoutProblem
    surrogate: Surrogate


def known_models(
    problem: LayoutProblem, surrogate: Surrogate | None, names: Mapping[str, Any] | list[str]
) -> dict[str, KnownModel]:
    """Return wake models by name, each with the kernel that ships for the problem under it.

    `check_scenarios` has refused those that none serves.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate or None
        Of the problem's own wake model; None takes what ships for it too.
    names : names of FLORIS's velocity models

    Raises
    ------
    KernelMisfitError
        When none serves for one of them.
    """
    models = {}
    for name in names:
        other = under_wake_model(problem, name)
        own = surrogate if other is problem else None
        models[name] = KnownModel(other, own or shipped_surrogate(other))
    return models


def scenarios_for(
    problem: LayoutProblem, surrogate: Surrogate, reference: FloatArray | None = None
) -> Scenarios:
    """Return what the problem's config asks to weigh; `ALONE` where it has no section `robust`.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
        Of the problem's own wake model.
    reference : (n_turbines, 2) [m], optional
        The layout that counts the same in every scenario; without it nothing is scaled.

    Raises
    ------
    KernelMisfitError
        When no kernel that ships serves for one of the wake models, or its parameters.
    """
    config = problem.config.robust
    if config is None:
        return ALONE
    models = known_models(problem, surrogate, config.weights)
    years = wind_years(problem.wind, config.wind_years)
    cases: list[Scenario] = []
    names: list[str] = []
    for number, (name, model) in enumerate(models.items()):
        for drawn in _draws(model, name, config, number):
            for wind in [drawn.problem.wind] if years is None else years:
                here = replace(wind, turbulence_intensity=drawn.problem.wind.turbulence_intensity)
                case = Scenario(drawn.surrogate, here if years is not None else wind)
                cases.append(case)
                names.append(name)
    each = {name: config.weights[name] / names.count(name) for name in models}
    named = zip(cases, names, strict=True)
    weighed = tuple(replace(case, weight=each[name]) for case, name in named)
    scenarios = Scenarios(weighed, tuple(names), risk_of(config))
    return scenarios if reference is None else scenarios.scaled(problem, surrogate, reference)


def risk_of(config: RobustConfig) -> Risk:
    """Return the risk measure that a config asks for; of regret, the best are to be found yet."""
    if isinstance(config.risk, CvarConfig):
        return ConditionalValue(config.risk.cvar)
    if config.spread_factor is not None:
        return MeanLessSpread(config.spread_factor)
    known: dict[str, Risk] = {"mean": Mean(), "worst": Worst(), "regret": Regret(())}
    return known[config.risk]


def check_scenarios(problem: LayoutProblem) -> None:
    """Refuse scenarios that no kernel serves, before anything is spent.

    Raises
    ------
    ConfigError
        With all of them.
    """
    config = problem.config.robust
    assert config is not None
    faults: list[Fault] = []
    try:
        wind_years(problem.wind, config.wind_years)
    except ConfigError as error:
        faults += error.faults
    for number, name in enumerate([*config.weights, *config.also_judged_by]):
        other = under_wake_model(problem, name)
        try:
            drawn = _drawn_problems(other, name, config, number)
        except ConfigError as error:
            faults += error.faults
            continue
        section = "also_judged_by" if name in config.also_judged_by else "wake_models"
        for one in {id(p): p for p in (other, *drawn)}.values():
            if one is problem:
                continue  # which has its own surrogate, whatever ships
            cure = (
                "leave this wake model out"
                if one is other
                else "make the spread of what may be the case smaller"
            )
            try:
                fitting_kernel(one)
            except KernelMisfitError as error:
                faults.append(Fault(f"robust.{section}, {name}", str(error), cure))
    if faults:
        raise ConfigError(list(dict.fromkeys(faults)))


def _draws(model: KnownModel, name: str, config: RobustConfig, number: int) -> list[KnownModel]:
    """Return a wake model with its own parameters, or with draws of what they may be."""
    drawn = _drawn_problems(model.problem, name, config, number)
    return [
        model if problem is model.problem else KnownModel(problem, shipped_surrogate(problem))
        for problem in drawn
    ]


def _drawn_problems(
    problem: LayoutProblem, name: str, config: RobustConfig, number: int
) -> list[LayoutProblem]:
    """Return the problem, or with draws of what parameters and turbulence may be."""
    spreads = next((known for of, known in config.parameters.items() if of == name), {})
    others = config.turbulence_std_pct, config.power_curve_std_pct, config.roughness_std_pct
    if name not in config.weights or not (spreads or any(others)):
        return [problem]
    known = {
        "wake_velocity_parameters": VELOCITY.get(name, ()),
        "wake_turbulence_parameters": TURBULENCE[problem.wake.turbulence_model],
    }
    groups = {one.name: group for group, parameters in known.items() for one in parameters}
    if strange := [key for key in spreads if key not in groups]:
        raise ConfigError.of(
            f"robust.parameters.{name}",
            f"there is no numeric parameter {strange[0]!r}",
            f"its parameters are {', '.join(groups)}",
        )
    drawn = []
    for share in hypercube(config.draws, len(spreads) + len(others), number):
        louder, faster, rougher = 0.01 * np.array(others) * norm.ppf(share[len(spreads) :])
        one = problem
        for key, spread, at in zip(spreads, spreads.values(), share, strict=False):
            one = _with_parameter(one, groups[key], key, quantile(spread, float(at)))
        factor = (1.0 + louder) * _turbulence_over(problem, float(rougher))
        if factor != 1.0:
            turbulence = factor * one.wind.turbulence_intensity
            one = replace(one, wind=replace(one.wind, turbulence_intensity=turbulence))
        if faster:
            turbines = tuple(
                replace(kind, wind_speed=kind.wind_speed * (1.0 + faster)) for kind in one.turbines
            )
            one = replace(one, turbines=turbines)
        drawn.append(one)
    return drawn


def _turbulence_over(problem: LayoutProblem, rougher: float) -> float:
    """Return the ambient turbulence over ground of another roughness, as a share of today's.

    In the neutral surface layer I = 1 / ln(z / z0), with z the hub height (Manwell, McGowan and
    Rogers, Wind Energy Explained, 2009, section 2.3). The roughness length is log-normal: its
    logarithm has the standard deviation ln(1 + s).

    Parameters
    ----------
    problem : LayoutProblem
    rougher : float
        Standard deviations times the relative standard deviation s.
    """
    if rougher == 0.0:
        return 1.0
    known = problem.config.roughness_length
    if not known:
        raise ConfigError.of(
            "robust.roughness_std_pct",
            "the roughness length is not known",
            "set roughness_length, such as 0.03, above 0, or give turbulence_std_pct instead",
        )
    before = np.log(problem.reference_height / known)
    after = before - np.sign(rougher) * np.log1p(abs(rougher))
    if min(before, after) < np.log(LEAST_HUB):
        raise ConfigError.of(
            "robust.roughness_std_pct",
            f"the roughness length comes near the hub height of {problem.reference_height:g} m",
            "make it smaller",
        )
    return float(before / after)


def _with_parameter(problem: LayoutProblem, group: str, key: str, value: float) -> LayoutProblem:
    wake = problem.wake
    parameters = {**wake.parameters, group: {**wake.parameters.get(group, {}), key: value}}
    return replace(problem, wake=wake.model_copy(update={"parameters": parameters}))


def quantile(spread: SpreadConfig, share: float) -> float:
    """Return the value below which a parameter lies with a probability."""
    if spread.mean is not None and spread.std is not None:
        return spread.mean + spread.std * float(norm.ppf(share))
    assert spread.min is not None
    assert spread.max is not None
    return spread.min + share * (spread.max - spread.min)


def hypercube(draws: int, dimensions: int, seed: int) -> FloatArray:
    """Return the middles of a Latin hypercube's strata (draws, dimensions), between 0 and 1."""
    rng = np.random.default_rng((seed, 41))
    middles = (np.arange(draws) + 0.5) / draws
    return np.stack([rng.permutation(middles) for _ in range(dimensions)], axis=1)


def wind_years(wind: WindResource, config: WindYearsConfig | None) -> list[WindResource] | None:
    """Return wind years, on the classes of a rose; None where years do not differ.

    Parameters
    ----------
    wind : WindResource
        The mean over years.
    config : WindYearsConfig or None
    """
    if config is None:
        return None
    if config.from_series:
        if len(wind.years) < 2:
            told = count_of(len(wind.years), "whole calendar year")
            raise ConfigError.of(
                "robust.wind_years.from_series",
                f"wind_resource has {told}",
                "give a time series with dates of at least two, or speed_std_pct instead",
            )
        return [replace(wind, probability=one.probability) for one in wind.years]
    shares = norm.ppf(hypercube(config.years, 2, 0))
    factors = 1.0 + 0.01 * config.speed_std_pct * shares[:, 0]
    angles = config.rotation_std_deg * shares[:, 1]
    return [
        replace(wind, probability=in_year(wind, float(factor), float(angle)))
        for factor, angle in zip(factors, angles, strict=True)
    ]


def in_year(wind: WindResource, factor: float, angle: float) -> FloatArray:
    """Return the probabilities (n_directions, n_speeds) of a year.

    Each class goes to the two speeds of the rose around its own times `factor`, and to the two
    directions around its own plus `angle` [deg], in shares that keep the means. What would be
    faster than the fastest class, or slower than the slowest, counts as that.
    """
    moved = wind.probability @ _shares(wind.wind_speed * factor, wind.wind_speed)
    directions = wind.wind_direction
    if angle == 0.0 or len(directions) == 1:
        return np.asarray(moved)
    turned = (directions + angle) % 360.0
    around = np.concatenate([directions - 360.0, directions, directions + 360.0])
    shares = _shares(turned, around).reshape(len(turned), 3, -1).sum(axis=1)
    return np.asarray(shares.T @ moved)


def _shares(values: FloatArray, knots: FloatArray) -> FloatArray:
    """Return each value's shares of the two knots around it (n, n_knots), which keep the mean."""
    if len(knots) == 1:
        return np.ones((len(values), 1))
    inside = np.clip(values, knots[0], knots[-1])
    left = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
    right = (inside - knots[left]) / (knots[left + 1] - knots[left])
    shares, rows = np.zeros((len(values), len(knots))), np.arange(len(values))
    shares[rows, left] += 1.0 - right
    shares[rows, left + 1] += right
    return shares
