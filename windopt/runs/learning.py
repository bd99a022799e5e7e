"""`learning.json`: how much had been learned when a verification began, while it goes on."""

from dataclasses import dataclass
from pathlib import Path

from windopt.runs.json_file import read_json, write_json


@dataclass(frozen=True)
class RoundsBefore:
    """Active-learning rounds that there had been already.

    Attributes
    ----------
    surrogate, data : int
        That the surrogate had learned from, and that the dataset held.
    """

    surrogate: int
    data: int


def read_rounds(path: Path) -> RoundsBefore:
    """Read what `write_rounds` wrote."""
    content = read_json(path)
    return RoundsBefore(int(content["surrogate"]), int(content["data"]))


def write_rounds(path: Path, rounds: RoundsBefore) -> None:
    """Write how much had been learned."""
    write_json(path, vars(rounds))
