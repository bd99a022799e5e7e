"""A saved surrogate: `surrogate.safetensors` with the kernel's weights, `card.json` with the rest.

The card makes the folder complete by itself: turbines, air, superposition, the FLORIS wake model it
stands for (with a hash), its valid range, the data it learned from (their hash), the errors it was
found to make, the energy it took, the licence and the versions it was made with. A surrogate is
refused for another wake model, because it would answer all the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file
from torch import Tensor

from windopt.errors import RunFolderError, SurrogateMismatchError
from windopt.problem import LayoutProblem, Turbine
from windopt.simulate import wake_model_hash
from windopt.surrogate.surrogate import Surrogate, choose_device
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics

WEIGHTS, CARD = "surrogate.safetensors", "card.json"
MEMBER = "member_"
"""Before its number and a weight's name: a kernel of the ensemble."""
SCHEMA = 2


def save_surrogate(surrogate: Surrogate, folder: Path) -> None:
    """Write a surrogate into a folder, `Surrogate.facts` on its card."""
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
        "hours_per_year": surrogate.hours_per_year,
        "turbines": [_described(turbine) for turbine in physics.turbines],
        "types": None if surrogate.types is None else surrogate.types.tolist(),
        "kernel": asdict(shape),
        "valid": {k: v for k, v in asdict(surrogate.valid).items() if k != "warned"},
        "versions": {name: version(name) for name in ("windopt", "floris", "torch")},
        "licence": "BSD-3-Clause",
        "doubt": surrogate.doubt,
        "facts": surrogate.facts,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        weights = dict(surrogate.flow.kernel.state_dict())
        for number, member in enumerate(surrogate.members):
            weights |= {f"{MEMBER}{number}.{name}": w for name, w in member.items()}
        save_file(weights, folder / WEIGHTS)
        (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunFolderError(
            f"the surrogate cannot be saved in '{folder}': {error.strerror or error}; "
            "choose another folder"
        ) from error


def load_surrogate(folder: Path | str, problem: LayoutProblem | None = None) -> Surrogate:
    """Read a surrogate.

    Parameters
    ----------
    folder : path
    problem : LayoutProblem, optional
        To use it for: its turbine, air and year replace those the surrogate was saved with.

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
        weights = load_file(folder / WEIGHTS)
        shape = KernelShape(**card["kernel"])
        physics = FarmPhysics(
            tuple(read_turbine(description) for description in card["turbines"]),
            card["air_density"],
            card["wind_shear"],
            card["superposition"],
            card["mirror"],
            card["mixing"],
            card.get("rotor_points", 3),
        )
        types = None if card["types"] is None else np.asarray(card["types"])
    except Exception as error:
        raise RunFolderError(
            f"'{folder}' holds no readable surrogate: {error}; train one with `windopt train`"
        ) from error
    hours = card["hours_per_year"]
    if problem is not None:
        if (wanted := wake_model_hash(problem)) != card["wake_model"]:
            raise SurrogateMismatchError(
                f"the surrogate in '{folder}' has learned wake model {card['wake_model']}, the "
                f"problem has {wanted} ({problem.wake.velocity_model}); train one for it"
            )
        physics, hours = farm_physics(problem), problem.hours_per_year
        types = problem.types
    surrogate = Surrogate(physics, card["wake_model"], shape, hours, types)
    own = {name: w for name, w in weights.items() if not name.startswith(MEMBER)}
    surrogate.flow.kernel.load_state_dict(own)
    surrogate.members, surrogate.doubt = _members(weights), card["doubt"]
    surrogate.facts, surrogate.wake = card["facts"], card["wake"]
    return surrogate if problem is None else surrogate.to(choose_device(problem.config.device))


def _members(weights: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    members: dict[str, dict[str, Tensor]] = {}
    for name, w in weights.items():
        if name.startswith(MEMBER):
            member, _, own_name = name.partition(".")
            members.setdefault(member, {})[own_name] = w
    return [members[member] for member in sorted(members)]


def _described(turbine: Turbine) -> dict[str, Any]:
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in vars(turbine).items()}


def read_turbine(description: Mapping[str, Any]) -> Turbine:
    """Give the turbine that a card describes."""
    values: dict[str, Any] = {
        k: np.asarray(v) if isinstance(v, list) else v for k, v in description.items()
    }
    return Turbine(**values)
