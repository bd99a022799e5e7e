"""One visual identity for figures and report: colours, type and the bare frame of an axis.

The colours are those of Okabe and Ito (2008), told apart with every common colour blindness and
by their lightness in print. A layout keeps its colour and its marker through every figure.
"""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes

logger = logging.getLogger(__name__)

INK = "#1b2a41"
MUTED = "#5b6778"
RULE = "#d5dbe3"
SEA = "#e8f0f6"
GIVEN = "#d55e00"
GRID = "#009e73"
SINGLE = "#e69f00"
"""Of a robust run: the layout found for one wake model alone."""
FINAL = "#0072b2"
PREDICTED = "#56b4e9"
MARK = "#cc79a7"
"""What is pointed out and belongs to no layout."""

DARK = {
    "page": "#10151d",
    "ink": "#e3e9f1",
    "muted": "#9aa7b8",
    "rule": "#2c3746",
    "sea": "#19212c",
    "final": "#56b4e9",
    "given": "#f0893e",
    "head": "#0a0e14",
}
"""The same on a dark page, by the names that style sheets have for them."""

DPI = 150

RC: dict[Any, Any] = {  # matplotlib types its keys as one long Literal
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a name is no formula
    "xtick.color": MUTED,
    "xtick.labelsize": 9.5,
    "ytick.color": MUTED,
    "ytick.labelsize": 9.5,
}


@dataclass(frozen=True)
class LayoutStyle:
    """How a layout of the verdict is drawn."""

    colour: str
    filled: bool = False
    dashes: str = "--"

    @property
    def marker(self) -> dict[str, Any]:
        """Marker of a turbine, as keywords of `matplotlib.lines.Line2D`."""
        face = self.colour if self.filled else "white"
        return {"ls": "", "marker": "o", "ms": 5.5, "mfc": face, "mec": self.colour, "mew": 1.4}

    def marker_of(self, kind: int) -> dict[str, Any]:
        """Marker of a turbine of a type, likewise."""
        return self.marker | {"marker": TYPE_MARKERS[kind % len(TYPE_MARKERS)]}


TYPE_MARKERS = ("o", "s", "D", "P", "v", "h")
"""Markers of the turbine types, in their order; fixed turbines have one of their own."""

LAYOUTS = {
    "initial": LayoutStyle(GIVEN),
    "grid": LayoutStyle(GRID, dashes="-."),
    "single": LayoutStyle(SINGLE, dashes=":"),
    "final": LayoutStyle(FINAL, filled=True),
}


@contextmanager
def unknown_letters_said() -> Iterator[None]:
    """Return in one line which letters the font of a picture lacks, while it is written."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    glyph = re.compile(r"Glyph (\d+) ")
    found = [(one, glyph.match(str(one.message))) for one in caught]
    for other in (one for one, missing in found if missing is None):
        warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    if letters := dict.fromkeys(chr(int(missing[1])) for _, missing in found if missing):
        text = "".join(letters)[:40]
        logger.warning("the font of the pictures lacks %s: boxes stand there instead", text)


def set_titles(axes: Axes, title: str, subtitle: str) -> None:
    """Put a bold title and, below it, a line of figures above an axis."""
    axes.set_title(title[0].upper() + title[1:], pad=24)
    axes.annotate(
        subtitle, (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points", color=MUTED
    )


def rule(axes: Axes, which: Literal["x", "y"]) -> None:
    """Draw hairlines at the values of one axis, behind the data."""
    axes.set_axisbelow(True)
    axes.grid(axis=which)
