"""What `windopt assess` has to do yet, and what it takes: told before anything is spent."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from windopt.config.assessment import OF
from windopt.floris.alone import evaluated_wind
from windopt.ledger.energy import EnergyWh
from windopt.ledger.totals import Cost, LedgerContent
from windopt.problem.problem import LayoutProblem
from windopt.runs.judged import Judged, named, seeds_of
from windopt.verification.sampled import FIRST_DRAWS, SMALL_ROSE
from windopt.words import count_of

WITHOUT = ("analytic", "fitted")
"""The searches without learning that the duel is held with."""
MODEL_CPU_S, LAYOUT_CPU_S = 5.0, 2.0
"""What a model of another code takes by itself, and for a layout, about [CPU-s]: three layouts of
25 turbines by five models of PyWake take half a minute (`docs/howto/verdict.md`)."""
CONDITION_CPU_S = 0.01
"""What FLORIS takes for a wind condition where the run's ledger does not tell [CPU-s]."""


@dataclass(frozen=True)
class Missing:
    """What has not been done.

    Attributes
    ----------
    searches : tuple of (str, int)
        Search, "final" being that with learning, and seed.
    models : tuple of str
        Wake models that have not judged all layouts.
    search_cpu_s, judging_cpu_s : float [CPU-s]
        What they take, about.
    wh_per_cpu_s : EnergyWh or None
        Of the run, by its ledger; None where nothing measured it.
    """

    searches: tuple[tuple[str, int], ...]
    models: tuple[str, ...]
    search_cpu_s: float
    judging_cpu_s: float
    wh_per_cpu_s: EnergyWh | None

    @property
    def cpu_s(self) -> float:
        """All together [CPU-s]."""
        return self.search_cpu_s + self.judging_cpu_s

    @property
    def in_words(self) -> str:
        """What is missing, and what it takes."""
        with_, without = (
            sum((name == "final") is learned for name, _ in self.searches)
            for learned in (True, False)
        )
        parts = []
        if with_:
            parts.append(f"{count_of(with_, 'search', 'searches')} with learning")
        if without:
            parts.append(f"{count_of(without, 'search', 'searches')} without")
        if self.models:
            parts.append(f"the opinion of {count_of(len(self.models), 'wake model')}")
        what = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
        return f"{what}: about {self.cpu_s:,.0f} CPU-seconds{self._energy}"

    @property
    def _energy(self) -> str:
        each = self.wh_per_cpu_s
        if each is None or each["low"] is None or each["high"] is None:
            return ""
        low, high = each["low"] * self.cpu_s, each["high"] * self.cpu_s
        return f", {low:.2g} to {high:.2g} Wh ({each['method']})"


def missing_in(
    problem: LayoutProblem,
    content: LedgerContent,
    judged: Judged,
    found: Collection[str],
    seeds: int | None = None,
    cannot: Collection[str] = (),
) -> Missing:
    """Return what an assessment has to do yet.

    Parameters
    ----------
    problem : LayoutProblem
    content : LedgerContent
        Of the run.
    judged : Judged
        What wake models have said.
    found : collection of str
        Names of the layouts that are there.
    seeds : int, optional
        By default the config's.
    cannot : collection of str
        Wake models that cannot judge.
    """
    config, own = problem.config.assessment, problem.seed
    searches = [
        (search, seed)
        for seed in seeds_of(own, seeds or config.seeds)
        for search in ("final", *WITHOUT)
        if named(search, seed, own) not in found
    ]
    totals = content.totals
    learned_cpu_s = totals.by_stage.get("optimise", Cost()).cpu_s
    each = {"final": learned_cpu_s, **dict.fromkeys(WITHOUT, totals.cpu_s)}
    names = {*found, *(named(search, seed, own) for search, seed in searches)}
    models = [
        name
        for name in config.panel
        if name not in cannot and not names <= judged.aep_gwh.get(name, {}).keys()
    ]
    judging = sum(_judging_cpu_s(problem, content, name, len(names)) for name in models)
    wh = totals.energy_wh
    return Missing(
        tuple(searches),
        tuple(models),
        sum(each[search] for search, _ in searches),
        judging,
        _per_cpu_s(wh, totals.cpu_s),
    )


def _judging_cpu_s(
    problem: LayoutProblem, content: LedgerContent, model: str, layouts: int
) -> float:
    """Return what it takes to let a wake model judge, about [CPU-s]."""
    if OF in model:
        return MODEL_CPU_S + LAYOUT_CPU_S * layouts
    conditions = len(evaluated_wind(problem).conditions)
    if conditions > SMALL_ROSE * FIRST_DRAWS:
        conditions = FIRST_DRAWS
    verified = content.totals.by_stage.get("verify", Cost())
    asked = verified.counts.get("floris_conditions", 0)
    return layouts * conditions * (verified.cpu_s / asked if asked else CONDITION_CPU_S)


def _per_cpu_s(wh: EnergyWh, cpu_s: float) -> EnergyWh | None:
    low, central, high = wh["low"], wh["central"], wh["high"]
    if low is None or central is None or high is None or cpu_s <= 0:
        return None
    return EnergyWh(
        low=low / cpu_s, central=central / cpu_s, high=high / cpu_s, method=wh["method"]
    )


def what_asking_takes(missing: Missing, folder: Path) -> str | None:
    """Return what would have to be done to know, and what it takes; None where all is done.

    The command holds where the run was started.
    """
    if not missing.searches and not missing.models:
        return None
    here = folder.resolve()
    if here.is_relative_to(Path.cwd()):
        here = here.relative_to(Path.cwd())
    return f"`windopt assess {quote(str(here))}`, {missing.in_words}"
