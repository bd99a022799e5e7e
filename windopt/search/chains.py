"""Chains of hops side by side, from the best layouts that a search has climbed to.

They learn from one another (a hop may take over a part of another chain's layout, see `hops`), and
one that has gained nothing for long gives way to another layout.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.search.clock import Clock
from windopt.search.findings import EXCHANGED, Findings, Found
from windopt.search.hops import Chain, hop
from windopt.search.rose_sampler import RoseSampler
from windopt.workers.executor import side_by_side

EPOCH, STALE = 4, 40
"""Hops of each chain in an epoch, and hops without a gain after which a chain is given up."""
CHAIN = 1000
"""Step between the numbers of chains that follow one another."""
GAIN_TOLERANCE = 5e-5
"""Share of AEP: hops that gain less, all together, do not keep the search going."""


@dataclass
class Chains:
    """Chains under way.

    Attributes
    ----------
    objective : Objective
    sampler : RoseSampler
    findings : Findings
        Told of every hop.
    seed : int
    executor : Executor or None
    left_s : Clock
    """

    objective: Objective
    sampler: RoseSampler
    findings: Findings
    seed: int
    executor: Executor | None
    left_s: Clock
    _numbers: int = 0
    _begun: dict[str, Chain] = field(default_factory=dict)

    def begin(self, best: Sequence[Found], seconds: float) -> None:
        """Take the first hop from layouts that no chain has begun at, in some time each [s]."""

        def first_hop(found: Found) -> partial[Chain]:
            chain = Chain.start(self._numbers, *found)
            self._numbers += 1
            return self._hop(chain, (), seconds)

        tasks = map(first_hop, [found for found in best if found.start not in self._begun])
        for chain in side_by_side(self.executor, tasks, lambda _: None):
            self._begun[chain.name] = chain
            self.findings.carried[chain.name] = f"climbed, {EXCHANGED} once"
            self._book(chain)

    def grow(
        self,
        best: Sequence[Found],
        lifted: int,
        kept_s: float,
        progress: Callable[[float], None],
        patience: int,
        partners: Sequence[FloatArray] = (),
    ) -> str:
        """Let chains grow from the best layouts until they gain nothing any more.

        Parameters
        ----------
        best : sequence of Found
            The best first; those that get no chain take the place of chains that gain nothing.
        lifted : int
            How many turbines have been lifted once in these layouts.
        kept_s : float [s]
            Of the time left, what they are to leave.
        progress : callable
            Told the share of the work done.
        patience : int
            Hops in a row without a gain that end it.
        partners : sequence of (n_turbines, 2) [m]
            Layouts that chains take parts from, beside one another's.

        Returns
        -------
        str
            Why there is nothing more to gain; empty where the time is over.
        """
        count = self.objective.problem.config.optimise.chains
        chains = [
            self._begun.pop(found.start)
            if found.start in self._begun
            else Chain.start(self._numbers + i, *found, swept=lifted)
            for i, found in enumerate((list(best) * count)[:count])
        ]
        self._numbers += count
        reserves = [self.findings.reached[found.start] for found in best[count:]]
        limit, since, last = self.left_s(), 0, max(chain.best_aep for chain in chains)
        while since < patience and self.left_s() > kept_s:
            self.findings.carried |= {chain.name: EXCHANGED for chain in chains}
            chains = self._epoch(chains, kept_s, partners)
            chains.sort(key=lambda chain: -chain.best_aep)
            if chains[0].best_aep > last * (1.0 + GAIN_TOLERANCE):
                since, last = 0, chains[0].best_aep
            else:
                since += EPOCH * len(chains)
            for i, chain in enumerate(chains[1:], start=1):
                if chain.stale >= STALE:
                    chains[i] = self._instead_of(chain, chains[0], reserves)
            spent = max(since / patience, 1.0 - self.left_s() / limit if limit < np.inf else 0.0)
            progress(min(1.0, spent))
        if not patience:
            return "optimise.patience is 0: no turbines were exchanged"
        if since < patience:
            return ""
        gain = f"less than {100 * GAIN_TOLERANCE:.3g} % of AEP, all together"
        return f"the last {since} exchanges gained {gain}"

    def _hop(self, chain: Chain, others: Sequence[FloatArray], seconds: float) -> partial[Chain]:
        return partial(hop, self.objective, self.sampler, chain, others, self.seed, seconds)

    def _book(self, chain: Chain) -> None:
        self.findings.judge(Found(chain.name, chain.best, chain.best_aep), chain.cpu_s)

    def _instead_of(self, stale: Chain, best: Chain, reserves: list[Found]) -> Chain:
        """Begin a chain at a start that has none yet, or copy the best."""
        self.findings.carried[stale.name] = f"{EXCHANGED}, then gave way to another layout"
        if reserves:
            return Chain.start(stale.number + CHAIN, *reserves.pop(0))
        return replace(best, number=stale.number + CHAIN, stale=0)

    def _epoch(
        self, chains: Sequence[Chain], kept_s: float, partners: Sequence[FloatArray]
    ) -> list[Chain]:
        """Let every chain hop `EPOCH` times, side by side."""
        grown = {chain.number: chain for chain in chains}
        left = dict.fromkeys(grown, EPOCH)
        good = {chain.number: chain.best for chain in chains}

        def go_on(chain: Chain) -> partial[Chain]:
            others = [layout for number, layout in good.items() if number != chain.number]
            others += [x for x in partners if not np.array_equal(x, chain.best)]
            return self._hop(chain, others, max(self.left_s() - kept_s, 0.0))

        def wanted(number: int) -> bool:
            return left[number] > 0 and self.left_s() > kept_s

        def then(chain: Chain) -> partial[Chain] | None:
            return go_on(grown[chain.number]) if wanted(chain.number) else None

        first = (go_on(chain) for chain in chains if wanted(chain.number))
        for chain in side_by_side(self.executor, first, then):
            grown[chain.number] = chain
            left[chain.number] -= 1
            self._book(chain)
        return [grown[number] for number in sorted(grown)]
