"""Power usage effectiveness: what a machine room draws for each joule of its computers.

Nobody inside a virtual machine knows it, so the bill is made with the config's `energy.pue`, and
three scenarios are shown beside it.
"""

from typing import NamedTuple


class Facility(NamedTuple):
    """A scenario: where the machine may stand, its PUE [-], and why."""

    name: str
    pue: float
    why: str


FACILITIES = (
    Facility(
        "own machine", 1.0, "no machine room: a desk or an office, whose cooling is not counted"
    ),
    Facility(
        "large cloud",
        1.2,
        "the highest of the large clouds in the data of Green Algorithms 3.0 (1.09 to 1.2)",
    ),
    Facility(
        "unknown data centre",
        1.56,
        "mean of the data centres in the Uptime Institute's global survey of 2024",
    ),
)
