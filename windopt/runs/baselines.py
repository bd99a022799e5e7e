"""`baselines.json`: what searches without learning found, and what the run had by then."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, write_json


@dataclass(frozen=True)
class EvaluatedLook:
    """What a search had found after so much work, by FLORIS.

    Attributes
    ----------
    cpu_s : float [CPU-s]
    energy_wh : float or None [Wh]
    aep_gwh, aep_error_gwh : float [GWh]
        The second is the standard error.
    feasible : bool
    """

    cpu_s: float
    energy_wh: float | None
    aep_gwh: float
    aep_error_gwh: float = 0.0
    feasible: bool = True


@dataclass(frozen=True, eq=False)
class BaselineResult:
    """What a search without learning came to.

    Attributes
    ----------
    what : str
        The search, in words.
    aep_gwh, aep_error_gwh, feasible
        FLORIS's account of its best layout.
    aep_predicted_gwh : float [GWh]
        The search's own.
    status : {"converged", "budget"}
        Why it ended.
    cpu_s, energy_wh
        What it took.
    looks : tuple of EvaluatedLook
        What it had on its way.
    layout : (n_turbines, 2) [m]
    roses_gwh : tuple of float [GWh]
        Its AEP in the other roses of `windopt.verification.reweighted`, in their order; empty where
        that is not known.
    """

    what: str
    aep_gwh: float
    aep_error_gwh: float = field(default=0.0, kw_only=True)
    feasible: bool = field(kw_only=True)
    aep_predicted_gwh: float = field(kw_only=True)
    status: str = field(kw_only=True)
    cpu_s: float = field(kw_only=True)
    energy_wh: float | None = field(kw_only=True)
    looks: tuple[EvaluatedLook, ...] = field(kw_only=True)
    layout: FloatArray = field(kw_only=True)
    roses_gwh: tuple[float, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Baselines:
    """All searches without learning, and the run's own search beside them.

    Attributes
    ----------
    granted_cpu_s : float or None
        Processor time that each was given; None where none was made.
    baselines : mapping of str to BaselineResult
        By method.
    learned : tuple of EvaluatedLook
        What the run's own search had on its way; its end is the last.
    """

    granted_cpu_s: float | None = None
    baselines: Mapping[str, BaselineResult] = field(default_factory=dict)
    learned: tuple[EvaluatedLook, ...] = ()


def read_baselines(path: Path) -> Baselines:
    """Read what `write_baselines` wrote."""
    content = read_json(path)
    return Baselines(
        content.get("granted_cpu_s"),
        {name: _baseline(one) for name, one in content["baselines"].items()},
        _looks(content.get("learned", {"looks": []})["looks"]),
    )


def write_baselines(path: Path, content: Baselines) -> None:
    """Write what the searches without learning came to."""
    told: dict[str, Any] = {"baselines": {k: asdict(one) for k, one in content.baselines.items()}}
    if content.baselines:
        told = {
            "granted_cpu_s": content.granted_cpu_s,
            **told,
            "learned": {"looks": [asdict(look) for look in content.learned]},
        }
    write_json(path, told)


def _baseline(content: Mapping[str, Any]) -> BaselineResult:
    changed = {
        "looks": _looks(content["looks"]),
        "layout": np.array(content["layout"]),
        "roses_gwh": tuple(content.get("roses_gwh", ())),
    }
    return BaselineResult(**{**content, **changed})


def _looks(content: Sequence[Mapping[str, Any]]) -> tuple[EvaluatedLook, ...]:
    return tuple(EvaluatedLook(**look) for look in content)
