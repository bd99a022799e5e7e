"""A layout problem in foxes, the code of Fraunhofer IWES (Schmidt et al., JOSS 8, 5464, 2023).

Curves, shear and density of the air, the superposition, the parameters of the wakes and the nine
points of a rotor are FLORIS's; formulas, order of the wakes and what adds turbulence to them are
foxes's own. It computes added turbulence first, from thrust in the free wind.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from windopt.floris.adapter import floris_configuration, rotor_points
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm, FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

AT_ONCE = 50_000
"""Turbines times conditions that are computed together: some 100 MB."""
_SUPERPOSITION = {"sosfs": "ws_quadratic_loc", "fls": "ws_linear_loc", "max": "ws_max_loc"}


class FoxesFarm(FarmModel):
    """A problem's farm in foxes.

    Parameters
    ----------
    problem : LayoutProblem
        Under a wake model that `nearest_model` knows.
    """

    def __init__(self, problem: LayoutProblem) -> None:
        from foxes import ModelBook
        from foxes.models.turbine_types import PCtFile
        from pandas import DataFrame

        self.problem, self.book = problem, ModelBook()
        self.book.rotor_models["rotor"] = _rotor(rotor_points(problem.wake))
        for number, one in enumerate(problem.turbines):
            curves = {"ws": one.wind_speed, "P": one.power, "ct": one.thrust_coefficient}
            self.book.turbine_types[f"type {number}"] = PCtFile(
                DataFrame(curves),
                rho=one.ref_air_density,
                D=one.rotor_diameter,
                H=one.hub_height,
                P_unit="W",
                var_ws_ct="REWS3",  # the cubic mean over the rotor
                var_ws_P="REWS3",
            )
        wake = floris_configuration(problem)["wake"]
        self.wakes = _wakes(wake)
        self.book.wake_models.update(self.wakes)
        name = problem.wake.velocity_model
        mirrored = wake["wake_velocity_parameters"][name].get("include_mirror_wake")
        self.ground = "ground_mirror" if mirrored else "no_ground"

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return every turbine's power (b, *wind.ws.shape, n) [W]; see `FarmModel`."""
        powers = np.stack([self._power(layout, farm, wind.listed) for layout in farm.layouts])
        return powers.reshape(len(powers), *wind.ws.shape, -1)

    def _power(self, layout: FloatArray, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the power of a layout (n, 2) [m] in a list of conditions: (k, n) [W]."""
        from foxes import Engine, Turbine, WindFarm
        from foxes.algorithms import Downwind
        from foxes.input.states import StatesTable
        from pandas import DataFrame

        problem, turbines = self.problem, WindFarm()
        for xy, kind in zip(layout, farm.types, strict=True):
            turbines.add_turbine(Turbine(xy, turbine_models=[f"type {kind}"]), verbosity=0)
        heights = {"H": problem.reference_height, "shear": problem.wind_shear}
        states = StatesTable(
            DataFrame({"WD": wind.wd, "WS": wind.ws, "TI": wind.ti}),
            output_vars=["WD", "WS", "TI", "RHO"],
            fixed_vars=heights | {"RHO": problem.air_density},
            profiles={"WS": "ShearedProfile"},
        )
        downwind = Downwind(
            turbines,
            states,
            list(self.wakes),
            rotor_model="rotor",
            partial_wakes={"deficit": "rotor_points", "turbulence": "centre"},
            ground_models={"deficit": self.ground},
            mbook=self.book,
            verbosity=0,
        )
        at_once = max(1, AT_ONCE // len(layout))
        with Engine.new("numpy", chunk_size_states=at_once, progress_bar=False, verbosity=0):
            power: FloatArray = downwind.calc_farm(outputs=["P"]).P.values
        return power


def nearest_model(problem: LayoutProblem) -> str | None:
    """Return the name of foxes's wake model that is nearest to a problem's, None without one."""
    name = problem.wake.velocity_model
    return _NEAREST[name][0] if name in _NEAREST else None


def _wakes(wake: dict[str, Any]) -> dict[str, Any]:
    """Return foxes's wake models by name, from FLORIS's section `wake`."""
    from foxes.models.wake_models import wind
    from foxes.models.wake_models.ti import CrespoHernandezTIWake

    models = wake["model_strings"]
    kind, parameters = _NEAREST[models["velocity_model"]]
    own = parameters(wake["wake_velocity_parameters"][models["velocity_model"]])
    superposition = _SUPERPOSITION[models["combination_model"]]
    grows = "kb" in own and models["turbulence_model"] == "crespo_hernandez"
    growth: dict[str, Any] = {key: own.pop(key) for key in ("k", "ka", "kb") if key in own}
    growth["ti_var"] = "TI" if grows else "AMB_TI"
    deficit = getattr(wind, kind)(superposition, induction="Betz", **own, **growth)
    if not grows:
        return {"deficit": deficit}
    added = wake["wake_turbulence_parameters"]["crespo_hernandez"]
    turbulence = CrespoHernandezTIWake(
        "ti_max",
        use_ambti=True,
        near_wake_D=1e-6,  # FLORIS's formula holds from the rotor on
        a_far=added["constant"],
        e1=added["ai"],
        e2=added["initial"],
        e3=added["downstream"],
        **growth,
    )
    return {"turbulence": turbulence, "deficit": deficit}


def _rotor(points: int) -> Any:
    """Return FLORIS's points of a rotor, half a radius apart and of equal weight."""
    from foxes.models.rotor_models import GridRotor

    class Rotor(GridRotor):  # type: ignore[misc]
        def design_points(self) -> FloatArray:
            points: FloatArray = super().design_points()
            return 0.75 * points  # foxes has them two thirds of a radius apart

    return Rotor(points, reduce=False)


_NEAREST: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "gauss": ("Bastankhah2016", lambda p: p | {"beta": 2.0 * p["beta"]}),
    "turboparkgauss": ("TurbOParkWake", lambda p: {"ka": p["A"]}),
    "jensen": ("JensenWake", lambda p: {"k": p["we"]}),
    "iea37": ("Bastankhah2014", lambda p: {"k": p["k"], "sbeta": 8.0**-0.5}),
}
"""By wake model of FLORIS: a class of foxes's, and its parameters from FLORIS's."""
