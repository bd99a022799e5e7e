"""A comparison in words: who won by how much, where windopt lost, what went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windopt.assessment.labels import LABELS, label
from windopt.words import significant

STATUSES = {
    "hung": "hung and was killed",
    "refused": "declined the problem",
    "crashed": "crashed",
}
FAR_OFF_PCT = 5.0
"""A claim so far from FLORIS's AEP is told of [%]."""

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
    """Write a paired difference [% of AEP] with its interval."""
    size = f"{one['mean']:+.3f} % of AEP"
    if one["low"] is None:
        return f"{size} (one seed)"
    words = f"95 % interval {one['low']:+.3f} to {one['high']:+.3f}, {one['n']} seeds"
    if one["p_value"] is not None:
        words += f", Wilcoxon p = {one['p_value']:.2g}"
    return f"{size} ({words}{'' if one['established'] else ': not established'})"


def sentences(problem: Record) -> list[str]:
    """Return a problem's outcome in words.

    Per budget who won, what it took, where we lost; then what went wrong, and which code it was.

    Parameters
    ----------
    problem : Record
        As in `comparison.json`, but for these sentences.
    """
    said: list[str] = []
    for budget, verdict in problem["verdicts"].items():
        said += _of_budget(budget, verdict, problem)
    said += _effort(problem)
    said += _second_opinion(problem)
    said += [
        f"{label(name)} is {label(same)} here: the wake model is a formula, nothing is learned."
        for name, same in problem["facts"]["same_as"].items()
    ]
    return [*said, *_troubles(problem["cells"]), *_revisions(problem["cells"])]


def _of_budget(budget: str, verdict: Record, problem: Record) -> Iterator[str]:
    if not verdict["ranking"]:
        return
    results, reference = problem["results"], problem["facts"]["reference"]["kind"]
    winner, other = verdict["ranking"][0], verdict["best_other"]
    gain = range_in_words(results[winner][budget]["gain_pct"])
    over = LABELS[reference].phrase
    yield f"After {budget} CPU-seconds {label(winner)} is first: {gain} over {over}."
    against = [
        f"{label(name)} {difference_in_words(one)}"
        for name, one in verdict["against"].items()
        if one is not None
    ]
    if against:
        what = f"Against {label(other)}, the best other, on average of paired seeds"
        yield f"{what}: {'; '.join(against)}."
    best = results[other][budget]["gain_pct"]["median"] if other else None
    lost = [
        label(name)
        for name in verdict["against"]
        if results[name][budget]["gain_pct"]["median"] < best
    ]
    if lost:
        yield f"In the median windopt loses there: {', '.join(lost)}."


def _effort(problem: Record) -> Iterator[str]:
    """Tell, for the largest budget, how much less it took us to come to what the best other has."""
    if not problem["verdicts"]:
        return
    budget, verdict = list(problem["verdicts"].items())[-1]
    for name, effort in verdict["effort"].items():
        other, cpu, wh = verdict["best_other"], effort["cpu_s"], effort["energy_wh"]
        had = f"what {label(other)} had after {budget} CPU-seconds"
        if cpu["ours"] is None:
            yield f"{label(name)} never had {had}."
            continue
        ratios = [
            f"{significant(max(ratio, 1 / ratio), 2)} times {'less' if ratio >= 1 else 'more'} {of}"
            for ratio, of in ((cpu["ratio"], "compute"), (wh["ratio"], "energy"))
            if ratio
        ]
        within = f"{label(name)} had {had} within {cpu['ours']:.0f} CPU-seconds"
        yield f"{within}: {' and '.join(ratios)}." if ratios else f"{within}."


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


def _revisions(cells: Sequence[Record]) -> Iterator[str]:
    """Yield at which revision of windopt cells were made, where a checkout of it made them."""
    made: dict[str, dict[str, list[str]]] = {}
    for cell in cells:
        if revision := cell["git_revision"]:
            of = made.setdefault(revision, {})
            of.setdefault(label(cell["method"]), []).append(str(cell["seed"]))
    for revision, methods in made.items():
        whose = "; ".join(f"{name} {', '.join(seeds)}" for name, seeds in methods.items())
        yield f"Made at windopt's revision {revision} (seeds of each): {whose}."


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
