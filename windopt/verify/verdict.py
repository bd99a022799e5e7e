"""The judge: FLORIS on the problem's rose at 1°, and the exact constraints.

Nothing else may call a figure AEP or gain. A rose with fewer directions is refined to 360 first: a
farm in line with its grid reads 4.8 % high on 36 directions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from windopt.optimise import repair
from windopt.problem import (
    Feasibility,
    FloatArray,
    IntArray,
    LayoutProblem,
    Turbine,
    WindResource,
    breaks_rules,
    check_feasibility,
)
from windopt.simulate import Progress, Simulator, free_speed_ratio, worker_pool


@dataclass(frozen=True, eq=False)
class JudgedLayout:
    """One layout before the judge.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    aep : float [Wh]
        FLORIS's; with that of fixed turbines only where the problem counts it.
    wake_loss_pct : float [%]
        Of the AEP without wakes.
    wake_loss_by_direction_pct : (n_directions,) [%]
    feasibility : Feasibility
    revenue : float, optional [currency]
        A year, where the energy has values.
    turbine_aep : (n_turbines,) [Wh]
        Of each placed turbine.
    turbine_wake_loss_pct : (n_turbines,) [%]
        Of what each would yield alone.
    """

    layout: FloatArray
    aep: float
    wake_loss_pct: float
    wake_loss_by_direction_pct: FloatArray
    feasibility: Feasibility
    revenue: float | None = None
    turbine_aep: FloatArray = field(default_factory=lambda: np.empty(0))
    turbine_wake_loss_pct: FloatArray = field(default_factory=lambda: np.empty(0))

    @property
    def merit(self) -> float:
        """What layouts are chosen by: the revenue where the energy has values, else the AEP."""
        return self.aep if self.revenue is None else self.revenue

    def in_order(self, order: IntArray) -> "JudgedLayout":
        """Return the layout with its turbines, types apart, in another order (n_turbines,)."""
        return replace(
            self,
            layout=self.layout[order],
            turbine_aep=self.turbine_aep[order],
            turbine_wake_loss_pct=self.turbine_wake_loss_pct[order],
        )


@dataclass(frozen=True, eq=False)
class Verdict:
    """FLORIS's account of a layout beside a reference.

    Attributes
    ----------
    judged : JudgedLayout
    reference : JudgedLayout or None
        The problem's given layout, made feasible; None where none is given.
    as_given : JudgedLayout or None
        The given layout as it was given, feasible or not; None where none is given.
    """

    judged: JudgedLayout
    reference: JudgedLayout | None
    as_given: JudgedLayout | None = None

    @property
    def aep(self) -> float:
        """AEP [Wh]."""
        return self.judged.aep

    @property
    def gain_pct(self) -> float | None:
        """Gain in AEP over the reference, the given layout made feasible [%]."""
        return self._gain_over(self.reference)

    @property
    def gain_over_as_given_pct(self) -> float | None:
        """Gain in AEP over the given layout as it was given, feasible or not [%]."""
        return self._gain_over(self.as_given)

    def _gain_over(self, other: JudgedLayout | None) -> float | None:
        return None if other is None else 100.0 * (self.judged.aep / other.aep - 1.0)

    @property
    def feasible(self) -> bool:
        """Whether the layout keeps boundaries and spacing."""
        return self.judged.feasibility.feasible


def wake_free_aep(problem: LayoutProblem, layout: FloatArray | None = None) -> float:
    """Give the AEP [Wh] of the turbines standing alone, from the power curve FLORIS uses.

    Fixed turbines are among them where the problem counts their energy. Where the wind varies over
    the site it depends on the `layout` (n_turbines, 2) [m]; without one it is that in the rose.
    """
    alone = wake_free_power(problem, problem.wind, layout)
    return problem.hours_per_year * float(alone.sum())


def judged_wind(problem: LayoutProblem) -> WindResource:
    """Return the rose without the speeds below which turbines neither yield nor consume."""
    wind = problem.wind
    turns, _ = _alone(problem, wind)
    return WindResource(
        wind.wind_direction,
        wind.wind_speed[turns],
        wind.probability[:, turns],
        wind.turbulence_intensity[:, turns],
        None if wind.value is None else wind.value[:, turns],
    )


def judge(
    problem: LayoutProblem,
    layouts: Mapping[str, FloatArray],
    simulator: Simulator,
    progress: Progress | None = None,
) -> dict[str, JudgedLayout]:
    """Simulate layouts on the rose, as `judged_wind` gives it; the same names come back."""
    wind, blowing = problem.wind, judged_wind(problem)
    _, alone = _alone(problem, wind)
    conditions = blowing.conditions
    sector = np.searchsorted(wind.wind_direction, conditions.wd)
    by_direction = alone.sum(axis=1)
    worth = None if conditions.value is None else conditions.weight * conditions.value
    judged = {}
    alone_by_type = np.array([(one * wind.probability).sum() for one in _by_type(problem, wind)])
    powers = simulator.counted_power(layouts.values(), conditions, progress)
    for (name, layout), turbine_power in zip(layouts.items(), powers, strict=True):
        power = turbine_power.sum(axis=1)
        own = conditions.weight @ turbine_power[:, : len(layout)]
        types = problem.types if len(layout) == len(problem.types) else np.zeros(len(layout), int)
        produced = np.bincount(
            sector, power * conditions.weight, minlength=len(wind.wind_direction)
        )
        alone_own = alone_by_type[types]
        if problem.speed_up is not None:
            each = [one * wind.probability for one in _at_places(problem, wind, layout)]
            by_direction = np.sum(each, axis=(0, 2))
            alone_own = np.sum(each, axis=(1, 2))[: len(layout)]
        loss = 1.0 - np.divide(
            produced, by_direction, out=np.ones_like(produced), where=by_direction > 0
        )
        judged[name] = JudgedLayout(
            layout=layout,
            aep=problem.hours_per_year * float(produced.sum()),
            wake_loss_pct=100.0 * float(1.0 - produced.sum() / by_direction.sum()),
            wake_loss_by_direction_pct=100.0 * loss,
            feasibility=check_feasibility(problem, layout),
            revenue=None if worth is None else problem.hours_per_year * float(power @ worth) / 1e6,
            turbine_aep=problem.hours_per_year * own,
            turbine_wake_loss_pct=100.0 * (1.0 - own / alone_own),
        )
    return judged


def verify(
    problem: LayoutProblem, layout: FloatArray, simulator: Simulator | None = None
) -> Verdict:
    """Judge a layout beside the problem's given one.

    Where the given layout breaks a rule, by more than rounding (1 m), it is judged as it is and as
    `repair` mends it.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    simulator : Simulator, optional
        By default FLORIS runs on all cores.
    """
    layouts = {"layout": np.asarray(layout, dtype=np.float64)}
    if problem.initial_layout is not None:
        layouts["reference"] = repair(problem, problem.initial_layout)
        if breaks_rules(problem, problem.initial_layout):
            layouts["as given"] = problem.initial_layout
    if simulator is None:
        with worker_pool() as pool:
            judged = judge(problem, layouts, Simulator(problem, pool))
    else:
        judged = judge(problem, layouts, simulator)
    reference = judged.get("reference")
    return Verdict(judged["layout"], reference, judged.get("as given", reference))


def wake_free_power(
    problem: LayoutProblem, wind: WindResource, layout: FloatArray | None = None
) -> FloatArray:
    """Give the power of the turbines standing alone, times its probability.

    Parameters
    ----------
    problem : LayoutProblem
    wind : WindResource
    layout : (n_turbines, 2) [m], optional
        Where they stand, where the wind varies over the site; without it the rose's wind counts.

    Returns
    -------
    (n_directions, n_speeds) [W]
    """
    if problem.speed_up is None or layout is None:
        return _alone(problem, wind)[1]
    return np.asarray(sum(_at_places(problem, wind, layout)) * wind.probability)


def _at_places(
    problem: LayoutProblem, wind: WindResource, layout: FloatArray
) -> Iterator[FloatArray]:
    """Give the power of every turbine that counts, alone at its place (n_directions, n_speeds)."""
    assert problem.speed_up is not None
    types = problem.types if len(layout) == len(problem.types) else np.zeros(len(layout), int)
    if problem.fixed_counted:
        types = np.append(types, problem.fixed_types)
    # at the hub: what the rotor averages differs by the square of a gradient, 1e-5
    factor = problem.speed_up.at(problem.joined(layout)[: len(types)], wind.wind_direction)
    for kind, here in zip(types, factor.T, strict=True):
        speed = here[:, None] * wind.wind_speed
        yield _power_alone(problem, problem.turbines[kind], speed)


def _alone(problem: LayoutProblem, wind: WindResource) -> tuple[FloatArray, FloatArray]:
    """Tell which speeds give power, and the mean wake-free power (n_directions, n_speeds)."""
    turns = np.zeros(len(wind.wind_speed), dtype=bool)
    power = np.zeros(len(wind.wind_speed))
    counts = np.bincount(problem.counted_types, minlength=len(problem.turbines))
    most = 1.0 if problem.speed_up is None else float(problem.speed_up.factor.max())
    one_each = _by_type(problem, wind)
    for turbine, count, one in zip(problem.turbines, counts, one_each, strict=True):
        power += count * one
        # beyond cut-out a wake may bring a turbine back to life: only the slow side is dropped
        fastest = most * _free_speed(problem, turbine, wind.wind_speed)
        turns |= (count > 0) & (fastest >= turbine.idle_below)
    return turns, power * wind.probability


def _by_type(problem: LayoutProblem, wind: WindResource) -> list[FloatArray]:
    """Give the power of one turbine of each type out of all wakes, (n_speeds,) each [W]."""
    return [_power_alone(problem, turbine, wind.wind_speed) for turbine in problem.turbines]


def _power_alone(problem: LayoutProblem, turbine: Turbine, ws: FloatArray) -> FloatArray:
    """Give the power of a turbine out of all wakes at speeds at the reference height [W]."""
    speed = _free_speed(problem, turbine, ws)
    return np.asarray(np.interp(speed, turbine.wind_speed, turbine.power, left=0.0, right=0.0))


def _free_speed(problem: LayoutProblem, turbine: Turbine, ws: FloatArray) -> FloatArray:
    """Give the speeds at which a turbine's curves are read out of all wakes [m/s]."""
    density = (problem.air_density / turbine.ref_air_density) ** (1.0 / 3.0)
    speed: FloatArray = ws * free_speed_ratio(problem, turbine) * density
    return speed
