"""Conditioned kernels: trained to go on, shipped whole, folded without loss, right about farms."""

from pathlib import Path

import numpy as np
import pytest
import torch

import windopt
from windopt.floris.sampling import jittered_grid
from windopt.floris.simulator import FarmCase, Simulator
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, as_given, draw
from windopt.problem.problem import LayoutProblem
from windopt.surrogate import learn_kernel, shipped
from windopt.surrogate.conditioned import ConditionedKernel
from windopt.surrogate.wake_models import STRUCTURES

SHIPPED = [kernel.name for kernel in shipped.shipped_kernels()]
ENOUGH_B = 2_000_000
"""Bytes that all of them together may take in the wheel."""
RIGHT_PCT = {"turbopark": (0.3, 1.5)}
"""Largest error of the energy, and mean error of turbines' power; of the others `OTHERS_PCT`."""
OTHERS_PCT = (0.1, 0.5)


def test_every_velocity_model_has_its_kernel() -> None:
    assert set(SHIPPED) == set(STRUCTURES) - {"iea37", "none"}
    files = [file for file in shipped.FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < ENOUGH_B


@pytest.mark.parametrize("name", SHIPPED)
def test_card_tells_the_errors_of_its_weights(name: str) -> None:
    """On other draws of the parameters than those of training, and of the card."""
    kernel = shipped.read_shipped(name)
    networks = shipped.networks_of(kernel)
    with np.errstate(all="ignore"):
        points = learn_kernel.velocity_points(networks.velocity, name, 30, seed=7)
    found = learn_kernel.errors(networks.velocity, points)
    told = [
        kernel.card["errors"][head] for head in ("amplitude", "width", "exponent")[: len(found)]
    ]
    assert (np.array(found) < 2.0 * np.array(told) + 1e-4).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_farms_with_any_parameters_are_those_of_floris(name: str, borssele: LayoutProblem) -> None:
    rng = np.random.default_rng(5)
    card = shipped.read_shipped(name).card
    turbulence = card["turbulence_model"]
    known = {"velocity": VELOCITY[name], "turbulence": TURBULENCE[turbulence]}
    drawn = {
        f"wake_{kind}_parameters": as_given(some, draw(some, 1, rng)[0])
        for kind, some in known.items()
        if some
    }
    asked = "crespo_hernandez" if turbulence == "none" else turbulence
    settings = {"velocity_model": name, "turbulence_model": asked, "parameters": drawn}
    settings = {f"wake.{key}": value for key, value in settings.items()}
    problem = windopt.load_problem(borssele.config, settings | {"atmosphere.wind_shear": 0.1})
    surrogate = windopt.surrogate_for(problem)
    assert surrogate.facts["source"] == {"from": "shipped", "name": name}
    surrogate.as_tensors = True
    layout = jittered_grid(20, 4.5, rng) * problem.rotor_diameter
    wd, ws = rng.uniform(0.0, 360.0, 30), rng.uniform(6.0, 14.0, 30)
    ti = rng.uniform(0.04, 0.14, 30)
    (state,) = Simulator(problem).simulate([FarmCase(layout, wd, ws, ti)])
    with torch.no_grad():
        power = surrogate.power(layout[None], wd, ws, ti).double().numpy()[0]
    energy_pct, power_pct = RIGHT_PCT.get(name, OTHERS_PCT)
    runs = state.power > 0.05 * problem.turbine.rated_power
    assert abs(100.0 * (power.sum() / state.power.sum() - 1.0)) < energy_pct
    assert 100.0 * np.abs(power[runs] / state.power[runs] - 1.0).mean() < power_pct


def test_training_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn_kernel, "KEEP_EVERY", 4)
    points = learn_kernel.velocity_points(_new().velocity, "jensen", 20, seed=1)

    class Interrupted(Exception):  # noqa: N818
        pass

    def interrupt(share: float) -> None:
        if share == 0.5:
            raise Interrupted

    whole, cut = _new(), _new()
    learn_kernel.regress(whole.velocity, points, 8, 3, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        learn_kernel.regress(cut.velocity, points, 8, 3, tmp_path / "cut.pt", interrupt)
    cut = _new()
    learn_kernel.regress(cut.velocity, points, 8, 3, tmp_path / "cut.pt")
    for name, weights in whole.velocity.state_dict().items():
        assert torch.equal(weights, cut.velocity.state_dict()[name]), name


def _new() -> ConditionedKernel:
    return learn_kernel.untrained_kernel("jensen", "crespo_hernandez", 3)
