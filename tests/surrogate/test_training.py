"""Training is reproducible, learns, and never sees what it is judged on."""

import time
from copy import deepcopy

import numpy as np
import pytest
import torch
import xarray as xr

from windopt.floris.dataset import read_dataset
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate import training
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import FEWEST, fit, held_out_errors, retrain, train_surrogate

STEPS = 12


@pytest.fixture(scope="module")
def dataset(small_run: RunResult) -> xr.Dataset:
    return read_dataset(small_run.folder.dataset)


@pytest.fixture(scope="module")
def brief(small: LayoutProblem) -> LayoutProblem:
    """The small problem with hardly any training."""
    return load_problem(small.config, {"train.steps": STEPS})


def weights(surrogate: Surrogate) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in surrogate.flow.kernel.parameters()])


def test_same_seed_same_weights(brief: LayoutProblem, dataset: xr.Dataset) -> None:
    state = torch.get_rng_state()
    one, same, other = (train_surrogate(brief, seed, dataset) for seed in (1, 1, 2))
    assert torch.equal(weights(one), weights(same))
    assert one.facts == same.facts
    assert not torch.allclose(weights(one), weights(other))
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's random numbers are touched


def test_held_out_farms_are_not_learned(brief: LayoutProblem, dataset: xr.Dataset) -> None:
    poisoned = dataset.copy(deep=True)
    held_out = np.flatnonzero(dataset["held_out"])
    poisoned["rotor_wind_speed"][held_out] = 1.0
    poisoned["rotor_turbulence_intensity"][held_out] = 0.5
    clean, other = (train_surrogate(brief, 0, data) for data in (dataset, poisoned))
    assert torch.equal(weights(clean), weights(other))
    assert other.facts["errors"]["wind_speed_rmse_pct"] > 20


def test_padding_is_not_learned(brief: LayoutProblem, dataset: xr.Dataset) -> None:
    """Farms of different sizes share a table; the empty places in it change nothing."""
    wider = dataset.pad(turbine=(0, 3), condition=(0, 2))
    plain, padded = (train_surrogate(brief, 0, data) for data in (dataset, wider))
    torch.testing.assert_close(weights(plain), weights(padded), rtol=1e-3, atol=1e-4)
    assert plain.facts["errors"] == pytest.approx(padded.facts["errors"], rel=1e-2, abs=1e-3)


def test_training_learns(
    small_surrogate: Surrogate, brief: LayoutProblem, dataset: xr.Dataset
) -> None:
    started = train_surrogate(brief, 0, dataset).facts["errors"]
    learned = small_surrogate.facts["errors"]
    assert learned["wind_speed_rmse_pct"] < 0.3 * started["wind_speed_rmse_pct"]
    assert learned["turbine_power_mape_pct"] < 1.5


def test_errors_on_the_card_are_those_of_the_held_out_farms(
    small: LayoutProblem, small_surrogate: Surrogate, dataset: xr.Dataset
) -> None:
    farm = dataset.isel(farm=np.flatnonzero(dataset["held_out"])[0]).dropna(
        "turbine", subset=["layout"]
    )
    with torch.no_grad():
        power = small_surrogate.power(
            farm["layout"].to_numpy()[None],
            *(farm[k].to_numpy() for k in ("wind_direction", "wind_speed", "turbulence_intensity")),
        )[0]
    truth = farm["power"].to_numpy()
    runs = truth > 0.05 * small.turbine.rated_power
    mape = 100 * np.abs(power.numpy()[runs] / truth[runs] - 1).mean()
    bias = 100 * (power.sum().item() / truth.sum() - 1)
    assert dataset["held_out"].sum() > 0
    errors = held_out_errors(small_surrogate, dataset.isel(farm=[farm_index(dataset)]))
    assert errors["turbine_power_mape_pct"] == pytest.approx(mape, rel=0.01)
    assert errors["farm_power_bias_pct"] == pytest.approx(bias, abs=0.005)
    assert small_surrogate.facts["errors"] == pytest.approx(
        held_out_errors(small_surrogate, dataset), rel=1e-3, abs=1e-4
    )


def farm_index(dataset: xr.Dataset) -> int:
    return int(np.flatnonzero(dataset["held_out"])[0])


def test_retraining_fits_the_lesson(
    small: LayoutProblem, small_surrogate: Surrogate, dataset: xr.Dataset
) -> None:
    """Where FLORIS says otherwise, a few steps bring the surrogate nearer."""
    lesson = dataset.copy(deep=True)
    free = lesson["wind_speed"]
    lesson["rotor_wind_speed"] = free - 1.1 * (free - lesson["rotor_wind_speed"])  # deeper wakes
    pupil = deepcopy(small_surrogate)
    before = held_out_errors(pupil, lesson)["wind_speed_rmse_pct"]
    retrain(pupil, lesson, load_problem(small.config, {"train.steps": 200}), 0)
    after = pupil.facts["errors"]["wind_speed_rmse_pct"]
    assert after < 0.8 * before
    assert not torch.equal(weights(pupil), weights(small_surrogate))


def test_loss_and_progress_are_told_step_by_step(
    small: LayoutProblem, small_surrogate: Surrogate, dataset: xr.Dataset
) -> None:
    told: list[float] = []
    losses = fit(deepcopy(small_surrogate), dataset, 10, 1e-3, 0, told.append)
    assert len(losses) == 10
    assert np.isfinite(losses).all()
    assert told == pytest.approx(np.arange(1, 11) / 10)


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, FEWEST), (1e9, FEWEST + 20)])
def test_training_that_is_short_of_time_takes_fewer_steps(
    small: LayoutProblem, dataset: xr.Dataset, seconds: float, steps: int
) -> None:
    """In those the learning rate rises and falls as in all; time enough changes nothing."""
    problem = load_problem(small.config, {"train.steps": FEWEST + 20})
    hurried = train_surrogate(problem, 0, dataset, max_seconds=seconds)
    assert hurried.facts["training_steps"] == steps
    as_short = load_problem(small.config, {"train.steps": steps})
    assert torch.equal(weights(hurried), weights(train_surrogate(as_short, 0, dataset)))


def test_training_on_a_machine_that_becomes_slower_leaves_steps_out(
    small_surrogate: Surrogate, dataset: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many steps would have fitted: the learning rate comes to its end all the same."""
    now, told = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(training, "_seconds_per_step", lambda *_: 1.0)

    def step(share: float) -> None:
        now[0] += 2.0
        told.append(share)

    steps, seconds = 4 * FEWEST, 4.0 * FEWEST
    losses = fit(deepcopy(small_surrogate), dataset, steps, 1e-3, 0, step, max_seconds=seconds)
    assert FEWEST <= len(losses) <= 2 * FEWEST + 1
    assert told[-1] == 1.0
    assert now[0] <= seconds + 2.0
