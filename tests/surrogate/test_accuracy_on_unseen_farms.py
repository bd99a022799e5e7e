"""A surrogate as a user gets it agrees with FLORIS on farms it has never seen, to 0.2 % of AEP."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

import windopt
from windopt.floris.sampling import jittered_grid, random_farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.wake_models import farm_physics

BAR_PCT = 0.2


def error_pct(
    surrogate: Surrogate, problem: LayoutProblem, layout: FloatArray, every: int, speeds: slice
) -> tuple[float, float]:
    """AEP error and mean absolute error of turbine power, on a thinned rose [%]."""
    wind = problem.wind
    wd, ws = np.meshgrid(wind.wind_direction[::every], wind.wind_speed[speeds], indexing="ij")
    weight = wind.probability[::every, speeds].ravel()
    conditions = (wd.ravel(), ws.ravel(), wind.turbulence_intensity[::every, speeds].ravel())
    truth = windopt.simulate_power(problem, layout, *conditions)
    with torch.no_grad():
        power = surrogate.power(layout[None], *conditions)[0].double().numpy()
    runs = truth > 0.05 * problem.turbine.rated_power
    mape = 100 * np.abs(power[runs] / truth[runs] - 1).mean()
    return 100 * (weight @ power.sum(1) / (weight @ truth.sum(1)) - 1), mape


def test_official_layout_of_25_turbines(trained: Surrogate, borssele: LayoutProblem) -> None:
    assert borssele.initial_layout is not None
    error, mape = error_pct(trained, borssele, borssele.initial_layout, 6, slice(None))
    assert abs(error) <= BAR_PCT
    assert mape <= 0.5


@pytest.mark.parametrize("draw", [random_farm, jittered_grid])
def test_farm_of_64_turbines(trained: Surrogate, borssele: LayoutProblem, draw: object) -> None:
    """More turbines than any farm of the training data has."""
    layout = 198.0 * draw(64, 5.0, np.random.default_rng(99))  # type: ignore[operator]
    error, mape = error_pct(trained, borssele, layout, 5, slice(3, 12, 4))
    assert abs(error) <= BAR_PCT
    assert mape <= 0.7


def test_dense_farm_in_line_with_the_wind(trained: Surrogate, borssele: LayoutProblem) -> None:
    """Sixteen turbines 3 D apart in rows: every wake hits a rotor."""
    layout = 3 * 198.0 * np.stack(np.divmod(np.arange(16.0), 4), axis=1)
    error, mape = error_pct(trained, borssele, layout, 10, slice(3, 12, 2))
    assert abs(error) <= 0.2
    assert mape <= 1.0


def test_errors_on_its_card(trained: Surrogate) -> None:
    assert 0.0 < trained.wake_error <= 0.02  # of the wake losses


def test_kernel_serves_sheared_inflow(trained: Surrogate, borssele: LayoutProblem) -> None:
    """Shear changes what a rotor makes of a wake, not the wake: FLORIS's deficits are relative."""
    sheared = replace(borssele, wind_shear=0.12)
    other = Surrogate(farm_physics(sheared), trained.wake_model, trained.flow.kernel.shape)
    other.flow.kernel.load_state_dict(trained.flow.kernel.state_dict())
    layout = 198.0 * random_farm(16, 5.0, np.random.default_rng(98))
    error, _ = error_pct(other, sheared, layout, 10, slice(3, 12, 2))
    unsheared, _ = error_pct(trained, sheared, layout, 10, slice(3, 12, 2))
    assert abs(error) <= BAR_PCT
    assert unsheared > 0.4  # shear costs a rotor power; left out it would show


def test_layouts_are_ranked_as_floris_ranks_them(
    trained: Surrogate, borssele: LayoutProblem
) -> None:
    rng = np.random.default_rng(5)
    layouts = [
        198.0 * jittered_grid(12, 4.0, np.random.default_rng(7)) + rng.normal(0, 60.0, (12, 2))
        for _ in range(12)
    ]
    wd = np.arange(0.0, 360.0, 10.0)
    wind = (wd, np.full(36, 9.0), np.full(36, 0.07))
    truth = [windopt.simulate_power(borssele, layout, *wind).sum() for layout in layouts]
    with torch.no_grad():
        predicted = trained.power(np.stack(layouts), *wind).sum((1, 2)).tolist()
    assert spearmanr(truth, predicted).statistic > 0.97
