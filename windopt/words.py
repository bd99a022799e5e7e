"""Words that go with numbers, and values as a config would say them."""

import json
import math


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 turbine``, ``1,200 turbines``.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        The word for one, such as ``wind condition``.
    plural : str or None
        The word for several; by default the noun with an s.
    """
    word = noun if number == 1 else plural or f"{noun}s"
    return f"{number:,} {word}"


def metres(distance: float) -> str:
    """Write a distance [m] to the metre, a short one to three significant digits."""
    return f"{distance:,.0f} m" if distance >= 100 else f"{distance:.3g} m"


def as_written(value: object) -> str:
    """Write a value as a file has it, a text in quotes: ``null``, ``{"a": [1, 2]}``."""
    if isinstance(value, str | float):
        return repr(value)  # with what cannot be printed escaped
    return json.dumps(value, ensure_ascii=False, default=str)


def significant(value: float, digits: int = 3) -> str:
    """Write a number to so many significant digits, never in powers of ten."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # that of the rounded value
    decimals = digits - 1 - exponent
    return f"{round(value, decimals):,.{max(0, decimals)}f}"


def about(value: float) -> str:
    """Write a number to two significant digits, in powers of ten where it is long."""
    if not math.isfinite(value):
        return "infinitely many"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return significant(value, 2)
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10^{int(exponent)}"
