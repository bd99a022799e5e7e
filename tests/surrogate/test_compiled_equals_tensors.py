"""The compiled farm and the tensor one are the same farm, whatever its structure.

Kernels have random weights: what holds for them holds for every wake model that can be learned.
"""

import importlib
import os
import pickle
import pkgutil
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import torch
from numba.core.dispatcher import Dispatcher

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.surrogate import compiled as compiled_code
from windopt.surrogate.compiled import jit
from windopt.surrogate.surrogate import Surrogate

MadeUp = Callable[..., Surrogate]
Structure = dict[str, Any]
D = 198.0

RNG = np.random.default_rng(5)
FARM = 4 * D * np.stack(np.divmod(np.arange(12), 4), axis=1) + RNG.uniform(-250, 250, (12, 2))
WIND = (RNG.uniform(0, 360, 16), RNG.uniform(5, 12, 16), RNG.uniform(0.05, 0.12, 16))

PLACES = {
    "alone": [[0, 0]],
    "same place": [[0, 0], [0, 0], [900, 20]],
    "aligned rows": [[4 * D * i, 3 * D * j] for i in range(3) for j in range(3)],
    "touching": [[100 * i, 100 * j] for i in range(3) for j in range(3)],
    "200 D apart": [[0, 0], [200 * D, 0]],
}

PROFILES = ("gaussian", "super", "edge")
each_kind = pytest.mark.parametrize(
    ("superposition", "profile"), list(product(("sosfs", "fls", "max"), PROFILES))
)


def structures(superposition: str, profile: str) -> Iterator[Structure]:
    """All of one profile and superposition: 32 of them, 64 where deficits are sums."""
    switches = ("mirror", "mixing", "swirls", "two_types", "cumulative")
    for *values, shear in product(*[(False, True)] * len(switches), (0.0, 0.14)):
        switched = dict(zip(switches, values, strict=True))
        if switched["cumulative"] and superposition != "fls":
            continue  # FLORIS's cc_solver sums
        cut = switched["swirls"] and switched["mirror"] and profile == "gaussian"
        structure = {**switched, "superposition": superposition, "profile": profile, "shear": shear}
        if switched["swirls"]:
            heads = 4 if profile == "super" else 3
            structure["ranks"] = (2, 6, 1, 3)[:heads]
        structure |= {"mixing_gain": shear, "turbulent": not cut}
        yield {**structure, "cut": 2.0 if cut else 0.0}


def power_and_slope(
    surrogate: Surrogate, layout: FloatArray, wind: tuple[FloatArray, ...] = WIND
) -> tuple[torch.Tensor, torch.Tensor]:
    """Powers, and the slope of a sum in which no two of them count the same."""
    layouts = torch.tensor(layout[None], requires_grad=True)
    power = surrogate.power(layouts, *wind)
    weight = torch.linspace(1, 2, power.numel(), dtype=torch.float64).view(power.shape)
    (slope,) = torch.autograd.grad((power * weight.to(power)).sum(), layouts)
    return power.detach(), slope


@each_kind
def test_powers_and_gradients_agree(made_up: MadeUp, superposition: str, profile: str) -> None:
    """Found equal to 1e-9; at random places neither `max` nor any mask is at a tie."""
    for structure in structures(superposition, profile):
        surrogate = made_up(**structure)
        power, slope = power_and_slope(surrogate, FARM)
        surrogate.as_tensors = True
        expected, expected_slope = power_and_slope(surrogate, FARM)
        torch.testing.assert_close(power, expected, rtol=1e-6, atol=1.0, msg=str(structure))
        largest = expected_slope.abs().max().item()
        assert largest > 100.0  # W/m: turbines are waked
        assert (slope - expected_slope).abs().max().item() < 1e-5 * largest, structure


@each_kind
def test_nothing_breaks_where_distances_vanish(
    made_up: MadeUp, superposition: str, profile: str
) -> None:
    """Ties make gradients ambiguous there (two wakes equally deep or turbulent), but never NaN."""
    wd = np.array([270.0, 0.0, 225.0, 270.05])
    wind = (wd, np.full(4, 9.0), np.full(4, 0.06))
    for structure in structures(superposition, profile):
        if structure["shear"] and not structure["two_types"]:
            continue
        for place, coordinates in PLACES.items():
            surrogate = made_up(**structure, n_turbines=len(coordinates))
            power, slope = power_and_slope(surrogate, np.array(coordinates, dtype=float), wind)
            assert torch.isfinite(power).all(), (place, structure)
            assert torch.isfinite(slope).all(), (place, structure)
            assert (power >= 0).all()


@pytest.mark.parametrize("place", PLACES)
def test_tensors_break_nowhere_either(made_up: MadeUp, place: str) -> None:
    wind = (np.array([270.0, 0.0, 225.0]), np.full(3, 9.0), np.full(3, 0.06))
    layout = np.array(PLACES[place], dtype=float)
    for superposition, profile in product(("sosfs", "fls", "max"), PROFILES):
        surrogate = made_up(
            superposition, mirror=True, two_types=True, profile=profile, n_turbines=len(layout)
        )
        compiled, _ = power_and_slope(surrogate, layout, wind)
        surrogate.as_tensors = True
        power, slope = power_and_slope(surrogate, layout, wind)
        torch.testing.assert_close(power, compiled, rtol=1e-6, atol=1.0)
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize("as_tensors", [False, True])
def test_turbines_that_no_wake_hits_have_a_gradient_of_zeros(
    made_up: MadeUp, as_tensors: bool
) -> None:
    surrogate = made_up()
    surrogate.as_tensors = as_tensors
    abreast = np.array([[0.0, 0.0], [0.0, 3000.0]])
    wind = (np.array([270.0]), np.array([9.0]), np.array([0.06]))
    _, slope = power_and_slope(surrogate, abreast, wind)
    assert (slope == 0).all()
    rose = Conditions(*wind, np.ones(1))
    _, slope = surrogate.mean_power_gradient(Farm.of_one_type(abreast[None]), rose)
    assert (slope == 0).all()


def test_turbine_stopped_by_its_wakes_passes_no_gradient_on(made_up: MadeUp) -> None:
    """Summed deficits exceed 1 in a dense row; there the wind is cut, and its slope with it."""
    surrogate = made_up(
        "fls", two_types=True, profile="super", cumulative=True, swirls=True, n_turbines=16
    )
    surrogate.flow.kernel.offset[0] += 1.0  # wakes as deep as can be
    row = np.stack([2 * D * np.arange(16), np.zeros(16)], axis=1)
    wind = (np.array([271.0]), np.array([12.0]), np.array([0.06]))
    columns = (torch.tensor(a).double() for a in ([271.0], [[12.0]], [[0.06]]))
    assert surrogate.states(torch.tensor(row[None]), *columns).u.min() < 0.01
    _, slope = power_and_slope(surrogate, row, wind)
    surrogate.as_tensors = True
    _, expected = power_and_slope(surrogate, row, wind)
    torch.testing.assert_close(slope, expected, rtol=0, atol=1e-5 * expected.abs().max().item())


@pytest.mark.parametrize("profile", ["gaussian", "super"])
@pytest.mark.parametrize("superposition", ["sosfs", "fls", "max"])
def test_gradient_is_the_derivative(made_up: MadeUp, superposition: str, profile: str) -> None:
    """Against finite differences of the compiled powers, with all that a structure can have."""
    surrogate = made_up(
        superposition, True, True, 0.14, True, 4, profile=profile, cumulative=True, swirls=True
    )
    wind = (np.array([275.0, 33.0]), np.array([7.0, 10.5]), np.full(2, 0.07))

    def megawatts(layout_d: torch.Tensor) -> torch.Tensor:
        return surrogate.power(D * layout_d, *wind) / 1e6

    layout = torch.tensor(FARM[None, :4] / D, requires_grad=True)
    assert torch.autograd.gradcheck(megawatts, layout, eps=1e-6, atol=1e-5)


IN_ANOTHER_PROCESS = """
import pickle, sys
import torch
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
surrogate, layout, wind = pickle.load(sys.stdin.buffer)
farm, rose = Farm.of_one_type(layout[None]), Conditions(*wind, wind[2])
values = surrogate.place_values(farm, 0, layout + 300.0, rose)
print(values.tobytes().hex())
"""


def told_by_another_process(arguments: list[str], cache: Path, told: bytes = b"") -> list[str]:
    """The words that Python prints, with numba's cache in that folder."""
    other = subprocess.run(
        [sys.executable, *arguments],
        input=told,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        check=True,
    )
    return other.stdout.decode().split()


def test_code_just_compiled_and_code_from_numbas_cache_give_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that ends in another place when its folder is gone on with would be the consequence.

    Of a small kernel, compiled as all are; `HYPOTHESIS_PROFILE=thorough` compiles one of windopt's.
    """
    script = str(Path(__file__).with_name("wakes_added_up.py"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    runpy.run_path(script, run_name="__main__")
    compiled, hits = capsys.readouterr().out.split()[:2]
    assert hits == "0"
    assert list(tmp_path.rglob("*.nbc"))
    cached, hits = told_by_another_process([script], tmp_path)[:2]
    assert hits == "1"
    assert len(compiled) > 8 * FARM.size
    assert compiled == cached


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "thorough",
    reason="compiles for half a minute: HYPOTHESIS_PROFILE=thorough",
)
def test_so_do_the_values_of_places(made_up: MadeUp, tmp_path: Path) -> None:
    asked = pickle.dumps((made_up(cumulative=True), FARM, WIND))
    told = [told_by_another_process(["-c", IN_ANOTHER_PROCESS], tmp_path, asked) for _ in range(2)]
    assert list(tmp_path.rglob("*.nbc"))
    assert len(told[0][0]) > 8 * FARM.size
    assert told[0] == told[1]


def test_nothing_is_compiled_otherwise() -> None:
    """No sum may be reordered, and what a kernel calls is translated there, not alone as well."""
    assert {"reassoc", "contract", "fast"}.isdisjoint(jit.OPTIONS["fastmath"])
    kernels, written_into_them = 0, 0
    for _, name, _ in pkgutil.iter_modules(compiled_code.__path__):
        module = importlib.import_module(f"{compiled_code.__name__}.{name}")
        for one in vars(module).values():
            if not isinstance(one, Dispatcher) or one.py_func.__module__ != module.__name__:
                continue
            options = one.targetoptions
            if isinstance(one._cache, jit._Cache):
                kernels += 1
            else:
                written_into_them += 1
                assert options.get("forceinline") or options.get("inline") == "always", one
            if options.get("inline") != "always":
                assert jit.OPTIONS.items() <= options.items(), one
    assert kernels > 3
    assert written_into_them > 30


@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="PyTorch finds no GPU here: there is nothing to compare the processor with",
)
@each_kind
def test_tensors_on_a_gpu_equal_the_compiled_farm(
    made_up: MadeUp, superposition: str, profile: str
) -> None:
    for structure in structures(superposition, profile):
        surrogate = made_up(**structure)
        power, slope = power_and_slope(surrogate, FARM)
        there, slope_there = power_and_slope(surrogate.to("cuda"), FARM)
        torch.testing.assert_close(there.cpu(), power, rtol=1e-6, atol=1.0, msg=str(structure))
        largest = slope.abs().max().item()
        assert (slope_there - slope).abs().max().item() < 1e-5 * largest, structure
