"""The search: iterated local search, several chains of it side by side.

An iteration perturbs a layout (`perturb`), searches near it for a local optimum (`local_search`),
and goes on from there where that is better, or hardly worse (`accept`). It is known as basin
hopping (Wales and Doye, J. Phys. Chem. A 101, 5111, 1997) and as iterated local search (Lourenço,
Martin and Stützle, in Handbook of Metaheuristics, 2003):

    while not stop:
        candidate = local_search(perturb(layout))
        layout = candidate if accepted, else layout

Perturbations are those of large neighbourhood search. Each of a few chains iterates on its own, on
worker processes where there are any. After an epoch of a few iterations chains are compared: they
take over parts of one another's layouts, and one that has gained nothing for long gives way to
another layout. Within a chain layouts are compared on the condensed rose; what gains there is
evaluated on the whole one. All layouts are feasible, and the best is kept at all times.

An iteration draws from a generator of its own, by the numbers of its chain and its own: so the same
seed finds the same layouts, wherever iterations run and whichever ends first.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.search.chain import Chain
from windopt.search.clock import clock
from windopt.search.context import SearchContext, SearchTask
from windopt.search.findings import ITERATED, Findings, Found
from windopt.search.local_search import search_locally
from windopt.search.perturb import perturb, relocate
from windopt.search.stop import FirstOf, NoGain, OutOfTime
from windopt.workers.counts import WORK
from windopt.workers.executor import side_by_side

SUCCESSOR = 1000
"""Step between the numbers of chains that follow one another."""


def iterate(
    context: SearchContext, chain: Chain, others: Sequence[FloatArray], seed: int, seconds: float
) -> Chain:
    """Carry a chain on by one iteration: perturb, search locally, accept (runs inside a worker).

    Parameters
    ----------
    context : SearchContext
    chain : Chain
    others : sequence of (n_turbines, 2) [m]
        Good layouts to take parts from.
    seed : int
    seconds : float [s]
        Time after which it returns with what there is by then.
    """
    cpu, left_s, acceptance = time.process_time(), clock(seconds), context.settings.acceptance
    WORK.add(iterations=1)
    rng = np.random.default_rng((seed, chain.number, chain.iterations))
    if not chain.score:
        score = context.score(chain.layout)
        chain = replace(chain, score=score, best_score=score)
    least_gain, relocates = acceptance.least_gain(chain.best_score), chain.in_relocation_pass
    if relocates:
        layout = relocate(context, chain, seed, rng, left_s)
        relocated = chain.relocated + context.settings.perturbation.relocated
        chain = replace(chain, relocated=relocated)
    else:
        layout = perturb(context, chain, others, rng, left_s)
    moved = not np.array_equal(layout, chain.layout)
    score = context.score(layout) if moved else chain.score
    hopeless = not relocates and acceptance.is_hopeless(score, chain.score, len(layout))
    if (moved or not chain.at_optimum) and not hopeless and left_s() > 0:
        layout = search_locally(context, layout, relocates, rng, left_s)
        chain = _accept(context, chain, layout, moved)
    stale = 0 if chain.best_score > least_gain else chain.stale + 1
    cpu_s = time.process_time() - cpu
    return replace(chain, iterations=chain.iterations + 1, stale=stale, cpu_s=cpu_s)


def _accept(context: SearchContext, chain: Chain, layout: FloatArray, moved: bool) -> Chain:
    """Let the chain go on from a layout, unless that is worse."""
    acceptance, score = context.settings.acceptance, context.score(layout)
    if not acceptance.accepts(score, chain.best_score, len(layout)):
        return chain
    at_optimum = not moved and score < acceptance.least_gain(chain.score)
    if not at_optimum or score > chain.score:
        chain = replace(chain, layout=layout, score=score)
    chain = replace(chain, at_optimum=at_optimum)
    if score > chain.best_score and (aep := context.objective.value(layout)) > chain.best_aep:
        return replace(chain, best=layout, best_aep=aep, best_score=score)
    return chain


@dataclass
class IteratedLocalSearch:
    """Chains under way.

    Attributes
    ----------
    task : SearchTask
    context : SearchContext
    findings : Findings
        Told of every iteration.
    """

    task: SearchTask
    context: SearchContext
    findings: Findings
    _numbers: int = 0
    _begun: dict[str, Chain] = field(default_factory=dict)

    def begin(self, best: Sequence[Found], seconds: float) -> None:
        """Take the first iteration from layouts that no chain has begun at, in some time each [s].

        A layout not far from the last one comes early, while starts are still to come.
        """

        def first(found: Found) -> partial[Chain]:
            chain = Chain.start(self._numbers, *found)
            self._numbers += 1
            return self._iteration(chain, (), seconds)

        tasks = map(first, [found for found in best if found.start not in self._begun])
        for chain in side_by_side(self.task.executor, tasks, lambda _: None):
            self._begun[chain.name] = chain
            self.findings.carried[chain.name] += " and one iteration"
            self._note(chain)

    def run(
        self,
        best: Sequence[Found],
        relocated: int,
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
        relocated : int
            How many turbines of these layouts a relocation pass has been over.
        kept_s : float [s]
            Of the time left, what they are to leave.
        progress : callable
            Told the share of the work done.
        patience : int
            Iterations in a row without a gain that end it.
        partners : sequence of (n_turbines, 2) [m]
            Layouts that chains take parts from, beside one another's.

        Returns
        -------
        str
            Why there is nothing more to gain; empty where the time is over.
        """
        settings, left_s = self.context.settings, self.task.left_s
        chains = self._chains(best, relocated)
        reserves = [self.findings.reached[found.start] for found in best[settings.chains :]]
        no_gain = NoGain(patience, settings.gain_tolerance, max(c.best_aep for c in chains))
        if left_s() == np.inf:
            no_gain.most = settings.most_iterations(len(chains[0].layout))
        stop = FirstOf(no_gain, OutOfTime(left_s, left_s(), kept_s))
        while not stop.met:
            self.findings.carried |= {chain.name: ITERATED for chain in chains}
            chains = self._epoch(chains, stop.out_of_time, partners)
            chains.sort(key=lambda chain: -chain.best_aep)
            no_gain.look(chains[0].best_aep, settings.epoch * len(chains))
            for i, chain in enumerate(chains[1:], start=1):
                if chain.stale >= settings.stale:
                    chains[i] = self._instead_of(chain, chains[0], reserves)
            progress(stop.share)
        return no_gain.reason() if no_gain.met else ""

    def _chains(self, best: Sequence[Found], relocated: int) -> list[Chain]:
        """Take over chains that have begun at the best layouts, and begin at the others."""
        count = self.context.settings.chains
        chains = [
            self._begun.pop(found.start)
            if found.start in self._begun
            else Chain.start(self._numbers + i, *found, relocated=relocated)
            for i, found in enumerate((list(best) * count)[:count])
        ]
        self._numbers += count
        return chains

    def _epoch(
        self, chains: Sequence[Chain], out_of_time: OutOfTime, partners: Sequence[FloatArray]
    ) -> list[Chain]:
        """Carry every chain on by the iterations of an epoch, side by side."""
        grown = {chain.number: chain for chain in chains}
        left = dict.fromkeys(grown, self.context.settings.epoch)
        good = {chain.number: chain.best for chain in chains}

        def following(chain: Chain) -> partial[Chain] | None:
            if left[chain.number] <= 0 or out_of_time.met:
                return None
            others = [layout for number, layout in good.items() if number != chain.number]
            others += [x for x in partners if not np.array_equal(x, chain.best)]
            seconds = max(out_of_time.left_s() - out_of_time.kept_s, 0.0)
            return self._iteration(chain, others, seconds)

        first = (task for chain in chains if (task := following(chain)) is not None)
        for chain in side_by_side(self.task.executor, first, following):
            grown[chain.number] = chain
            left[chain.number] -= 1
            self._note(chain)
        return [grown[number] for number in sorted(grown)]

    def _iteration(
        self, chain: Chain, others: Sequence[FloatArray], seconds: float
    ) -> partial[Chain]:
        return partial(iterate, self.context, chain, others, self.task.seed, seconds)

    def _note(self, chain: Chain) -> None:
        self.findings.note(Found(chain.name, chain.best, chain.best_aep), chain.cpu_s)

    def _instead_of(self, stale: Chain, best: Chain, reserves: list[Found]) -> Chain:
        """Begin a chain at a start that has none yet, or copy the best."""
        self.findings.carried[stale.name] = f"{ITERATED}, then gave way to another layout"
        if reserves:
            return Chain.start(stale.number + SUCCESSOR, *reserves.pop(0))
        return replace(best, number=stale.number + SUCCESSOR, stale=0)
