"""A rose in which some speeds do not occur in some directions is drawn from as any other."""

from pathlib import Path

import numpy as np
import pytest

from windopt.readers.load import load_problem
from windopt.search.rose_sampler import RoseSampler

CONFIGS = Path(__file__).parents[2] / "configs"


def test_directions_are_drawn_by_their_own_share():
    problem = load_problem(CONFIGS / "value.yaml")
    wind = problem.paid_wind
    assert (wind.probability == 0).any()
    loss = np.ones(len(wind.wind_speed))
    sampler = RoseSampler.by_wake_loss(problem, loss)
    np.testing.assert_allclose(sampler.by_direction, wind.sector_probability, atol=1e-12)
    _, ws, ti, weight = sampler.draw_directions(50, np.random.default_rng(0))
    assert ws.shape == ti.shape == weight.shape == (50, len(wind.wind_speed))
    assert float(weight.sum()) == pytest.approx(1, rel=1e-5)
