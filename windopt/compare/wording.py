"""A comparison in words: who won by how much, where windopt lost, what went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windopt.assessment.labels import LABELS, label
from windopt.compare.registry import OURS
from windopt.compare.running_words import running_sentences
from windopt.words import count_of

STATUSES = {
    "hung": "hung and was killed",
    "refused": "declined the problem",
    "crashed": "crashed",
}
MATERIAL_PCT = 0.05
"""Differences below it are told of, and called too small to matter [% of AEP]."""
FAR_OFF_PCT = 5.0
"""A claim so far from FLORIS's AEP is told of [%]."""

OLD = "`windopt compare --suite` lists and renews them"

Record = Mapping[str, Any]


def range_in_words(gain: Record) -> str:
    """Write median and range of gains, such as ``+1.20 % (+1.10 to +1.31, 3 seeds)``."""
    if gain["median"] is None:
        return "nothing feasible"
    if gain["n"] == 1:
        return f"{gain['median']:+.3f} % (one seed)"
    low = "nothing" if gain["low"] is None else f"{gain['low']:+.3f}"
    return f"{gain['median']:+.3f} % ({low} to {gain['high']:+.3f}, {gain['n']} seeds)"


def difference_in_words(one: Record) -> str:
    """Write a paired difference [% of AEP] with its interval and what its test says."""
    size = f"{one['mean']:+.3f} % of AEP"
    if one["low"] is None:
        return f"{size} (one seed: not established)"
    words = f"95 % interval {one['low']:+.3f} to {one['high']:+.3f}, {one['n']} seeds"
    if one["left_out"]:
        words += f", {one['left_out']} left out that came to nothing"
    if one["p_value"] is None:
        return f"{size} ({words}, all alike: not established)"
    words += f"; p = {one['p_value']:.2g}, corrected {one['p_corrected']:.2g}"
    small = ", but too small to matter" if abs(one["mean"]) < MATERIAL_PCT else ""
    return f"{size} ({words}: {f'established{small}' if one['established'] else 'not established'})"


def sentences(problem: Record, correction: Record) -> list[str]:
    """Return a problem's outcome in words.

    Per budget who won and where we lost; how long it takes; then what went wrong, and which code it
    was.

    Parameters
    ----------
    problem : Record
        As in `comparison.json`, but for these sentences.
    correction : Record
        Of the p values, as there.
    """
    said = [*_no_learning(problem)]
    for budget, verdict in problem["verdicts"].items():
        said += _of_budget(budget, verdict, problem, correction)
    said += running_sentences(problem)
    said += _second_opinion(problem)
    return [*said, *_troubles(problem["cells"]), *_code(problem["cells"])]


def method_label(name: str, facts: Record) -> str:
    """Return what people call a method, and whether it has nothing to learn on the problem."""
    if facts["formula"] and name in OURS:
        return f"{label(name)} (known formula, nothing learned)"
    return label(name)


def _no_learning(problem: Record) -> Iterator[str]:
    facts = problem["facts"]
    if not facts["formula"]:
        return
    yield (
        "No learning is involved here: the wake model is a formula that is known, and windopt's "
        "search takes it as it is. What windopt is ahead by is its search's, not AI's."
    )
    if same := list(facts["same_as"]):
        other = label(next(iter(facts["same_as"].values())))
        names = ", ".join(label(name) for name in same)
        yield f"{names}: here the same as {other}."


def _of_budget(budget: str, verdict: Record, problem: Record, correction: Record) -> Iterator[str]:
    if not verdict["ranking"]:
        return
    results, reference = problem["results"], problem["facts"]["reference"]["kind"]
    winner, other = verdict["ranking"][0], verdict["best_other"]
    gain = range_in_words(results[winner][budget]["gain_pct"])
    over = LABELS[reference].phrase
    yield f"After {budget} CPU-seconds {label(winner)} is first: {gain} over {over}."
    for what, differences in (
        (f"Against {label(other)}, the best other,", verdict["against"]),
        (f"What learning adds to {label(verdict['formula'])},", verdict["learning"]),
    ):
        known = {name: one for name, one in differences.items() if one is not None}
        if not known:
            continue
        told = "; ".join(f"{label(name)} {difference_in_words(one)}" for name, one in known.items())
        yield f"{what} on average of paired seeds: {told}."
        if not any(one["established"] for one in known.values()):
            yield (
                f"None of these differences is established by {correction['method']}'s correction "
                f"for {correction['tested']} tests: more seeds are needed."
            )
    best = results[other][budget]["gain_pct"]["median"] if other else None
    lost = [
        label(name)
        for name in verdict["against"]
        if results[name][budget]["gain_pct"]["median"] < best
    ]
    if lost:
        yield f"In the median windopt loses there: {', '.join(lost)}."


def _second_opinion(problem: Record) -> Iterator[str]:
    """Yield whether PyWake sees the same order of the two best final layouts."""
    said = problem["facts"]["second_opinion"]
    if not said or "reference" not in said["aep_gwh"] or not problem["verdicts"]:
        return
    verdict = list(problem["verdicts"].values())[-1]
    own, other = verdict["best_own"], verdict["best_other"]
    base = said["aep_gwh"]["reference"]
    gains = {
        name: [
            100 * (aep / base - 1)
            for cell, aep in said["aep_gwh"].items()
            if cell.startswith(f"{name}/")
        ]
        for name in (own, other)
        if name
    }
    means = {name: sum(of) / len(of) for name, of in gains.items() if of}
    if len(means) < 2:
        return
    ranks = [verdict["ranking"].index(name) for name in (own, other)]
    agrees = (means[own] > means[other]) == (ranks[0] < ranks[1])
    told = " and ".join(f"{mean:+.3f} % ({label(name)})" for name, mean in means.items())
    yield (
        f"{said['model']} gives these final layouts {told} on average: "
        f"it {'agrees' if agrees else 'does not agree'} on which is better."
    )


def _code(cells: Sequence[Record]) -> Iterator[str]:
    """Yield whether all cells are of one state of the code, today's, and which are not."""
    if not cells:
        return
    revisions = dict.fromkeys(str(cell["git_revision"] or "not known") for cell in cells)
    old = [cell for cell in cells if cell["old"]]
    if not old:
        named = "revision" if len(revisions) == 1 else "revisions"
        yield (
            f"All {count_of(len(cells), 'cell')} are of today's code (windopt's {named} "
            f"{', '.join(revisions)})."
        )
        return
    yield (
        f"{len(old)} of {count_of(len(cells), 'cell')} are of an older revision than this page, of "
        f"{count_of(len(revisions), 'revision')} in all: {OLD}."
    )
    made: dict[str, dict[str, list[str]]] = {}
    for cell in old:
        made.setdefault(cell["old"], {}).setdefault(label(cell["method"]), []).append(
            str(cell["seed"])
        )
    for why, methods in made.items():
        whose = "; ".join(f"{name} {', '.join(seeds)}" for name, seeds in methods.items())
        yield f"Older, {why} (seeds of each): {whose}."


def _troubles(cells: Sequence[Record]) -> Iterator[str]:
    """Yield what went wrong, each kind of trouble once a method."""
    told: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for trouble in cell_troubles(cell):
            told.setdefault((cell["method"], trouble), []).append(str(cell["seed"]))
    for (name, trouble), seeds in told.items():
        plural = "s" if len(seeds) > 1 else ""
        yield f"{label(name)} (seed{plural} {', '.join(seeds)}): {trouble}."


def cell_troubles(cell: Record) -> Iterator[str]:
    """Yield what went wrong in a cell."""
    if cell["status"] in STATUSES:
        yield f"{STATUSES[cell['status']]}: {cell['note'].rstrip('.')}"
    proposals = cell["proposals"]
    for key, words in (
        ("malformed", "proposed what is no layout"),
        ("infeasible", "proposed infeasible layouts"),
        ("late", "proposed layouts after its time"),
    ):
        if proposals[key]:
            yield f"{words}, which do not count"
    if not cell["looks"]:
        yield "proposed nothing feasible"
        return
    last = cell["looks"][-1]
    if last["aep_claimed_gwh"] is not None:
        off = 100 * (last["aep_claimed_gwh"] / last["aep_gwh"] - 1)
        if abs(off) > FAR_OFF_PCT:
            much = "more" if off > 0 else "less"
            yield f"claimed over {FAR_OFF_PCT:g} % {much} AEP than FLORIS finds, which counts"
