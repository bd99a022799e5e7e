"""Running times in words and as a table; what they are is in `running_times`."""

from collections.abc import Iterator, Mapping
from typing import Any

from windopt.assessment.labels import label
from windopt.compare.running_times import SHARES_PCT, fastest, time_in_words
from windopt.words import count_of, significant

Record = Mapping[str, Any]

TOLD_PCT = (90, 95, 99)
"""Shares of the best known gain that are told in words [%]."""
ESTIMATOR = (
    "Expected running time: the CPU-seconds of all seeds until they held so much for good, or were "
    "over, divided by the number of seeds that came to it (in brackets, of how many). Seeds that "
    "never came to it are censored: their whole time counts. `> x`: none came to it, and each "
    "searched for at least x. FLORIS judged what was held at some times only: a seed may have come "
    "to it a little sooner."
)
"""How running times are estimated, for pages."""


def running_sentences(problem: Record) -> Iterator[str]:
    """Yield what the fastest of ours and of the others need for most of the best known gain."""
    times = problem["running_times"]
    if not times:
        return
    told = [f"{share} % {_race(times, share)}" for share in TOLD_PCT]
    yield f"Expected CPU-seconds to a share of the best known gain ({_best(times)}): " + (
        "; ".join(told) + "."
    )
    yield from _beforehand(times)


def running_table(problem: Record) -> Iterator[str]:
    """Yield a problem's running times in Markdown, the fastest to most of the gain first."""
    if not problem["running_times"]:
        return
    yield f"| expected CPU-seconds to | {' | '.join(running_heads(problem))} |"
    yield "|---" * (1 + len(SHARES_PCT)) + "|"
    for row in running_rows(problem):
        yield f"| {label(row['name'])} | {' | '.join(row['times'])} |"


def running_heads(problem: Record) -> list[str]:
    """Return the shares of the best known gain, and the gains that they are."""
    best = problem["running_times"]["best_known"]["gain_pct"]
    return [f"{share} % ({best * share / 100:+.3f} %)" for share in SHARES_PCT]


def running_rows(problem: Record) -> Iterator[dict[str, Any]]:
    """Yield the `name` of each method and its running times (`times`) in words."""
    times = problem["running_times"]
    for name in ranked(times) if times else ():
        by_share = times["by_method"][name]
        words = [time_in_words(by_share[str(share)]["cpu_s"]) for share in SHARES_PCT]
        yield {"name": name, "times": words}


def ranked(times: Record) -> list[str]:
    """Return the methods, those first that come to the highest share, of equals the fastest."""

    def rank(name: str) -> tuple[float, ...]:
        expected = [
            times["by_method"][name][str(share)]["cpu_s"]["expected"]
            for share in reversed(SHARES_PCT)
        ]
        return tuple(float("inf") if time is None else float(time) for time in expected)

    return sorted(times["by_method"], key=rank)


def _race(times: Record, share: int) -> str:
    """Write who of ours and of the others is there first, and by what factor."""
    own, other = (fastest(times, share, ours) for ours in (True, False))
    if own is None and other is None:
        return "nobody on average"
    mine, theirs = (_time(times, name, share) for name in (own, other))
    if own is None:
        return f"{label(str(other))} {theirs}, none of windopt's"
    if other is None:
        return f"{label(own)} {mine}, none of the others"
    a, b = (times["by_method"][name][str(share)]["cpu_s"]["expected"] for name in (own, str(other)))
    factor = max(a, b) / min(a, b)
    who = "less" if a <= b else "more"
    return (
        f"{label(own)} {mine}, {label(str(other))} {theirs}: {significant(factor, 2)} times {who}"
    )


def _time(times: Record, name: str | None, share: int) -> str:
    return time_in_words(times["by_method"][name][str(share)]["cpu_s"]) if name else "-"


def _best(times: Record) -> str:
    best = times["best_known"]
    whose = best.get("published") or f"{label(best['method'])}, seed {best['seed']}"
    return f"{best['gain_pct']:+.3f} %, {whose}"


def _beforehand(times: Record) -> Iterator[str]:
    """Yield what was paid beforehand and is in no running time."""
    paid = times["paid_beforehand"]
    for name, one in paid.items():
        if "training" not in one:
            continue
        spent = "an unknown number of" if one["training"] is None else f"{one['training']:,.0f}"
        yield (
            f"{label(name)} learned beforehand, in {spent} CPU-seconds that all farms share which "
            "use it: they are in no budget, and the first of them adds them to its time."
        )
    compiled = {one["compilation"] for one in paid.values() if "compilation" in one}
    names = [label(name) for name, one in paid.items() if "compilation" in one]
    for cpu_s in compiled:
        how = (
            "What compiling takes was not measured in this comparison"
            if cpu_s is None
            else f"Compiling takes {cpu_s:,.0f} CPU-seconds"
        )
        yield (
            f"{how}: once a machine, for {count_of(len(names), 'method')} ({', '.join(names)}), "
            "whose times here are with compiled code on the disk."
        )
