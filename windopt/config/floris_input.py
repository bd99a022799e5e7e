"""FLORIS's input files: opening them, and what of them is config, the wake model and the air.

A FLORIS input (``gch.yaml`` and its like) has the sections ``farm``, ``flow_field`` and ``wake``.
Where a config says ``wake: gch.yaml`` or ``atmosphere: gch.yaml``, it takes those sections from
there; turbines and layout are read in `windopt.problem.readers`.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from windopt.config.faults import did_you_mean
from windopt.config.files import require_file
from windopt.config.yaml_text import SafeLoader, load_yaml
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.words import as_written

logger = logging.getLogger(__name__)

SECTIONS = ("farm", "flow_field", "wake")
SWITCHES = ("secondary_steering", "yaw_added_recovery", "transverse_velocities")
SOLVER = {"type": "turbine_grid", "turbine_grid_points": 3}
"""What windopt computes with, whatever an input says."""
DEFLECTION = "deflection_model"
SIDEWAYS = ("ad", "bd")
"""Parameters of FLORIS's deflection models that move wakes of turbines without yaw."""
HUB = -1
"""What stands for the hub height as height of the wind speeds."""
AIR = ("air_density", "wind_shear")
KEYS = {
    "farm": ("layout_x", "layout_y", "turbine_type", "turbine_library_path"),
    "flow_field": (
        *("air_density", "wind_shear", "wind_veer", "reference_wind_height"),
        *("wind_directions", "wind_speeds", "turbulence_intensities"),
        *("multidim_conditions", "heterogeneous_inflow_config"),
    ),
    "turbine": (
        *("turbine_type", "rotor_diameter", "hub_height", "TSR", "power_thrust_table"),
        *("operation_model", "correct_cp_ct_for_tilt", "floating_tilt_table"),
        *("multi_dimensional_cp_ct", "power_thrust_data_file", "turbine_library_path"),
    ),
    "wake": (
        *("model_strings", *(f"enable_{name}" for name in SWITCHES)),
        *("enable_active_wake_mixing", "enable_turbine_turbulence_grid"),
        *(f"wake_{kind}_parameters" for kind in ("velocity", "turbulence", "deflection")),
    ),
}
"""What FLORIS knows in a turbine and in the sections of its input; it refuses others."""
UNREADABLE = (
    *(OSError, ValueError, TypeError, OverflowError, AttributeError, RecursionError),
    yaml.YAMLError,
)
"""What is raised by files that are no YAML, or mean harm."""


class _Loader(SafeLoader):
    """YAML without tags but ``!include``, as FLORIS reads it."""

    def include(self, node: yaml.Node) -> Any:
        """Read the file that a node names, relative to this one."""
        return load_yaml(self.folder / str(self.construct_scalar(node)), _Loader, self.reading)


_Loader.add_constructor("!include", _Loader.include)


def load_floris_yaml(path: Path, key: str) -> dict[str, Any]:
    """Read one of FLORIS's YAML files, an input or a turbine.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The config key that names it.
    """
    require_file(path, key)
    try:
        document = load_yaml(path, _Loader)
    except UNREADABLE as error:
        problem = f"cannot be read as YAML: {' '.join(str(error).split())}"
        raise ConfigError.of(path.name, problem, "correct it there") from None
    if not isinstance(document, dict):
        problem = f"holds a {type(document).__name__}, not a mapping of keys to values"
        raise ConfigError.of(path.name, problem, "name an input file of FLORIS")
    return document


def is_floris_input(path: Path) -> bool:
    """Return whether a file has the sections of a FLORIS input."""
    try:
        if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
            return False
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return False
    keys = {line.partition(":")[0].strip("\ufeff\"' ") for line in lines if line[:1].strip("# ")}
    return keys.issuperset(SECTIONS)


def floris_section(path: Path, section: str, key: str) -> dict[str, Any]:
    """Return a section of a FLORIS input, of FLORIS 4."""
    document = load_floris_yaml(path, key)
    version = str(document.get("floris_version", "v4"))
    if not version.lower().startswith("v4"):
        problem = f"is an input of FLORIS {version}"
        cure = "convert it with FLORIS's convert_floris_input_v3_to_v4"
        raise ConfigError.of(path.name, problem, cure)
    found = document.get(section)
    if not isinstance(found, dict):
        problem = f"has no section {section!r}"
        raise ConfigError.of(path.name, problem, f"name a FLORIS input, with {', '.join(SECTIONS)}")
    return found


def read_floris_wake(path: Path) -> dict[str, Any]:
    """Return the wake model of a FLORIS input, as the config's section ``wake`` says it.

    Parameters that the file leaves out take the defaults of FLORIS's classes, as FLORIS does.
    """
    section = floris_section(path, "wake", "wake")
    solver = load_floris_yaml(path, "wake").get("solver")
    if isinstance(solver, dict) and solver != SOLVER:
        logger.warning("%s: the solver %s is not taken over, but %s", path.name, solver, SOLVER)
    where, faults = f"{path.name}: wake", FaultCollector()
    models = section.get("model_strings")
    if not isinstance(models, dict):
        raise ConfigError.of(where, "has no model_strings", "add them, as FLORIS does")
    names = {}
    for kind in ("velocity_model", "turbulence_model", "combination_model"):
        if kind in models:
            names[kind] = str(models[kind])
        else:
            problem = f"names no {kind}"
            faults.append(Fault(f"{where}.model_strings", problem, f"add {kind}"))
    faults.extend(unknown_floris_keys(section, "wake", where))
    switches = {name: bool(section.get(f"enable_{name}", False)) for name in SWITCHES}
    if names.get("velocity_model") == "empirical_gauss":
        switches.pop("yaw_added_recovery")  # without yaw it adds nothing there
    if len(set(switches.values())) > 1:
        off = ", ".join(name for name, on in switches.items() if not on)
        problem = f"switches only some of GCH on: not {off}"
        cure = "windopt has one switch, gch: turn all three on or off (at zero yaw it is 0.05 %)"
        faults.append(Fault(where, problem, cure))
    if section.get("enable_active_wake_mixing", False):
        problem = "enable_active_wake_mixing is true"
        faults.append(Fault(where, problem, "turn it off: windopt does not mix wakes actively"))
    faults.raise_any()
    parameters = {}
    for kind in ("velocity", "turbulence"):
        group, model = f"wake_{kind}_parameters", names[f"{kind}_model"]
        if model != "none":
            own = _given_parameters(section, group, model, where)
            parameters[group] = _parameters(kind, model, own, where)
    gch = all(switches.values())
    deflection = _deflection(section, names["velocity_model"], gch, where)
    return {**names, "gch": gch, "parameters": parameters | deflection}


def _given_parameters(
    section: dict[str, Any], group: str, model: str, where: str
) -> dict[str, Any]:
    """Return the parameters of a wake model that the file gives."""
    given = section.get(group) or {}
    own = given.get(model) if isinstance(given, dict) else None
    if own is not None and not isinstance(own, dict):
        problem = f"holds {as_written(own)}, not parameters"
        raise ConfigError.of(f"{where}.{group}.{model}", problem, "write them below it")
    return own or {}


def _deflection(
    section: dict[str, Any], velocity_model: str, gch: bool, where: str
) -> dict[str, Any]:
    """Return the parameters by which wakes deflect without yaw, where they do.

    Raises
    ------
    ConfigError
        When FLORIS would deflect them and windopt would not, or otherwise.
    """
    group, model = "wake_deflection_parameters", str(section["model_strings"].get(DEFLECTION))
    own = _given_parameters(section, group, model, where)
    empirical = "empirical_gauss"
    if gch or velocity_model == empirical:
        needed = "gauss" if gch else empirical
        if model != needed:
            problem = f"{model!r} beside {'GCH' if gch else velocity_model}"
            cure = f"take {needed}: FLORIS bends those wakes with it"
            raise ConfigError.of(f"{where}.model_strings.{DEFLECTION}", problem, cure)
        changed = _parameters("deflection", model, own, where)
        return {group: changed} if changed else {}
    if model == empirical:
        problem = f"{model!r} beside {velocity_model}"
        cure = "take gauss or none, as FLORIS needs it there"
        raise ConfigError.of(f"{where}.model_strings.{DEFLECTION}", problem, cure)
    for name in SIDEWAYS:
        if own.get(name):
            problem = f"{own[name]!r} moves wakes sideways without yaw"
            raise ConfigError.of(f"{where}.{group}.{model}.{name}", problem, "set it to 0")
    return {}


def unknown_floris_keys(section: dict[str, Any], name: str, where: str) -> Iterator[Fault]:
    """Yield a fault for every key of the section `name` that FLORIS refuses too."""
    known = KEYS[name]
    for key in section:
        if key not in known:
            yield Fault(f"{where}.{key}", "is no entry of FLORIS", did_you_mean(str(key), known))


def read_floris_atmosphere(path: Path) -> dict[str, Any]:
    """Return the air of a FLORIS input, as the config's section ``atmosphere`` says it."""
    section = floris_section(path, "flow_field", "atmosphere")
    refuse_flow(path, section)
    air: dict[str, Any] = {name: section[name] for name in AIR if name in section}
    turbulence = section.get("turbulence_intensities")
    if isinstance(turbulence, list) and turbulence and len(set(map(str, turbulence))) == 1:
        air["turbulence_intensity"] = turbulence[0]
    height = section.get("reference_wind_height", HUB)
    if height != HUB:
        air["reference_height"] = height
    return air


def refuse_flow(path: Path, section: dict[str, Any]) -> None:
    """Refuse a ``flow_field`` with what windopt has not, or FLORIS does not know.

    Raises
    ------
    ConfigError
        With every fault.
    """
    where = f"{path.name}: flow_field"
    faults = FaultCollector(unknown_floris_keys(section, "flow_field", where))
    if veer := section.get("wind_veer"):
        cure = "set it to 0: windopt's wind does not turn with height"
        faults.append(Fault(where, f"has the wind_veer {veer!r}", cure))
    if section.get("heterogeneous_inflow_config"):
        problem = "has a heterogeneous_inflow_config, which is not read"
        cure = "take it out; wind that varies over the site is a .wrg, a windkit .nc or a speed_map"
        faults.append(Fault(where, problem, cure))
    faults.raise_any()


def _parameters(kind: str, model: str, given: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the parameters of a wake model that are not FLORIS's usual ones."""
    from attrs import NOTHING, fields  # with FLORIS: 1.6 s, which few configs need
    from floris import FlorisModel
    from floris.core.wake import MODEL_MAP

    models = MODEL_MAP[f"{kind}_model"]
    if model not in models:
        place = f"{where}.model_strings.{kind}_model"
        raise ConfigError.of(place, f"unknown name {model!r}", did_you_mean(model, models))
    inherited = {field.name for field in fields(models["none"])}
    of_class = {}
    for field in fields(models[model]):
        if field.init and field.name not in inherited and field.default is not NOTHING:
            make = getattr(field.default, "factory", None)
            of_class[field.name] = make() if make else field.default
    usual = FlorisModel.get_defaults()["wake"][f"wake_{kind}_parameters"].get(model, {})
    return {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in (of_class | given).items()
        if name not in of_class or value != usual.get(name, of_class[name])
    }
