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

import numpy as np
import torch
from torch import Tensor

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.search.condensed import CondensedRose
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
    wd, ws, ti, weight : (n_conditions,)
        The rose.
    share : (n_conditions,)
        Probability of each condition to be drawn.
    step_deg : float
        Width of a direction sector [deg].
    condensed : CondensedRose
        The rose at few wind speeds.
    """

    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    weight: FloatArray
    share: FloatArray
    step_deg: float
    condensed: CondensedRose

    @classmethod
    def of(cls, problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray) -> "RoseSampler":
        """Measure the wake loss of each speed on `layout`, over every tenth direction."""
        wind = problem.paid_wind
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
        return cls.by_wake_loss(problem, loss, CondensedRose.of(problem, surrogate, layout))

    @classmethod
    def by_wake_loss(
        cls, problem: LayoutProblem, loss: FloatArray, condensed: CondensedRose | None = None
    ) -> "RoseSampler":
        """Draw from the problem's fine rose by the farm's wake loss at its speeds (n_speeds,)."""
        condensed = condensed or CondensedRose.whole(problem.paid_wind)
        wind = problem.paid_wind
        c, loss = wind.conditions, np.maximum(loss, 0.0)
        if not loss.any():  # a turbine without neighbours loses nothing at any speed
            loss = np.ones_like(loss)
        share = c.weight * np.interp(c.ws, wind.wind_speed, loss)
        even = c.weight * (np.interp(c.ws, wind.wind_speed, loss) > 0)
        share = (1 - _FLOOR) * share / share.sum() + _FLOOR * even / even.sum()
        gaps = np.diff(wind.wind_direction, append=wind.wind_direction[0] + 360.0)
        return cls(c.wd, c.ws, c.ti, c.weight, share, float(gaps.min()), condensed)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draw `n` conditions: wd (n,), ws, ti and weight (n, 1), for `Surrogate.mean_power`."""
        i = _draw(self.share, n, rng)
        wd = self.wd[i] + rng.uniform(-0.5, 0.5, n) * self.step_deg
        weight = self.weight[i] / (n * self.share[i])

        def column(a: FloatArray) -> Tensor:
            return torch.as_tensor(a, dtype=torch.float32)[:, None]

        return column(wd)[:, 0], column(self.ws[i]), column(self.ti[i]), column(weight)

    def draw_directions(
        self, n: int, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draw `n` directions with all speeds of the condensed rose: less noise, at a higher price.

        Returns
        -------
        wd (n,), ws, ti and weight (n, n_speeds), for `Surrogate.mean_power`
        """
        rose, share = self.condensed, self.by_direction
        i = _draw(share, n, rng)
        wd = rose.wd[i] + rng.uniform(-0.5, 0.5, n) * self.step_deg
        ws = np.broadcast_to(rose.ws, (n, len(rose.ws))).copy()
        weight = rose.weight[i] * (share.sum() / (n * share[i]))[:, None]

        def tensor(a: FloatArray) -> Tensor:
            return torch.as_tensor(a, dtype=torch.float32)

        return tensor(wd), tensor(ws), tensor(rose.ti[i]), tensor(weight)

    @cached_property
    def by_direction(self) -> FloatArray:
        """Share of the draws by direction (n_directions,)."""
        # a rose need not have every speed in every direction
        sector = np.searchsorted(self.condensed.wd, self.wd)
        n = len(self.condensed.wd)
        return np.asarray(np.bincount(sector, self.share, minlength=n), dtype=np.float64)


def _at_stake(wind: WindResource, speed_up: SpeedUp, surrogate: Surrogate, n: int) -> FloatArray:
    """Return the power between poor and good places at each wind speed (n_speeds,) [W]."""
    poor, good = (
        surrogate.wake_free_power(wind.wind_speed * np.quantile(speed_up.factor, share), n)
        for share in OF_PLACES
    )
    return np.asarray((good - poor).abs().double().cpu().numpy())


def _draw(share: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """Draw `n` indices in proportion to shares, evenly spread (systematic sampling)."""
    ladder = np.cumsum(share)
    rungs = (np.arange(n) + rng.random()) / n * ladder[-1]
    drawn: IntArray = np.searchsorted(ladder, rungs, side="right").clip(max=len(ladder) - 1)
    return drawn
