"""All problems of a comparison at a glance: one table, a row for each method."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windopt.assessment.labels import label
from windopt.compare.running_times import fastest, time_in_words
from windopt.compare.running_words import TOLD_PCT

Record = Mapping[str, Any]
NOTHING = "-"


def overview_table(content: Record) -> Iterator[str]:
    """Yield the median gains of all methods on all problems, in Markdown.

    An entry has the gains at the problem's budgets in turn, the highest of each budget in bold; the
    last rows tell the expected running times of our methods, and of the fastest other, to 90, 95
    and 99 % of the best known gain.

    Parameters
    ----------
    content : Record
        As in `comparison.json`.
    """
    problems = {name: one for name, one in content["problems"].items() if one["results"]}
    if len(problems) < 2:
        return
    methods = [
        name
        for name in content["methods"]
        if any(name in one["results"] for one in problems.values())
    ]
    yield f"| median gain [%] | {' | '.join(problems)} |"
    yield "|---" * (1 + len(problems)) + "|"
    yield _row("after CPU-seconds", [" / ".join(one["verdicts"]) for one in problems.values()])
    yield _row("seeds", [_seeds(one) for one in problems.values()])
    for name in methods:
        yield _row(label(name), [_gains(name, one) for one in problems.values()])
    shares = " / ".join(map(str, TOLD_PCT))
    yield _row(f"**CPU-seconds to {shares} % of the best known gain**", [""] * len(problems))
    for name in methods:
        if content["methods"][name]["ours"]:
            yield _row(label(name), [_times(name, one) for one in problems.values()])
    yield _row("the fastest other", [_fastest_others(one) for one in problems.values()])
    yield _row("learning involved", [_learning(one) for one in problems.values()])
    yield _row("cells of an older revision", [_old(one) for one in problems.values()])


def _row(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | {' | '.join(cells)} |"


def _seeds(problem: Record) -> str:
    """Return how many seeds there are, the least and the most of all methods."""
    counts = {
        len(by["by_seed"]) for result in problem["results"].values() for by in result.values()
    }
    return f"{min(counts)}" if len(counts) == 1 else f"{min(counts)} to {max(counts)}"


def _gains(name: str, problem: Record) -> str:
    if name not in problem["results"]:
        same = problem["facts"]["same_as"].get(name)
        return f"as {label(same)}" if same else NOTHING
    words = []
    for budget, verdict in problem["verdicts"].items():
        median = problem["results"][name][budget]["gain_pct"]["median"]
        text = NOTHING if median is None else f"{median:+.3f}"
        words.append(f"**{text}**" if verdict["ranking"][:1] == [name] else text)
    return " / ".join(words)


def _times(name: str, problem: Record) -> str:
    """Return the expected running times of a method, without the numbers of seeds."""
    if name not in problem["results"]:
        same = problem["facts"]["same_as"].get(name)
        return f"as {label(same)}" if same else NOTHING
    times = problem["running_times"]
    if not times:
        return NOTHING
    return " / ".join(_time(times, name, share) for share in TOLD_PCT)


def _fastest_others(problem: Record) -> str:
    times = problem["running_times"]
    if not times:
        return NOTHING
    names = [fastest(times, share, ours=False) for share in TOLD_PCT]
    words = [
        f"{_time(times, name, share)} ({label(name)})" if name else "none"
        for name, share in zip(names, TOLD_PCT, strict=True)
    ]
    return " / ".join(words)


def _time(times: Record, name: str, share: int) -> str:
    return time_in_words(times["by_method"][name][str(share)]["cpu_s"]).partition(" (")[0]


def _learning(problem: Record) -> str:
    return "no: known formula" if problem["facts"]["formula"] else "yes"


def _old(problem: Record) -> str:
    return f"{sum(bool(cell['old']) for cell in problem['cells'])} of {len(problem['cells'])}"
