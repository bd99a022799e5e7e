"""`robustness.json`: what other wake models say of the layouts, and of the gains over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from windopt.runs.json_file import read_json, write_json


@dataclass(frozen=True)
class Robustness:
    """The AEP of the layouts by several wake models.

    Attributes
    ----------
    own : str
        The run's wake model.
    aep_gwh : mapping of str to mapping of str to float [GWh]
        By wake model and by layout; "final" is the answer.
    gain_gwh : mapping of str to mapping of str to float [GWh]
        Of the answer, by layout that it is held against and by wake model.
    spread_gwh : mapping of str to float [GWh]
        Standard deviation of the gain over the wake models, by layout that it is held against.
    """

    own: str
    aep_gwh: Mapping[str, Mapping[str, float]]
    gain_gwh: Mapping[str, Mapping[str, float]]
    spread_gwh: Mapping[str, float]

    def gains_pct(self, reference: str) -> dict[str, float]:
        """Return the gain over a layout by every wake model that was asked about it [%]."""
        return {
            model: 100.0 * (aep["final"] / aep[reference] - 1.0)
            for model, aep in self.aep_gwh.items()
            if reference in aep
        }


def read_robustness(path: Path) -> Robustness:
    """Read what `write_robustness` wrote."""
    return Robustness(**read_json(path))


def write_robustness(path: Path, content: Robustness) -> None:
    """Write what the wake models say."""
    write_json(path, vars(content))
