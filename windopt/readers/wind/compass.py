"""Reads the labels of a rose's axes: compass points, degrees, classes of direction and speed.

The east is E in English and O in German (Ost); the west is W, and O in French, Spanish and Italian.
An O among points with a W is the east, an O among points with an E the west.
"""

import re
from collections.abc import Sequence

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.readers.tables import MISSING

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
FASTEST = 75.0
"""Higher numbers on an axis are no wind speeds [m/s]."""
_WORD = re.compile(r"[^\W\d_]+(?:[-\s][^\W\d_]+)*")
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
    """Return whether a label is a compass point in some language."""
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
    bare = [_UNITS.sub(" ", label).strip(" ,;") for label in labels]
    words = [_WORD.findall(label) for label in bare]
    if all(len(word) == 1 and is_point(word[0]) for word in words):  # N (0°), 1 NNE
        return compass_degrees(where, [word[0] for word in words])
    middles = []
    for label in bare:
        if (bounds := _CLASS.fullmatch(label)) is not None:
            low, high = _float(bounds[1]), _float(bounds[2])
            middles.append((low + (high - low) % 360 / 2) % 360)
        elif re.fullmatch(_NUMBER, label):
            middles.append(_float(label))
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
    """Return whether numbers are the middles of a rose's sectors, of equal width.

    Sectors without wind may be left out where numbers are too high for speeds.
    """
    if directions is None or not 4 <= len(directions) <= 361:
        return False
    order = np.unique(directions[directions < 360] if 0 in directions else directions)
    if len(order) < 4 or order[0] < 0 or order[-1] > 360:
        return False
    gaps = np.diff(order, append=order[0] + 360)
    if abs(gaps - 360 / len(order)).max() <= 1.0:
        return True
    steps = np.array([*gaps, 360.0]) / gaps.min()
    return bool(order[-1] > FASTEST and abs(steps - np.round(steps)).max() < 0.01)


def is_total(label: str) -> bool:
    """Return whether a row or column sums up the others."""
    return re.sub(r"[\[(].*?[\])]", "", label).strip().lower().rstrip(":") in TOTALS


def is_empty(label: str) -> bool:
    """Return whether a cell holds nothing."""
    return label.strip().lower() in MISSING


def _letters(label: str) -> str:
    text = label.strip().upper()
    for word, letter in _WORDS:
        text = text.replace(word, letter)
    return re.sub(r"[\s\-/.]", "", text)


def _float(text: str) -> float:
    return float(text.replace(",", "."))
