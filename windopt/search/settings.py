"""Settings of the search: one dataclass for each of its parts, and one for all.

What a config says of the search (`optimise`) is taken over by `SearchSettings.of`, and nowhere
else. Settings are passed down with every task, so that worker processes see them as well:

    settings = SearchSettings.of(problem.config)
    optimise(problem, surrogate, settings=replace(settings, chains=8))

D is the rotor diameter. A share of one turbine's power is told in the farm's mean power over its
number of turbines.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from windopt.search.accept import ThresholdAcceptance

if TYPE_CHECKING:
    from windopt.config.schema import Config


@dataclass(frozen=True)
class AscentSettings:
    """Settings of a stochastic gradient ascent.

    Attributes
    ----------
    steps : int
        Steps until the ascent counts as converged.
    first_step_d, last_step_d : float [D]
        Typical length of a turbine's step at the beginning and at the end.
    seconds : float [s]
        Time after which it ends all the same; the step length falls with whichever comes first.
    conditions : int
        Wind conditions drawn per step.
    least_directions : int
        Directions drawn at least, each then with all speeds of the condensed rose; 0 draws single
        conditions.
    momentum, memory : float
        Decay of the first and of the second moment of the gradient (Adam's).
    """

    steps: int = 300
    first_step_d: float = 1.0
    last_step_d: float = 0.02
    seconds: float = float("inf")
    conditions: int = 150
    least_directions: int = 0
    momentum: float = 0.9
    memory: float = 0.99


@dataclass(frozen=True)
class RefinementSettings:
    """Settings of a refinement by sequential quadratic programming.

    Attributes
    ----------
    iterations : int
    conditions : int
        Wind conditions drawn; the whole rose where it has no more.
    """

    iterations: int
    conditions: int


@dataclass(frozen=True)
class InsertionSettings:
    """How the best place for a turbine is looked for.

    Attributes
    ----------
    places : int
        Places drawn.
    on_boundary, near : float
        Shares of them on the boundaries, and near the places that have become free.
    near_d : float [D]
        Standard deviation of the latter.
    screened, decided : int
        Conditions that all places are valued in to first order, and the best of them in full.
    finalists : int
        Places valued in full.
    apart_d : float [D]
        Finalists closer together than this are one.
    """

    places: int = 400
    on_boundary: float = 0.4
    near: float = 0.3
    near_d: float = 1.5
    screened: int = 60
    decided: int = 250
    finalists: int = 5
    apart_d: float = 0.5


@dataclass(frozen=True)
class PerturbationSettings:
    """How an iteration perturbs a layout.

    Attributes
    ----------
    crossover_share : float
        Share of the iterations that take over a part of another chain's layout.
    largest_group : float
        Turbines removed together at most, as a share of them all.
    most_removed : int
        The same as a number.
    relocated : int
        Turbines that an iteration of the relocation pass removes, one at a time.
    pass_share : float
        Of the time of such an iteration, where that is limited; the rest is for local search.
    """

    crossover_share: float = 0.3
    largest_group: float = 0.2
    most_removed: int = 12
    relocated: int = 60
    pass_share: float = 0.7


@dataclass(frozen=True)
class LocalSearchSettings:
    """The local search of an iteration.

    Attributes
    ----------
    refinement : RefinementSettings
        Where the rose is small.
    small_rose : int
        Conditions of a rose that is small enough.
    ascent, after_pass : AscentSettings
        Elsewhere, and after an iteration of the relocation pass. Many directions are drawn: which
        of two layouts is better shows only where both are local optima.
    """

    refinement: RefinementSettings = RefinementSettings(iterations=10, conditions=200)
    small_rose: int = 1000
    ascent: AscentSettings = AscentSettings(40, 0.15, 0.002, least_directions=60)
    after_pass: AscentSettings = AscentSettings(80, 0.15, 0.002, least_directions=60)


@dataclass(frozen=True)
class ScheduleSettings:
    """How a search divides its time, where that is limited.

    Attributes
    ----------
    grid_share, ascent_share, refinement_share : float
        Of the time: regular grids; ascents, or first iterations; the last refinement.
    least_s : float [s]
        Every ascent has so long, whatever the time.
    worthwhile : float
        Of the time: what is left after a refinement is spent on iterations where it is more.
    evaluations : int
        Times that a layout can be evaluated, which a refinement leaves: its result is, and it looks
        at the clock before every look at the rose.
    """

    grid_share: float = 0.1
    ascent_share: float = 0.2
    refinement_share: float = 0.05
    least_s: float = 0.02
    worthwhile: float = 0.01
    evaluations: int = 2


@dataclass(frozen=True)
class RoundSettings:
    """Rounds of new starts in a search that has time left when it gains nothing any more.

    Attributes
    ----------
    gain_tolerance : float
        Share of AEP: what gains less has gained nothing.
    stuck : float
        Of the time that a round of new starts takes: when iterations from the best have gained
        nothing for so long, the next begins.
    slower : float
        What a round or a refinement may take, over what the last one took.
    refined : int
        Layouts that are refined after iterations: which of them is the best shows only then.
    elites : int
        Layouts that are kept, one of each round.
    alike, alike_d : float, float [D]
        Layouts are one where this share of their turbines stands so near to one of the other.
    """

    gain_tolerance: float = 1e-5
    stuck: float = 0.5
    slower: float = 1.2
    refined: int = 8
    elites: int = 12
    alike: float = 0.9
    alike_d: float = 0.5


@dataclass(frozen=True)
class GridSettings:
    """The search for the regular grids.

    Attributes
    ----------
    samples : int
        Grids of the sequence, a power of two.
    screened_deg, refined_deg : float [deg]
        Steps of the wind directions in which they are compared, and refined.
    refined : int
        The best of them, which are refined.
    finalists : int
        The best of these, refined once more; they are evaluated on the whole rose.
    screening_share : float
        Of the time, where that is limited: comparing.
    """

    samples: int = 512
    screened_deg: float = 8.0
    refined_deg: float = 4.0
    refined: int = 8
    finalists: int = 3
    screening_share: float = 0.6


@dataclass(frozen=True)
class LatticeSettings:
    """The search for a regular layout.

    Attributes
    ----------
    spare : float
        Points on the site for every turbine, at most; as areas, so that it holds for every origin.
    variations, fresh : int
        Lattices of a generation varied from the best, and fresh ones among them.
    parents : int
        Lattices that are varied.
    conditions, last_conditions : int
        Wind conditions in which lattices are refined, and the best one at the end.
    rounds, passes : int
        Of a refinement: relocations and a program in turn, and passes over all turbines in a round.
    iterations : int
        Of a program.
    range_d : float [D]
        How far a program may move a turbine in each coordinate.
    gain_tolerance : float
        Share of AEP: generations that gain less, all together, do not keep the search going.
    """

    spare: float = 4 / 3
    variations: int = 32
    fresh: int = 8
    parents: int = 4
    conditions: int = 500
    last_conditions: int = 2000
    rounds: int = 6
    passes: int = 3
    iterations: int = 30
    range_d: float = 2.0
    gain_tolerance: float = 1e-5


@dataclass(frozen=True)
class CurveSettings:
    """The search for a curve between free layouts and lattices.

    Attributes
    ----------
    free_share, regular_share : float
        Of the time and the progress: the free search and the search for a lattice.
    ascent : AscentSettings
        Of the first round; its steps are those of the search.
    ascent_share : float
        Of the time left, where that is limited: the first round.
    iterations : int
        Of a chain in each later round.
    refinement : RefinementSettings
    gain_tolerance : float
        Share of the score: rounds that gain less for every weight do not keep the search going.
    """

    free_share: float = 0.4
    regular_share: float = 0.2
    ascent: AscentSettings = AscentSettings(first_step_d=0.3, last_step_d=0.01)
    ascent_share: float = 0.5
    iterations: int = 4
    refinement: RefinementSettings = RefinementSettings(iterations=20, conditions=1000)
    gain_tolerance: float = 1e-5


@dataclass(frozen=True)
class SizingSettings:
    """The search for the number of turbines.

    Attributes
    ----------
    walks : int
        Layouts that grow side by side.
    points : int
        Of the quick curve; between wider bounds it takes longer steps, and fills in about its best.
    most_searches : int
    handed_on : int
        Layouts that a search takes over from its neighbour's.
    curve_share, first_share : float
        Of the time for all: the quick curve; of the time then left: the first search.
    later_share : float
        Share of a search that is kept for one that nobody expects yet.
    ascent : AscentSettings
        After a layout has been resized.
    iterations : int
        After that ascent.
    compared : int
        Wind conditions in which removals are compared.
    tries : int
        Looks for a free place.
    grids : int
        Regular grids tried on a site that is too full for other layouts.
    """

    walks: int = 2
    points: int = 24
    most_searches: int = 5
    handed_on: int = 3
    curve_share: float = 0.25
    first_share: float = 0.5
    later_share: float = 0.5
    ascent: AscentSettings = AscentSettings(60, 0.3, 0.01)
    iterations: int = 1
    compared: int = 500
    tries: int = 3
    grids: int = 60


@dataclass(frozen=True)
class SearchSettings:
    """Settings of a search; those of the config have its names and defaults.

    Attributes
    ----------
    starts : int
        Layouts the search starts from.
    grid_starts : int
        Regular grids among them.
    ascent : AscentSettings
        From the starts; `steps` is the config's.
    near_step_d, resumed_step_d : float [D]
        The first step from where gradients have little left to do, and from what an earlier search
        has come to.
    stretches : int
        How often a layout is evaluated on the way of an ascent.
    chains : int
        Lines of iterated local search, from the best of these layouts.
    patience : int
        Iterations in a row that gain nothing, after which a search has converged.
    gain_tolerance : float
        Share of AEP: iterations that gain less, all together, do not keep the search going.
    enough, enough_for_each : int
        Iterations after which a search ends whose time is not limited, over its patience, and a
        turbine: the larger number counts. What they still gain is little for what they take.
    stop : {"budget", "converged"}
        Whether new starts follow where time is left.
    pattern : {"free", "regular"}
    regularity : tuple of float [% of AEP per D]
    epoch : int
        Iterations of each chain before chains are compared.
    stale : int
        Iterations without a gain after which a chain gives way to another layout.
    insertion, perturbation, local_search, acceptance
        Of an iteration.
    most_refined_turbines : int
        Beyond, the quadratic programs themselves (time in n^3) cost more than the wakes: ascents
        take the place of refinements.
    last_refined, last_iterations : int
        Layouts that are refined at the end, and iterations of each refinement.
    schedule, rounds, grids, lattices, curve, sizing
        Of other parts.
    """

    starts: int = 6
    grid_starts: int = 2
    ascent: AscentSettings = AscentSettings()
    near_step_d: float = 0.15
    resumed_step_d: float = 0.3
    stretches: int = 2
    chains: int = 4
    patience: int = 48
    gain_tolerance: float = 5e-5
    enough: int = 2
    enough_for_each: int = 4
    stop: Literal["budget", "converged"] = "budget"
    pattern: Literal["free", "regular"] = "free"
    regularity: tuple[float, ...] = (0.0,)
    epoch: int = 4
    stale: int = 40
    insertion: InsertionSettings = InsertionSettings()
    perturbation: PerturbationSettings = PerturbationSettings()
    local_search: LocalSearchSettings = LocalSearchSettings()
    acceptance: ThresholdAcceptance = field(default_factory=ThresholdAcceptance)
    most_refined_turbines: int = 120
    last_refined: int = 2
    last_iterations: int = 40
    schedule: ScheduleSettings = ScheduleSettings()
    rounds: RoundSettings = RoundSettings()
    grids: GridSettings = GridSettings()
    lattices: LatticeSettings = LatticeSettings()
    curve: CurveSettings = CurveSettings()
    sizing: SizingSettings = SizingSettings()

    @classmethod
    def of(cls, config: "Config") -> "SearchSettings":
        """Return the settings that a config asks for."""
        asked = config.optimise
        return cls(
            starts=asked.starts,
            ascent=AscentSettings(steps=asked.steps),
            chains=asked.chains,
            patience=asked.patience,
            stop=asked.stop,
            pattern=asked.pattern,
            regularity=tuple(asked.regularity),
        )

    def most_iterations(self, n_turbines: int) -> int:
        """Return after how many iterations a search ends whose time is not limited."""
        return max(self.enough * self.patience, self.enough_for_each * n_turbines)

    @property
    def weighs_regularity(self) -> bool:
        """Whether a free search weighs regularity, at one weight at least."""
        return self.pattern == "free" and any(self.regularity)

    def until_time_is_over(self) -> "SearchSettings":
        """Return settings of a search that its time ends, and nothing else."""
        if self.pattern == "free" and not self.weighs_regularity:
            return replace(self, stop="budget")
        return replace(self, patience=ENDLESS)


ENDLESS = 1_000_000
"""Iterations without a gain that no search has time for."""
