"""How far predicted powers are from FLORIS's: by farm, by wake depth and wind speed, in ranking.

Errors of a turbine's power count where it yields more than 5 % of its rated power; below, a few
kilowatts would be any percentage. The depth of a wake is FLORIS's deficit of the rotor's wind
speed,

    1 - u / u_free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from windopt.problem.layout import FloatArray

BoolArray = NDArray[np.bool_]

RUNNING_SHARE = 0.05
"""Of the rated power: a turbine with less is not asked for its error."""
UNWAKED = 1e-4
"""Deficit below which a turbine counts as standing in no wake [-]."""
WAKE_DEPTHS = (-np.inf, UNWAKED, 0.05, 0.10, 0.20, 0.30, 0.40, np.inf)
"""Bounds of the bins of wake depth [-]."""
SPEED_STEP = 2.0
"""Width of the bins of wind speed [m/s]."""


@dataclass(frozen=True, eq=False)
class TurbineScores:
    """The turbines of some farms in all their conditions; all (n,).

    Attributes
    ----------
    truth, predicted : FloatArray [W]
        Power by FLORIS and by the predictor.
    rated : FloatArray [W]
        Rated power.
    wake_depth : FloatArray [-]
        Deficit of the rotor's wind speed by FLORIS.
    wind_speed : FloatArray [m/s]
        Of the free stream.
    """

    truth: FloatArray
    predicted: FloatArray
    rated: FloatArray
    wake_depth: FloatArray
    wind_speed: FloatArray

    @property
    def runs(self) -> BoolArray:
        """Which of them yield enough for their error to count (n,)."""
        return self.truth > RUNNING_SHARE * self.rated

    def of(self, which: BoolArray) -> "TurbineScores":
        """Return some of them; `which` is (n,)."""
        return TurbineScores(*(column[which] for column in vars(self).values()))

    @classmethod
    def joined(cls, parts: Sequence["TurbineScores"]) -> "TurbineScores":
        """Join several farms'."""
        return cls(*map(np.concatenate, zip(*(vars(p).values() for p in parts), strict=True)))


@dataclass(frozen=True)
class FarmScore:
    """The error of one farm.

    Attributes
    ----------
    name : str
    n_turbines : int
    aep_error_pct : float [%]
        Of the farm's energy over its conditions.
    turbine_power_mape_pct : float [%]
        Mean absolute error of its turbines' powers.
    """

    name: str
    n_turbines: int
    aep_error_pct: float
    turbine_power_mape_pct: float


@dataclass(frozen=True)
class BinScore:
    """The error of the turbine power in one bin.

    Attributes
    ----------
    low, high : float
        Bounds of the bin; the outermost may be infinite.
    count : int
        Turbine-conditions in it.
    bias_pct, mape_pct : float [%]
        Of their energy, and the mean absolute one of each; NaN where there are none.
    """

    low: float
    high: float
    count: int
    bias_pct: float
    mape_pct: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """Layouts around an optimum, as FLORIS and the predictor rank them.

    Attributes
    ----------
    scale_d : float [D]
        Standard deviation of the turbines' displacement.
    spearman : float [-]
        Rank correlation; 0 for a predictor to which all are the same.
    true_change_pct, predicted_change_pct : (n_layouts,) [%]
        Of the AEP against the optimum's, at the speeds compared on.
    """

    scale_d: float
    spearman: float
    true_change_pct: FloatArray
    predicted_change_pct: FloatArray


def score_farm(name: str, n_turbines: int, turbines: TurbineScores) -> FarmScore:
    """Score one farm by its turbines in all conditions."""
    return FarmScore(name, n_turbines, _bias_pct(turbines), _mape_pct(turbines.of(turbines.runs)))


def score_by_wake_depth(turbines: TurbineScores) -> tuple[BinScore, ...]:
    """Score the running turbines in bins of the true wake depth [-]."""
    return _score_bins(turbines, turbines.wake_depth, WAKE_DEPTHS)


def score_by_wind_speed(turbines: TurbineScores) -> tuple[BinScore, ...]:
    """Score the running turbines in bins of the free wind speed [m/s], slowest to fastest."""
    speed = turbines.wind_speed[turbines.runs]
    if not len(speed):
        return ()
    first, last = np.floor(np.array([speed.min(), speed.max()]) / SPEED_STEP)
    edges = SPEED_STEP * np.arange(first, last + 2)
    return _score_bins(turbines, turbines.wind_speed, edges.tolist())


def rank(scale_d: float, true: FloatArray, predicted: FloatArray) -> Ranking:
    """Compare two rankings of layouts.

    Parameters
    ----------
    scale_d : float [D]
    true, predicted : (1 + n_layouts,) [Wh]
        AEP, or any multiple, of the optimum and of the layouts around it.
    """
    from scipy.stats import spearmanr  # nearly 1 s, which worker processes need not pay

    changes = [100.0 * (aep[1:] / aep[0] - 1.0) for aep in (true, predicted)]
    undecided = any(np.ptp(change) == 0.0 for change in changes)
    correlation = 0.0 if undecided else float(spearmanr(*changes).statistic)
    return Ranking(scale_d, correlation, *changes)


def _score_bins(
    turbines: TurbineScores, values: FloatArray, edges: Sequence[float]
) -> tuple[BinScore, ...]:
    runs = turbines.runs
    scores = []
    for low, high in pairwise(edges):
        some = turbines.of(runs & (values >= low) & (values < high))
        scores.append(
            BinScore(float(low), float(high), len(some.truth), _bias_pct(some), _mape_pct(some))
        )
    return tuple(scores)


def _bias_pct(turbines: TurbineScores) -> float:
    energy = turbines.truth.sum()
    return 100.0 * float(turbines.predicted.sum() / energy - 1.0) if energy > 0 else np.nan


def _mape_pct(turbines: TurbineScores) -> float:
    if not len(turbines.truth):
        return np.nan
    return 100.0 * float(np.abs(turbines.predicted / turbines.truth - 1.0).mean())
