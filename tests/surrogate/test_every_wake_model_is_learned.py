"""Every FLORIS wake model that a config may name can be learned, found again and climbed on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import windopt
from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.readers.load import load_problem
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.training import train_surrogate

MODELS: dict[str, dict[str, Any]] = {
    "jensen": {"wake.velocity_model": "jensen"},
    "cc": {"wake.velocity_model": "cc"},
    "turboparkgauss": {"wake.velocity_model": "turboparkgauss"},
    "empirical_gauss": {
        "wake.velocity_model": "empirical_gauss",
        "wake.turbulence_model": "wake_induced_mixing",
    },
    "gauss, swirling": {"wake.gch": True},
    "gauss, largest": {"wake.combination_model": "max"},
}


@pytest.mark.parametrize("model", MODELS)
def test_wake_model_is_learned(
    small_config: Path, farm: FloatArray, tmp_path: Path, model: str
) -> None:
    settings = {"simulate.conditions": 160, "simulate.farms": 8, "train.steps": 150}
    settings |= {"refine_wind": False, "train.members": 1}
    problem = load_problem(small_config, MODELS[model] | settings)
    trained = train_surrogate(problem, 0, simulate_dataset(problem, Simulator(problem), 0))
    trained.save(tmp_path)
    surrogate = load_surrogate(tmp_path, problem)

    wd = np.arange(0.0, 360.0, 7.5)
    wind = (wd, np.full(48, 9.0), np.full(48, 0.07))
    truth = windopt.simulate_power(problem, farm, *wind).sum(1)
    layout = torch.tensor(farm[None], requires_grad=True)
    power = surrogate.power(layout, *wind)[0].sum(1)
    alone = truth.max()
    loss, true_loss = alone - power.mean().item(), alone - truth.mean()
    assert loss == pytest.approx(true_loss, rel=0.25)
    assert np.corrcoef(power.detach().numpy(), truth)[0, 1] > 0.97
    (slope,) = torch.autograd.grad(power.mean(), layout)
    assert torch.isfinite(slope).all()
    assert slope.abs().max() > 0
