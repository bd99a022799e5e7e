"""The duel: whether the search with learning finds more than the best one without.

Both search at equal energy, with the same seeds, and the same judges tell how much more the one has
found than the other. The differences of wake models m = 1..M and seeds k = 1..K are taken for

    D_mk = mu + a_m + b_k + e_mk

a two-way layout with random effects and without replication (Scheffé, The Analysis of Variance,
1959, ch. 7). Its mean squares are A = K sum (D_m. - D..)^2 / (M - 1), B = M sum (D_.k - D..)^2 /
(K - 1) and E = sum (D_mk - D_m. - D_.k + D..)^2 / ((M - 1)(K - 1)); from them come

    mu = D..     s_a^2 = A / K     s_b^2 = max(0, (B - E) / M)

s_a^2 is the variance of the wake models' means over the seeds. It has what the residual leaves in
such a mean, as the mean of one more wake model would, and so it cannot be negative. s_rose is the
standard error of mu that comes from asking about a sample of the wind conditions, 0 on the whole
rose. That one more wake model, exchangeable with those of the panel, sees a difference above x has
the probability

    P(x) = F_t,M-1( (mu - x) / sqrt(s_a^2 (1 + 1/M) + s_b^2 / K + s_rose^2) )

With delta, the materiality declared before the run: *worth it* where P(delta) >= 0.9, *equivalent*
where P(-delta) - P(delta) >= 0.9, *worse* where 1 - P(-delta) >= 0.9, else *undecided*. One wake
model leaves s_a unknown and one seed s_b: then the answer is *unknown*. Models of one code share
their blindness, which no spread among them shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Answer = Literal["worth it", "equivalent", "worse", "undecided", "unknown"]
SURE = 0.9
"""Probability from which on an answer is given."""


class Row(Protocol):
    """A row of `differences.csv`."""

    @property
    def wake_model(self) -> str:
        """Who judged."""
        ...

    @property
    def seed(self) -> int:
        """Of both searches."""
        ...

    @property
    def difference_mwh(self) -> float:
        """AEP with learning less that without [MWh]."""
        ...


class Effects(NamedTuple):
    """What the two-way layout says of a table of differences, in the unit of these.

    Attributes
    ----------
    mean : float
        mu.
    std_models, std_seeds : float or None
        s_a and s_b; None of a single model or seed.
    """

    mean: float
    std_models: float | None
    std_seeds: float | None


@dataclass(frozen=True)
class Duel:
    """What a table of differences says of the search with learning.

    Attributes
    ----------
    answer : str
        Worth it, equivalent, worse, undecided; unknown with a single wake model or seed.
    leaning : str or None
        The most probable of the first three, where it is not the answer; None where nothing is
        known of their probabilities.
    effects : Effects
    delta, std_rose : float
        Materiality, and standard error that comes from the sample of the wind conditions.
    p_better, p_material, p_equivalent, p_worse : float or None [-]
        Probability that one more wake model sees a difference above 0, above delta, between, below
        minus delta; None with a single wake model. With a single seed they hold for that seed.
    models, seeds : int
    """

    answer: Answer
    leaning: Answer | None
    effects: Effects
    delta: float
    std_rose: float
    p_better: float | None
    p_material: float | None
    p_equivalent: float | None
    p_worse: float | None
    models: int
    seeds: int


def table_of(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return the differences as a table (n_models, n_seeds), whatever the order of the rows.

    Raises
    ------
    ValueError
        When a wake model has no row of a seed, or two.
    """
    models = sorted({row.wake_model for row in rows})
    seeds = sorted({row.seed for row in rows})
    found = {(row.wake_model, row.seed): row.difference_mwh for row in rows}
    for model in models:
        for seed in seeds:
            if (model, seed) not in found:
                raise ValueError(f"there is no difference under {model} of seed {seed}")
    if len(found) < len(rows):
        raise ValueError("a wake model has two differences of a seed")
    return np.array([[found[model, seed] for seed in seeds] for model in models])


def effects_of(table: NDArray[np.float64]) -> Effects:
    """Return mean, s_a and s_b of a table of differences (n_models, n_seeds)."""
    models, seeds = table.shape
    of_models, of_seeds, mean = table.mean(axis=1), table.mean(axis=0), float(table.mean())
    std_models = float(of_models.std(ddof=1)) if models > 1 else None
    if seeds < 2:
        return Effects(mean, std_models, None)
    between = float(of_seeds.var(ddof=1))
    if models > 1:
        residual = table - of_models[:, None] - of_seeds + mean
        between -= float((residual**2).sum()) / ((models - 1) * (seeds - 1)) / models
    return Effects(mean, std_models, float(np.sqrt(max(0.0, between))))


def probability_above(
    level: float, effects: Effects, models: int, seeds: int, std_rose: float = 0.0
) -> float | None:
    """Return the probability that one more wake model sees a difference above a level.

    None with a single wake model, which says nothing about another one.
    """
    if effects.std_models is None:
        return None
    variance = effects.std_models**2 * (1.0 + 1.0 / models) + std_rose**2
    variance += (effects.std_seeds or 0.0) ** 2 / seeds
    above = effects.mean - level
    if variance == 0.0:
        return float(above > 0.0)
    return float(student.cdf(above / np.sqrt(variance), models - 1))


def duel(table: NDArray[np.float64], delta: float, std_rose: float = 0.0) -> Duel:
    """Decide the duel.

    Parameters
    ----------
    table : (n_models, n_seeds)
        Differences.
    delta : float
        Materiality, in their unit; not negative.
    std_rose : float
        Standard error of their mean that comes from the sample of the wind conditions.
    """
    (models, seeds), effects = table.shape, effects_of(table)
    better, material, above_minus = (
        probability_above(level, effects, models, seeds, std_rose) for level in (0.0, delta, -delta)
    )
    if material is None or above_minus is None:
        unknown = None, None, None, None
        return Duel("unknown", None, effects, delta, std_rose, *unknown, models, seeds)
    of: Mapping[Answer, float] = {
        "worth it": material,
        "equivalent": above_minus - material,
        "worse": 1.0 - above_minus,
    }
    likely = max(of, key=lambda answer: of[answer])
    answer: Answer = likely if of[likely] >= SURE else "undecided"
    answer = answer if seeds > 1 else "unknown"
    leaning = None if answer == likely else likely
    chances = better, of["worth it"], of["equivalent"], of["worse"]
    return Duel(answer, leaning, effects, delta, std_rose, *chances, models, seeds)


def materiality(
    aep_mwh: float, pct: float, cost: float = 0.0, price_per_mwh: float | None = None
) -> float:
    """Return delta, what a difference must exceed to matter [MWh per year].

    Parameters
    ----------
    aep_mwh : float [MWh]
        Of the reference, mean over wake models.
    pct : float [%]
        The declared share of it.
    cost : float
        Of the extra computing, in the currency of the price.
    price_per_mwh : float or None
        None leaves the cost out.
    """
    paid = cost / price_per_mwh if price_per_mwh else 0.0
    return max(pct / 100.0 * aep_mwh, paid)
