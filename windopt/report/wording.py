"""A run's figures in words, the same on the console and in the report.

AEP and gain are FLORIS's; the surrogate's prediction stands beside them as what it is.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from windopt.assessment import labels
from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import NOT_MEASURED
from windopt.problem.measure import ENERGY, Measure, measures_of
from windopt.problem.problem import LayoutProblem
from windopt.problem.violations import MOST_NAMED, Outside, TooClose, violations
from windopt.report.measures import quantity
from windopt.report.uncertainty import uncertainty_row
from windopt.report.verified import gain_in_words, verified_in_words
from windopt.words import count_of, metres, significant

if TYPE_CHECKING:  # it comes with the search
    from windopt.runs.search_watch import SearchState

Verdict = Mapping[str, Any]

LABELS = {name: labels.label(name) for name in ("initial", "grid", "final")}
REPAIRED = labels.label("initial", repaired=True)
"""What `initial` is where the given layout was not feasible."""
MOST_LISTED = 30
"""Turbines of a given layout that the report names."""
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
    """Put a summary into words, without what the run has not computed.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    aep, predicted = summary.get("aep_gwh"), summary.get("aep_predicted_gwh")
    missed = 100 * (predicted / aep - 1) if aep and predicted else None
    over_grid = summary.get("gain_over_grid_pct")
    reference = summary.get("reference", "initial")
    given = "aep_initial_gwh" if reference == "initial" else ""
    is_mended = summary.get("given_feasible") is False
    mended = REPAIRED if is_mended else LABELS["initial"]
    rows = [
        Row(label, f"{summary[key]:,.1f} GWh", remark)
        for label, key, remark in (
            ("AEP", "aep_gwh", f"a year, {_under(summary)}{verified_in_words(summary)}"),
            (mended, given, gain_in_words(summary)),
            ("given layout", "aep_as_given_gwh" if is_mended else "", _as_given(summary)),
            ("regular grid", "aep_grid_gwh", _change(over_grid, "gain")),
            ("surrogate predicted", "aep_predicted_gwh", _promise(summary, missed)),
        )
        if summary.get(key) is not None
    ]
    if searched := summary.get("searched_under"):
        asked = count_of(len(searched["wake_models"]), "wake model")
        rows.append(Row("search", asked, searched_in_words(searched)))
    if source := summary.get("surrogate"):
        rows.append(Row("surrogate", *source_in_words(source)))
    if (training := summary.get("training")) and training["steps"] < training["of"]:
        steps = f"{training['steps']} of {training['of']} steps"
        rows.append(Row("training", steps, "cut short: band widened"))
    if (surely := uncertainty_row(summary)) is not None:
        rows.insert(1, Row(*surely))
    if (lost := summary.get("losses_pct")) and summary.get("aep_net_gwh") is not None:
        net = f"{summary['aep_net_gwh']:,.1f} GWh"
        rows.insert(1, Row("net AEP", net, f"a year, after losses of {significant(lost)} %"))
    for measure in measures_of(summary)[:-1]:
        said = ["a year, what was maximised"]
        if (before := summary.get(measure.of("initial"))) is not None:
            said.append(f"gain {summary[f'{measure.prefix}gain_pct']:+.2f} %")
            against = mended if reference == "initial" else LABELS[reference]
            said.append(f"{against} {quantity(measure, before)}")
        if lost:
            said.append(f"{quantity(measure, summary[measure.of('net')])} after losses")
        value = quantity(measure, summary[measure.key])
        rows.insert(0, Row(measure.name, value, ", ".join(said)))
    if (money := summary.get("economics")) and money["profit"] is not None:
        rows.append(Row("profit", million(money["profit"], money["currency"]), _number(summary)))
    if moved := summary.get("given_moved"):
        rows.append(Row("repair moved", count_of(len(moved), "turbine"), _moved(moved)))
    if aep is not None:
        rows += [
            Row("wake loss", f"{summary['wake_loss_pct']:.2f} %"),
            Row("feasible", *_feasibility(summary)),
            *rows_in_words(None if summary.get("n_turbines") == 1 else summary.get("rows")),
        ]
    rows += [
        Row(
            "computed",
            count_of(round(summary["cpu_s"]), "CPU-second"),
            f"in {duration(summary['wall_s'])}",
        ),
        Row(
            "FLORIS",
            count_of(summary["floris_evaluations"], "evaluation"),
            f"{count_of(summary['floris_conditions'], 'wind condition')} in all{_spared(summary)}",
        ),
        Row("energy", *energy(summary["energy_wh"])),
    ]
    if aep is not None:
        measured = summary["energy_wh"].get("central") is not None
        rows.append(Row("paid back in", *_payback(summary.get("payback_s"), measured)))
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
    return rows


def farm(problem: LayoutProblem, n_turbines: int) -> str:
    """Return how many turbines of which types there are to place."""
    named = [
        f"{count} of {turbine.name}"
        for count, turbine in zip(problem.turbine_counts, problem.turbines, strict=True)
    ]
    if len(named) == 1:
        return f"{count_of(n_turbines, 'turbine')} of {problem.turbine.name}"
    return f"{count_of(n_turbines, 'turbine')} ({', '.join(named)})"


def problem_in_words(problem: LayoutProblem) -> list[str]:
    """Return in a few lines what a config describes, and what breaks the rules in its layout."""
    counts = [count_of(int(n), "turbine") for n in problem.turbine_counts]
    if problem.turbine_range is not None:
        counts = [problem.turbines_in_words]
    lines = [
        f"{count}, {turbine.in_words}"
        for turbine, count in zip(problem.turbines, counts, strict=True)
    ]
    if fixed := len(problem.fixed_layout):
        counted = "counted" if problem.fixed_counted else "not counted"
        lines.append(f"{count_of(fixed, 'fixed turbine')}, their energy {counted}")
    if (farms := problem.neighbourhood) is not None:
        names = ", ".join(f"{one.name} ({len(one.layout)})" for one in farms.farms)
        sets = count_of(len(farms.build_outs), "set")
        lines.append(f"among them those of neighbours, {names}; {sets} of them may stand")
    site = problem.site
    lines.append(f"{site.in_words}, spacing at least {problem.spacing_in_words}")
    if site.setback_m:
        lines.append(
            f"set-back of {site.setback_m:g} m from the boundary: {site.area_km2:.2f} of "
            f"{site.drawn.area / 1e6:.2f} km² within it are left to turbines"
        )
    given = problem.config.atmosphere.reference_height
    height = "" if given is None else f" at {given:g} m"
    lines.append(
        f"{count_of(len(problem.wind.conditions), 'wind condition')}, "
        f"mean wind speed {problem.wind.mean_wind_speed:.2f} m/s{height}"
    )
    lines.append(problem.directions_in_words)
    if lost := problem.losses_pct:
        lines.append(f"losses of {significant(lost)} % of the energy, counted in the net AEP")
    if problem.initial_layout is not None:
        lines += violations(problem, problem.initial_layout).beyond_rounding.in_short
    return lines


def searched_in_words(searched: Mapping[str, Any]) -> str:
    """Say which wake models a run has searched under.

    Parameters
    ----------
    searched : mapping of str to Any
        The entry `searched_under` of `summary.json`.
    """
    *others, last = searched["wake_models"]
    if searched["risk"] is None:
        return f"searched under {last} alone"
    names = f"{', '.join(others)} and {last} together" if others else last
    return f"robust: searched under {names} (risk: {searched['risk']})"


def far_wakes_in_words(problem: LayoutProblem) -> str | None:
    """Say that some far wakes stand for others in the search; None where every wake is kept."""
    from windopt.surrogate.compiled.far_field import far_d  # Numba, which takes seconds to import
    from windopt.surrogate.wake_models import farm_physics

    physics, n = farm_physics(problem), problem.n_turbines + len(problem.fixed_layout)
    sums_squares = physics.superposition == "sosfs" and physics.swirl is None and physics.turbulent
    far = far_d(n, sums_squares and problem.wake.velocity_model in ("gauss", "jensen"))
    if far == math.inf:
        return None
    return f"{n:,} turbines: in the search, beyond {far:g} D some wakes stand for others"


def _under(summary: Mapping[str, Any]) -> str:
    """Return of which wake model the AEP is, where there are several."""
    return f"under {summary['wake_model']}, " if summary.get("robust") else ""


def million(amount: float, currency: str) -> str:
    """Write an amount of money, large ones in millions."""
    if abs(amount) < 1e6:
        return f"{amount:,.0f} {currency}"
    return f"{amount / 1e6:,.2f} million {currency}"


def count_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Return why this number of turbines was chosen; empty if it was given.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    money, n = summary.get("economics"), summary["n_turbines"]
    if not money or not money.get("by_number") or money["profit"] is None:
        return []
    currency, rows = money["currency"], {row["n_turbines"]: row for row in money["by_number"]}
    said = [
        f"Of {money['min']} to {count_of(money['max'], 'turbine')} {n} "
        f"{'earns' if n == 1 else 'earn'} most: "
        f"{million(money['profit'], currency)} a year, at {money['value_per_mwh']:g} {currency} "
        f"for a MWh{_after_losses(summary)} and "
        f"{million(money['yearly_cost_per_turbine'], currency)} a year for a turbine."
    ]
    for m in (n - 1, n + 1):
        if m in rows:
            less = million(money["profit"] - rows[m]["profit"], currency)
            caveats = [] if rows[m]["aep_gwh"] is not None else ["a prediction"]
            if rows[m]["effort"] == "quick":
                caveats.append("a quick estimate: a search would find more")
            caveat = f" ({', '.join(caveats)})" if caveats else ""
            verb = "earns" if m == 1 else "earn"
            said.append(f"{count_of(m, 'turbine')} {verb} {less} less{caveat}.")
    added = rows[n]["marginal_aep_mwh"] if n in rows else None
    if added is not None:
        said.append(
            f"The last turbine adds {added / 1e3:,.1f} GWh a year; "
            f"{money['break_even_mwh'] / 1e3:,.1f} GWh pay for one."
        )
    if money["most_placed"] is not None:
        said.append(f"No more than {money['most_placed']} found a place on the site.")
    if n == (money["most_placed"] or money["max"]):
        said.append("More turbines might earn more: the upper bound is reached.")
    elif n == max(rows):
        said.append("More turbines might earn more: the budget was spent before they were tried.")
    elif n == money["min"]:
        said.append("Fewer turbines might earn more: the lower bound is reached.")
    if money["profit"] < 0:
        said.append("No number of turbines earns what it costs.")
    return said


def _after_losses(summary: Mapping[str, Any]) -> str:
    lost = summary.get("losses_pct")
    return f" that is left after losses of {significant(lost)} %" if lost else ""


def _number(summary: Mapping[str, Any]) -> str:
    """Remark on the profit: the bounds, and how much the neighbours fall short."""
    money, n = summary["economics"], summary["n_turbines"]
    rows = {row["n_turbines"]: row for row in money.get("by_number", [])}
    if not rows:
        return "a year"
    beside = [
        f"{m}: {rows[m]['profit'] / 1e6 - money['profit'] / 1e6:+,.2f}"
        + (" (quick)" if rows[m]["effort"] == "quick" else "")
        for m in (n - 1, n + 1)
        if m in rows
    ]
    words = f"a year, of {money['min']} to {count_of(money['max'], 'turbine')}"
    return f"{words}; {', '.join(beside)}" if beside else words


def band(bounds: Bounds) -> str:
    """Write the bounds of an estimate to two significant digits."""
    return f"{significant(bounds.low, 2)} to {significant(bounds.high, 2)}"


def _promise(summary: Mapping[str, Any], missed: float | None) -> str:
    """Return how far off the surrogate was, and what it promised, give or take."""
    gain, error = summary.get("gain_predicted_pct"), summary.get("gain_predicted_error_pct")
    words, open_ = _change(missed, "off by", digits=3), summary.get("aep_predicted_error_pct")
    if gain is not None and error is not None:
        words = f"gain {gain:+.2f} ± {max(error, 0.01):.2f} %, {words}"
    return words if open_ is None else f"± {max(open_, 0.01):.2f} %, {words}"


def grid_sentence(summary: Mapping[str, Any]) -> str:
    """Return so when a plain regular grid beats the search; otherwise nothing."""
    aim = measures_of(summary)[0]
    gain = summary.get(f"{aim.prefix}gain_over_grid_pct")
    if gain is None or gain >= 0 or summary.get("robust"):  # of one wake model among several
        return ""
    lead = 100 * (1 / (1 + gain / 100) - 1)
    return (
        f"The regular grid {aim.verb} {lead:.2f} % more than this layout: "
        "take the grid, or search longer."
    )


def search_sentence(state: "SearchState", left_s: float | None) -> str:
    """Put into words, within a line, how a search stands; what it has found is predicted.

    Parameters
    ----------
    left_s : float or None
        Time left [s], nan if unknown; None leaves it out.
    """
    claims = ["predicted"]
    if state.gain_pct is not None:
        against = labels.LABELS[state.reference].short
        if state.reference == "initial" and state.repaired:
            against = f"{against}, repaired"
        claims.insert(0, f"{state.gain_pct:+.2f} % on {against}")
    turbines = "" if state.n_turbines is None else f"{count_of(state.n_turbines, 'turbine')}, "
    found = quantity(ENERGY, state.aep_gwh, 2)
    if state.value is not None and state.measure != ENERGY:
        found = f"{quantity(state.measure, state.value)}, {found}"
    parts = [
        f"{turbines}{found} ({', '.join(claims)})",
        "feasible" if state.feasible else "not feasible",
    ]
    if state.energy_wh is not None:
        parts.append(f"{significant(state.energy_wh)} Wh")
    if left_s is not None:
        parts.append(f"{'-' if math.isnan(left_s) else timedelta(seconds=round(left_s))} left")
    return ", ".join(parts)


def closest(min_spacing_d: float | None) -> str:
    """Return how close the closest turbines stand; JSON has no number for one that stands alone.

    Parameters
    ----------
    min_spacing_d : float or None
        Distance of the closest turbines [D]; None or infinite for one turbine.
    """
    if min_spacing_d is None or math.isinf(min_spacing_d):
        return "one turbine: no spacing"
    return f"closest turbines {min_spacing_d:.2f} D apart"


def label_of(layouts: Mapping[str, Any], key: str) -> str:
    """Name one of the verdict's layouts; a given layout that was repaired is called so."""
    return REPAIRED if (layouts.get(key) or {}).get("repaired") else LABELS[key]


def references(layouts: Mapping[str, Any]) -> list[str]:
    """Name the layouts that a result is compared with, the given one first.

    Parameters
    ----------
    layouts : mapping of str to Any
        The verdict's, by key.
    """
    return [key for key in ("initial", "grid") if layouts.get(key)]


def gain_pct(layouts: Mapping[str, Any], key: str, measure: Measure = ENERGY) -> float | None:
    """Return the gain of a layout over the first of its references [%], None without one.

    Parameters
    ----------
    layouts : mapping of str to Any
        The verdict's, by key.
    measure : Measure
        In what.
    """
    if not (against := references(layouts)):
        return None
    return float(100 * (layouts[key][measure.key] / layouts[against[0]][measure.key] - 1))


def layout_sentence(layouts: Mapping[str, Any], key: str) -> str:
    """Put one of the verdict's layouts into words: wake loss and gain, or all that it counts by."""
    layout, measures = layouts[key], measures_of(layouts[key])
    amounts = [quantity(measure, layout[measure.key]) for measure in measures]
    gains = [gain_pct(layouts, key, one) if key == "final" else None for one in measures]
    if len(measures) == 1:
        text = f"{amounts[0]} a year, wake loss {layout['wake_loss_pct']:.2f} %"
        return text if gains[0] is None else f"{text}, {_change(gains[0], 'gain')}"
    if gains[0] is None:
        return f"{amounts[0]} a year, {amounts[1]}"
    told = [f"{one} ({gain:+.2f} %)" for one, gain in zip(amounts, gains, strict=True)]
    return f"{', '.join(told)} a year"


def energy(band: Mapping[str, Any]) -> tuple[str, str]:
    """Put an energy band [Wh] into words: its central value, and its bounds with the method."""
    if band.get("central") is None:
        return NOT_MEASURED, "no meter and no model: counts only"
    bounds = f"{significant(band['low'])} to {significant(band['high'])} Wh"
    return f"{significant(band['central'])} Wh", f"{bounds}, {band['method']}"


def duration(seconds: float, digits: int = 3) -> str:
    """Put a time [s] into words, in the largest unit of which it holds one."""
    size, unit = next((u for u in UNITS_OF_TIME if seconds >= u[0]), UNITS_OF_TIME[-1])
    return f"{significant(seconds / size, digits)} {unit}"


def number(value: float, decimals: int) -> str:
    """Write a number, nothing where it is nan."""
    return "" if math.isnan(value) else f"{value:,.{decimals}f}"


def rows_in_words(rows: Mapping[str, Any] | None) -> list[Row]:
    """Return in words the rows that the turbines stand in or near; empty if none are known.

    Parameters
    ----------
    rows : mapping of str to Any or None
        The summary's.
    """
    if rows is None:
        return []
    stagger = rows["stagger"]
    shift = "not staggered" if abs(stagger) < 0.005 else f"staggered by {stagger:+.2f} spacings"
    departure = f"{rows['departure_d']:.2f} D"
    price = f"at {rows['regularity']:g} % of AEP per D" if rows["regularity"] else ""
    return [
        Row(
            "rows",
            f"{rows['row_spacing_m']:,.0f} m apart",
            f"{rows['row_spacing_d']:.2f} D, bearing {rows['bearing_deg']:.1f}°",
        ),
        Row(
            "in the row",
            f"{rows['spacing_in_row_m']:,.0f} m apart",
            f"{rows['spacing_in_row_d']:.2f} D, {shift}",
        ),
        Row("departure from rows", "0" if departure == "0.00 D" else departure, price),
    ]


def _change(percent: float | None, what: str, digits: int = 2) -> str:
    return "" if percent is None else f"{what} {percent:+.{digits}f} %"


def _spared(summary: Mapping[str, Any]) -> str:
    """Return in how many conditions the surrogate replaced FLORIS."""
    spared = summary.get("floris_conditions_spared")
    return f", {spared:,} spared by the surrogate" if spared else ""


def _as_given(summary: Mapping[str, Any]) -> str:
    """Return what the gain over an infeasible given layout is, and why that may not be built."""
    said = [_change(summary.get("gain_over_as_given_pct"), "gain")]
    if outside := summary.get("given_outside"):
        far = metres(max(_or_infinite(one["distance_m"]) for one in outside))
        said.append(f"{count_of(len(outside), 'turbine')} up to {far} outside")
    if close := summary.get("given_too_close"):
        said.append(f"{count_of(len(close), 'pair')} too close")
    return ", ".join(filter(None, said))


def source_in_words(source: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of what a run's surrogate comes from, and what that spared the run."""
    ready = "nothing simulated or trained before the search"
    remark = {
        "shipped": f"ships with windopt: {ready}",
        "library": f"from the library: {ready}",
        "scratch": "trained by this run",
        "formula": "a known formula: nothing to learn",
    }[source["from"]]
    return source["name"], remark


def given_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the given layout, what it yields and how it was repaired.

    Nothing where it is feasible, or none is given.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    if summary.get("given_feasible") is not False:
        return []
    wrong = [
        Outside(**{**one, "distance_m": _or_infinite(one["distance_m"])}).in_words
        for one in summary["given_outside"]
    ]
    wrong += [TooClose(**one).in_words for one in summary["given_too_close"]]
    told = "; ".join(wrong[:MOST_LISTED])
    if (more := len(wrong) - MOST_LISTED) > 0:
        told += f"; and {more} more"
    gain, repaired = summary["gain_over_as_given_pct"], summary["gain_pct"]
    moved = _moved(summary["given_moved"], MOST_LISTED)
    return [
        f"The given layout breaks the rules: {told}.",
        f"As given it yields {summary['aep_as_given_gwh']:,.2f} GWh a year, and the result gains "
        f"{gain:+.2f} % over it.",
        f"Repaired, it yields {summary['aep_initial_gwh']:,.2f} GWh a year, and the result gains "
        f"{repaired:+.2f} % over it. All other comparisons with the given layout are with the "
        f"repaired one. The repair has moved turbines: {moved}.",
    ]


def _or_infinite(distance: float | None) -> float:
    return math.inf if distance is None else distance


def _moved(moved: Sequence[Mapping[str, Any]], most: int = MOST_NAMED) -> str:
    """Return which turbines the repair moved and how far, the farthest first."""
    farthest = sorted(moved, key=lambda one: -one["distance_m"])
    told = [f"{one['turbine']} by {metres(one['distance_m'])}" for one in farthest[:most]]
    more = len(farthest) - most
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def _feasibility(summary: Mapping[str, Any]) -> tuple[str, str]:
    spacing = closest(summary["min_spacing_d"])
    if summary["feasible"]:
        return "yes", spacing
    return "no", f"{spacing}, up to {summary['max_boundary_violation_m']:.3g} m outside"


def _payback(seconds: float | None, measured: bool) -> tuple[str, str]:
    if seconds is None and not measured:
        return "not known", "the energy was not measured"
    if seconds is None or not math.isfinite(seconds):
        return "never", "nothing was gained"
    return duration(seconds), "of the farm's operation"
