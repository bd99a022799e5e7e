"""A validation to draw."""

from itertools import pairwise

import numpy as np
import pytest

from windopt.floris.simulator import SimulationCounts
from windopt.verification.scores import WAKE_DEPTHS, BinScore, FarmScore, Ranking
from windopt.verification.validation import Validation


@pytest.fixture(scope="module", autouse=True)
def _drawn(drawn_figures: None) -> None:
    """Draw what reports show: here it is looked at."""


@pytest.fixture(scope="module")
def validation() -> Validation:
    """A validation whose numbers are made up."""
    rng = np.random.default_rng(0)
    power = rng.uniform(0.5e6, 1e7, 1500)
    depths = pairwise(WAKE_DEPTHS)
    rankings = []
    for scale in (0.5, 0.2, 0.05):
        change = -scale * rng.random(20)
        rankings.append(Ranking(scale, 0.98 + scale / 100, change, change + 1e-3))
    return Validation(
        wake_model="gauss",
        seed=0,
        farms=(FarmScore("a", 9, 0.05, 0.4), FarmScore("b", 100, -0.4, 0.2)),
        by_wake_depth=tuple(
            BinScore(low, high, 1000 - 150 * i, 0.1 * i - 0.3, 0.2 * i)
            for i, (low, high) in enumerate(depths)
        ),
        by_wind_speed=tuple(BinScore(v, v + 2, 80, 0.01 * v, 0.2) for v in np.arange(2.0, 26, 2)),
        rankings=tuple(rankings),
        claimed_gain_pct=1.23,
        verified_gain_pct=1.20,
        power_true=power,
        power_predicted=1.01 * power,
        floris=SimulationCounts(80, 10_000, 300_000, 90.0),
    )
