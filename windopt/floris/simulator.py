"""The small contract behind which FLORIS stands: powers and AEP of layouts, counted.

FLORIS batches conditions well and layouts not at all, so a job is cut into tasks of one layout and
a block of conditions; the block is sized to keep FLORIS's arrays (about twenty of
``n_conditions x n_turbines x 9`` doubles) inside a worker's cache and memory.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import islice, starmap
from typing import Any

import numpy as np

from windopt.errors import LayoutError
from windopt.floris.adapter import FarmState, floris_configuration, simulate_farm
from windopt.floris.alone import turning
from windopt.floris.kept_states import KeptStates, digest_of
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm, FarmModel
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.words import count_of
from windopt.workers.remote import charged

TURBINE_CONDITIONS_PER_TASK = 20_000

Progress = Callable[[float], None]
"""Called with the share of the work done so far, in [0, 1]."""


@dataclass(frozen=True)
class FarmCase:
    """One layout and the conditions to simulate it in.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    wd, ws, ti : (n_conditions,) [deg, m/s, -]
    types : (n_turbines,), optional
        Indices of the turbines' types; None makes all of them the problem's first.
    at_once : int, optional
        Conditions of a task at most; by default as many as suit FLORIS.
    """

    layout: FloatArray
    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    types: IntArray | None = None
    at_once: int | None = None

    def blocks(self) -> Iterator["FarmCase"]:
        """Cut the conditions into blocks of a size that suits FLORIS."""
        size = max(1, TURBINE_CONDITIONS_PER_TASK // len(self.layout))
        size = min(size, self.at_once or size)
        for i in range(0, len(self.wd), size):
            part = slice(i, i + size)
            yield FarmCase(self.layout, self.wd[part], self.ws[part], self.ti[part], self.types)


@dataclass
class SimulationCounts:
    """What has been asked of FLORIS so far."""

    evaluations: int = 0
    conditions: int = 0
    turbine_conditions: int = 0
    worker_cpu_s: float = 0.0

    def add(self, other: "SimulationCounts") -> None:
        """Add what was asked elsewhere."""
        self.evaluations += other.evaluations
        self.conditions += other.conditions
        self.turbine_conditions += other.turbine_conditions
        self.worker_cpu_s += other.worker_cpu_s


@dataclass
class Simulator(FarmModel):
    """FLORIS for one problem, in this process or on an executor's workers.

    Attributes
    ----------
    problem : LayoutProblem
    executor : Executor, optional
        None runs in this process.
    counts : SimulationCounts
        Grows with every call; whoever keeps the ledger reads the difference. What was kept from an
        earlier call is not asked again, and not counted.
    kept : KeptStates, optional
        Keeps what comes, and gives what is there already.
    """

    problem: LayoutProblem
    executor: Executor | None = None
    counts: SimulationCounts = field(default_factory=SimulationCounts)
    kept: KeptStates | None = None

    def simulate(
        self, cases: Iterable[FarmCase], progress: Progress | None = None
    ) -> list[FarmState]:
        """Simulate farms; one state per case, in the order of the cases."""
        configuration = floris_configuration(self.problem)
        blocks = [list(case.blocks()) for case in cases]
        arguments = [
            (configuration, b.layout, b.wd, b.ws, b.ti, b.types) for case in blocks for b in case
        ]
        results = self._ask(configuration, arguments)
        states, done = [], 0
        for case in blocks:
            parts, asked = [], False
            for state, is_new in islice(results, len(case)):
                parts.append(state)
                if is_new:
                    asked = True
                    self.counts.conditions += len(state.power)
                    self.counts.turbine_conditions += state.power.size
                    self.counts.worker_cpu_s += state.cpu_s
                done += 1
                if progress is not None:
                    progress(done / len(arguments))
            self.counts.evaluations += asked
            states.append(_join(parts))
        return states

    def simulate_beside(
        self, cases: Iterable[FarmCase], progress: Progress | None = None
    ) -> list[FarmState]:
        """Simulate farms with the problem's fixed turbines behind; one state per case.

        Where neighbours come and go, power and flow are the mean over their build-outs, of those
        who stand (see `windopt.problem.neighbours`).
        """
        farms, listed = self.problem.varying, list(cases)
        if farms is None:
            return self.simulate(listed, progress)
        parts = []
        for case in listed:
            for one in farms.build_outs:
                kept = farms.standing(one.present, len(case.layout))
                types = None if case.types is None else case.types[kept]
                parts.append(replace(case, layout=case.layout[kept], types=types))
        states, means = iter(self.simulate(parts, progress)), []
        for case in listed:
            some = list(islice(states, len(farms.build_outs)))
            means.append(_mean_state(farms, some, len(case.layout)))
        return means

    def _ask(
        self, configuration: dict[str, Any], arguments: list[tuple[Any, ...]]
    ) -> Iterator[tuple[FarmState, bool]]:
        """Yield states in order, and whether each is new."""
        known: list[FarmState | None] = [None] * len(arguments)
        digests = [""] * len(arguments)
        if self.kept is not None:
            common = digest_of(configuration)
            digests = [digest_of(common, *one[1:]) for one in arguments]
            known = [self.kept.get(digest) for digest in digests]
        wanted = [one for one, state in zip(arguments, known, strict=True) if state is None]
        executor = charged(self.executor)
        if executor is None:
            new: Iterator[FarmState] = starmap(simulate_farm, wanted)
        else:
            tasks = [executor.submit(simulate_farm, *one) for one in wanted]
            new = (task.result() for task in tasks)
        for digest, state in zip(digests, known, strict=True):
            if state is not None:
                yield state, False
                continue
            fresh = next(new)
            if self.kept is not None:
                self.kept.add(digest, fresh)
            yield fresh, True

    def power(
        self,
        layout: FloatArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        types: IntArray | None = None,
    ) -> FloatArray:
        """Return the turbines' powers, (n_conditions, n_turbines) [W]; by default of their types.

        The problem's fixed turbines stand among them; their powers are left out.
        """
        (state,) = self.simulate_beside([self._beside_fixed(layout, wd, ws, ti, types)])
        return state.power[:, : len(layout)]

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return every turbine's power (b, *wind.ws.shape, n) [W]; see `FarmModel`.

        Farms are taken as they are: no fixed turbines are put beside them.
        """
        c = wind.listed
        states = self.simulate(
            [FarmCase(one, c.wd, c.ws, c.ti, farm.types) for one in farm.layouts]
        )
        power = np.stack([state.power for state in states])
        return power.reshape(len(power), *wind.ws.shape, -1)

    def rose(self, wind: WindResource, weight: FloatArray) -> Conditions:
        """Return what occurs of a rose at speeds where some turbine turns, as a list."""
        occurs = (weight != 0.0) & turning(self.problem, wind)
        return wind.grid(weight).listed.take(occurs.ravel())

    def farm_power(
        self,
        layouts: Iterable[FloatArray],
        wind: WindResource,
        progress: Progress | None = None,
        types: IntArray | None = None,
    ) -> list[FloatArray]:
        """Return each layout's farm power in the rose's conditions, (n_conditions,) [W].

        The problem's fixed turbines stand among those of the layout; their power is in the farm's
        where the problem counts it.
        """
        powers = self.counted_power(layouts, wind.conditions, progress, types)
        return [power.sum(axis=1) for power in powers]

    def counted_power(
        self,
        layouts: Iterable[FloatArray],
        conditions: Conditions,
        progress: Progress | None = None,
        types: IntArray | None = None,
    ) -> list[FloatArray]:
        """Give, for each layout, the powers of the turbines that count.

        Returns
        -------
        (n_conditions, n_turbines) each [W]; with the fixed turbines behind them where the problem
            counts their power
        """
        c = conditions
        cases = [self._beside_fixed(layout, c.wd, c.ws, c.ti, types) for layout in layouts]
        uncounted = 0 if self.problem.fixed_counted else len(self.problem.fixed_layout)
        return [
            state.power[:, : state.power.shape[1] - uncounted]
            for state in self.simulate_beside(cases, progress)
        ]

    def _beside_fixed(
        self,
        layout: FloatArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        types: IntArray | None,
    ) -> FarmCase:
        """Return the farm of a layout with the fixed turbines behind it."""
        types = _types_of(self.problem, layout, types)
        if types is not None:
            types = np.concatenate([types, self.problem.fixed_types])
        return FarmCase(self.problem.joined(layout), wd, ws, ti, types)


def _join(states: list[FarmState]) -> FarmState:
    return FarmState(
        power=np.concatenate([s.power for s in states]),
        wind_speed=np.concatenate([s.wind_speed for s in states]),
        turbulence_intensity=np.concatenate([s.turbulence_intensity for s in states]),
        cpu_s=sum(s.cpu_s for s in states),
    )


def _mean_state(farms: Neighbourhood, states: list[FarmState], everyone: int) -> FarmState:
    """Return the mean of states, one for each build-out; 0 for who does not stand in it."""

    def mean(name: str) -> FloatArray:
        values = iter([getattr(state, name) for state in states])
        return farms.mean(lambda _: next(values), everyone)

    return FarmState(
        power=mean("power"),
        wind_speed=mean("wind_speed"),
        turbulence_intensity=mean("turbulence_intensity"),
        cpu_s=sum(s.cpu_s for s in states),
    )


def _types_of(
    problem: LayoutProblem, layout: FloatArray, types: IntArray | None
) -> IntArray | None:
    """Return the types of a layout's turbines, None where all are of the problem's only one."""
    if types is not None:
        types = np.asarray(types, dtype=np.intp)
        if types.shape != (len(layout),) or not np.isin(types, range(len(problem.turbines))).all():
            raise LayoutError(
                f"{count_of(len(layout), 'turbine')} cannot have the types {types.tolist()}: "
                f"give each a number from 0 to {len(problem.turbines) - 1}"
            )
        return types
    if len(problem.turbines) == 1:
        return None
    if len(layout) != problem.n_turbines:
        raise LayoutError(
            f"of {len(layout)} turbines the types are not known: {problem.name!r} has "
            f"{problem.n_turbines} of {len(problem.turbines)} types; give types with the layout"
        )
    return problem.types


def simulate_power(
    problem: LayoutProblem,
    layout: FloatArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    types: IntArray | None = None,
) -> FloatArray:
    """Return FLORIS's turbine powers of one layout, the problem's fixed turbines beside it.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    wd, ws, ti : (n_conditions,) [deg, m/s, -]
        Wind direction (0 = from north, clockwise), speed at the problem's reference height,
        turbulence intensity.
    types : (n_turbines,), optional
        Indices of the turbines' types, by default the problem's.

    Returns
    -------
    (n_conditions, n_turbines) [W]
    """
    wd, ws, ti = (np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (wd, ws, ti))
    return Simulator(problem).power(np.asarray(layout, dtype=np.float64), wd, ws, ti, types)
