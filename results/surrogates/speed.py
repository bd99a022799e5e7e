"""How fast the surrogate gives a farm's energy and its gradient, and how that grows with the farm.

    pip install -c constraints.txt -e '.[compare]' && python results/surrogates/speed.py

Random farms 6 D apart on average, 360 wind directions at 9 m/s, one and two threads; FLORIS gives
the value alone, PyWake the gradient by autograd on the nearest of its wake models (Niayifar's and
Porté-Agel's Gaussian, whose width grows with local turbulence, with Crespo's and Hernandez's
turbulence), both on one. Each figure is the median of some repetitions; compare figures of one run
only. The surrogate is the kernel of gauss that ships. Writes speed.json. Without PyWake its column
is left out.
"""

import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import windopt
from windopt.floris.sampling import random_farm
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

HERE = Path(__file__).parent
SIZES = (25, 50, 64, 100, 200, 350, 500)
MOST_IN_PYWAKE = 100


def median_s(work: Callable[[], object], times: int) -> float:
    """Time some work."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def pywake_gradient(problem: LayoutProblem) -> Callable[[FloatArray], object] | None:
    """Give what computes a layout's AEP gradient in PyWake, None where it is not installed."""
    try:
        from py_wake.deficit_models import NiayifarGaussianDeficit
        from py_wake.site import UniformSite
        from py_wake.superposition_models import SquaredSum
        from py_wake.turbulence_models import CrespoHernandez
        from py_wake.utils.gradients import autograd
        from py_wake.wind_farm_models import PropagateDownwind
        from py_wake.wind_turbines import WindTurbine
        from py_wake.wind_turbines.power_ct_functions import PowerCtTabular
    except ImportError:
        return None
    turbine = problem.turbine
    curve = PowerCtTabular(
        turbine.wind_speed, turbine.power, "W", turbine.thrust_coefficient, method="pchip"
    )
    kind = WindTurbine("turbine", turbine.rotor_diameter, turbine.hub_height, curve)
    farm = PropagateDownwind(
        UniformSite([1.0], ti=0.07),
        kind,
        NiayifarGaussianDeficit(),
        superpositionModel=SquaredSum(),
        turbulenceModel=CrespoHernandez(),
    )

    def gradient(layout: FloatArray) -> object:
        x, y = layout.T
        return farm.aep_gradients(
            gradient_method=autograd, wrt_arg=["x", "y"], x=x, y=y, wd=np.arange(360), ws=[9.0]
        )

    return gradient


def main() -> None:
    """Measure and write."""
    problem = windopt.load_problem(HERE.parents[1] / "configs" / "quickstart.yaml")
    surrogate = windopt.surrogate_for(problem)
    every = np.ones(360)
    wind = Conditions(np.arange(360.0), 9.0 * every, 0.07 * every, every / 360)
    peer = pywake_gradient(problem)
    rows = []
    for n in SIZES:
        layout = random_farm(n, 6.0, np.random.default_rng(n)) * problem.rotor_diameter
        farm = Farm.of_one_type(layout[None])

        def gradient(farm: Farm = farm) -> object:
            return surrogate.mean_power_gradient(farm, wind)

        row: dict[str, float] = {"turbines": n}
        for threads in (1, 2):
            torch.set_num_threads(threads)
            row[f"value_and_gradient_ms_{threads}_threads"] = 1e3 * median_s(gradient, 15)
        if n <= 100:
            flat = [wind.wd, wind.ws, wind.ti]
            row["floris_value_ms"] = 1e3 * median_s(
                lambda layout=layout, flat=flat: windopt.simulate_power(problem, layout, *flat), 1
            )
        if n <= MOST_IN_PYWAKE and peer is not None:
            row["pywake_gradient_ms"] = 1e3 * median_s(lambda layout=layout: peer(layout), 3)
        row["peak_memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        rows.append({key: round(value, 2) for key, value in row.items()})
        print(rows[-1], flush=True)
    times = {row["turbines"]: row["value_and_gradient_ms_2_threads"] for row in rows}
    result = {
        "command": "pip install -c constraints.txt -e '.[compare]' && "
        "python results/surrogates/speed.py",
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} shared cores",
        "exponent_of_time_50_to_500": round(float(np.log10(times[500] / times[50])), 2),
        "rows": rows,
    }
    (HERE / "speed.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
