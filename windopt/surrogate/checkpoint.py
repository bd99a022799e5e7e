"""A saved surrogate: `surrogate.safetensors` with the kernel's weights, `card.json` with the rest.

The card makes the folder complete by itself: turbines, air, superposition, the FLORIS wake model it
stands for (with a hash), its valid range, the data it learned from (their hash), the errors it was
found to make, the energy it took, the licence and the versions it was made with. A surrogate is
refused for another wake model, because it would answer all the same.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from windopt.atomic import replacing, write_text
from windopt.errors import RunFolderError, SurrogateMismatchError
from windopt.floris.adapter import wake_model_hash
from windopt.problem.floater import Floater
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine
from windopt.surrogate.surrogate import Surrogate, choose_device
from windopt.surrogate.swirl import Swirl
from windopt.surrogate.wake_flow import Deflection, FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics

WEIGHTS, CARD = "surrogate.safetensors", "card.json"
NEW_WEIGHTS = "new.safetensors"
"""Weights that become the folder's when a card names them."""
MEMBER = "member_"
"""Before its number and a weight's name: a kernel of the ensemble."""
SPEED_UP = "speed_up."
"""Before the name of an array that tells how the wind varies over the site."""
SCHEMA = 3
_ARRAYS = fields(SpeedUp)


def save_surrogate(surrogate: Surrogate, folder: Path) -> None:
    """Write a surrogate into a folder, `Surrogate.facts` on its card.

    The card says which weights it is of, and its own move into place makes them the folder's: a
    folder that holds a surrogate already holds that or the new one, whenever the process is killed.

    Raises
    ------
    RunFolderError
        When the folder cannot be written.
    """
    physics, shape = surrogate.flow.physics, surrogate.flow.kernel.shape
    card = {
        "schema": SCHEMA,
        "wake_model": surrogate.wake_model,
        "wake": surrogate.wake,
        "superposition": physics.superposition,
        "mirror": physics.mirror,
        "mixing": physics.mixing,
        "rotor_points": physics.rotor_points,
        "wind_shear": physics.wind_shear,
        "air_density": physics.air_density,
        "reference_height": physics.reference_height,
        "deflection": None if physics.deflection is None else physics.deflection._asdict(),
        "cumulative": physics.cumulative,
        "turbulent": physics.turbulent,
        "mixing_gain": physics.mixing_gain,
        "cut": physics.cut,
        "swirl": None if physics.swirl is None else physics.swirl._asdict(),
        "hours_per_year": surrogate.hours_per_year,
        "turbines": [_described(turbine) for turbine in physics.turbines],
        "types": None if surrogate.types is None else surrogate.types.tolist(),
        "kernel": asdict(shape),
        "valid": {k: v for k, v in asdict(surrogate.valid).items() if k != "warned"},
        "versions": {name: version(name) for name in ("windopt", "floris", "torch")},
        "licence": "BSD-3-Clause",
        "doubt": surrogate.doubt,
        "wake_error": surrogate.wake_error,
        "facts": surrogate.facts,
    }
    weights = dict(surrogate.flow.kernel.state_dict())
    for number, member in enumerate(surrogate.members):
        weights |= {f"{MEMBER}{number}.{name}": w for name, w in member.items()}
    if surrogate.speed_up is not None:
        arrays = {field.name: getattr(surrogate.speed_up, field.name) for field in _ARRAYS}
        weights |= {f"{SPEED_UP}{k}": torch.from_numpy(v.copy()) for k, v in arrays.items()}
    content = save(weights)
    card["weights_sha256"] = hashlib.sha256(content).hexdigest()
    with replacing(folder / NEW_WEIGHTS) as partial:
        partial.write_bytes(content)
    write_text(folder / CARD, json.dumps(card, indent=1) + "\n")
    _take_new_weights(folder)


def load_surrogate(folder: Path | str, problem: LayoutProblem | None = None) -> Surrogate:
    """Read a surrogate.

    Parameters
    ----------
    folder : path
    problem : LayoutProblem, optional
        To use it for: its turbine, air, year and what varies over its site replace those the
        surrogate was saved with.

    Raises
    ------
    RunFolderError
        When the folder holds no readable surrogate.
    SurrogateMismatchError
        When the problem has another wake model than the surrogate has learned.
    """
    folder = Path(folder)
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        weights = load(_read_weights(folder, card.get("weights_sha256")))
        shape = KernelShape(**card["kernel"])
        physics = FarmPhysics(
            tuple(read_turbine(description) for description in card["turbines"]),
            card["air_density"],
            card["wind_shear"],
            card["superposition"],
            card["mirror"],
            card["mixing"],
            card.get("rotor_points", 3),
            card.get("reference_height"),
            None if card.get("deflection") is None else Deflection(**card["deflection"]),
            card["cumulative"],
            card["turbulent"],
            card["mixing_gain"],
            card["cut"],
            None if card.get("swirl") is None else Swirl(**card["swirl"]),
        )
        types = None if card["types"] is None else np.asarray(card["types"])
        hours, known = card["hours_per_year"], card["wake_model"]
        doubt, facts, wake = card["doubt"], card["facts"], card["wake"]
    except Exception as error:
        raise RunFolderError(
            f"'{folder}' holds no readable surrogate: {error}; train one with `windopt train`"
        ) from error
    if problem is not None:
        if (wanted := wake_model_hash(problem)) != known:
            raise SurrogateMismatchError(
                f"the surrogate in '{folder}' has learned wake model {known}, the "
                f"problem has {wanted} ({problem.wake.velocity_model}); train one for it"
            )
        physics, hours = farm_physics(problem), problem.hours_per_year
        types = problem.types
    surrogate = Surrogate(physics, known, shape, hours, types)
    own = {name: w for name, w in weights.items() if not name.startswith((MEMBER, SPEED_UP))}
    try:
        surrogate.flow.kernel.load_state_dict(own)
    except RuntimeError as error:
        raise RunFolderError(
            f"'{folder}' holds no readable surrogate: {error}; train one with `windopt train`"
        ) from error
    surrogate.members, surrogate.doubt = _members(weights), doubt
    surrogate.wake_error = card.get("wake_error", 0.0)
    surrogate.facts, surrogate.wake = facts, wake
    surrogate.speed_up = _speed_up(weights) if problem is None else problem.speed_up
    return surrogate if problem is None else surrogate.to(choose_device(problem.device))


def _read_weights(folder: Path, digest: str | None) -> bytes:
    """Read the weights that the card names by their hash; older cards name none."""
    content = (folder / WEIGHTS).read_bytes() if (folder / WEIGHTS).exists() else b""
    if digest is None or hashlib.sha256(content).hexdigest() == digest:
        return content
    new = folder / NEW_WEIGHTS
    if new.exists() and hashlib.sha256(content := new.read_bytes()).hexdigest() == digest:
        _take_new_weights(folder)  # who wrote them was killed in the last moment
        return content
    raise ValueError(f"{WEIGHTS} is damaged, or of another surrogate than {CARD}")


def _take_new_weights(folder: Path) -> None:
    try:
        os.replace(folder / NEW_WEIGHTS, folder / WEIGHTS)
    except OSError as error:
        raise RunFolderError(
            f"the surrogate in '{folder}' cannot be written: {error.strerror or error}; "
            "choose another folder"
        ) from error


def _members(weights: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    members: dict[str, dict[str, Tensor]] = {}
    for name, w in weights.items():
        if name.startswith(MEMBER):
            member, _, own_name = name.partition(".")
            members.setdefault(member, {})[own_name] = w
    return [members[member] for member in sorted(members)]


def _speed_up(weights: dict[str, Tensor]) -> SpeedUp | None:
    names = [field.name for field in _ARRAYS]
    if f"{SPEED_UP}{names[0]}" not in weights:
        return None
    return SpeedUp(**{name: weights[f"{SPEED_UP}{name}"].double().numpy() for name in names})


def _described(part: Turbine | Floater) -> dict[str, Any]:
    return {name: _plain(value) for name, value in vars(part).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Floater):
        return _described(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def read_turbine(description: Mapping[str, Any]) -> Turbine:
    """Return the turbine that a card describes."""
    values = _arrays(description)
    if (floater := values.get("floater")) is not None:
        values["floater"] = Floater(**_arrays(floater))
    return Turbine(**values)


def _arrays(description: Mapping[str, Any]) -> dict[str, Any]:
    """Make lists arrays."""
    return {k: np.asarray(v) if isinstance(v, list) else v for k, v in description.items()}
