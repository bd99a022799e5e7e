"""The assessment: which layout to use, and whether the AI was worth it.

Both searches run again with other seeds, the one without learning at equal energy, on the wake
formula and on the formula that is fitted to the wake model; then a panel of wake models judges all
layouts that there are. What is done is kept in `assess.json`, so that an assessment that is
interrupted goes on from there. What it takes is booked apart from the run.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windopt.errors import ConfigError, RunFolderError
from windopt.ledger.totals import Cost
from windopt.problem.layout import FloatArray
from windopt.runs.ai_share import NO_LEARNING, pairs_of, seeds_in
from windopt.runs.asking import WITHOUT, Missing, missing_in
from windopt.runs.assessment_account import cannot_assess, without_code
from windopt.runs.folder import RunFolder
from windopt.runs.judged import Asked, Judged, Searched, look_name, named
from windopt.runs.judged_so_far import layouts_in
from windopt.runs.session import Run
from windopt.stages.judges import let_judge
from windopt.stages.searches_again import search_with_learning, search_without_learning

logger = logging.getLogger(__name__)

SEARCHES = {
    "final": "searching with learning",
    "analytic": "searching on a wake formula",
    "fitted": "searching on a fitted wake formula",
}


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    missing : Missing
    cannot : mapping of str to str
        Wake models of the panel that cannot judge, and why.
    """

    missing: Missing
    cannot: Mapping[str, str]


def plan_of(run: Run, seeds: int | None = None) -> Plan:
    """Return what an assessment has to do yet, and what that takes.

    Parameters
    ----------
    run : Run
        Verified.
    seeds : int, optional
        Of both searches; by default the config's.

    Raises
    ------
    ConfigError
        When the run cannot be assessed.
    RunFolderError
        When it is not finished.
    """
    if why := cannot_assess(run.problem):
        raise ConfigError.of("windopt assess", why, "ask it of a run for AEP alone")
    if not run.learns:
        raise ConfigError.of("windopt assess", NO_LEARNING, "ask it of a run that learns")
    if not run.folder.has(RunFolder.verification) or run.folder.has(RunFolder.learning):
        raise RunFolderError(
            f"run folder '{run.folder.path}' is not finished: FLORIS has not judged its layout; "
            f"run `windopt run --resume {run.folder.path}` first"
        )
    asked, cannot = run.folder.find(RunFolder.asked) or Asked(), without_code(run.problem)
    missing = missing_in(
        run.problem,
        run.ledger.content(),
        asked.judged,
        layouts_in(run.folder),
        seeds,
        {*cannot, *asked.refused},
    )
    return Plan(missing, {**cannot, **asked.refused})


def assess_run(run: Run, seeds: int | None = None, cpu_seconds: float | None = None) -> None:
    """Do what is missing to tell which layout to use and whether the AI was worth it.

    Parameters
    ----------
    run : Run
        Verified.
    seeds : int, optional
        Of both searches; by default the config's.
    cpu_seconds : float, optional [CPU-s]
        No search is begun that would take the assessment beyond; the judges are asked in any case.
    """
    plan, before = plan_of(run, seeds), _apart(run)
    limit = cpu_seconds or run.problem.config.assessment.cpu_seconds
    for why in dict.fromkeys(plan.cannot.values()):
        names = [name for name, told in plan.cannot.items() if told == why]
        logger.warning("%s cannot judge: %s", ", ".join(names), why)
    missing = plan.missing
    each = missing.search_cpu_s / max(1, len(missing.searches))
    # seed by seed, so that what is there when the time is over can be held against each other
    for name, seed in missing.searches:
        spent = _apart(run).without(before).cpu_s
        if limit is not None and spent + each + missing.judging_cpu_s > limit:
            logger.warning("%.0f CPU-seconds leave no time for all searches", limit)
            break
        _search(run, name, seed)
    _judge(run, missing.models)


def _search(run: Run, name: str, seed: int) -> None:
    """Make one search and keep what it has found."""
    asked, before = run.folder.find(RunFolder.asked) or Asked(), _apart(run)

    def spent() -> Cost:
        return _apart(run).without(before)

    with run.stage("assess", f"{SEARCHES[name]}, seed {seed}") as (_, progress):
        found: dict[str, tuple[FloatArray, str]] = {}
        if name == "final":
            solutions = search_with_learning(run, seed, progress, spent)
            found = {kind: (one.layout, one.status) for kind, one in solutions.items()}
        else:
            granted = _granted_cpu_s(run, asked, seed)
            layout, looks = search_without_learning(run, name, seed, progress, spent, granted)
            found[name] = layout, "budget"
            if seed == run.seed:  # what it had bought by then, the bill tells
                for number, look in enumerate(looks):
                    known = look.cpu_s, look.energy_wh, "budget", look.layout
                    asked = asked.with_search(Searched(look_name(name, number), seed, *known))
        cost = spent()
    for kind, (layout, status) in found.items():
        one = Searched(
            named(kind, seed, run.seed), seed, cost.cpu_s, cost.energy_wh, status, layout
        )
        asked = asked.with_search(one)
    run.folder.write(RunFolder.asked, asked)


def _granted_cpu_s(run: Run, asked: Asked, seed: int) -> float:
    """Return what the run would have taken with a seed: its own, with that seed's search."""
    totals = run.ledger.totals()
    own = totals.by_stage.get("optimise", Cost()).cpu_s
    name = named("final", seed, run.seed)
    again = next((one.cpu_s for one in asked.searches if one.name == name), own)
    return totals.cpu_s - own + again


def _judge(run: Run, models: Sequence[str]) -> None:
    """Let wake models judge all layouts that there are."""
    asked, layouts = run.folder.find(RunFolder.asked) or Asked(), layouts_in(run.folder)
    there = Judged(aep_gwh={"": dict.fromkeys(layouts, 0.0)})
    pairs = [
        pair
        for rival in WITHOUT
        for pair in pairs_of(rival, seeds_in(there, rival, run.seed), run.seed)
    ]
    for model in models:
        asked = let_judge(run, asked, model, layouts, pairs)


def _apart(run: Run) -> Cost:
    return run.ledger.totals().apart.get("assess", Cost())
