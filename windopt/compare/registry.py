"""Who may take part in a comparison: names, and where their adapters are.

An adapter's module is imported when its name is asked for. Besides the names below, anybody's own
search can take part as ``FILE.py:NAME``: a Python file with a dictionary ``METHODS`` from names to
`Method`.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from types import ModuleType

from windopt.compare.method import Method
from windopt.config.compare import names_code
from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError, Fault

_OWN, PEERS = "windopt.compare.own", "windopt.compare.peers."
PLACES = {
    "initial": _OWN,
    "grid": _OWN,
    "windopt": _OWN,
    "windopt_cold": _OWN,
    "windopt_reused": _OWN,
    "windopt_analytic": _OWN,
    "windopt_fitted": _OWN,
    "windopt_floris": _OWN,
    "floris_scipy": PEERS + "floris_peers",
    "floris_scipy_tuned": PEERS + "floris_peers",
    "floris_scipy_full": PEERS + "floris_peers",
    "floris_random": PEERS + "floris_peers",
    "floris_random_full": PEERS + "floris_peers",
    "floris_gridded": PEERS + "floris_peers",
    "topfarm_slsqp": PEERS + "topfarm_peers",
    "topfarm_smart": PEERS + "topfarm_peers",
    "topfarm_random": PEERS + "topfarm_peers",
    "topfarm_sgd": PEERS + "topfarm_peers",
    "random": PEERS + "black_box",
    "cma": PEERS + "black_box",
    "cma_tuned": PEERS + "black_box",
}
"""Module of each method; its `METHODS` has the method under its name."""
CORE = (
    "grid",
    "floris_scipy_tuned",
    "floris_random",
    "cma_tuned",
    "topfarm_smart",
    "topfarm_sgd",
    "windopt_analytic",
    "windopt_fitted",
    "windopt",
)
"""Compared where nobody names others."""
OURS = (
    "windopt",
    "windopt_cold",
    "windopt_reused",
    "windopt_analytic",
    "windopt_fitted",
    "windopt_floris",
)
"""Those that windopt answers for; every other method is a competitor."""
LEARNED = ("windopt", "windopt_cold", "windopt_reused")
FORMULAS = ("windopt_analytic", "windopt_fitted")
"""The same search without learning; what the first have more is what learning is good for."""
REUSING = "windopt_reused"
"""Takes its surrogate from the library that the referee has prepared."""
COMPILED = ("grid", *(name for name in OURS if name != "windopt_floris"))
"""Search in code that numba has to compile first, once a machine."""
ON_A_FORMULA = dict.fromkeys(
    ("windopt_cold", "windopt_reused", "windopt_analytic", "windopt_fitted"), "windopt"
)
"""Where the wake model is a formula, these are what that other method is."""


def find_method(spec: str) -> Method:
    """Import the adapter of a method.

    Parameters
    ----------
    spec : str
        A name of `PLACES`, or ``FILE.py:NAME``.

    Raises
    ------
    ConfigError
        When there is no such method.
    """
    if not names_code(spec):
        if spec not in PLACES:
            cure = f"{did_you_mean(spec, PLACES)}; your own search is FILE.py:NAME"
            raise ConfigError.of("compare.methods", f"{spec!r} is no method", cure)
        return _methods_of(importlib.import_module(PLACES[spec]))[spec]
    path, _, name = spec.rpartition(":")
    methods = _methods_of(_module_at(Path(path), spec))
    if name not in methods:
        fault = f"{spec!r}: {path} has no method {name!r}"
        raise ConfigError.of("compare.methods", fault, did_you_mean(name, methods))
    return methods[name]


def name_of(spec: str) -> str:
    """Return a method's name in tables and folders."""
    return spec.rpartition(":")[2]


def check_methods(specs: Iterable[str]) -> list[str]:
    """Refuse what is no method, all at once; returns each once, paths of files made absolute."""
    checked: dict[str, str] = {}
    faults: list[Fault] = []
    for spec in specs:
        if names_code(spec):
            path, _, name = spec.rpartition(":")
            spec = f"{Path(path).absolute()}:{name}"
        try:
            find_method(spec)
        except ConfigError as error:
            faults += error.faults
            continue
        if checked.setdefault(name_of(spec), spec) != spec:
            fault = f"{spec!r} has the name of another method"
            faults.append(Fault("compare.methods", fault, "give it another name"))
    if not checked and not faults:
        faults.append(Fault("compare.methods", "names nobody", "name a method"))
    if faults:
        raise ConfigError(faults)
    return list(checked.values())


def missing_packages(method: Method) -> list[str]:
    """Return the distributions that a method needs and that are not installed."""
    return [package for package in method.packages if not _installed(package)]


def pip_line(packages: Iterable[str]) -> str:
    """Return the command that installs some packages."""
    return f"pip install {' '.join(packages)}"


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _methods_of(module: ModuleType) -> dict[str, Method]:
    methods: dict[str, Method] = module.METHODS
    return methods


def _module_at(path: Path, spec: str) -> ModuleType:
    """Import a Python file that belongs to no package."""
    name = f"windopt_compared_{path.stem}"
    loader = importlib.util.spec_from_file_location(name, path)
    if loader is None or loader.loader is None or not path.is_file():
        fault = f"{spec!r}: there is no Python file {str(path)!r}"
        raise ConfigError.of("compare.methods", fault, "write FILE.py:NAME")
    module = importlib.util.module_from_spec(loader)
    sys.modules[name] = module
    try:
        loader.loader.exec_module(module)
    except Exception as error:
        fault = f"{spec!r} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError.of("compare.methods", fault, "correct the file") from error
    if not isinstance(getattr(module, "METHODS", None), dict):
        fault = f"{spec!r}: the file has no dictionary METHODS"
        raise ConfigError.of("compare.methods", fault, "add METHODS = {NAME: Method(...)}")
    return module
