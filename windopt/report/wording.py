"""A run's figures in words, the same on the console and in the report.

AEP and gain are FLORIS's; the surrogate's prediction stands beside them as what it is.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from windopt.ledger import Bounds
from windopt.report.search_watch import SearchState

Verdict = Mapping[str, Any]

LABELS = {"initial": "given layout", "grid": "best regular grid", "final": "optimised layout"}
SHORT_LABELS = {"initial": "given", "grid": "best grid"}
UNITS_OF_TIME = (
    (365.25 * 86400, "years"),
    (86400.0, "days"),
    (3600.0, "hours"),
    (60.0, "minutes"),
    (1.0, "seconds"),
    (1e-3, "ms"),
)


class Row(NamedTuple):
    """A line of the summary: what, how much, and a remark."""

    label: str
    value: str
    remark: str = ""


def summary_rows(summary: Mapping[str, Any]) -> list[Row]:
    """Put a summary into words, leaving out what the run did not get to.

    Parameters
    ----------
    summary : the content of `summary.json`
    """
    aep, predicted = summary.get("aep_gwh"), summary.get("aep_predicted_gwh")
    missed = 100 * (predicted / aep - 1) if aep and predicted else None
    over_grid = summary.get("gain_over_grid_pct")
    rows = [
        Row(label, f"{summary[key]:,.1f} GWh", remark)
        for label, key, remark in (
            ("AEP", "aep_gwh", "a year, verified by FLORIS"),
            ("given layout", "aep_initial_gwh", _change(summary.get("gain_pct"), "gain")),
            ("best regular grid", "aep_grid_gwh", _change(over_grid, "gain")),
            ("surrogate predicted", "aep_predicted_gwh", _promise(summary, missed)),
        )
        if summary.get(key) is not None
    ]
    if aep is not None:
        rows += [
            Row("wake loss", f"{summary['wake_loss_pct']:.2f} %"),
            Row("feasible", *_feasibility(summary)),
        ]
    rows += [
        Row(
            "computed",
            f"{summary['cpu_s']:,.0f} CPU-seconds",
            f"in {duration(summary['wall_s'])}",
        ),
        Row(
            "FLORIS",
            f"{summary['floris_evaluations']:,} evaluations",
            f"{summary['floris_conditions']:,} wind conditions in all",
        ),
        Row("energy", *energy(summary["energy_wh"])),
    ]
    if aep is not None:
        rows.append(Row("paid back in", *_payback(summary.get("payback_s"))))
    if (carbon := summary.get("co2")) is not None:
        country, year = (carbon["intensity_g_per_kwh"][key] for key in ("country", "year"))
        rows.append(
            Row(
                "emitted",
                f"{significant(carbon['sci_g_per_run']['central'], 2)} g CO2e",
                f"{band(Bounds.of(carbon['sci_g_per_run']))} g, electricity of "
                + " ".join(str(fact) for fact in (country or "the config", year) if fact),
            )
        )
    if (verdict := summary.get("verdict")) is not None:
        labels = ["verdict", *[""] * len(verdict["reasons"])]
        values = [verdict["value"], *[""] * len(verdict["reasons"])]
        rows += map(Row, labels, values, verdict["reasons"])
    return rows


def band(bounds: Bounds) -> str:
    """Write the bounds of an estimate to two significant digits."""
    return f"{significant(bounds.low, 2)} to {significant(bounds.high, 2)}"


def _promise(summary: Mapping[str, Any], missed: float | None) -> str:
    """Say how far off the surrogate was, and what gain it promised, give or take."""
    gain, error = summary.get("gain_predicted_pct"), summary.get("gain_predicted_error_pct")
    words = _change(missed, "off by", digits=3)
    if gain is None or error is None:
        return words
    return f"gain {gain:+.2f} ± {max(error, 0.01):.2f} %, {words}"


def grid_sentence(summary: Mapping[str, Any]) -> str:
    """Say so when a plain regular grid beats the search; otherwise nothing."""
    gain = summary.get("gain_over_grid_pct")
    if gain is None or gain >= 0:
        return ""
    lead = 100 * (1 / (1 + gain / 100) - 1)
    return (
        f"The best regular grid yields {lead:.2f} % more than this layout: "
        "take the grid, or search longer."
    )


def search_sentence(state: SearchState, left_s: float | None) -> str:
    """Put into words, within a line, how a search stands; what it has found is predicted.

    Parameters
    ----------
    left_s : time left [s], nan where nobody knows; None says nothing of it
    """
    claims = ["predicted"]
    if state.gain_pct is not None:
        claims.insert(0, f"{state.gain_pct:+.2f} % on {SHORT_LABELS[state.reference]}")
    parts = [
        f"{state.aep_gwh:,.2f} GWh ({', '.join(claims)})",
        "feasible" if state.feasible else "not feasible",
    ]
    if state.energy_wh is not None:
        parts.append(f"{significant(state.energy_wh)} Wh")
    if left_s is not None:
        parts.append(f"{'-' if math.isnan(left_s) else timedelta(seconds=round(left_s))} left")
    return ", ".join(parts)


def references(layouts: Mapping[str, Any]) -> list[str]:
    """Name the layouts that a result is held against, the user's own first.

    Parameters
    ----------
    layouts : the verdict's, by key
    """
    return [key for key in ("initial", "grid") if layouts.get(key)]


def gain_pct(layouts: Mapping[str, Any], key: str) -> float | None:
    """Return the gain in AEP of a layout over the first of its references [%], None without one."""
    if not (against := references(layouts)):
        return None
    return float(100 * (layouts[key]["aep_gwh"] / layouts[against[0]]["aep_gwh"] - 1))


def layout_sentence(layouts: Mapping[str, Any], key: str) -> str:
    """Put AEP, wake loss and gain of one of the verdict's layouts into words."""
    layout, gain = layouts[key], gain_pct(layouts, key)
    text = f"{layout['aep_gwh']:,.1f} GWh a year, wake loss {layout['wake_loss_pct']:.2f} %"
    return text if gain is None or key != "final" else f"{text}, {_change(gain, 'gain')}"


def energy(band: Mapping[str, Any]) -> tuple[str, str]:
    """Put an energy band [Wh] into words: its central value, and its bounds with the method."""
    if band.get("central") is None:
        return "not measured", "no meter and no model: counts only"
    bounds = f"{significant(band['low'])} to {significant(band['high'])} Wh"
    return f"{significant(band['central'])} Wh", f"{bounds}, {band['method']}"


def duration(seconds: float) -> str:
    """Put a time [s] into words, in the largest unit of which it holds one."""
    size, unit = next((u for u in UNITS_OF_TIME if seconds >= u[0]), UNITS_OF_TIME[-1])
    return f"{significant(seconds / size)} {unit}"


def significant(value: float, digits: int = 3) -> str:
    """Write a number to so many significant digits, never in powers of ten."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # that of the rounded value
    decimals = digits - 1 - exponent
    return f"{round(value, decimals):,.{max(0, decimals)}f}"


def _change(percent: float | None, what: str, digits: int = 2) -> str:
    return "" if percent is None else f"{what} {percent:+.{digits}f} %"


def _feasibility(summary: Mapping[str, Any]) -> tuple[str, str]:
    spacing = f"closest turbines {summary['min_spacing_d']:.2f} D apart"
    if summary["feasible"]:
        return "yes", spacing
    return "no", f"{spacing}, up to {summary['max_boundary_violation_m']:.3g} m outside"


def _payback(seconds: float | None) -> tuple[str, str]:
    if seconds is None or not math.isfinite(seconds):
        return "never", "nothing was gained"
    return duration(seconds), "of the farm's operation"
