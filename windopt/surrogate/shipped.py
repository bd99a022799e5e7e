"""The kernels that ship with windopt: found, checked, and folded for a problem.

Each lies in ``kernels/NAME``: the networks' weights and a card that says for which parameters they
hold, what they were made from, how wrong they are and what making them has cost. A kernel that does
not fit a problem is refused with the reason, for it would answer all the same: the run then
simulates and trains its own.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load

from windopt.config.wake import WakeConfig
from windopt.errors import KernelMisfitError
from windopt.floris.adapter import floris_configuration, wake_model_hash
from windopt.floris.alone import evaluated_wind
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, Parameter, vector
from windopt.floris.wake_points import added_turbulence, wake_shape
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.conditioned import ConditionedKernel
from windopt.surrogate.fold import Heads, fold
from windopt.surrogate.surrogate import Surrogate, choose_device
from windopt.surrogate.valid_range import ValidRange
from windopt.surrogate.wake_models import farm_physics, kernel_shape

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "kernels"
WEIGHTS, CARD = "kernel.safetensors", "card.json"
FORMAT = 1
"""Of card and networks."""
RANKS = {"gauss": (10, 9, 3), "cc": (8, 7, 2, 1), "jensen": (1, 1, 2), "empirical_gauss": (6, 6, 2)}
OTHER_RANKS = (4, 4, 2)
"""Terms of each head of a folded kernel."""
NEEDED = (
    "format",
    "name",
    "velocity_model",
    "turbulence_model",
    "ranges",
    "wake_error",
    "errors",
    "energy_wh",
    "weights_sha256",
    "floris_check",
)
ONE_DIAMETER = ("turbopark",)
"""Velocity models whose wakes depend on the size of the rotor that they hit."""
CHECK_TOLERANCE = 1e-6
"""Relative difference of FLORIS's outputs from those on the card that is none."""
ROUNDING = 1e-6
"""Share of a range by which its ends may be passed."""


@dataclass(frozen=True)
class ShippedKernel:
    """A kernel that ships.

    Attributes
    ----------
    name : str
    folder : Path
    card : mapping
        The content of its `card.json`.
    """

    name: str
    folder: Path
    card: Mapping[str, Any]

    def range_of(self, name: str) -> tuple[float, float]:
        """Return the smallest and the largest value of a parameter or a state that it knows."""
        low, high = self.card["ranges"][name]
        return float(low), float(high)

    @property
    def facts(self) -> dict[str, Any]:
        """What a surrogate's own card says of it."""
        told = ("name", "errors", "energy_wh", "cpu_s", "weights_sha256", "licence")
        return {key: self.card.get(key) for key in told}


def shipped_kernels() -> list[ShippedKernel]:
    """List the kernels that ship, by name.

    Raises
    ------
    KernelMisfitError
        When one is damaged.
    """
    return [read_shipped(card.parent.name) for card in sorted(FOLDER.glob(f"*/{CARD}"))]


def kernel_name(wake: WakeConfig) -> str:
    """Return the name of the kernel for a wake model; GCH is physics, and needs none of its own."""
    return wake.velocity_model


def read_shipped(name: str) -> ShippedKernel:
    """Read a kernel's card.

    Raises
    ------
    KernelMisfitError
        When there is none of that name, or its card is damaged or of another format.
    """
    folder = FOLDER / name
    if not (folder / CARD).exists():
        raise KernelMisfitError(f"no kernel ships for the wake model '{name}'")
    told = f"the card of the shipped kernel '{name}'"
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KernelMisfitError(f"{told} is damaged: {error}") from error
    if not isinstance(card, dict) or (missing := [key for key in NEEDED if key not in card]):
        lacking = "everything" if not isinstance(card, dict) else ", ".join(missing)
        raise KernelMisfitError(f"{told} is damaged: it lacks {lacking}")
    if card["format"] != FORMAT:
        raise KernelMisfitError(
            f"the shipped kernel '{name}' has format {card['format']}, this windopt reads {FORMAT}"
        )
    return ShippedKernel(name, folder, card)


def shipped_surrogate(problem: LayoutProblem) -> Surrogate:
    """Return the surrogate of a problem from the kernel that ships for its wake model.

    Parameters
    ----------
    problem : LayoutProblem

    Returns
    -------
    Surrogate
        Without members; its `wake_error` is that on the card, ``facts["shipped"]`` the kernel's.

    Raises
    ------
    KernelMisfitError
        When none ships for the wake model, the problem lies outside its ranges, its files are
        damaged, or the FLORIS that is installed has other wakes than the one it has learned from.
    """
    kernel, wake, turbulence = fitting_kernel(problem)
    surrogate = folded_surrogate(problem, wake, turbulence)
    surrogate.wake_error = float(kernel.card["wake_error"])
    surrogate.valid = ValidRange(kernel.range_of("ambient_ti"), kernel.range_of("spacing_d"))
    surrogate.facts["shipped"] = kernel.facts
    return surrogate.to(choose_device(problem.device))


def fitting_kernel(problem: LayoutProblem) -> tuple[ShippedKernel, Heads, Heads | None]:
    """Return the kernel for a problem's wake model, and its networks at the problem's parameters.

    Raises
    ------
    KernelMisfitError
        As of `shipped_surrogate`.
    """
    kernel = read_shipped(kernel_name(problem.wake))
    networks = networks_of(kernel)
    velocity, turbulence = _parameters(kernel, networks, problem)
    _refuse_states(kernel, problem)
    _refuse_other_floris(kernel)
    return kernel, networks.wake_heads(velocity), networks.turbulence_heads(turbulence)


def folded_surrogate(problem: LayoutProblem, wake: Heads, turbulence: Heads | None) -> Surrogate:
    """Return the surrogate of a problem from wakes that are known at single points; see `fold`."""
    ranks = RANKS.get(problem.wake.velocity_model, OTHER_RANKS)
    shape = replace(kernel_shape(problem), ranks=ranks, tabulated=True)
    surrogate = Surrogate(
        farm_physics(problem),
        wake_model_hash(problem),
        shape,
        problem.hours_per_year,
        problem.types,
    )
    surrogate.flow.kernel = fold(wake, turbulence, shape).requires_grad_(False)
    surrogate.wake, surrogate.speed_up = problem.wake.model_dump(), problem.speed_up
    return surrogate


def floris_outputs(velocity_model: str, turbulence_model: str) -> list[float]:
    """Return what FLORIS's wake formulas give at ten points: FLORIS has not changed if they agree.

    Five heads of a wake with all parameters in the middle of their ranges, near and far, and five
    values of the turbulence that it adds.
    """
    distance, ct, ti = np.array([2.5, 6.0, 20.0]), np.array([0.8]), np.array([0.08])
    wake = wake_shape(velocity_model, _middle(VELOCITY[velocity_model]), distance, ct, ti)
    points = [*wake[0].ravel()[:5]]
    if turbulence_model != "none":
        five = np.geomspace(2.0, 14.0, 5)
        middle = _middle(TURBULENCE[turbulence_model])
        points += [*added_turbulence(turbulence_model, middle, five, ct, ti)[0]]
    return [float(value) for value in points]


def floris_sources() -> str:
    """Return a hash of the files of FLORIS that its wakes depend on."""
    spec = find_spec("floris")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "core"
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def networks_of(kernel: ShippedKernel) -> ConditionedKernel:
    """Read the weights of a kernel."""
    card, path = kernel.card, kernel.folder / WEIGHTS
    told = f"the weights of the shipped kernel '{kernel.name}'"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KernelMisfitError(f"{told} cannot be read: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != card["weights_sha256"]:
        raise KernelMisfitError(f"{told} are damaged, or of another kernel than its card")
    try:
        networks = ConditionedKernel(card["velocity_model"], card["turbulence_model"])
        networks.load_state_dict(load(content))
    except (KeyError, RuntimeError, ValueError) as error:
        raise KernelMisfitError(f"{told} do not fit its card: {error}") from error
    return networks.requires_grad_(False)


def _parameters(
    kernel: ShippedKernel, networks: ConditionedKernel, problem: LayoutProblem
) -> tuple[FloatArray, FloatArray | None]:
    """Return a problem's parameters of velocity and turbulence model, where they are known."""
    wake, given = problem.wake, floris_configuration(problem)["wake"]
    loud = networks.turbulence is not None
    if loud and wake.turbulence_model not in (networks.turbulence_model, "none"):
        raise KernelMisfitError(
            f"the shipped kernel '{kernel.name}' has learned turbulence_model "
            f"{networks.turbulence_model}, the problem has {wake.turbulence_model}"
        )
    vectors, faults = [], []
    for kind, model, known in (
        ("velocity", wake.velocity_model, VELOCITY[wake.velocity_model]),
        ("turbulence", wake.turbulence_model, TURBULENCE[wake.turbulence_model] if loud else ()),
    ):
        try:
            values = vector(known, given[f"wake_{kind}_parameters"].get(model) or {})
        except ValueError as error:
            faults.append(str(error))
            continue
        faults += [
            _outside(f"{model}.{one.name}", value, kernel.range_of(f"{model}.{one.name}"))
            for one, value in zip(known, values.tolist(), strict=True)
        ]
        vectors.append(values)
    _refuse(kernel, faults)
    velocity, turbulence = vectors
    return velocity, turbulence if loud and wake.turbulence_model != "none" else None


def _refuse_states(kernel: ShippedKernel, problem: LayoutProblem) -> None:
    """Refuse turbulence and turbines that the kernel has not learned."""
    ti, known = evaluated_wind(problem).conditions.ti, kernel.range_of("ambient_ti")
    faults = [
        _outside("ambient turbulence intensity", float(end), known)
        for end in dict.fromkeys((ti.min(initial=known[1]), ti.max(initial=known[0])))
    ]
    diameters = sorted({turbine.rotor_diameter for turbine in problem.turbines})
    if kernel.card["velocity_model"] in ONE_DIAMETER and len(diameters) > 1:
        several = " and ".join(f"{d:g}" for d in diameters)
        faults.append(f"it knows farms of one rotor diameter, this one has {several} m")
    _refuse(kernel, faults)


def _refuse(kernel: ShippedKernel, faults: list[str]) -> None:
    if told := "; ".join(fault for fault in faults if fault):
        raise KernelMisfitError(f"the shipped kernel '{kernel.name}' does not fit: {told}")


def _outside(name: str, value: float, known: tuple[float, float]) -> str:
    """Return the words for a value out of its range; none where it is in it."""
    low, high = known
    slack = ROUNDING * (high - low)
    if low - slack <= value <= high + slack:
        return ""
    return f"{name} {value:.4g} lies outside {low:g} to {high:g}"


def _refuse_other_floris(kernel: ShippedKernel) -> None:
    """Refuse a kernel that has learned other wakes than those of the FLORIS that is installed."""
    check = kernel.card["floris_check"]
    if check["sources"] == floris_sources():
        return
    now = np.array(floris_outputs(kernel.card["velocity_model"], kernel.card["turbulence_model"]))
    then = np.array(check["outputs"])
    installed = version("floris")
    if now.shape != then.shape or not np.allclose(now, then, rtol=CHECK_TOLERANCE, atol=1e-9):
        raise KernelMisfitError(
            f"the shipped kernel '{kernel.name}' has learned from FLORIS {check['floris']}, whose "
            f"wakes are not those of the FLORIS {installed} that is installed"
        )
    logger.info(
        "FLORIS %s is installed, the shipped kernel '%s' has learned from %s: "
        "their wake formulas agree at ten points",
        installed,
        kernel.name,
        check["floris"],
    )


def _middle(parameters: tuple[Parameter, ...]) -> FloatArray:
    return np.array([0.5 * (one.low + one.high) for one in parameters])
