"""The report's part on the two carbon scores, the consequence tree and what is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from windopt.ledger.bounds import Bounds
from windopt.report.wording import Row, band
from windopt.words import count_of, significant

ASSUMED = "; that of the run, for where it was made is not known"
NO_SCORE = "not given: a term is not known"


class Branch(NamedTuple):
    """A branch of the consequence tree, in words."""

    order: str
    what: str
    amount: str


@dataclass(frozen=True)
class ScoresSection:
    """What the part shows, in words."""

    rows: list[Row]
    boundaries: list[Row]
    branches: list[Branch]
    tier: str
    excluded: list[str]


def scores_section(summary: Mapping[str, Any]) -> ScoresSection | None:
    """Return the part of a run's report; None where an earlier version has summed it up.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    told = summary.get("scores")
    if told is None:
        return None
    rows = [Row("consumer: this run", *_score(told["consumer"]))]
    rows += [Row(f"provider: {one['of']}", *_score(one)) for one in told["provider"]]
    if len(told["provider"]) > 1 and (share := told["provider_g_per_run"]) is not None:
        total = Bounds.of(share)
        rows.append(
            Row(
                "provider: all kernels",
                f"at most {significant(total.central, 2)} g CO2e per run",
                f"{band(total)} g",
            )
        )
    boundaries = [Row("consumer", told["consumer"]["boundary"], "")]
    if told["provider"]:
        boundaries.append(Row("provider", told["provider"][0]["boundary"], ""))
    return ScoresSection(
        rows=rows,
        boundaries=boundaries,
        branches=[Branch(**one) for one in told["consequences"]],
        tier=told["tier"]["statement"],
        excluded=told["excluded"],
    )


def _score(score: Mapping[str, Any]) -> tuple[str, str]:
    """Return a score and its terms in words."""
    terms = [
        _term("E", score["energy_kwh"], 1000.0, "Wh"),
        _intensity(score),
        _term("M", score["embodied_g"], 1.0, "g"),
        f"R {count_of(score['units'], score['unit'])}",
    ]
    remark = ", ".join(terms)
    if score["sci_g"] is None:
        return NO_SCORE, remark
    sci = Bounds.of(score["sci_g"])
    at_most = "at most " if score["role"] == "provider" else ""
    value = f"{at_most}{significant(sci.central, 2)} g CO2e per {score['unit']}"
    return value, f"{band(sci)} g; {remark}"


def _term(name: str, bounds: Mapping[str, float] | None, factor: float, unit: str) -> str:
    if bounds is None:
        return f"{name} not known"
    scaled = Bounds.of(bounds).scaled(factor)
    return f"{name} {significant(scaled.central, 2)} {unit} ({band(scaled)})"


def _intensity(score: Mapping[str, Any]) -> str:
    per_kwh = score["intensity_g_per_kwh"]
    if per_kwh is None:
        return "I not stated (energy.country)"
    facts = (per_kwh.get("country"), per_kwh.get("source"), per_kwh.get("year"))
    origin = ", ".join(str(fact) for fact in facts if fact)
    assumed = ASSUMED if score["intensity_assumed"] else ""
    return f"I {per_kwh['central']:.0f} g/kWh ({origin}{assumed})"
