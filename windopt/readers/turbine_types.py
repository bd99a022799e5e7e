"""Of which type each turbine is: what the layout says, or what the config counts."""

from collections.abc import Sequence

import numpy as np

from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import IntArray
from windopt.problem.turbine import Turbine
from windopt.readers.places.layout import GivenLayout


def assign_types(
    turbines: Sequence[Turbine],
    n_turbines: int,
    counts: Sequence[int] | None,
    layout: GivenLayout | None,
) -> IntArray:
    """Return each turbine's type.

    Parameters
    ----------
    turbines : (n_types,)
    n_turbines : int
        0 where not even their number is known.
    counts : (n_types,)
        Number of turbines of each type, the first types first, if given.
    layout : GivenLayout or None
        The given layout, if there is one; the types it names come before `counts`.

    Returns
    -------
    types : (n_turbines,)
        Indices into `turbines`.

    Raises
    ------
    ConfigError
        With every fault found.
    """
    faults = FaultCollector()
    if counts is not None:
        faults.attempt(_check_counts, counts, turbines, n_turbines)
    types: IntArray | None = None
    if layout is not None and layout.type_names is not None:
        types = faults.attempt(_named_types, layout.type_names, turbines, layout.where)
    elif counts is not None:
        types = np.repeat(np.arange(len(counts)), counts)
    elif len(turbines) == 1:
        types = np.zeros(n_turbines, dtype=np.intp)
    else:
        problem = (
            f"is missing, and no layout says which turbines are of which {len(turbines)} types"
        )
        cure = f"add the number of each: {', '.join(_names(turbines))}"
        faults.append(Fault("turbine_counts", problem, cure))
    if types is not None and counts is not None and not faults:
        faults.attempt(_check_agreement, counts, types, len(turbines))
    faults.raise_any()
    assert types is not None
    return types


def assign_fixed_types(turbines: Sequence[Turbine], layout: GivenLayout) -> IntArray:
    """Return the type of each turbine that stands already, (f,) indices into `turbines`."""
    if layout.type_names is not None:
        return _named_types(layout.type_names, turbines, layout.where)
    if len(turbines) > 1:
        problem = f"does not say which of the {len(turbines)} types its turbines are"
        cure = f"add a column 'type' (windIO: turbine_types): {_numbered(turbines)}"
        raise ConfigError.of(layout.where, problem, cure)
    return np.zeros(len(layout), dtype=np.intp)


def type_of(name: int | str, turbines: Sequence[Turbine], where: str) -> int:
    """Return the index of the type that a config names, by number or by name."""
    text = str(name)
    return _index(int(text) if text.isdigit() else text, turbines, where)


def _check_counts(counts: Sequence[int], turbines: Sequence[Turbine], n_turbines: int) -> None:
    faults = FaultCollector()
    if len(counts) != len(turbines):
        problem = f"{list(counts)} has {len(counts)} numbers for {len(turbines)} turbine types"
        cure = f"give the number of each: {', '.join(_names(turbines))}"
        faults.append(Fault("turbine_counts", problem, cure))
    if sum(counts) != n_turbines:
        problem = f"{list(counts)} sums to {sum(counts)}, but there are {n_turbines} turbines"
        faults.append(Fault("turbine_counts", problem, "make them agree"))
    faults.raise_any()


def _check_agreement(counts: Sequence[int], types: IntArray, n_types: int) -> None:
    counted = np.bincount(types, minlength=n_types).tolist()
    if counted != list(counts):
        problem = f"{list(counts)}, but the layout has {counted} turbines of the types"
        cure = "make them agree, or leave out turbine_counts"
        raise ConfigError.of("turbine_counts", problem, cure)


def _named_types(names: Sequence[int | str], turbines: Sequence[Turbine], where: str) -> IntArray:
    """Look up the types that a layout names; of one type alone, any one name will do."""
    if len(turbines) == 1 and len(set(names)) == 1:
        return np.zeros(len(names), dtype=np.intp)
    faults = FaultCollector()
    found = {name: faults.attempt(_index, name, turbines, where) for name in dict.fromkeys(names)}
    faults.raise_any()
    return np.array([found[name] for name in names], dtype=np.intp)


def _index(name: int | str, turbines: Sequence[Turbine], where: str) -> int:
    if isinstance(name, int):
        if 0 <= name < len(turbines):
            return name
        problem = f"{name} is no type's number"
        raise ConfigError.of(where, problem, f"give {_numbered(turbines)}")
    known = [turbine.name for turbine in turbines]
    if known.count(name) > 1:
        problem = f"{name!r} is the name of {known.count(name)} types"
        raise ConfigError.of(where, problem, f"give numbers: {_numbered(turbines)}")
    if name not in known:
        raise ConfigError.of(where, f"unknown type {name!r}", did_you_mean(name, known))
    return known.index(name)


def _names(turbines: Sequence[Turbine]) -> list[str]:
    return [turbine.name or f"type {i}" for i, turbine in enumerate(turbines)]


def _numbered(turbines: Sequence[Turbine]) -> str:
    return ", ".join(f"{i} ({turbine.name})" for i, turbine in enumerate(turbines))
