"""`differences.csv`: what the search with learning found more, by wake model and seed."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from windopt.atomic import write_text
from windopt.runs.json_file import read_text


class Difference(NamedTuple):
    """One row: AEP of the layout with learning less that of the layout without.

    Attributes
    ----------
    wake_model, code : str
        Who judged both.
    seed : int
        Of both searches.
    difference_mwh : float [MWh per year]
    """

    wake_model: str
    code: str
    seed: int
    difference_mwh: float


def read_differences(path: Path) -> list[Difference]:
    """Read what `write_differences` wrote."""
    rows = csv.DictReader(io.StringIO(read_text(path)))
    return [
        Difference(row["wake_model"], row["code"], int(row["seed"]), float(row["difference_mwh"]))
        for row in rows
    ]


def write_differences(path: Path, content: Sequence[Difference]) -> None:
    """Write the differences, whole or not at all."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(Difference._fields)
    rows.writerows((*one[:3], f"{one.difference_mwh:.6f}") for one in content)
    write_text(path, text.getvalue())
