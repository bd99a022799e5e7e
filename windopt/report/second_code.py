"""What other codes say of the layouts, in words and tables; their figures are named as theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from windopt.report.wording import Row, label_of
from windopt.runs.second_opinion import NearestModel, Pair, SecondOpinion
from windopt.words import count_of

NAMES = {"single": "layout found under one wake model"}
"""What people call those layouts of a robust run that others do not have."""
Cells = Sequence[str]


def second_sentences(
    opinions: Sequence[SecondOpinion] | None, layouts: Mapping[str, Any]
) -> list[str]:
    """Say whether other codes agree with FLORIS on who is better, or why they were not asked.

    Parameters
    ----------
    opinions : sequence of SecondOpinion or None
        By code; None where nobody wanted to know.
    layouts : mapping of str to Any
        The verdict's, by key.
    """
    return [said for one in opinions or () for said in _sentences(one, layouts)]


def _sentences(opinion: SecondOpinion, layouts: Mapping[str, Any]) -> list[str]:
    if opinion.missing:
        return [f"No second opinion by {opinion.code}: {opinion.missing}."]
    code = f"{opinion.code} {opinion.version}"
    said = [
        f"{code} has judged the same layouts, in the same wind, by "
        f"{count_of(len(opinion.models), 'model')} of its own. FLORIS remains the judge."
    ]
    for name, pair in opinion.pairs.items():
        said.append(_on_pair(opinion, name, _name(layouts, name), pair))
    said += [
        f"{opinion.code} was not asked near {name}: {why}."
        for name, why in opinion.not_asked.items()
    ]
    return said


def second_tables(
    opinions: Sequence[SecondOpinion] | None, layouts: Mapping[str, Any]
) -> list[list[Cells]]:
    """List gains of the final layout by each model of each code, FLORIS's beside them."""
    return [_table(one, layouts) for one in opinions or () if not one.missing]


def _table(opinion: SecondOpinion, layouts: Mapping[str, Any]) -> list[Cells]:
    first = next(iter(opinion.models.values()))
    against = [name for name in first.aep_gwh if name != "final"]
    head = [f"over the {_name(layouts, name)}, {opinion.code}'s (FLORIS's)" for name in against]
    rows: list[Cells] = [(f"model of {opinion.code}", "nearest to", "AEP [GWh]", *head)]
    for name, one in opinion.models.items():
        gains = (_gains(one, other) for other in against)
        rows.append((one.words, name, f"{one.aep_gwh['final']:,.2f}", *gains))
    return rows


def second_rows(second: Sequence[Mapping[str, Any]] | None) -> list[Row]:
    """Return the lines of a summary that tell of other codes; none where nobody asked them.

    Parameters
    ----------
    second : sequence of mapping of str to Any or None
        `second_opinion` of `summary.json`.
    """
    return [_row(one) for one in second or ()]


def _row(second: Mapping[str, Any]) -> Row:
    if missing := second.get("missing"):
        return Row("second code", f"no {second['code']}", missing)
    words = {True: "agrees", False: "disagrees", None: "nothing to tell"}[second["agrees"]]
    gains = [one["gain_pct"] for one in second["models"].values() if one["gain_pct"] is not None]
    by = f"{second['code']} {second['version']}, {count_of(len(second['models']), 'model')}"
    remark = f"{by}: gain {min(gains):+.2f} to {max(gains):+.2f} %" if gains else by
    return Row("second code", words, remark)


def _on_pair(opinion: SecondOpinion, against: str, other: str, pair: Pair) -> str:
    """Say who is better by FLORIS and by the other code."""
    code, judged = (
        opinion.code,
        [name for name, one in opinion.models.items() if one.floris_gain_pct(against) is not None],
    )
    under = judged[0] if len(judged) == 1 else f"{len(judged)} wake models"
    by_floris = f"{pair.floris_pct:+.2f} % by FLORIS under {under}"
    if pair.floris_error_pct:
        by_floris += f" (sampled, ± {max(pair.floris_error_pct, 0.01):.2f} %)"
    by_other = f"{pair.other_pct:+.2f} % by {code}'s {count_of(len(opinion.models), 'model')}"
    if pair.agrees is None:
        return (
            f"Whether the optimised layout is better than the {other}, FLORIS cannot tell: the "
            f"gain is {by_floris}, and {by_other}."
        )
    verb = "agrees" if pair.agrees else "does not agree"
    better = "better" if pair.floris_pct > 0 else "worse"
    return (
        f"{code} {verb} that the optimised layout is {better} than the {other}: the gain is "
        f"{by_floris}, and {by_other}."
    )


def _gains(one: NearestModel, against: str) -> str:
    floris = one.floris_gain_pct(against)
    beside = "" if floris is None else f" ({floris:+.2f} %)"
    return f"{one.gain_pct(against):+.2f} %{beside}"


def _name(layouts: Mapping[str, Any], name: str) -> str:
    return NAMES[name] if name in NAMES else label_of(layouts, name)
