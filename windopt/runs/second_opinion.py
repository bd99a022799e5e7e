"""`second_opinion.json`: what other codes say of the layouts, and whether they agree with FLORIS.

A pair of layouts is "final" and one that it is held against. FLORIS's gain of the pair is the mean
over the wake models under which it has judged both, another code's the mean over its own models,
both with the weights of the wake models. Both agree where the same layout is better. Where FLORIS
itself cannot tell which one is, there is nothing to agree on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windopt.runs.json_file import read_json, write_json

STANDARD_ERRORS = 2.0
"""Of a gain: what is less may be none."""
EQUAL_PCT = 0.01
"""A gain that is less than this is none [%]."""


@dataclass(frozen=True)
class NearestModel:
    """A model of the other code.

    Attributes
    ----------
    words : str
        Its name.
    weight : float [-]
        Of the wake model that it is nearest to.
    aep_gwh : mapping of str to float [GWh]
        By layout.
    floris_gwh : mapping of str to float [GWh]
        FLORIS's, under the wake model that it is nearest to; empty where that was not asked.
    """

    words: str
    weight: float
    aep_gwh: Mapping[str, float]
    floris_gwh: Mapping[str, float]

    def gain_pct(self, against: str) -> float:
        """Return the gain of the final layout over another by this model [%]."""
        return _gain_pct(self.aep_gwh, against)

    def floris_gain_pct(self, against: str) -> float | None:
        """Return the same by FLORIS [%], None where it was not asked."""
        known = "final" in self.floris_gwh and against in self.floris_gwh
        return _gain_pct(self.floris_gwh, against) if known else None


@dataclass(frozen=True)
class Pair:
    """The final layout and another: who is better.

    Attributes
    ----------
    floris_pct, floris_error_pct : float [%]
        Gain of the final layout by FLORIS, and its standard error.
    other_pct : float [%]
        By the other code.
    """

    floris_pct: float
    floris_error_pct: float
    other_pct: float

    @property
    def agrees(self) -> bool | None:
        """Whether the same layout is better by both; None where FLORIS cannot tell."""
        if abs(self.floris_pct) < max(EQUAL_PCT, STANDARD_ERRORS * self.floris_error_pct):
            return None
        if abs(self.other_pct) < EQUAL_PCT:
            return False
        return (self.floris_pct > 0) == (self.other_pct > 0)


@dataclass(frozen=True)
class SecondOpinion:
    """What another code says.

    Attributes
    ----------
    code : str
    version : str or None
        None where it is not installed.
    missing : str
        Why nothing was asked or answered; empty where something was.
    reference : str
        The layout that gains count from.
    models : mapping of str to NearestModel
        By the wake model of FLORIS that each is nearest to.
    not_asked : mapping of str to str
        Wake models with no such model, and why.
    pairs : mapping of str to Pair
        By the layout that the final one is held against.
    """

    code: str
    version: str | None
    missing: str = ""
    reference: str = ""
    models: Mapping[str, NearestModel] = field(default_factory=dict)
    not_asked: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, Pair] = field(default_factory=dict)

    @property
    def agrees(self) -> bool | None:
        """Whether it agrees on every pair of which FLORIS can tell; None where there is none."""
        told = [pair.agrees for pair in self.pairs.values() if pair.agrees is not None]
        return all(told) if told else None

    def summary(self) -> dict[str, object]:
        """Return what `summary.json` has of it."""
        head: dict[str, object] = {"code": self.code}
        if self.missing:
            return head | {"missing": self.missing}
        models = {
            name: {
                "aep_gwh": one.aep_gwh["final"],
                "gain_pct": one.gain_pct(self.reference) if self.reference else None,
            }
            for name, one in self.models.items()
        }
        return head | {"version": self.version, "models": models, "agrees": self.agrees}


def pair_of(
    models: Mapping[str, NearestModel], against: str, floris_error_pct: float
) -> Pair | None:
    """Compare the final layout with another; None where FLORIS has judged it under no model.

    Parameters
    ----------
    models : mapping of str to NearestModel
    against : str
    floris_error_pct : float [%]
        Standard error of FLORIS's gain.
    """
    by_floris = [
        (one.weight, gain)
        for one in models.values()
        if (gain := one.floris_gain_pct(against)) is not None
    ]
    if not by_floris:
        return None
    by_other = [(one.weight, one.gain_pct(against)) for one in models.values()]
    return Pair(_mean(by_floris), floris_error_pct, _mean(by_other))


def _mean(weighted: list[tuple[float, float]]) -> float:
    """Return the mean of values with weights before them; the plain one if all weights are 0."""
    total = sum(weight for weight, _ in weighted)
    if total <= 0.0:
        return sum(value for _, value in weighted) / len(weighted)
    return sum(weight * value for weight, value in weighted) / total


def _gain_pct(aep: Mapping[str, float], against: str) -> float:
    return 100.0 * (aep["final"] / aep[against] - 1.0)


def read_second_opinion(path: Path) -> tuple[SecondOpinion, ...]:
    """Read what `write_second_opinion` wrote."""
    return tuple(_opinion(one) for one in read_json(path)["codes"])


def write_second_opinion(path: Path, content: Sequence[SecondOpinion]) -> None:
    """Write what other codes say, and whether each agrees."""
    write_json(path, {"codes": [_told(one) for one in content]})


def _opinion(content: dict[str, Any]) -> SecondOpinion:
    models = {name: NearestModel(**one) for name, one in content.pop("models").items()}
    pairs = {
        name: Pair(**{key: value for key, value in one.items() if key != "agrees"})
        for name, one in content.pop("pairs").items()
    }
    content.pop("agrees")
    return SecondOpinion(**content, models=models, pairs=pairs)


def _told(opinion: SecondOpinion) -> dict[str, Any]:
    pairs = {name: asdict(pair) | {"agrees": pair.agrees} for name, pair in opinion.pairs.items()}
    return asdict(opinion) | {"agrees": opinion.agrees, "pairs": pairs}
