"""The files of a run whose number of turbines is free.

`turbine_count.json` holds the layouts of all numbers that the search looked at, for verification;
`turbine_count.csv` is the curve over the numbers for people.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from windopt.atomic import write_text
from windopt.runs.json_file import read_json, read_text, write_json

if TYPE_CHECKING:
    from windopt.search.solution import SizedLayout


@dataclass(frozen=True)
class SizedLayouts:
    """The layouts of all numbers of turbines that a search looked at.

    Attributes
    ----------
    layouts : mapping of int to SizedLayout
        By number of turbines.
    most : int or None
        The largest number that found a place, where that is less than the upper bound.
    """

    layouts: Mapping[int, SizedLayout]
    most: int | None = None


class CountRow(NamedTuple):
    """One number of turbines.

    Where FLORIS was not asked, wake loss, marginal AEP and profit are predictions, the wake loss
    scaled by what FLORIS found over what was predicted at the nearest number it was asked about: a
    surrogate that is some tenths of a per cent off would bend the curve where the two meet.

    Attributes
    ----------
    n_turbines : int
    effort : {"searched", "quick"}
        A whole search, or a quick estimate, which may be 1 % of AEP low.
    aep_predicted_gwh, aep_gwh : float [GWh]
        The surrogate's; FLORIS's, nan where it was not asked.
    wake_loss_pct : float [%]
    marginal_aep_mwh : float [MWh]
        What a turbine adds to the AEP of the next lower row's number; nan in the first row, and
        where the two were not found with the same effort: the difference would be the effort's.
    profit : float [currency]
        In a year.
    """

    n_turbines: int
    effort: str
    aep_predicted_gwh: float
    aep_gwh: float
    wake_loss_pct: float
    marginal_aep_mwh: float
    profit: float

    @property
    def verified(self) -> bool:
        """Whether FLORIS has evaluated it."""
        return not math.isnan(self.aep_gwh)


def write_sized_layouts(path: Path, sized: SizedLayouts) -> None:
    """Write the layouts of all numbers of turbines that the search looked at."""
    write_json(
        path,
        {
            "most": sized.most,
            "layouts": [
                {
                    "n_turbines": one.n_turbines,
                    "searched": one.searched,
                    "aep_predicted_gwh": one.aep / 1e9,
                    "layout": one.layout,
                    "grid": one.grid,
                }
                for one in sized.layouts.values()
            ],
        },
    )


def read_sized_layouts(path: Path) -> SizedLayouts:
    """Read what `write_sized_layouts` wrote."""
    from windopt.search.solution import SizedLayout

    content = read_json(path)
    layouts = {
        one["n_turbines"]: SizedLayout(
            layout=np.array(one["layout"]),
            aep=one["aep_predicted_gwh"] * 1e9,
            searched=one["searched"],
            grid=None if one["grid"] is None else np.array(one["grid"]),
        )
        for one in content["layouts"]
    }
    return SizedLayouts(layouts, content["most"])


def write_turbine_count(path: Path, rows: Sequence[CountRow]) -> None:
    """Write the curve as `turbine_count.csv`; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CountRow._fields)
    for row in rows:
        cells = [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row]
        writer.writerow(["" if cell == "nan" else cell for cell in cells])
    write_text(path, text.getvalue())


def read_turbine_count(path: Path) -> list[CountRow]:
    """Read what `write_turbine_count` wrote."""
    return [
        CountRow(
            int(row.pop("n_turbines")),
            row.pop("effort"),
            **{name: float(cell or "nan") for name, cell in row.items()},
        )
        for row in csv.DictReader(io.StringIO(read_text(path)))
    ]
