"""The report's section on the physical sense of a gain: net of losses, spacing, loads, other roses.

Whoever pays for a wind farm asks whether a gain on paper survives the ground: what is left of it
after losses, whether it was bought with turbines closer together, which cost in fatigue, and
whether it hangs on the one rose that was searched in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from windopt.assessment.labels import label
from windopt.report.verified import gain_error, rounded_error
from windopt.runs.physical import rows_of
from windopt.words import count_of

NOT_KNOWN = (
    "How the gain holds in other wind roses is not known: FLORIS judged this run before that was "
    "kept. `windopt verify` tells it."
)
NOT_EVEN = "The rose was not turned: its directions are not even."
LOSSES = {"availability_pct": "availability", "electrical_pct": "electrical", "other_pct": "other"}
SURVIVES = {
    "survives": "The lead survives in all of them.",
    "does not survive": "The lead does not survive in all of them.",
    "open": "Whether the lead survives in all of them is open: in some it lies within the "
    "sample's error.",
}
AIR = (
    "Effective turbulence at {speed:g} m/s after Frandsen (IEC 61400-1 ed. 4, annex E), Wöhler "
    "exponent {woehler:g}, ambient {ambient:.1f} %: wakes of at most 8 neighbours within 10 D, "
    "each in 6 % of all directions, which count alike. The ambient turbulence is the mean of the "
    "wind resource, not its 90 % quantile. It compares the layouts and is no load case."
)
UNKNOWN = 0.001
"""Share of a rose in classes that are not known of which nothing is said [-]."""


class PhysicalCells(NamedTuple):
    """A row of before and after, in words."""

    name: str
    before: str
    after: str


class RoseCells(NamedTuple):
    """The lead over one layout in the other roses, in words."""

    over: str
    as_it_is: str
    turned: list[str]
    noise: str
    least: str
    survives: str


@dataclass(frozen=True)
class PhysicalSection:
    """What the section shows, in words."""

    said: list[str]
    before: str
    rows: list[PhysicalCells]
    turns: list[str]
    roses: list[RoseCells]
    notes: list[str]


def physical_section(summary: Mapping[str, Any]) -> PhysicalSection | None:
    """Return the section of a run's report; None where an earlier version has summed it up.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    told = summary.get("physical")
    if told is None:
        return None
    roses = told["roses"]
    turned = next(iter(roses.values()))["turned"] if roses else []
    repaired = summary.get("given_feasible") is False
    before = label(told["reference"] or "initial", repaired and told["reference"] == "initial")
    return PhysicalSection(
        said=[_yield(told, summary), *_spacing(told, before), *_given_spacing(told)],
        before=before,
        rows=[
            PhysicalCells(
                f"{row.quantity} [{row.unit}]" if row.unit not in ("-", "turbines") else _name(row),
                _cell(row.unit, row.before),
                _cell(row.unit, row.after),
            )
            for row in rows_of(told)
            if row.before is not None or row.after is not None
        ],
        turns=[f"turned {one['by_deg']:+g}°" for one in turned],
        roses=[_rose(name, one, repaired) for name, one in roses.items()],
        notes=_notes(told),
    )


def _yield(told: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Return AEP and gain gross and net, and which losses are stated."""
    one = told["yield"]
    error = gain_error(summary)
    sampled = f", sampled ± {rounded_error(error)} % of AEP" if error is not None else ""
    gained = one["gain_gross_gwh"]
    gain = "" if gained is None else f", gain {gained:+,.2f} GWh{sampled}"
    model = f" under {summary['wake_model']}" if "wake_model" in summary else ""
    said = f"Gross, by FLORIS{model}: {one['aep_gross_gwh']:,.2f} GWh a year{gain}."
    left_out = ", ".join(LOSSES[name] for name in one["not_stated"])
    if one["aep_net_gwh"] is None:
        return f"{said} Net: not stated, for the config states no losses ({left_out})."
    stated = ", ".join(f"{LOSSES[k]} {v:g} %" for k, v in one["losses"].items())
    net = one["gain_net_gwh"]
    gain = "" if net is None else f", gain {net:+,.2f} GWh"
    said += f" Net of the stated losses ({stated}): {one['aep_net_gwh']:,.2f} GWh a year{gain}."
    return f"{said} Not stated: {left_out}." if left_out else said


def _spacing(told: Mapping[str, Any], before: str) -> list[str]:
    """Return whether the final layout is closer together than the one before."""
    one = told["spacing"]
    if one["after"] is None or one["before"] is None:
        return []
    was, now = one["before"]["least_d"], one["after"]["least_d"]
    if now >= was - 1e-3:
        return [f"The least spacing is {now:.2f} D, {was:.2f} D in the {before}: no closer."]
    return [
        f"The least spacing is {now:.2f} D, {was:.2f} D in the {before}: some of the gain may be "
        "bought with turbines closer together."
    ]


def _given_spacing(told: Mapping[str, Any]) -> list[str]:
    """Return what a search at the given layout's spacing has found, or why there was none."""
    one, spacing = told["given_spacing"], told["spacing"]
    if "missing" in one:
        return [f"How much of the gain needs closer turbines was not searched: {one['missing']}."]
    kept, found = (
        f"{one[gain]:+,.2f}" + (f" ± {rounded_error(one[error])}" if one[error] else "")
        for gain, error in (("gain_gwh", "error_gwh"), ("gain_found_gwh", "error_found_gwh"))
    )
    sampled = ", sampled" if one["error_found_gwh"] else ""
    mean = ", mean over the wake models" if told["wake_models"] else ""
    said = (
        f"Held to the given layout's least spacing, {one['spacing_d']:.2f} D, a search of "
        f"{count_of(round(one['cpu_s']), 'CPU-second')} ({100 * one['share']:g} % of the run's) "
        f"gains {kept} GWh a year; the layout found, at {spacing['after']['least_d']:.2f} D, "
        f"{found} (FLORIS{sampled}{mean})."
    )
    if one["gain_found_gwh"] <= 0:
        return [said]
    share = 100.0 * min(1.0, max(0.0, 1.0 - one["gain_gwh"] / one["gain_found_gwh"]))
    return [
        f"{said} At most {share:.0f} % of the gain is bought with spacing: a short search may find "
        "less than there is."
    ]


def _notes(told: Mapping[str, Any]) -> list[str]:
    air = told["turbulence"]
    notes = [
        AIR.format(
            speed=air["wind_speed"],
            woehler=air["woehler_exponent"],
            ambient=100.0 * air["after"]["ambient"],
        )
    ]
    if not (roses := told["roses"]):
        return [*notes, NOT_KNOWN] if told["reference"] is not None else notes
    one = next(iter(roses.values()))
    if models := told["wake_models"]:
        notes.append(
            f"In other roses a gain over given layout or grid is the mean over the wake models "
            f"{', '.join(models)}, with their weights; over a search without learning it is that "
            "under the run's own."
        )
    if not one["turned"]:
        notes.append(NOT_EVEN)
    drawn = one["noise"]
    if drawn is not None:
        notes.append(
            f"Noise: {count_of(drawn['draws'], 'rose')} with 10 % on the frequency of every "
            "sector (one standard deviation, fixed seed). No new search and no new simulation: "
            "the powers are those by which the layouts were judged."
        )
    if one["unknown_share"] > UNKNOWN:
        notes.append(
            f"Up to {100 * one['unknown_share']:.1f} % of a turned rose are winds that the rose "
            "itself does not have; the others stand for them."
        )
    return notes


def _rose(name: str, one: Mapping[str, Any], repaired: bool) -> RoseCells:
    def gain(value: float) -> str:
        error = one["error_gwh"]
        return f"{value:+,.2f}" + (f" ± {rounded_error(error)} (sampled)" if error else "")

    noise = one["noise"]
    return RoseCells(
        label(name, repaired and name == "initial"),
        "" if one["as_it_is_gwh"] is None else f"{one['as_it_is_gwh']:+,.2f}",
        [f"{each['gain_gwh']:+,.2f}" for each in one["turned"]],
        "" if noise is None else f"{noise['mean_gwh']:+,.2f} ± {noise['std_gwh']:,.2f}",
        gain(one["least_gwh"]),
        SURVIVES[one["survives"]],
    )


def _name(row: Any) -> str:
    return f"{row.quantity} [%]" if row.unit == "-" else str(row.quantity)


def _cell(unit: str, value: float | None) -> str:
    if value is None:
        return ""
    if unit == "-":
        return f"{100.0 * value:.1f}"
    return f"{value:,.0f}" if unit == "turbines" else f"{value:,.2f}"
