"""`robust.json`: the layouts of a robust run under every wake model, as FLORIS tells them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from windopt.runs.json_file import read_json, write_json


@dataclass(frozen=True)
class ModelRecord:
    """A wake model that layouts were judged by.

    Attributes
    ----------
    weight : float [-]
        In the risk measure; those of all models sum to 1. 0 of models that judge only.
    searched : bool
        Whether the search has seen it.
    """

    weight: float
    searched: bool


@dataclass(frozen=True)
class Under:
    """A layout under one wake model.

    Attributes
    ----------
    aep_gwh, aep_error_gwh : float [GWh]
        FLORIS's, and its standard error; 0 on the whole rose.
    gain_pct, gain_error_pct : float or None [%]
        Over the reference under the same wake model, and its standard error; None of the reference.
    conditions : int
        Wind conditions that FLORIS has simulated.
    whole_rose : bool
        Whether these are all.
    """

    aep_gwh: float
    aep_error_gwh: float
    gain_pct: float | None
    gain_error_pct: float | None
    conditions: int
    whole_rose: bool


@dataclass(frozen=True)
class RobustRecord:
    """The layouts of a robust run under every wake model.

    Attributes
    ----------
    risk : str
        In the words of the config, such as "mean".
    reference : {"initial", "grid"}
        The layout that gains count from: the given one, or the regular grid.
    models : mapping of str to ModelRecord
        By name, those that were searched with first.
    layouts : mapping of str to mapping of str to Under
        By layout and wake model. "final" is the answer, "single" that of the wake model which the
        config's `wake` names alone; "initial" and "grid" as of `verification.json`.
    within_pct : mapping of str to float [%]
        By layout: standard deviation of its gain over parameters and wind years, whatever the wake
        model, by the kernels.
    """

    risk: str
    reference: str
    models: Mapping[str, ModelRecord]
    layouts: Mapping[str, Mapping[str, Under]]
    within_pct: Mapping[str, float] = field(default_factory=dict)


def read_robust(path: Path) -> RobustRecord:
    """Read what `write_robust` wrote."""
    content = read_json(path)
    return RobustRecord(
        content["risk"],
        content["reference"],
        {name: ModelRecord(**one) for name, one in content["models"].items()},
        {
            layout: {model: Under(**one) for model, one in of.items()}
            for layout, of in content["layouts"].items()
        },
        content["within_pct"],
    )


def write_robust(path: Path, content: RobustRecord) -> None:
    """Write what every wake model says of the layouts."""
    write_json(path, asdict(content))
