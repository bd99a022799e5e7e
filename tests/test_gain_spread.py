"""P50, P90 and the spread of a gain over wake models, against figures by hand and Monte Carlo."""

import numpy as np
import pytest

from windopt.assessment.gain_spread import GainSpread
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.robust_summary import robust_summary, spread_of


def test_spread_is_that_of_a_sample_of_models() -> None:
    gains = [1.0, 1.5, 2.0, 1.1]
    spread = GainSpread.of(gains, [0.25] * 4)
    assert spread.mean == pytest.approx(1.4)
    assert spread.spread == pytest.approx(np.std(gains, ddof=1))
    assert spread.exceeded(0.5) == pytest.approx(1.4)
    assert spread.exceeded(0.9) == pytest.approx(1.4 - 1.28155 * np.std(gains, ddof=1), rel=1e-5)


def test_p90_is_that_of_a_monte_carlo() -> None:
    spread = GainSpread.of([1.0, 1.6, 2.2], [0.5, 0.3, 0.2], [0.05, 0.1, 0.2], within=0.3)
    rng, w = np.random.default_rng(0), np.array([0.5, 0.3, 0.2])
    errors = rng.normal(0.0, [0.05, 0.1, 0.2], (400_000, 3)) @ w
    drawn = spread.mean + rng.normal(0.0, spread.spread, 400_000)
    drawn += rng.normal(0.0, 0.3, 400_000) + errors
    assert spread.exceeded(0.9) == pytest.approx(np.quantile(drawn, 0.1), abs=0.005)
    assert spread.exceeded(0.5) == pytest.approx(np.quantile(drawn, 0.5), abs=0.005)


def test_one_model_has_no_spread_but_its_error() -> None:
    one = GainSpread.of([1.2], [1.0], [0.1])
    assert np.isnan(one.spread)
    assert one.total == pytest.approx(0.1)


def record(reference: str = "initial") -> RobustRecord:
    def under(aep: float, gain: float | None) -> Under:
        return Under(aep, 0.01, gain, None if gain is None else 0.002, 200, False)

    models = {
        "gauss": ModelRecord(0.5, True),
        "cc": ModelRecord(0.5, True),
        "jensen": ModelRecord(0.0, False),
    }
    gains = {"initial": [None] * 3, "single": [1.2, 1.0, 1.1], "final": [1.1, 1.5, 1.3]}
    layouts = {
        name: {
            model: under(100.0 * (1 + 0.01 * (gain or 0.0)), gain)
            for model, gain in zip(models, of, strict=True)
        }
        for name, of in gains.items()
    }
    return RobustRecord("mean", reference, models, layouts, {"final": 0.0, "single": 0.0})


def test_summary_has_the_names_that_outside_programs_use() -> None:
    told = robust_summary(record())
    assert told is not None
    assert told["models"]["cc"]["gain_pct"] == 1.5
    assert told["models"]["gauss"]["aep_gwh"] == pytest.approx(101.1)
    assert list(told["models"]) == ["gauss", "cc"]
    assert told["also_judged"]["jensen"]["gain_pct"] == 1.3
    assert told["mean_gain_pct"] == told["gain_p50_pct"] == pytest.approx(1.3)
    assert told["spread_gain_pct"] == pytest.approx(np.std([1.1, 1.5], ddof=1))
    assert told["gain_p90_pct"] < told["gain_p50_pct"]
    assert told["single"] == {
        "mean_gain_pct": pytest.approx(1.1),
        "robust_adds_points": pytest.approx(0.2),
    }
    assert robust_summary(None) is None
    assert spread_of(record(), "initial") is None
