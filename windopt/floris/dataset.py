"""The training data: farms, conditions and what FLORIS made of them, in one netCDF file.

Farms differ in their number of turbines; the `turbine` dimension is as long as the largest and
padded with NaN, types with -1. The file says for which wake model and turbine types it was
simulated, with which seed. xarray is imported where it is used: processes that only search need not
spend the time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from windopt.atomic import replacing
from windopt.errors import RunFolderError
from windopt.floris.adapter import FarmState, wake_model_hash
from windopt.floris.sampling import KINDS, training_cases, with_other_thrusts
from windopt.floris.simulator import FarmCase, Progress, Simulator
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.workers.executor import available_cores

if TYPE_CHECKING:
    from xarray import Dataset

logger = logging.getLogger(__name__)

NEEDED = ("held_out", "layout", "turbine_type", "wind_direction", "power", "rotor_wind_speed")
"""What every dataset holds, and more."""
NO_TURBINE = -1
"""The type of a turbine that a farm does not have."""

HELD_OUT_SHARE = 0.1
"""Of the farms, one at least: the last are not trained on; their errors go on the card."""
DATA_SHARE = 0.05
"""Of the time, where that is limited: what the data are to take."""
FEWEST = 2 * KINDS
"""Farms to learn from however little time there is: two of each kind."""
FEWEST_HELD_OUT = 2
"""Farms kept out of that then, where there are so many."""


def simulate_dataset(
    problem: LayoutProblem,
    simulator: Simulator,
    seed: int,
    progress: Progress | None = None,
    left_s: Callable[[], float] | None = None,
) -> Dataset:
    """Draw random farms and simulate them; the same seed gives the same data.

    Types in the dataset count through `with_other_thrusts` of the problem's turbines. The wind is
    the same everywhere: wakes are learned, not sites.

    Parameters
    ----------
    problem, simulator, seed, progress
    left_s : callable, optional
        Tells how long this may go on [s]: there are as many farms to learn from as fit, `FEWEST`
        at least, and how many that are depends on the machine.
    """
    problem = problem.uniform
    settings = problem.config.simulate
    learned = min(round((1 - HELD_OUT_SHARE) * settings.farms), settings.farms - 1)
    cases = list(
        training_cases(
            problem,
            settings.farms,
            learned,
            settings.conditions // settings.farms,
            settings.max_turbines,
            seed,
        )
    )
    pushing = replace(
        simulator, problem=replace(problem, turbines=with_other_thrusts(problem.turbines))
    )
    if left_s is None:
        states = pushing.simulate(cases, progress)
    else:
        held_out = cases[learned:]
        states = _simulate_in_time(pushing, cases[:learned], left_s, progress)
        share = HELD_OUT_SHARE / (1 - HELD_OUT_SHARE)
        held_out = held_out[: max(FEWEST_HELD_OUT, round(share * len(states)))]
        learned = len(states)
        cases = cases[:learned] + held_out
        states += pushing.simulate(held_out)
    dataset = to_dataset(cases, states)
    dataset["held_out"] = ("farm", np.arange(len(cases)) >= learned)
    dataset.attrs |= {"wake_model": wake_model_hash(problem), "seed": seed}
    dataset.attrs["turbine"] = ", ".join(turbine.name for turbine in problem.turbines)
    return dataset


def _simulate_in_time(
    simulator: Simulator,
    cases: Sequence[FarmCase],
    left_s: Callable[[], float],
    progress: Progress | None,
) -> list[FarmState]:
    """Simulate the first of the cases, as many as the time allows."""
    states: list[FarmState] = []
    some, took_s = KINDS * available_cores(), 0.0
    while (n := len(states)) < len(cases) and (n < FEWEST or left_s() > took_s):
        began = time.perf_counter()
        states += simulator.simulate(cases[n : n + some])
        took_s = time.perf_counter() - began
        if progress is not None:
            progress(len(states) / len(cases))
    if n < len(cases):
        logger.info("the budget leaves time for %d of %d farms to learn from", n, len(cases))
    return states


def to_dataset(cases: Sequence[FarmCase], states: Sequence[FarmState]) -> Dataset:
    """Stack farms and their states; every farm has the same number of conditions."""
    import xarray as xr

    width = max(len(case.layout) for case in cases)

    def stack(arrays: Sequence[FloatArray], axis: int) -> FloatArray:
        padded = []
        for a in arrays:
            widths = [(0, 0)] * a.ndim
            widths[axis] = (0, width - a.shape[axis])
            padded.append(np.pad(a, widths, constant_values=np.nan))
        return np.stack(padded)

    def stack_types() -> IntArray:
        types = np.full((len(cases), width), NO_TURBINE)
        for row, case in zip(types, cases, strict=True):
            row[: len(case.layout)] = 0 if case.types is None else case.types
        return types

    turbine = ("farm", "condition", "turbine")
    return xr.Dataset(
        {
            "held_out": ("farm", np.zeros(len(cases), dtype=bool)),
            "layout": (
                ("farm", "turbine", "axis"),
                stack([c.layout for c in cases], 0),
                {"units": "m"},
            ),
            "turbine_type": (
                ("farm", "turbine"),
                stack_types(),
                {"note": "index of the attribute turbine's names"},
            ),
            "wind_direction": (
                turbine[:2],
                np.stack([c.wd for c in cases]),
                {"units": "degree", "note": "0 = from north, clockwise"},
            ),
            "wind_speed": (turbine[:2], np.stack([c.ws for c in cases]), {"units": "m s-1"}),
            "turbulence_intensity": (turbine[:2], np.stack([c.ti for c in cases]), {"units": "1"}),
            "power": (turbine, stack([s.power for s in states], 1), {"units": "W"}),
            "rotor_wind_speed": (
                turbine,
                stack([s.wind_speed for s in states], 1),
                {"units": "m s-1", "note": "cubic mean over the rotor's points"},
            ),
            "rotor_turbulence_intensity": (
                turbine,
                stack([s.turbulence_intensity for s in states], 1),
                {"units": "1"},
            ),
        },
        coords={"axis": ["x", "y"]},
    )


def append_cases(
    dataset: Dataset, cases: Sequence[FarmCase], states: Sequence[FarmState]
) -> Dataset:
    """Add simulated farms to a dataset: the data of an active-learning round."""
    import xarray as xr

    parts = (dataset, to_dataset(cases, states))
    longest = {dim: max(part.sizes[dim] for part in parts) for dim in ("condition", "turbine")}
    fill = dict.fromkeys(dataset.data_vars, np.nan) | {"turbine_type": NO_TURBINE}
    padded = [
        part.pad(
            {dim: (0, size - part.sizes[dim]) for dim, size in longest.items()},
            constant_values=fill,
        )
        for part in parts
    ]
    joined = xr.concat(padded, dim="farm")
    joined.attrs = dataset.attrs
    return joined


def write_dataset(dataset: Dataset, path: Path) -> None:
    """Write the dataset as compressed netCDF, whole or not at all."""
    encoding = {name: {"zlib": True, "complevel": 4} for name in dataset.data_vars}
    with replacing(path) as partial:
        try:
            dataset.to_netcdf(partial, engine="netcdf4", encoding=encoding)
        except RuntimeError as error:  # what netCDF makes of a full disk
            raise OSError(str(error)) from error


def read_dataset(path: Path) -> Dataset:
    """Read a dataset into memory.

    Raises
    ------
    RunFolderError
        When it is missing or damaged.
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="netcdf4") as file:
            dataset = file.load()
    except (OSError, ValueError, RuntimeError) as error:
        raise RunFolderError(
            f"training data '{path}' cannot be read: {error}; delete the file and run "
            f"`windopt run --resume {path.parent}`, which simulates them again"
        ) from error
    if missing := [name for name in NEEDED if name not in dataset]:
        raise RunFolderError(
            f"'{path}' are no training data: {', '.join(missing)} missing; delete the file and run "
            f"`windopt run --resume {path.parent}`, which simulates them again"
        )
    return dataset
