"""How well FLORIS knows a run's figures: on every wind condition, or on a sample of them."""

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import Any

from windopt.words import count_of


def is_sampled(summary: Mapping[str, Any]) -> bool:
    """Return whether a run's figures are of a sample of the rose."""
    known = summary.get("verified")
    return known is not None and not known["whole_rose"]


def verified_in_words(summary: Mapping[str, Any]) -> str:
    """Return how FLORIS has verified the AEP, beside that figure."""
    if not is_sampled(summary):
        return "verified by FLORIS"
    known = summary["verified"]
    error = known["standard_error_pct"] / 100.0 * summary["aep_gwh"]
    return f"± {rounded_error(error)} GWh, FLORIS on {_conditions(known)} (sampled)"


def gain_in_words(summary: Mapping[str, Any]) -> str:
    """Return the gain over the reference, with its standard error where it is sampled."""
    gain = summary.get("gain_pct")
    if gain is None:
        return ""
    error = gain_error(summary)
    if error is None:
        return f"gain {gain:+.2f} %"
    return f"gain {gain:+.{places(error)}f} ± {rounded_error(error)} % (sampled)"


def gain_error(summary: Mapping[str, Any]) -> float | None:
    """Return the standard error of a sampled gain [% of AEP]; None on the whole rose."""
    if not is_sampled(summary):
        return None
    error: float | None = summary["verified"].get("gain_standard_error_pct")
    return error


def error_in_words(summary: Mapping[str, Any]) -> str:
    """Return what follows a gain over the reference in two decimals; empty on the whole rose."""
    error = gain_error(summary)
    if error is None:
        return ""
    return f", ± {rounded_error(error)} (sampled)"


def verification_sentence(summary: Mapping[str, Any]) -> str:
    """Return how many conditions FLORIS has simulated, and the errors; empty if unknown."""
    known = summary.get("verified")
    if known is None:
        return ""
    if known["whole_rose"]:
        return f"FLORIS has simulated all {known['of_conditions']:,} wind conditions."
    sentence = (
        f"FLORIS has simulated {_conditions(known)}; in the others the surrogate replaces it, with "
        f"its errors corrected by the simulated ones. Standard error of the AEP: "
        f"{rounded_error(known['standard_error_pct'])} %"
    )
    if (error := known.get("gain_standard_error_pct")) is not None:
        sentence += f", of the gain: {rounded_error(error)} % of AEP"
    return sentence + "."


def places(error: float) -> int:
    """Return how many decimal places a figure with a standard error has, at least 2."""
    return max(2, len(rounded_error(error).partition(".")[2]))


def rounded_error(error: float) -> str:
    """Write a standard error with one significant digit, rounded up."""
    if error <= 0:
        return "0"
    exponent = floor(log10(error))
    digit = ceil(round(error / 10**exponent, 6))
    return f"{digit * 10.0**exponent:.{max(0, -exponent)}f}"


def _conditions(known: Mapping[str, Any]) -> str:
    return f"{known['conditions']:,} of {count_of(known['of_conditions'], 'wind condition')}"
