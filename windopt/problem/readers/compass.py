"""Reads the labels of a rose's axes: compass points, degrees, classes of direction and speed.

The east is E in English and O in German (Ost); the west is W, and O in French, Spanish and Italian.
An O among points with a W is the east, an O among points with an E the west.
"""

import re
from collections.abc import Sequence

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.readers.tables import MISSING

POINTS = (
    *("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE"),
    *("S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"),
)
TOTALS = frozenset(
    (
        *("total", "totals", "sum", "all", "mean", "omni", "all sectors", "gesamt", "summe"),
        *("alle", "overall", "omnidirectional"),
    )
)
"""Labels of rows and columns that sum up the others."""
_WORDS = (
    *(("OUEST", "W"), ("OESTE", "W"), ("OVEST", "W"), ("WEST", "W"), ("NORTH", "N")),
    *(("NORTE", "N"), ("NORD", "N"), ("SOUTH", "S"), ("SUED", "S"), ("SÜD", "S"), ("SUD", "S")),
    *(("SUR", "S"), ("EAST", "E"), ("OST", "E"), ("ESTE", "E"), ("EST", "E")),
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_UNITS = re.compile(r"\s*(m/s|m s-1|ms-1|°|º|deg(?:rees)?|grad)\.?\s*", re.IGNORECASE)
_CLASS = re.compile(
    rf"[\[(\]]?\s*({_NUMBER})\s*(?:-|–|—|to|bis|\.\.+|;|,\s|≤\s*v?\s*<|<)\s*({_NUMBER})\s*[\])\[]?"
)
_BELOW = re.compile(rf"(?:<|<=|≤|0?\s*to|below|under)\s*({_NUMBER})", re.IGNORECASE)
_ABOVE = re.compile(
    rf"(?:>|>=|≥|above|over)\s*({_NUMBER})|({_NUMBER})\s*(?:\+|and more|-\s*inf|-)", re.IGNORECASE
)


def is_point(label: str) -> bool:
    """Say whether a label is a compass point in some language."""
    return (
        _letters(label).replace("O", "E") in POINTS or _letters(label).replace("O", "W") in POINTS
    )


def compass_degrees(where: str, labels: Sequence[str]) -> FloatArray | None:
    """Return the directions of compass points (n,) [deg], None where some are none.

    Raises
    ------
    ConfigError
        Where nobody can tell whether O is the east or the west.
    """
    letters = [_letters(label) for label in labels]
    if not letters or not all(map(is_point, labels)):
        return None
    text = "".join(letters)
    if "O" in text:
        if ("E" in text) == ("W" in text):
            problem = "'O' may be east (German) or west (French, Spanish)"
            raise ConfigError.of(where, problem, "write E and W")
        letters = [name.replace("O", "E" if "W" in text else "W") for name in letters]
    if not set(letters) <= set(POINTS):
        return None
    return np.array([22.5 * POINTS.index(name) for name in letters])


def direction_labels(where: str, labels: Sequence[str]) -> FloatArray | None:
    """Return the middles of sectors (n,) [deg], None where some label is no direction."""
    if (points := compass_degrees(where, labels)) is not None:
        return points
    bare = [_UNITS.sub(" ", label).strip() for label in labels]
    middles = []
    for label in bare:
        named = re.fullmatch(
            rf"(?:([A-Za-z]+)\s*\(?\s*)?({_NUMBER})\s*\)?(?:\s*\(?([A-Za-z]+)\)?)?", label
        )
        if (bounds := _CLASS.fullmatch(label)) is not None:
            low, high = _float(bounds[1]), _float(bounds[2])
            middles.append((low + (high - low) % 360 / 2) % 360)
        elif named and all(word is None or is_point(word) for word in (named[1], named[3])):
            middles.append(_float(named[2]))
        else:
            return None
    return np.array(middles)


def speed_labels(labels: Sequence[str]) -> FloatArray | None:
    """Return the speeds of labels (n,) [m/s], classes as their middles; None where some is none.

    The class of all faster winds is taken as wide as the one before it.
    """
    bare = [_UNITS.sub(" ", label).strip() for label in labels]
    middles: list[float] = []
    widths: list[float] = []
    for label in bare:
        if re.fullmatch(_NUMBER, label):
            middles.append(_float(label))
        elif label.lower() in ("calm", "calms", "stille", "c"):
            middles.append(0.0)
        elif (bounds := _CLASS.fullmatch(label)) is not None:
            low, high = _float(bounds[1]), _float(bounds[2])
            if high <= low:
                return None
            middles.append((low + high) / 2)
            widths.append(high - low)
        elif (bounds := _BELOW.fullmatch(label)) is not None:
            middles.append(_float(bounds[1]) / 2)
        elif (bounds := _ABOVE.fullmatch(label)) is not None:
            middles.append(_float(bounds[1] or bounds[2]) + (widths[-1] / 2 if widths else 0.5))
        else:
            return None
    return np.array(middles)


def go_round(directions: FloatArray | None) -> bool:
    """Say whether directions are the middles of all sectors of a rose, of equal width."""
    if directions is None or len(directions) < 4:
        return False
    order = np.sort(directions % 360)
    gaps = np.diff(order, append=order[0] + 360)
    return bool(abs(gaps - 360 / len(order)).max() <= 1.0) and len(order) <= 360


def is_total(label: str) -> bool:
    """Say whether a row or column sums up the others."""
    return label.strip().lower().rstrip(":") in TOTALS


def is_empty(label: str) -> bool:
    """Say whether a cell holds nothing."""
    return label.strip().lower() in MISSING


def _letters(label: str) -> str:
    text = label.strip().upper()
    for word, letter in _WORDS:
        text = text.replace(word, letter)
    return re.sub(r"[\s\-/.]", "", text)


def _float(text: str) -> float:
    return float(text.replace(",", "."))
