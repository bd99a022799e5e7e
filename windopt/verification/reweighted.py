"""Gains in other roses than the one that was searched in, from powers that are known already.

A layout that was searched for a rose may owe its gain to that rose. Two questions:

- *turned*: the rose is turned by some degrees, p'(θ, u) = p(θ - a, u): vanes and reference years
  are wrong by as much;
- *noise*: the frequency of every sector is wrong by some per cent, p'(θ, u) = p(θ, u) m(θ), with
  m(θ) linear between normally distributed factors of the sectors and the sum scaled back to 1.

The conditions stay, their weights change, so that FLORIS is not asked again
(`windopt.verification.known_power`). Turbulence intensity and what the ground does to the wind stay
with the directions. Classes that occur in the turned rose alone are not known: what they weigh is
told, and the others stand for them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windopt.floris.alone import evaluated_wind
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.verification.evaluated import EvaluatedLayout, standard_error

AS_IT_IS = "as it is"
TURNS_DEG = (-15.0, -5.0, 5.0, 15.0)
NOISE, DRAWS, SEED = 0.1, 20, 27
"""Standard deviation of a sector's frequency [-], how many roses are drawn, and with what seed."""
SECTORS, FEWEST, MOST = 12, 4, 36
"""Sectors whose frequencies are drawn: those of the given rose where it has 4 to 36, else 12."""


@dataclass(frozen=True, eq=False)
class OtherRose:
    """Weights of the conditions in another rose.

    Attributes
    ----------
    name : str
        ``as it is``, ``turned +15`` or ``noise 1``.
    weight : (n_conditions,)
        As those of `evaluated_wind`; they sum to what these do.
    unknown_share : float [-]
        Share of the other rose in classes that the rose itself does not have.
    """

    name: str
    weight: FloatArray
    unknown_share: float = 0.0


@dataclass(frozen=True)
class GainInRose:
    """The gain of the final layout in another rose, by FLORIS.

    Attributes
    ----------
    name : str
    gain_gwh, error_gwh : float [GWh]
        In a year, and its standard error: 0 where FLORIS has seen the whole rose.
    gain_pct : float [%]
    unknown_share : float [-]
        As of `OtherRose`.
    """

    name: str
    gain_gwh: float
    error_gwh: float
    gain_pct: float
    unknown_share: float = 0.0


def other_roses(problem: LayoutProblem) -> list[OtherRose]:
    """Return the rose as it is, turned, and with noise; turned only where directions are even."""
    wind = evaluated_wind(problem)
    roses = [OtherRose(AS_IT_IS, *_weights(wind, wind.probability))]
    roses += [
        OtherRose(f"turned {angle:+g}", *_weights(wind, table))
        for angle in TURNS_DEG
        if (table := turned(wind, angle)) is not None
    ]
    rng = np.random.default_rng(SEED)
    number, first = sectors_of(problem)
    for draw in range(DRAWS):
        factors = np.maximum(0.0, 1.0 + NOISE * rng.standard_normal(number))
        table = with_factors(wind, factors, first)
        roses.append(OtherRose(f"noise {draw + 1}", *_weights(wind, table)))
    return roses


def sectors_of(problem: LayoutProblem) -> tuple[int, float]:
    """Return how many sectors are drawn, and the first one's direction [deg]."""
    given = problem.given_wind.wind_direction
    number = len(given)
    even = FEWEST <= number <= MOST and np.allclose(np.diff(given), 360.0 / number, atol=0.5)
    first = float(given[0]) + problem.wind_turn if even else 0.0
    return (number if even else SECTORS), first


def turned(wind: WindResource, angle: float) -> FloatArray | None:
    """Return the probabilities of a rose turned by an angle [deg], on its own directions.

    Between two directions they are linear.

    Returns
    -------
    (n_directions, n_speeds), or None where the directions are not even
    """
    n = len(wind.wind_direction)
    step = 360.0 / n
    if n < SECTORS or not np.allclose(np.diff(wind.wind_direction), step, atol=1e-6):
        return None
    whole, part = divmod(angle / step, 1.0)
    near, far = (np.roll(wind.probability, int(whole) + more, axis=0) for more in (0, 1))
    return np.asarray((1.0 - part) * near + part * far)


def with_factors(wind: WindResource, factors: FloatArray, first: float) -> FloatArray:
    """Return the probabilities of a rose whose sectors are more or less frequent.

    Parameters
    ----------
    wind : WindResource
    factors : (n_sectors,)
        Of the frequencies, of even sectors; linear between their middles.
    first : float [deg]
        Middle of the first sector.

    Returns
    -------
    (n_directions, n_speeds)
        With the sum of the rose's own.
    """
    middle = (first + 360.0 / len(factors) * np.arange(len(factors))) % 360.0
    by_direction = np.interp(wind.wind_direction, middle, factors, period=360.0)
    table = wind.probability * by_direction[:, None]
    total = table.sum()
    return np.asarray(table * (wind.probability.sum() / total) if total > 0 else wind.probability)


def gains_in_roses(
    problem: LayoutProblem,
    final: EvaluatedLayout,
    reference: EvaluatedLayout,
    weights: Mapping[str, float] | None = None,
    roses: Sequence[OtherRose] | None = None,
) -> list[GainInRose]:
    """Return the gain in AEP of a layout over another in other roses.

    Parameters
    ----------
    problem : LayoutProblem
    final, reference : EvaluatedLayout
    weights : mapping of str to float, optional
        Of a robust run: of the wake models over which the gain is averaged.
    roses : sequence of OtherRose, optional
        By default those of `other_roses`.

    Returns
    -------
    list of GainInRose
        Empty where FLORIS's powers by condition are not known.
    """
    pairs = _pairs(final, reference, weights or {})
    if any(one.known is None or other.known is None for _, one, other in pairs):
        return []
    gains, whole = [], sum(weight for weight, _, _ in pairs)
    for rose in other_roses(problem) if roses is None else roses:
        gain = error = before = 0.0
        for weight, one, other in pairs:
            assert one.known is not None
            assert other.known is not None
            share = problem.hours_per_year / 1e9 * weight / whole
            ours, theirs = one.known.mean(rose.weight), other.known.mean(rose.weight)
            gain += share * float(ours.mean() - theirs.mean())
            before += share * float(theirs.mean())
            # the same draws under every wake model: their errors add up
            error += share * _error(ours, theirs)
        pct = 100.0 * gain / before if before else 0.0
        gains.append(GainInRose(rose.name, gain, error, pct, rose.unknown_share))
    return gains


def _pairs(
    final: EvaluatedLayout, reference: EvaluatedLayout, weights: Mapping[str, float]
) -> list[tuple[float, EvaluatedLayout, EvaluatedLayout]]:
    """Return the two layouts under every wake model that counts, with its weight."""
    models = [name for name in final.under if name in reference.under and weights.get(name, 0) > 0]
    if not models:
        return [(1.0, final, reference)]
    return [(weights[name], final.under[name], reference.under[name]) for name in models]


def _error(ours: FloatArray, theirs: FloatArray) -> float:
    """Return the standard error of the difference of two means of draws, in their unit."""
    if len(ours) == len(theirs):  # of the same conditions
        return standard_error(ours - theirs) if len(ours) > 1 else 0.0
    each = (standard_error(one) for one in (ours, theirs) if len(one) > 1)
    return math.hypot(*each)


def _weights(wind: WindResource, table: FloatArray) -> tuple[FloatArray, float]:
    """Return a table's weights in the conditions that occur, and its share in others."""
    total, weight = float(table.sum()), table[wind.occurs]
    known = float(weight.sum())
    if known <= 0:
        return wind.probability[wind.occurs], 1.0
    return weight * (total / known), max(0.0, 1.0 - known / total)
