"""The search that goes on: new starts follow as long as there is time.

When the first starts have nothing more to gain, the search goes on in rounds. Chains hop on from
the best layouts of all rounds, and take over parts of one another, as long as that gains something.
Where it does not, a round of new starts begins: they climb and hop among themselves, so that they
come to other layouts than the rounds before, and the best of them joins the best of those. Towards
the end, when a round of new starts would come too late, the best hop on.
"""

import logging
import zlib
from collections.abc import Collection, Sequence
from typing import Any

from windopt.search.elites import Elites
from windopt.search.findings import EXCHANGED, Found
from windopt.search.search import POLISH_SHARE, POLISHED, Search
from windopt.search.starts import grown_starts
from windopt.workers.counts import WORK

logger = logging.getLogger(__name__)

GAIN_TOLERANCE = 1e-5
"""Share of AEP: what gains less has gained nothing."""
STUCK = 0.5
"""Of the time that a round of new starts takes: when hops from the best have gained nothing for so
long, the next begins."""
MANY = 8
"""Layouts that are polished after hops: which of them is the best shows only then."""
TINY_S = 1e-4
"""No hop is faster [s]."""
SLOWER = 1.2
"""What a round or a polish may take, over what the last one took."""


class SearchInRounds(Search):
    """A search of limited time that goes on when it gains nothing any more.

    Parameters
    ----------
    spared : float
        Of the time, the share that is left when the last round ends.
    others
        As of `Search`.
    """

    def __init__(self, *asked: Any, spared: float = 0.0) -> None:
        super().__init__(*asked)
        self.spared_s = spared * self.given_s
        self.elites = Elites(self.findings, self.problem.rotor_diameter)
        self.rounds, self.converged, self.hop_s = 1, "", self.given_s
        self.round_s, self.polish_s = 0.0, POLISH_SHARE * self.given_s
        self.known: set[str] = set()
        self.polished: set[bytes] = set()

    @property
    def new_seed(self) -> int:
        """The seed of new starts: another one where an earlier search has made some."""
        return zlib.crc32(self.findings.ranked[0].layout.tobytes()) if self.swept else self.seed

    @property
    def kept_s(self) -> float:
        """Of the time left, what hops leave for the last polish and for others [s]."""
        if not self.converged:
            return super().kept_s
        return self.spared_s + min(SLOWER * self.polish_s, POLISH_SHARE * self.given_s)

    def progress(self, share: float) -> None:
        """Report the share of the time that is over, which is what ends this search."""
        over = 1.0 - self.left_s / self.given_s if self.given_s > 0.0 else 1.0
        super().progress(1.0 if share >= 1.0 else min(1.0, over))

    def polish(self, some: Sequence[Found]) -> None:
        """Polish layouts that were not yet, and keep in mind how long the last polish will take."""
        rough = [found for found in some if found.layout.tobytes() not in self.polished]
        if not rough:
            return
        began = self.left_s
        super().polish(rough)
        better = [self.findings.reached[found.start] for found in rough]
        self.polished |= {found.layout.tobytes() for found in [*rough, *better]}
        took = (began - self.left_s) * POLISHED / len(rough)
        self.polish_s = max(took, 0.5 * self.polish_s)

    def go_on(self) -> None:
        """Go on in rounds until the time is over."""
        super().go_on()
        alone = self.problem.n_turbines == 1
        if not self.settled or alone or not self.problem.config.optimise.patience:
            return
        self.converged = self.settled
        self.polish(self.findings.ranked[:MANY])
        carried = dict(self.findings.carried)
        for found in self.findings.ranked:
            if self.swept or carried[found.start].startswith(EXCHANGED):
                self.end_round([found.start], self.given_s - self.left_s)
        best = self.findings.ranked
        while self.left_s > self.spared_s + self.least_s:
            before = self.findings.ranked[0].aep
            self.hop_together(best)
            gained = self.findings.ranked[0].aep > before * (1.0 + GAIN_TOLERANCE)
            late = self.left_s - self.kept_s < SLOWER * self.round_s
            best = self.elites.differing(None if gained or late else self.begin_anew())

    def hop_together(self, best: Sequence[Found]) -> None:
        """Let chains hop on from the best layouts of all rounds, and polish what they come to."""
        hops = STUCK * self.round_s / self.hop_s
        patience = max(self.problem.config.optimise.patience, round(hops))
        self.grow(best, self.problem.n_turbines, patience, [found.layout for found in best])
        self.polish(self.findings.ranked[:MANY])

    def grow(self, *asked: Any) -> None:
        """Let chains grow, and keep in mind how long a hop takes."""
        began, hops = self.left_s, WORK.read()["hops"]
        super().grow(*asked)
        if done := WORK.read()["hops"] - hops:
            self.hop_s = max((began - self.left_s) / done, TINY_S)

    def begin_anew(self) -> Found:
        """Let new starts climb and hop among themselves; returns the best layout they come to."""
        self.rounds += 1
        logger.info("nothing more to gain there: round %d of starts", self.rounds)
        began, count = self.left_s, self.problem.config.optimise.chains
        self.known |= self.findings.reached.keys()
        starts = grown_starts(
            *(self.objective, self.sampler, count, self.new_seed),
            *(self.executor, self.known, self.clock),
        )
        self.begin(starts)
        self.climbed = []
        self.climb(starts, count)
        self.hop_once()
        patience = self.problem.config.optimise.patience
        self.grow(self.climbed, 0, patience)
        names = [start.name for start in starts]
        best = max((self.findings.reached[name] for name in names), key=lambda found: found.aep)
        self.polish([best])
        return self.end_round(names, began - self.left_s)

    def end_round(self, names: Collection[str], seconds: float) -> Found:
        """Keep of a round its best layout, which is returned, and how long it took [s]."""
        self.round_s, carried = seconds, self.findings.carried
        carried |= {
            name: f"{how} in round {self.rounds}"
            for name, how in carried.items()
            if how == EXCHANGED
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
