"""Sampled wind conditions for stochastic gradients.

A gradient on a fixed coarse set of directions lets the search slip turbines between them. So every
step draws afresh, systematically along the rose: directions and speeds in proportion to the wake
loss they are responsible for (most of a rose's conditions lie above rated speed or are rare, and
say nothing), moved within their degree, and weighed so that the mean power's gradient is unbiased.
Where the wind varies over the site, conditions are drawn, too, in proportion to what good places
yield more than poor ones.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import torch

from windopt.problem.condensed import FewSpeeds, few_speeds
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import one_build_out
from windopt.problem.objective import Objective
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.surrogate import Surrogate

_FLOOR = 0.05
"""Share of the draws spread evenly over the rose: no condition is ever forgotten."""


OF_PLACES = (0.05, 0.95)
"""Quantiles of the speed-up between which places differ."""


@dataclass(frozen=True, eq=False)
class RoseSampler:
    """Draws conditions from a rose in proportion to their wake loss.

    Attributes
    ----------
    conditions : Conditions
        The rose, as a list.
    share : (n_conditions,)
        Probability of each condition to be drawn.
    step_deg : float
        Width of a direction sector [deg].
    condensed : Conditions
        The rose at few wind speeds.
    speeds : FewSpeeds or None
        How these were chosen; None where the rose is not condensed.
    """

    conditions: Conditions
    share: FloatArray
    step_deg: float
    condensed: Conditions
    speeds: FewSpeeds | None = None

    @classmethod
    def of(
        cls, objective: Objective, layout: FloatArray, weight: FloatArray | None = None
    ) -> "RoseSampler":
        """Measure the wake loss of each speed on `layout`, over every tenth direction.

        Parameters
        ----------
        objective : Objective
        layout : (n_turbines, 2) [m]
        weight : (n_directions, n_speeds), optional
            By default that of the objective's rose.
        """
        wind, surrogate = objective.wind, cast(Surrogate, one_build_out(objective.model))
        some = np.linspace(0, len(wind.wind_direction), 36, endpoint=False).astype(int)
        wd, ws = np.meshgrid(wind.wind_direction[some], wind.wind_speed, indexing="ij")
        ti = wind.turbulence_intensity[some]
        with torch.no_grad():
            power = surrogate.power(layout[None], wd.ravel(), ws.ravel(), ti.ravel())
        produced = power.sum(-1)[0].reshape(wd.shape).mean(0)
        if wind.speed_up is None:
            alone = surrogate.wake_free_power(wind.wind_speed, len(layout))
            loss = (alone - produced).double().cpu().numpy()
        else:
            unwaked = surrogate.alone_power(layout, wd.ravel(), ws.ravel())
            loss = unwaked.reshape(wd.shape).mean(0) - produced.double().cpu().numpy()
            loss = loss + _at_stake(wind, wind.speed_up, surrogate, len(layout))
        weight = objective.weights(wind) if weight is None else weight
        return cls.by_wake_loss(wind, loss, weight, few_speeds(objective, layout, weight))

    @classmethod
    def by_wake_loss(
        cls,
        wind: WindResource,
        loss: FloatArray,
        weight: FloatArray | None = None,
        speeds: FewSpeeds | None = None,
    ) -> "RoseSampler":
        """Draw from a rose by the farm's wake loss at its speeds (n_speeds,).

        Parameters
        ----------
        wind : WindResource
        loss : (n_speeds,) [W]
        weight : (n_directions, n_speeds), optional
            By default the rose's probability.
        speeds : FewSpeeds, optional
            Without them the condensed rose is the whole.
        """
        weight = wind.probability if weight is None else weight
        c, loss = wind.grid(weight), np.maximum(loss, 0.0)
        condensed = c if speeds is None else speeds.condensed(weight)
        c = c.listed.take(weight.ravel() > 0)
        if not loss.any():  # a turbine without neighbours loses nothing at any speed
            loss = np.ones_like(loss)
        share = c.weight * np.interp(c.ws, wind.wind_speed, loss)
        even = c.weight * (np.interp(c.ws, wind.wind_speed, loss) > 0)
        share = (1 - _FLOOR) * share / share.sum() + _FLOOR * even / even.sum()
        gaps = np.diff(wind.wind_direction, append=wind.wind_direction[0] + 360.0)
        return cls(c, share, float(gaps.min()), condensed, speeds)

    def draw(self, n: int, rng: np.random.Generator) -> Conditions:
        """Draw a list of `n` conditions."""
        return self.drawn(n, rng)[0]

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Conditions, IntArray]:
        """Draw a list of `n` conditions; returns it with their places in `conditions` (n,)."""
        i = _draw(self.share, n, rng)
        c = self.conditions.take(i)
        wd = c.wd + rng.uniform(-0.5, 0.5, n) * self.step_deg
        return _rounded(Conditions(wd, c.ws, c.ti, c.weight / (n * self.share[i]))), i

    def draw_directions(self, n: int, rng: np.random.Generator) -> Conditions:
        """Draw `n` directions with all speeds of the condensed rose, as a grid.

        There is less noise in them, at a higher price.
        """
        return self.drawn_directions(n, rng)[0]

    def drawn_directions(self, n: int, rng: np.random.Generator) -> tuple[Conditions, IntArray]:
        """Draw as `draw_directions` does; returns also which rows of the condensed rose (n,)."""
        share = self.by_direction
        i = _draw(share, n, rng)
        rose = self.condensed.take(i)
        wd = rose.wd + rng.uniform(-0.5, 0.5, n) * self.step_deg
        weight = rose.weight * (share.sum() / (n * share[i]))[:, None]
        return _rounded(Conditions(wd, rose.ws, rose.ti, weight)), i

    @property
    def condensed_speeds(self) -> int:
        """Wind speeds of a direction of the condensed rose."""
        return int(self.condensed.ws.shape[1])

    @cached_property
    def by_direction(self) -> FloatArray:
        """Share of the draws by direction (n_directions,)."""
        # a rose need not have every speed in every direction
        sector = np.searchsorted(self.condensed.wd, self.conditions.wd)
        n = len(self.condensed.wd)
        return np.asarray(np.bincount(sector, self.share, minlength=n), dtype=np.float64)


def _at_stake(wind: WindResource, speed_up: SpeedUp, surrogate: Surrogate, n: int) -> FloatArray:
    """Return the power between poor and good places at each wind speed (n_speeds,) [W]."""
    poor, good = (
        surrogate.wake_free_power(wind.wind_speed * np.quantile(speed_up.factor, share), n)
        for share in OF_PLACES
    )
    return np.asarray((good - poor).abs().double().cpu().numpy())


def _rounded(c: Conditions) -> Conditions:
    """Round to single precision, in which surrogates and FLORIS are asked alike."""
    single = (a.astype(np.float32).astype(np.float64) for a in (c.wd, c.ws, c.ti, c.weight))
    return Conditions(*single)


def _draw(share: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """Draw `n` indices in proportion to shares, evenly spread (systematic sampling)."""
    ladder = np.cumsum(share)
    rungs = (np.arange(n) + rng.random()) / n * ladder[-1]
    drawn: IntArray = np.searchsorted(ladder, rungs, side="right").clip(max=len(ladder) - 1)
    return drawn
