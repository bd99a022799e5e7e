"""The search that goes on: new starts follow as long as there is time.

When the first starts have nothing more to gain, the search goes on in rounds. Chains go on from the
best layouts of all rounds, and take over parts of one another, as long as that gains something.
Where it does not, a round of new starts begins: they ascend and iterate among themselves, so that
they come to other layouts than the rounds before, and the best of them joins the best of those.
Towards the end, when a round of new starts would come too late, the best are iterated on. (Restarts
and a population are what Lourenço, Martin and Stützle, 2003, call extensions of iterated local
search.)
"""

import logging
import zlib
from collections.abc import Collection, Sequence
from typing import Any

from windopt.search.context import SearchTask
from windopt.search.findings import ITERATED, Elites, Found
from windopt.search.search import Search
from windopt.search.starts import grown_starts
from windopt.workers.counts import WORK

logger = logging.getLogger(__name__)

TINY_S = 1e-4
"""No iteration is faster [s]."""


class SearchInRounds(Search):
    """A search of limited time that goes on when it gains nothing any more.

    Parameters
    ----------
    task : SearchTask
    spared : float
        Of the time, the share that is left when the last round ends.
    """

    def __init__(self, task: SearchTask, spared: float = 0.0) -> None:
        super().__init__(task)
        self.spared_s = spared * self.given_s
        self.elites = Elites(self.findings, self.problem.rotor_diameter, self.settings.rounds)
        self.rounds, self.converged, self.iteration_s = 1, "", self.given_s
        self.round_s = 0.0
        self.refinement_s = self.settings.schedule.refinement_share * self.given_s
        self.known: set[str] = set()
        self.refined: set[bytes] = set()

    @property
    def new_seed(self) -> int:
        """The seed of new starts: another one where an earlier search has made some."""
        if not self.resumed:
            return self.task.seed
        return zlib.crc32(self.findings.ranked[0].layout.tobytes())

    @property
    def kept_s(self) -> float:
        """Of the time left, what iterations leave for the last refinement and for others [s]."""
        if not self.converged:
            return super().kept_s
        most_s = self.settings.schedule.refinement_share * self.given_s
        return self.spared_s + min(self.settings.rounds.slower * self.refinement_s, most_s)

    def progress(self, share: float) -> None:
        """Report the share of the time that is over, which is what ends this search."""
        over = 1.0 - self.left_s / self.given_s if self.given_s > 0.0 else 1.0
        super().progress(1.0 if share >= 1.0 else min(1.0, over))

    def refine(self, some: Sequence[Found]) -> None:
        """Refine layouts that were not yet, and keep in mind how long the last one will take."""
        rough = [found for found in some if found.layout.tobytes() not in self.refined]
        if not rough:
            return
        began = self.left_s
        super().refine(rough)
        better = [self.findings.reached[found.start] for found in rough]
        self.refined |= {found.layout.tobytes() for found in [*rough, *better]}
        took = (began - self.left_s) * self.settings.last_refined / len(rough)
        self.refinement_s = max(took, 0.5 * self.refinement_s)

    def go_on(self) -> None:
        """Go on in rounds until the time is over."""
        super().go_on()
        alone, how = self.problem.n_turbines == 1, self.settings.rounds
        if not self.settled or alone or not self.settings.patience:
            return
        self.converged = self.settled
        self.refine(self.findings.ranked[: how.refined])
        carried = dict(self.findings.carried)
        for found in self.findings.ranked:
            if self.resumed or carried[found.start].startswith(ITERATED):
                self.end_round([found.start], self.given_s - self.left_s)
        best = self.findings.ranked
        while self.left_s > self.spared_s + self.least_s:
            before = self.findings.ranked[0].aep
            self.iterate_together(best)
            gained = self.findings.ranked[0].aep > before * (1.0 + how.gain_tolerance)
            late = self.left_s - self.kept_s < how.slower * self.round_s
            best = self.elites.differing(None if gained or late else self.begin_anew())

    def iterate_together(self, best: Sequence[Found]) -> None:
        """Let chains go on from the best layouts of all rounds, and refine what they come to."""
        how = self.settings.rounds
        iterations = how.stuck * self.round_s / self.iteration_s
        patience = max(self.settings.patience, round(iterations))
        self.grow(best, self.problem.n_turbines, patience, [found.layout for found in best])
        self.refine(self.findings.ranked[: how.refined])

    def grow(self, *asked: Any) -> None:
        """Let chains grow, and keep in mind how long an iteration takes."""
        began, before = self.left_s, WORK.read()["iterations"]
        super().grow(*asked)
        if done := WORK.read()["iterations"] - before:
            self.iteration_s = max((began - self.left_s) / done, TINY_S)

    def begin_anew(self) -> Found:
        """Let new starts ascend and iterate among themselves; returns the best layout of them."""
        self.rounds += 1
        logger.info("nothing more to gain there: round %d of starts", self.rounds)
        began, count, task = self.left_s, self.settings.chains, self.task
        self.known |= self.findings.reached.keys()
        starts = grown_starts(
            self.context, count, self.new_seed, task.executor, self.known, task.left_s
        )
        self.begin(starts)
        self.ascended = []
        self.ascend(starts, count)
        self.iterate_once()
        self.grow(self.ascended, 0, self.settings.patience)
        names = [start.name for start in starts]
        best = max((self.findings.reached[name] for name in names), key=lambda found: found.aep)
        self.refine([best])
        return self.end_round(names, began - self.left_s)

    def end_round(self, names: Collection[str], seconds: float) -> Found:
        """Keep of a round its best layout, which is returned, and how long it took [s]."""
        self.round_s, carried = seconds, self.findings.carried
        carried |= {
            name: f"{how} in round {self.rounds}"
            for name, how in carried.items()
            if how == ITERATED
        }
        return self.elites.add(names)

    def end(self) -> tuple[str, str]:
        """Return a solution's status and reason."""
        if not self.converged:
            return super().end()
        rounds = f"after {self.rounds} rounds of starts" if self.rounds > 1 else ""
        if self.spared_s > 0.0 and self.left_s > 0.0:
            return "converged", f"{self.converged}, {rounds}".removesuffix(", ")
        return "budget", f"the budget was spent {rounds}".rstrip()
