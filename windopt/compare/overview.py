"""All problems of a comparison at a glance: one table, a row for each method."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windopt.assessment.labels import label
from windopt.words import significant

Record = Mapping[str, Any]
NOTHING = "-"


def overview_table(content: Record) -> Iterator[str]:
    """Yield the median gains of all methods on all problems, in Markdown.

    An entry has the gains at the problem's budgets in turn, the highest of each budget in bold; the
    last rows tell what our methods needed for what the best other came to.

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
    for name in methods:
        ratios = [_ratio(name, one) for one in problems.values()]
        if any(ratio != NOTHING for ratio in ratios):
            yield _row(f"{label(name)}: times less compute than the best other", ratios)


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


def _ratio(name: str, problem: Record) -> str:
    """Return how much less compute than the best other's for the gain that it had in the end."""
    verdict = list(problem["verdicts"].values())[-1]
    effort = verdict["effort"].get(name)
    ratio = effort["cpu_s"]["ratio"] if effort else None
    return NOTHING if ratio is None else significant(ratio, 2)
