"""The validation of a surrogate: FLORIS asks, on farms nobody has trained on.

Asked are the energy of whole farms and the power of their turbines, the ranking of layouts around
an optimum, and whether the gain that was claimed for the optimum is real. Any model with the
surrogate's `power` can sit the same validation.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from windopt.floris.adapter import FarmState, free_speed_ratio
from windopt.floris.simulator import FarmCase, Progress, SimulationCounts, Simulator
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.scores import (
    BinScore,
    FarmScore,
    Ranking,
    TurbineScores,
    rank,
    score_by_wake_depth,
    score_by_wind_speed,
    score_farm,
)
from windopt.verification.unseen_farms import (
    EXAMINATION,
    ValidationPlan,
    displaced,
    telling_rose,
    unseen_farms,
)

POINTS = 2_000
"""Turbine-conditions kept to be drawn."""
RANK_BARS = {0.5: 0.995, 0.2: 0.99, 0.05: 0.98}
"""Least rank correlation [-] at each scale [D]."""
AEP_MEDIAN_BAR_PCT, AEP_WORST_BAR_PCT = 0.1, 0.3
MAPE_BAR_PCT = {"cc": 1.0}
"""By velocity model; of all others `OTHER_MAPE_BAR_PCT`."""
OTHER_MAPE_BAR_PCT = 0.5
CLAIM_BAR_PCT = 0.05
FARMS_SHARE = 0.4
"""Of the progress shown."""

Claim = Mapping[str, Mapping[str, float]]
"""``aep_gwh`` (FLORIS's) and ``aep_predicted_gwh`` of a ``reference`` and of a ``result``."""


class Predictor(Protocol):
    """What can be examined."""

    def power(
        self,
        layouts: FloatArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        types: IntArray | None = None,
    ) -> Tensor | FloatArray:
        """Return turbine powers (b, n_conditions, n) [W] of layouts (b, n, 2) [m]."""
        ...


@dataclass(frozen=True)
class Bar:
    """A bar, and whether it is cleared.

    Attributes
    ----------
    figure : str
        What is measured, with its unit.
    value : float or None
        None where it was not examined.
    limit : float
    at_least : bool
        Whether the value must reach the limit; otherwise its size must keep below.
    """

    figure: str
    value: float | None
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it is cleared; None where it was not examined."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else abs(self.value) <= self.limit


@dataclass(frozen=True, eq=False)
class Validation:
    """What came of an validation.

    Attributes
    ----------
    wake_model : str
        FLORIS's velocity model.
    seed : int
    farms : tuple of FarmScore
    by_wake_depth, by_wind_speed : tuple of BinScore [-, m/s]
    rankings : tuple of Ranking
        Empty without an optimum.
    claimed_gain_pct, verified_gain_pct : float or None [%]
        Gain in AEP of the optimum over its reference, by the predictor and by FLORIS.
    power_true, power_predicted : (n_points,) [W]
        A sample of turbine-conditions.
    floris : SimulationCounts
        What FLORIS was asked.
    """

    wake_model: str
    seed: int
    farms: tuple[FarmScore, ...]
    by_wake_depth: tuple[BinScore, ...]
    by_wind_speed: tuple[BinScore, ...]
    rankings: tuple[Ranking, ...]
    claimed_gain_pct: float | None
    verified_gain_pct: float | None
    power_true: FloatArray
    power_predicted: FloatArray
    floris: SimulationCounts

    @property
    def aep_error_median_pct(self) -> float:
        """Median over the farms of the absolute error of their energy [%]."""
        return float(np.median([abs(farm.aep_error_pct) for farm in self.farms]))

    @property
    def aep_error_worst_pct(self) -> float:
        """The largest of them [%]."""
        return max(abs(farm.aep_error_pct) for farm in self.farms)

    @property
    def turbine_power_mape_pct(self) -> float:
        """Mean over the farms of the mean absolute error of turbine power [%]."""
        return float(np.mean([farm.turbine_power_mape_pct for farm in self.farms]))

    @property
    def overclaim_pct(self) -> float | None:
        """Claimed minus verified gain, in percent of AEP."""
        if self.claimed_gain_pct is None or self.verified_gain_pct is None:
            return None
        return self.claimed_gain_pct - self.verified_gain_pct

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars a surrogate is held to."""
        spearman = {ranking.scale_d: ranking.spearman for ranking in self.rankings}
        mape_bar = MAPE_BAR_PCT.get(self.wake_model, OTHER_MAPE_BAR_PCT)
        return (
            Bar("AEP error, median [%]", self.aep_error_median_pct, AEP_MEDIAN_BAR_PCT),
            Bar("AEP error, worst [%]", self.aep_error_worst_pct, AEP_WORST_BAR_PCT),
            Bar("turbine power, MAPE [%]", self.turbine_power_mape_pct, mape_bar),
            *(
                Bar(f"rank correlation at {scale:g} D", spearman.get(scale), limit, at_least=True)
                for scale, limit in RANK_BARS.items()
            ),
            Bar("claimed minus verified gain [% of AEP]", self.overclaim_pct, CLAIM_BAR_PCT),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values for JSON; what is not finite becomes None."""
        content = {
            "wake_model": self.wake_model,
            "seed": self.seed,
            "bars": [asdict(bar) | {"met": bar.met} for bar in self.bars],
            "aep_error_median_pct": self.aep_error_median_pct,
            "aep_error_worst_pct": self.aep_error_worst_pct,
            "turbine_power_mape_pct": self.turbine_power_mape_pct,
            "claimed_gain_pct": self.claimed_gain_pct,
            "verified_gain_pct": self.verified_gain_pct,
            "overclaim_pct": self.overclaim_pct,
            "farms": [asdict(farm) for farm in self.farms],
            "by_wake_depth": [asdict(part) for part in self.by_wake_depth],
            "by_wind_speed": [asdict(part) for part in self.by_wind_speed],
            "rankings": [vars(ranking) for ranking in self.rankings],
            "power_true_mw": (self.power_true / 1e6).round(4),
            "power_predicted_mw": (self.power_predicted / 1e6).round(4),
            "floris": asdict(self.floris),
        }
        plain: dict[str, Any] = _plain(content)
        return plain


def validate_surrogate(
    predictor: Predictor,
    problem: LayoutProblem,
    *,
    optimum: FloatArray | None = None,
    claimed: Claim | None = None,
    plan: ValidationPlan | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Hold a predictor of turbine powers against FLORIS.

    Parameters
    ----------
    predictor : Predictor
        A `Surrogate`, or anything with its method `power`.
    problem : LayoutProblem
        Its wake model, turbines and wind are asked for.
    optimum : (n_turbines, 2) [m], optional
        A layout that the predictor was used to find: asks for the ranking around it.
    claimed : mapping, optional
        ``aep_gwh`` (FLORIS's) and ``aep_predicted_gwh`` of a ``reference`` and of the ``result``.
    plan : ValidationPlan, optional
        How much is asked.
    seed : int
        Of farms, conditions and displacements; never those of training.
    executor : Executor, optional
        Runs FLORIS; None runs it in this process.
    progress : callable, optional
        Told the share of the work done.
    """
    problem = problem.uniform  # wakes are examined, in farms that stand on no site
    if isinstance(predictor, Surrogate) and predictor.speed_up is not None:
        predictor = copy(predictor)
        predictor.speed_up = None
    plan, rng = plan or ValidationPlan(), np.random.default_rng((EXAMINATION, seed))
    simulator = Simulator(problem, executor)
    farms = unseen_farms(problem, optimum, plan, rng)
    share = 1.0 if optimum is None else FARMS_SHARE
    states = simulator.simulate(farms.values(), _part_of(progress, 0.0, share))
    scores = [
        turbine_scores(predictor, problem, case, state)
        for case, state in zip(farms.values(), states, strict=True)
    ]
    turbines = TurbineScores.joined(scores)
    rankings: tuple[Ranking, ...] = ()
    if optimum is not None:
        told = _part_of(progress, share, 1.0)
        rankings = tuple(_rankings(predictor, problem, optimum, plan, simulator, rng, told))
    seen = np.flatnonzero(turbines.runs)
    seen = np.sort(rng.permutation(seen)[:POINTS])
    return Validation(
        wake_model=problem.wake.velocity_model,
        seed=seed,
        farms=tuple(
            score_farm(name, len(case.layout), score)
            for (name, case), score in zip(farms.items(), scores, strict=True)
        ),
        by_wake_depth=score_by_wake_depth(turbines),
        by_wind_speed=score_by_wind_speed(turbines),
        rankings=rankings,
        claimed_gain_pct=_gain_pct(claimed, "aep_predicted_gwh"),
        verified_gain_pct=_gain_pct(claimed, "aep_gwh"),
        power_true=turbines.truth[seen],
        power_predicted=turbines.predicted[seen],
        floris=simulator.counts,
    )


def turbine_scores(
    predictor: Predictor, problem: LayoutProblem, case: FarmCase, state: FarmState
) -> TurbineScores:
    """Set the predictor's powers in a farm's conditions beside FLORIS's."""
    types = np.zeros(len(case.layout), dtype=np.intp) if case.types is None else case.types
    rated = np.array([turbine.rated_power for turbine in problem.turbines])[types]
    ratio = np.array([free_speed_ratio(problem, turbine) for turbine in problem.turbines])[types]
    speed = np.broadcast_to(case.ws[:, None], state.power.shape)
    return TurbineScores(
        truth=state.power.ravel(),
        predicted=predicted_power(predictor, case).ravel(),
        rated=np.broadcast_to(rated, state.power.shape).ravel(),
        wake_depth=(1.0 - state.wind_speed / (speed * ratio)).ravel(),
        wind_speed=speed.ravel(),
    )


def _rankings(
    predictor: Predictor,
    problem: LayoutProblem,
    optimum: FloatArray,
    plan: ValidationPlan,
    simulator: Simulator,
    rng: np.random.Generator,
    progress: Progress | None,
) -> Iterator[Ranking]:
    """Rank layouts around an optimum, scale by scale."""
    rose = telling_rose(problem, optimum, plan, simulator)
    layouts = [optimum]
    for scale in plan.scales_d:
        layouts += displaced(optimum, scale * problem.rotor_diameter, plan.layouts_per_scale, rng)
    c, types = rose.conditions, problem.all_types if len(problem.turbines) > 1 else None
    counted = len(problem.counted_types)
    powers = simulator.farm_power(layouts, rose, progress)
    true = np.array([power @ c.weight for power in powers])
    farms = [FarmCase(problem.joined(layout), c.wd, c.ws, c.ti, types) for layout in layouts]
    predicted = np.array(
        [predicted_power(predictor, farm)[:, :counted].sum(axis=1) @ c.weight for farm in farms]
    )
    for number, scale in enumerate(plan.scales_d):
        first = 1 + number * plan.layouts_per_scale
        rows = [0, *range(first, first + plan.layouts_per_scale)]
        yield rank(scale, true[rows], predicted[rows])


def predicted_power(predictor: Predictor, case: FarmCase) -> FloatArray:
    """Ask the predictor for one farm's powers (n_conditions, n_turbines) [W]."""
    with torch.no_grad():
        answer = predictor.power(case.layout[None], case.wd, case.ws, case.ti, case.types)
    power: FloatArray = torch.as_tensor(answer).double().cpu().numpy()[0]
    return power


def _gain_pct(claimed: Claim | None, aep: str) -> float | None:
    if claimed is None:
        return None
    return 100.0 * (claimed["result"][aep] / claimed["reference"][aep] - 1.0)


def _part_of(progress: Progress | None, begin: float, end: float) -> Callable[[float], None] | None:
    """Let a part of the work tell of its progress as of the whole's."""
    if progress is None:
        return None
    return lambda share: progress(begin + (end - begin) * share)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
