"""`verification.json`: FLORIS's account of the layouts, the surrogate's beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.runs.json_file import read_json, write_json
from windopt.runs.solution import origin_content, read_origin

if TYPE_CHECKING:
    from windopt.search.solution import Origin


@dataclass(frozen=True, eq=False, kw_only=True)
class VerifiedLayout:
    """FLORIS's account of one layout; what earlier versions did not tell has a default.

    Attributes
    ----------
    aep_gwh, aep_predicted_gwh : float [GWh]
        FLORIS's, and the surrogate's.
    repaired : bool
        Whether this is the given layout after repair.
    revenue : float or None [currency]
        In a year, where the energy has values.
    wake_loss_pct : float [%]
    whole_rose : bool
        Whether FLORIS has simulated every wind condition.
    conditions : int or None
        How many it has simulated.
    aep_error_gwh : float [GWh]
        Standard error of the AEP, 0 on the whole rose.
    gain_error_pct : float or None [%]
        Standard error of the gain over this layout.
    feasible : bool
    max_boundary_violation_m : float or None [m]
    min_spacing_d : float or None [D]
        None of a single turbine.
    spacing_kept : float or None
        Least distance between turbines as a share of the one asked for.
    wake_loss_by_direction_pct : (n_directions,) [%]
    turbine_aep_gwh, turbine_wake_loss_pct : (n_turbines,) [GWh, %] or None
    layout : (n_turbines, 2) [m]
    """

    aep_gwh: float
    aep_predicted_gwh: float
    repaired: bool = False
    revenue: float | None = None
    wake_loss_pct: float
    whole_rose: bool = True
    conditions: int | None = None
    aep_error_gwh: float = 0.0
    gain_error_pct: float | None = None
    feasible: bool
    max_boundary_violation_m: float | None
    min_spacing_d: float | None
    spacing_kept: float | None = None
    wake_loss_by_direction_pct: FloatArray
    turbine_aep_gwh: FloatArray | None = None
    turbine_wake_loss_pct: FloatArray | None = None
    layout: FloatArray


@dataclass(frozen=True, eq=False)
class VerificationRecord:
    """What FLORIS has found of a run's layouts.

    Attributes
    ----------
    layouts : mapping of str to VerifiedLayout
        "final" and, as far as there are, "initial" and "grid".
    origin : Origin or None
        Of the final layout.
    about : mapping of str to Any
        What else the file holds, as it stands there: wind directions, the wake-free AEP, the gain
        claimed by the surrogate, rows, the curve over regularity, the layout as it was given.
    """

    layouts: Mapping[str, VerifiedLayout]
    origin: Origin | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def final(self) -> VerifiedLayout:
        """The answer."""
        return self.layouts["final"]

    @property
    def initial(self) -> VerifiedLayout | None:
        """The given layout, repaired where it had to be."""
        return self.layouts.get("initial")


def read_verification(path: Path) -> VerificationRecord:
    """Read what `write_verification` wrote."""
    content = read_json(path)
    layouts = {name: _layout(one) for name, one in content["layouts"].items()}
    if "final" not in layouts:
        raise ValueError("it has no final layout")
    about = {k: v for k, v in content.items() if k not in ("found_by", "origin", "layouts")}
    return VerificationRecord(layouts, read_origin(content), about)


def write_verification(path: Path, record: VerificationRecord) -> None:
    """Write FLORIS's account; what is unknown of a layout is left out."""
    layouts = {
        name: {
            key: value
            for key, value in vars(one).items()
            if value is not None and not (key == "repaired" and not value)
        }
        for name, one in record.layouts.items()
    }
    write_json(path, {**origin_content(record.origin), **record.about, "layouts": layouts})


def _layout(content: Mapping[str, Any]) -> VerifiedLayout:
    known = {one.name: content[one.name] for one in fields(VerifiedLayout) if one.name in content}
    arrays = ("wake_loss_by_direction_pct", "turbine_aep_gwh", "turbine_wake_loss_pct", "layout")
    return VerifiedLayout(**known | {k: np.array(known[k]) for k in arrays if k in known})
