"""A validation and an assessment to show."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from windopt.floris.simulator import SimulationCounts
from windopt.ledger.energy import EnergyWh
from windopt.runs.assessment_record import (
    AiShare,
    AssessmentRecord,
    Bill,
    Candidate,
    LayoutChoice,
    Rung,
)
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


MODELS = ("gauss", "cc", "pywake:gauss")
AI_GWH, FORMULA_GWH = (10.0, 13.0, 13.0), (9.0, 11.0, 13.0)


def band(central: float) -> EnergyWh:
    """An energy whose bounds are a third and thrice of it."""
    return EnergyWh(low=central / 3, central=central, high=3 * central, method="per-vCPU model")


def rung(name: str, gains: Sequence[float], wh: float | None, **more: Any) -> Rung:
    energy = None if wh is None else band(wh)
    by_model = dict(zip(MODELS, gains, strict=True))
    return Rung(name, name, "kernel" in name, energy, None, by_model, sum(gains) / 3, **more)


@pytest.fixture(scope="session")
def assessed() -> AssessmentRecord:
    """An assessment of made-up numbers: the AI gains 12 GWh, the formula 11, mean of 3 models."""
    none = dict.fromkeys(MODELS, 0.0)
    found = {
        "final": ("optimised layout", "layout.csv", AI_GWH, 0.03),
        "analytic": ("same search on a wake formula", "baselines/analytic.csv", FORMULA_GWH, 0.03),
        "initial": ("given layout", "layout_initial.csv", (0.0, 0.0, 0.0), 0.0),
    }
    candidates = tuple(
        Candidate(
            name,
            label,
            file,
            name == "final",
            dict(zip(MODELS, gains, strict=True)),
            dict.fromkeys(MODELS, error),
            sum(gains) / 3,
            sum(gains) / 30,
        )
        for name, (label, file, gains, error) in found.items()
    )
    codes = {model: "PyWake" if "pywake" in model else "FLORIS" for model in MODELS}
    return AssessmentRecord(
        LayoutChoice("final", "layout.csv", 3, 3, "initial", codes, candidates),
        AiShare(
            "undecided",
            "worth it",
            "analytic",
            difference_mwh=1000.0,
            difference_pct=0.1,
            gain_mwh=12_000.0,
            delta_mwh=500.0,
            delta_pct=0.05,
            p_better=0.91,
            p_material=0.83,
            p_equivalent=0.15,
            p_worse=0.02,
            std_models_mwh=577.0,
            std_seeds_mwh=120.0,
            std_rose_mwh=0.0,
            models=3,
            codes=("FLORIS", "PyWake"),
            seeds=4,
        ),
        Bill(band(0.75), band(1.2), band(0.09), 90.0),
        (
            Rung("given", "given layout", False, None, None, none, 0.0),
            rung("grid", (-21.0, -20.0, -19.0), 0.006),
            rung("formula", FORMULA_GWH, 0.3, marginal_gwh_per_wh=36.7, share_pct=91.7),
            rung("kernels", AI_GWH, 0.75, marginal_gwh_per_wh=2.2, share_pct=8.3),
        ),
    )


@pytest.fixture(scope="session")
def summed_up() -> dict[str, Any]:
    """The entries of `summary.json` that the assessment is told with."""
    return {
        "name": "farm",
        "n_turbines": 25,
        "reference": "initial",
        "given_feasible": True,
        "feasible": True,
        "aep_gwh": 1000.0,
        "cpu_s": 700.0,
        "wake_model": "gauss",
        "surrogate": {"from": "shipped", "name": "gauss"},
        "min_spacing_d": 2.5,
        "versions": {"windopt": "0.1.0", "floris": "4.7"},
        "config_hash": "abc",
        "seed": 0,
    }
