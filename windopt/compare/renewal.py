"""Which cells of a comparison are to be done, and what that takes: told before it is done.

A cell is to be done that is not there yet, and, where cells are renewed, one that is old: made with
other code or other versions than today's (`made_with`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from windopt.assessment.labels import label
from windopt.compare.cells import Cell
from windopt.compare.plans import Plan
from windopt.ledger.totals import read_ledger
from windopt.words import count_of

NOT_MADE = "not made yet"
MEASURE = "floris_turbine_conditions"
"""What FLORIS's time grows with, as the ledger counts it."""


class State(NamedTuple):
    """How a cell stands.

    Attributes
    ----------
    plan : Plan
    cell : Cell
    finished : bool
    old : str or None
        What a finished cell was made with that is not today's.
    judging_s : float or None
        What FLORIS's judgement will take [CPU-s], going by the ledger: of as many layouts as the
        old cell has, of one a look where there is none; None where the ledger does not tell.
    """

    plan: Plan
    cell: Cell
    finished: bool
    old: str | None
    judging_s: float | None

    def waits(self, renew: bool) -> bool:
        """Return whether the cell is to be done."""
        return not self.finished or (renew and self.old is not None)

    @property
    def cpu_s(self) -> float:
        """What doing the cell takes, search and judgement [CPU-s]."""
        return self.cell.cpu_seconds + (self.judging_s or 0.0)


def survey(plans: Sequence[Plan], path: Path) -> list[State]:
    """Look at all cells; those of the first seed of all problems come first.

    Raises
    ------
    RunFolderError
        When one was finished under other conditions.
    """
    rate = _judging_rate(path / "ledger.jsonl")
    states = []
    for plan in plans:
        problem = plan.problem
        work = len(problem.wind.conditions) * len(problem.all_types)
        for cell in plan.cells(path):
            content = cell.read()
            layouts = len({look["layout"] for look in content["looks"]} if content else plan.looks)
            judging_s = None if rate is None else rate * work * layouts
            states.append(State(plan, cell, content is not None, cell.why_old(), judging_s))
    states.sort(key=lambda state: state.plan.seeds.index(state.cell.seed))  # stable
    return states


def forecast(states: Sequence[State], renew: bool) -> Iterator[str]:
    """Yield in words how the cells stand, and what it takes to do those that wait."""
    waiting = [state for state in states if state.waits(renew)]
    old = sum(state.old is not None for state in states)
    missing = sum(not state.finished for state in states)
    yield (
        f"{count_of(len(states), 'cell')}, {len(states) - missing} of them finished"
        + (f", {old} of these with other code than today's" if old else "")
    )
    for name in dict.fromkeys(state.cell.problem for state in states):
        yield from _of_problem(name, [one for one in states if one.cell.problem == name])
    search_s = sum(state.cell.cpu_seconds for state in waiting)
    judging = [state.judging_s for state in waiting]
    known = [seconds for seconds in judging if seconds is not None]
    floris = f"and up to some {sum(known):,.0f} of FLORIS's" if known else "and FLORIS's"
    again = ", old ones done again" if renew and old else ""
    kept = "; old ones stay (--renew does them again)" if old and not renew else ""
    yield (
        f"to go: {count_of(len(waiting), 'cell')}{again}: {search_s:,.0f} CPU-seconds of search "
        f"{floris} judgement{kept}"
    )


def _of_problem(name: str, states: Sequence[State]) -> Iterator[str]:
    """Yield the cells of a problem that are not of today's code, a line for each reason."""
    reasons: dict[str, dict[str, list[int]]] = {}
    for state in states:
        why = state.old if state.finished else NOT_MADE
        if why is not None:
            reasons.setdefault(why, {}).setdefault(state.cell.method, []).append(state.cell.seed)
    for why, methods in sorted(reasons.items()):
        alike: dict[str, list[str]] = {}
        for method, seeds in methods.items():
            alike.setdefault(_seeds(seeds), []).append(label(method))
        whose = "; ".join(f"{', '.join(names)} ({seeds})" for seeds, names in alike.items())
        yield f"  {name}, {why}: {whose}"


def _seeds(seeds: Sequence[int]) -> str:
    """Write seeds, those that follow each other as a range: ``seeds 0, 3-9``."""
    parts: list[list[int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1].append(seed)
        else:
            parts.append([seed])
    words = [f"{part[0]}-{part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts]
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(words)}"


def _judging_rate(ledger: Path) -> float | None:
    """Return FLORIS's CPU-seconds for a turbine in a condition, by a ledger; None without one."""
    if not ledger.exists():
        return None
    judged = [stage.cost for stage in read_ledger(ledger).stages if MEASURE in stage.cost.counts]
    work = sum(cost.counts[MEASURE] for cost in judged)
    return sum(cost.cpu_s for cost in judged) / work if work else None
