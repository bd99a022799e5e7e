"""Amounts and probabilities for readers who know neither FLORIS nor statistics.

Amounts have two significant digits. Probabilities have the words of the IPCC's guidance on
uncertainty (Mastrandrea et al. 2010): "very likely" from 0.9 on, which is where the rule of the
assessment decides, and "likely" from 0.66 on.
"""

from collections.abc import Mapping
from typing import Any

from windopt.ledger.energy import NOT_MEASURED
from windopt.words import significant

VERY_PROBABLE, PROBABLE = 0.9, 0.66
SMALLEST_IN_GWH = 0.0995
"""Below 0.1 GWh after rounding a yearly energy is written in MWh [GWh]."""
METHODS = {
    "per-vCPU model": "estimated from processor time and memory",
    "RAPL": "the processor's energy counters",
    "NVML": "the graphics card's counter",
    "CodeCarbon": "estimated by CodeCarbon",
}
"""What a method of the ledger is, by the beginning of its name."""


def degree(probability: float | None) -> str:
    """Return "very probably", "probably", or nothing where it cannot be told."""
    if probability is None or probability < PROBABLE:
        return ""
    return "very probably" if probability >= VERY_PROBABLE else "probably"


def probability(value: float) -> str:
    """Write a probability; none is written as certain."""
    if value > 0.995:
        return "more than 0.99"
    return "less than 0.01" if value < 0.005 else f"{value:.2f}"


def a_year(gwh: float, signed: bool = False, digits: int = 2) -> str:
    """Write an energy per year [GWh] with its unit, a small one in MWh."""
    size, unit = (gwh, "GWh") if abs(gwh) >= SMALLEST_IN_GWH else (1e3 * gwh, "MWh")
    sign = "−" if gwh < 0 else "+" if signed and gwh > 0 else ""
    return f"{sign}{significant(abs(size), digits)} {unit}"


def share(percent: float) -> str:
    """Write a share, whole where it is at least 1 %."""
    return f"{percent:.0f} %" if abs(percent) >= 1 else f"{significant(percent, 2)} %"


def watt_hours(energy: Mapping[str, Any] | None) -> str:
    """Write an energy [Wh] with its bounds, without its method."""
    if energy is None or energy["central"] is None:
        return NOT_MEASURED
    central = f"{significant(energy['central'], 2)} Wh"
    if energy["low"] is None or energy["high"] is None:
        return central
    return f"{central} ({significant(energy['low'], 2)} to {significant(energy['high'], 2)})"


def factor_of_error(energy: Mapping[str, Any]) -> float | None:
    """Return by which factor an energy may be wrong [-]; None without bounds."""
    low, central, high = energy["low"], energy["central"], energy["high"]
    if not low or not central or not high:
        return None
    return float(max(high / central, central / low))


def method(energy: Mapping[str, Any]) -> str:
    """Name the method of an energy, and say what it is where that is known."""
    told = []
    for name in str(energy["method"]).split(" + "):
        what = next((said for known, said in METHODS.items() if name.startswith(known)), "")
        told.append(f"{name}: {what}" if what else name)
    return "; ".join(told)
