"""A kernel that ships and does not fit is never used: a clear word, and training in its place."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from windopt.config.wake import WakeConfig
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY
from windopt.readers.load import load_problem
from windopt.surrogate import shipped
from windopt.surrogate.conditioned import ConditionedKernel
from windopt.surrogate.source import ReadySurrogate

GAUSS = "gauss", "crespo_hernandez"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a kernel for gauss that has learned nothing, and whose files are whole."""
    folder = tmp_path / "kernels" / "gauss"
    folder.mkdir(parents=True)
    monkeypatch.setattr(shipped, "FOLDER", folder.parent)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = save(ConditionedKernel(*GAUSS).state_dict())
    (folder / shipped.WEIGHTS).write_bytes(weights)
    wh = {"low": 1.0, "central": 2.0, "high": 6.0, "method": "a guess"}
    known = {
        f"{model}.{one.name}": [one.low, one.high]
        for model, table in zip(GAUSS, (VELOCITY, TURBULENCE), strict=True)
        for one in table[model]
    }
    card = {
        "format": shipped.FORMAT,
        "name": "gauss",
        "velocity_model": GAUSS[0],
        "turbulence_model": GAUSS[1],
        "ranges": known | {"ambient_ti": [0.03, 0.2], "ct": [0.0, 0.96], "spacing_d": [2, 60]},
        "errors": {},
        "wake_error": 0.01,
        "energy_wh": {"train": wh},
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "floris_check": {
            "floris": "4.7",
            "sources": shipped.floris_sources(),
            "outputs": shipped.floris_outputs(*GAUSS),
        },
    }
    (folder / shipped.CARD).write_text(json.dumps(card))
    return folder


def change(folder: Path, **entries: Any) -> None:
    """Change entries of the card; those that become None go."""
    path = folder / shipped.CARD
    card = json.loads(path.read_text()) | entries
    path.write_text(json.dumps({key: value for key, value in card.items() if value is not None}))


def remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def flip_a_byte(folder: Path) -> None:
    path = folder / shipped.WEIGHTS
    content = bytearray(path.read_bytes())
    content[-7] ^= 0xFF
    path.write_bytes(content)


def other_weights(folder: Path) -> None:
    """Weights whole in themselves, and named on the card, but of another model's networks."""
    weights = save(ConditionedKernel("jensen", GAUSS[1]).state_dict())
    (folder / shipped.WEIGHTS).write_bytes(weights)
    change(folder, weights_sha256=hashlib.sha256(weights).hexdigest())


def other_floris(folder: Path) -> None:
    """As if a formula of the FLORIS that is installed had changed since."""
    outputs = np.array(shipped.floris_outputs(*GAUSS))
    outputs[3] *= 1.001
    change(folder, floris_check={"floris": "4.2", "sources": "x", "outputs": outputs.tolist()})


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (remove, "no kernel ships for the wake model 'gauss'"),
    "no weights": (lambda f: (f / shipped.WEIGHTS).unlink(), "kernel 'gauss' cannot be read"),
    "flipped": (flip_a_byte, "are damaged, or of another kernel than its card"),
    "cut card": (lambda f: (f / shipped.CARD).write_text('{"format'), "'gauss' is damaged"),
    "no range": (lambda f: change(f, ranges=None), "is damaged: it lacks ranges"),
    "format": (lambda f: change(f, format=99), "has format 99, this windopt reads 1"),
    "of another": (other_weights, "do not fit its card"),
    "floris": (other_floris, "has learned from FLORIS 4.2, whose wakes are not those of"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_or_of_another_floris_is_not_used(
    damage: str, folder: Path, small_config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, told = DAMAGE[damage]
    spoil(folder)
    ready = ReadySurrogate(load_problem(small_config, {"train.from": "shipped"}))
    assert ready.surrogate is None
    assert ready.has_to_learn
    (said,) = [record.message for record in caplog.records if "no kernel that" in record.message]
    assert told in said
    assert said.endswith("farms are simulated and a surrogate is trained instead")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"wake.parameters": {"wake_velocity_parameters": {"ka": 2.5}}},
            "gauss.ka 2.5 lies outside",
        ),
        (
            {"wake.parameters": {"wake_turbulence_parameters": {"ai": 7.0}}},
            "crespo_hernandez.ai 7 lies outside",
        ),
        ({"wake.velocity_model": "jensen"}, "no kernel ships for the wake model 'jensen'"),
        (
            {"wake.velocity_model": "jensen", "wake.gch": True},
            "no kernel ships for the wake model 'jensen'",
        ),
    ],
)
def test_a_problem_outside_its_ranges_is_told_culprit_value_and_range(
    asked: dict[str, Any],
    told: str,
    folder: Path,
    small_config: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ready = ReadySurrogate(load_problem(small_config, {"train.from": "shipped"} | asked))
    assert ready.has_to_learn
    assert told in caplog.text


def test_wind_more_turbulent_than_it_knows_is_refused(
    folder: Path, small_config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calm = load_problem(small_config, {"train.from": "shipped"})
    wind = replace(calm.wind, turbulence_intensity=5.0 * calm.wind.turbulence_intensity)
    assert ReadySurrogate(replace(calm, wind=wind)).has_to_learn
    assert "ambient turbulence intensity 0.45 lies outside 0.03 to 0.2" in caplog.text


def test_one_that_fits_is_used_and_another_version_of_the_same_wakes_as_well(
    folder: Path, small_config: Path
) -> None:
    problem = load_problem(small_config, {"train.from": "shipped"})
    for _ in range(2):
        ready = ReadySurrogate(problem)
        assert ready.surrogate is not None
        assert not ready.has_to_learn
        assert ready.surrogate.facts["source"] == {"from": "shipped", "name": "gauss"}
        assert ready.surrogate.wake_error == 0.01
        same = {"floris": "4.2", "sources": "x", "outputs": shipped.floris_outputs(*GAUSS)}
        change(folder, floris_check=same)


def test_its_name_is_that_of_its_velocity_model() -> None:
    assert shipped.kernel_name(WakeConfig()) == "gauss"
    assert shipped.kernel_name(WakeConfig(gch=True)) == "gauss"


def test_one_kernel_serves_with_gch_and_without_whatever_the_deflection_parameters(
    folder: Path, small_config: Path
) -> None:
    deflection = {"ad": -3.0, "alpha": 5.0}
    for parameters in ({}, {"wake_deflection_parameters": deflection}):
        wake = {"train.from": "shipped", "wake.gch": True, "wake.parameters": parameters}
        ready = ReadySurrogate(load_problem(small_config, wake))
        assert not ready.has_to_learn
        assert ready.surrogate is not None
        assert ready.surrogate.facts["source"] == {"from": "shipped", "name": "gauss"}
        swirl = ready.surrogate.flow.physics.swirl
        assert swirl is not None
        expected = deflection if parameters else {"ad": 0.0, "alpha": 0.58}
        assert {name: getattr(swirl, name) for name in expected} == expected
