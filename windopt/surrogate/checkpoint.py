"""A saved surrogate: `surrogate.safetensors` with the kernel's weights, `card.json` with the rest.

The card makes the folder complete by itself: turbine, air, superposition, the FLORIS wake model it
stands for (with a hash), its valid range, the data it learned from, the errors it was found to make
and the versions it was made with. A surrogate is refused for another wake model, because it would
answer all the same.
"""

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from windopt.errors import RunFolderError, SurrogateMismatchError
from windopt.problem import LayoutProblem, Turbine
from windopt.simulate import wake_model_hash
from windopt.surrogate.surrogate import VALID_TI, Surrogate
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics

WEIGHTS, CARD = "surrogate.safetensors", "card.json"
SCHEMA = 1


def save_surrogate(surrogate: Surrogate, folder: Path) -> None:
    """Write a surrogate into a folder, `Surrogate.facts` on its card."""
    physics, shape = surrogate.flow.physics, surrogate.flow.kernel.shape
    turbine = physics.turbine
    card = {
        "schema": SCHEMA,
        "wake_model": surrogate.wake_model,
        "superposition": physics.superposition,
        "mixing": physics.mixing,
        "wind_shear": physics.wind_shear,
        "air_density": physics.air_density,
        "hours_per_year": surrogate.hours_per_year,
        "turbine": {
            "name": turbine.name,
            "rotor_diameter": turbine.rotor_diameter,
            "hub_height": turbine.hub_height,
            "ref_air_density": turbine.ref_air_density,
            "wind_speed": turbine.wind_speed.tolist(),
            "power": turbine.power.tolist(),
            "thrust_coefficient": turbine.thrust_coefficient.tolist(),
        },
        "kernel": asdict(shape),
        "valid": {"turbulence_intensity": list(VALID_TI), "spacing_d": [2.0, 60.0]},
        "versions": {name: version(name) for name in ("windopt", "floris", "torch")},
        "licence": "BSD-3-Clause",
        "facts": surrogate.facts,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(surrogate.flow.kernel.state_dict(), folder / WEIGHTS)
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
        t = card["turbine"]
        curves = {k: np.asarray(t[k]) for k in ("wind_speed", "power", "thrust_coefficient")}
        physics = FarmPhysics(
            Turbine(**{**t, **curves}),
            card["air_density"],
            card["wind_shear"],
            card["superposition"],
            card["mixing"],
        )
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
    surrogate = Surrogate(physics, card["wake_model"], shape, hours)
    surrogate.flow.kernel.load_state_dict(weights)
    surrogate.facts = card["facts"]
    return surrogate
