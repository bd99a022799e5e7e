"""A rose in which some speeds do not occur in some directions is drawn from as any other."""

from pathlib import Path

import numpy as np
import pytest

from windopt.readers.load import load_problem
from windopt.search.rose_sampler import RoseSampler

CONFIGS = Path(__file__).parents[2] / "configs"


def test_directions_are_drawn_by_their_own_share():
    problem = load_problem(CONFIGS / "value.yaml")
    wind = problem.wind
    worth = wind.probability * wind.value
    assert (worth == 0).any()
    loss = np.ones(len(wind.wind_speed))
    sampler = RoseSampler.by_wake_loss(wind, loss, worth)
    by_direction = worth.sum(axis=1) / worth.sum()
    np.testing.assert_allclose(sampler.by_direction, by_direction, atol=1e-12)
    drawn = sampler.draw_directions(50, np.random.default_rng(0))
    shape = (50, len(wind.wind_speed))
    assert drawn.ws.shape == drawn.ti.shape == drawn.weight.shape == shape
    assert drawn.weight.sum() == pytest.approx(worth.sum(), rel=1e-5)
