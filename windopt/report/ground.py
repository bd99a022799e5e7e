"""Whether a gain on paper survives the ground, in sentences: net, spacing, turbulence, other winds.

For a developer; the report has the tables (`windopt.report.physical`).
"""

from collections.abc import Mapping
from typing import Any

from windopt.assessment.labels import label
from windopt.report.plain_words import a_year

LOADS = "What that costs in loads and repairs is not in these figures."
SURVIVES = {
    "survives": "so the gain survives in all of them",
    "does not survive": "so the gain does not survive in all of them",
    "open": "and whether the gain survives in all of them is open",
}


def ground_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Return what else is known of layout.csv beside its yield.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`; where it has nothing `physical`, the spacing alone is told.
    """
    told = summary.get("physical")
    if told is None:
        least = summary.get("min_spacing_d")
        return [] if least is None else [f"{_closest(least)}. {LOADS}"]
    over = label(told["reference"] or "initial", summary.get("given_feasible") is False)
    return [one for one in (_net(told), _loads(told, over), _winds(told, over)) if one]


def _net(told: Mapping[str, Any]) -> str:
    """Return what is left after the losses that the config states."""
    net, losses = told["yield"]["gain_net_gwh"], told["yield"]["losses"]
    if net is None or not losses:
        return ""
    of = " and ".join(f"{name.removesuffix('_pct')} {pct:g} %" for name, pct in losses.items())
    sampled = ", sampled" if told["yield"]["sampled"] else ""
    return (
        f"After the losses that the config states ({of}), {a_year(net)} a year are left of the "
        f"gain by the run's own wake model{sampled}."
    )


def _loads(told: Mapping[str, Any], over: str) -> str:
    """Return how close turbines stand and how turbulent their wind is, and how it was before."""
    spacing, air = told["spacing"], told["turbulence"]
    was, now = spacing["before"], spacing["after"]
    if now is None:
        return ""
    said = _closest(now["least_d"])
    if was is not None:
        said += f" ({was['least_d']:.2f} in the {over})"
    said += f", {now['within_4d']} of them within 4 of another"
    said += "" if was is None else f" ({was['within_4d']})"
    said += f"; the mean turbulence at a turbine is {100 * air['after']['mean']:.1f} %"
    said += "" if air["before"] is None else f" ({100 * air['before']['mean']:.1f} %)"
    return f"{said}, after Frandsen (IEC 61400-1). {LOADS}"


def _winds(told: Mapping[str, Any], over: str) -> str:
    """Return what is left of the gain where the wind blows otherwise than it is given."""
    rose = told["roses"].get(told["reference"])
    if not rose or not (rose["turned"] or rose["noise"]):
        return ""
    ways = []
    if rose["turned"]:
        ways.append(f"turned by up to {max(abs(one['by_deg']) for one in rose['turned']):g}°")
    if rose["noise"] is not None:
        ways.append("with 10 % noise on how often it blows from where")
    error = f" (sampled, ± {a_year(rose['error_gwh'])})" if rose["error_gwh"] else ""
    return (
        f"In a wind {' or '.join(ways)}, at least {a_year(rose['least_gwh'], signed=True)} a year"
        f"{error} are left of the gain over the {over}, {SURVIVES[rose['survives']]}."
    )


def _closest(least_d: float) -> str:
    return f"The closest turbines of layout.csv stand {least_d:.2f} rotor diameters apart"
