"""A layout problem in PyWake: site, turbines and the wake model nearest to that of FLORIS.

FLORIS and PyWake share models by name rather than by formula. What is the same here: the rose, the
power and thrust curves (with FLORIS's rotor-averaged shear and air density in them), wake-free
energy, the expansion parameters of the wake, the superposition, the added turbulence of Crespo and
Hernandez, and, for IEA Task 37's model, all of it. What is not: near wakes, the reach of added
turbulence, and where a rotor feels the wind unless `rotor_average` asks for FLORIS's nine points.

PyWake's AEP is in GWh of 8,760 hours.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from windopt.errors import WindoptError
from windopt.floris.adapter import floris_configuration, free_speed_ratio, rotor_points
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm, FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource

WH_PER_GWH = 1e9
HOURS = 8760.0
"""Of PyWake's year."""


class NoPyWakeModelError(WindoptError):
    """PyWake has nothing near a problem's wake model, or cannot represent its rose."""


class WakeModel(NamedTuple):
    """A wake model of PyWake.

    Attributes
    ----------
    words : str
    build : callable
        Gives the deficit model and the superposition from FLORIS's parameters, those of the problem
        (its turbulence counts or not), and the model of the rotor average.
    """

    words: str
    build: Callable[[dict[str, Any], bool, Any], tuple[Any, Any]]


class PyWakeFarm(FarmModel):
    """A problem's farm in PyWake on one rose.

    Parameters
    ----------
    problem : LayoutProblem
    wind : WindResource
        Of even directions from 0°.
    rotor_average : bool
        Whether rotors feel the wind at FLORIS's nine points, or at the hub, which is nine times
        cheaper.
    """

    def __init__(
        self, problem: LayoutProblem, wind: WindResource, rotor_average: bool = False
    ) -> None:
        self.problem, self.wind, self.rotor_average = problem, wind, rotor_average
        self.model = _wind_farm_model(problem, _site(wind), rotor_average)
        self._wh = WH_PER_GWH * problem.hours_per_year / HOURS

    def aep(self, layout: FloatArray) -> float:
        """Return the AEP of a layout (n_turbines, 2) [m] beside the fixed turbines [Wh]."""
        x, y = self.problem.joined(layout).T
        result = self.model(x, y, type=self.problem.all_types, wd=self._wd, ws=self._ws)
        counted = len(self.problem.counted_types)
        return self._wh * float(result.aep().values[:counted].sum())

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return every turbine's power (b, *wind.ws.shape, n) [W]; see `FarmModel`."""
        c = wind.listed
        series = {"wd": c.wd, "ws": c.ws, "TI": c.ti, "time": True}
        powers = [
            self._series(*layout.T, type=farm.types, **series).Power.values.T
            for layout in farm.layouts
        ]
        return np.stack(powers).reshape(len(powers), *wind.ws.shape, -1)

    def gradient(self, layout: FloatArray) -> FloatArray:
        """Return the derivative of AEP by the coordinates, (n_turbines, 2) [Wh/m], by autograd."""
        return self._gradient(self.model, layout, wd=self._wd, ws=self._ws)

    def sampled_gradient(
        self, layout: FloatArray, wd: FloatArray, ws: FloatArray, ti: FloatArray
    ) -> FloatArray:
        """Return the derivative of AEP if only these conditions occurred, equally often.

        Parameters
        ----------
        layout : (n_turbines, 2) [m]
        wd, ws, ti : (k,) [deg, m/s, -]

        Returns
        -------
        (n_turbines, 2) [Wh/m]
        """
        return self._gradient(self._series, layout, wd=wd, ws=ws, TI=ti, time=True)

    @cached_property
    def _series(self) -> Any:
        """The farm in a wind without a rose: PyWake looks a rose up condition by condition."""
        import xarray as xr
        from py_wake.site import XRSite

        site = XRSite(xr.Dataset({"P": 1.0}))
        return _wind_farm_model(self.problem, site, self.rotor_average)

    def _gradient(self, model: Any, layout: FloatArray, **wind: Any) -> FloatArray:
        from py_wake.utils.gradients import autograd

        x, y = layout.T
        by_xy = model.aep_gradients(
            gradient_method=autograd, wrt_arg=["x", "y"], x=x, y=y, type=self.problem.types, **wind
        )
        return self._wh * np.asarray(by_xy).T

    @property
    def _wd(self) -> FloatArray:
        return self.wind.wind_direction

    @property
    def _ws(self) -> FloatArray:
        return self.wind.wind_speed


def wake_model(problem: LayoutProblem) -> WakeModel | None:
    """Return the model of PyWake that is nearest to a problem's, None where there is none."""
    return _MODELS.get(problem.wake.velocity_model)


def _wind_farm_model(problem: LayoutProblem, site: Any, rotor_average: bool) -> Any:
    """Build PyWake's wind farm model on one of its sites."""
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.rotor_avg_models import GridRotorAvg
    from py_wake.turbulence_models import CrespoHernandez
    from py_wake.wind_farm_models import PropagateDownwind
    from py_wake.wind_turbines import WindTurbines

    nearest = wake_model(problem)
    if nearest is None:
        raise NoPyWakeModelError(f"PyWake has no model near {problem.wake.velocity_model!r}")
    wake = floris_configuration(problem)["wake"]
    models = wake["model_strings"]
    parameters = wake["wake_velocity_parameters"][models["velocity_model"]]
    crespo = models["turbulence_model"] == "crespo_hernandez"
    rotor = None
    if rotor_average and rotor_points(problem.wake) > 1:
        across, up = np.meshgrid([-0.5, 0.0, 0.5], [-0.5, 0.0, 0.5])  # of the radius
        rotor = GridRotorAvg(across.ravel(), up.ravel())
    deficit, superposition = nearest.build(parameters, crespo, rotor)
    turbulence = None
    if crespo:
        added = wake["wake_turbulence_parameters"]["crespo_hernandez"]
        factors = [added[key] for key in ("constant", "ai", "initial", "downstream")]
        turbulence = CrespoHernandez(ct2a=ct2a_mom1d, c=factors, rotorAvgModel=None)
    turbines = [_turbine(problem, turbine) for turbine in problem.turbines]
    return PropagateDownwind(
        site,
        turbines[0] if len(turbines) == 1 else WindTurbines.from_WindTurbine_lst(turbines),
        wake_deficitModel=deficit,
        superpositionModel=superposition or _superposition(models["combination_model"]),
        turbulenceModel=turbulence,
    )


def _site(wind: WindResource) -> Any:
    """Return PyWake's site with a rose."""
    import xarray as xr
    from py_wake.site import XRSite

    given = len(wind.wind_direction)
    even = np.arange(given) * 360.0 / given
    if not np.allclose(wind.wind_direction, even):
        raise NoPyWakeModelError(f"PyWake cannot represent a rose of {given} uneven directions")
    dims = ("wd", "ws")
    data = xr.Dataset(
        {"P": (dims, wind.probability), "TI": (dims, wind.turbulence_intensity)},
        {"wd": wind.wind_direction, "ws": wind.wind_speed},
    )
    return XRSite(data, interp_method="nearest", bounds="ignore")


def _turbine(problem: LayoutProblem, turbine: Turbine) -> Any:
    """Return PyWake's turbine: its curves over the free wind speed at the reference height.

    FLORIS looks up thrust at the rotor's mean speed, and power at that speed corrected for the
    density of the air.
    """
    from py_wake.wind_turbines import WindTurbine
    from py_wake.wind_turbines.power_ct_functions import PowerCtTabular

    ratio = free_speed_ratio(problem, turbine)
    density = (problem.air_density / turbine.ref_air_density) ** (1.0 / 3.0)
    for_thrust, for_power = turbine.wind_speed / ratio, turbine.wind_speed / (ratio * density)
    ends = [[table[0] - EDGE, table[-1] + EDGE] for table in (for_thrust, for_power)]
    speed = np.unique(np.concatenate([for_thrust, for_power, *ends]).clip(min=0.0))
    curves = PowerCtTabular(
        speed,
        np.interp(speed, for_power, turbine.power, left=0.0, right=0.0),
        "W",
        np.interp(speed, for_thrust, turbine.thrust_coefficient, left=_NO_CT, right=_NO_CT),
        ct_idle=_NO_CT,
        additional_models=[],
    )
    return WindTurbine(turbine.name, turbine.rotor_diameter, turbine.hub_height, curves)


EDGE = 1e-6
"""Width of the step at the end of a curve, where the other goes on [m/s]."""
_NO_CT = 1e-4
"""FLORIS's thrust coefficient of a turbine that stands still."""


def _superposition(name: str) -> Any:
    from py_wake.superposition_models import LinearSum, MaxSum, SquaredSum

    return {"sosfs": SquaredSum, "fls": LinearSum, "max": MaxSum}[name]()


def _iea37(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import IEA37SimpleBastankhahGaussianDeficit

    deficit = IEA37SimpleBastankhahGaussianDeficit(rotorAvgModel=rotor)
    deficit._k = parameters["k"]
    return deficit, None


def _gauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import NiayifarGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    growth = [parameters["ka"], parameters["kb"]]
    return NiayifarGaussianDeficit(
        ct2a_mom1d, a=growth, use_effective_ti=crespo, rotorAvgModel=rotor
    ), None


def _cc(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import NiayifarGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.superposition_models import CumulativeWakeSum

    growth = [parameters["a_s"], parameters["b_s"]]
    return NiayifarGaussianDeficit(
        ct2a_mom1d, a=growth, use_effective_ws=True, use_effective_ti=crespo, rotorAvgModel=rotor
    ), CumulativeWakeSum()


def _turboparkgauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import TurboGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.ground_models import Mirror
    from py_wake.superposition_models import SquaredSum

    mirror = Mirror(SquaredSum()) if parameters["include_mirror_wake"] else None
    return TurboGaussianDeficit(
        ct2a_mom1d,
        A=parameters["A"],
        ctlim=0.96,
        use_effective_ti=crespo,
        groundModel=mirror,
        rotorAvgModel=rotor,
    ), None


def _turbopark(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.noj import TurboNOJDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    return TurboNOJDeficit(
        ct2a=ct2a_mom1d, A=parameters["A"], use_effective_ti=crespo, rotorAvgModel=rotor
    ), None


def _jensen(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.noj import NOJDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.rotor_avg_models import AreaOverlapAvgModel

    return NOJDeficit(
        k=parameters["we"], ct2a=ct2a_mom1d, rotorAvgModel=rotor or AreaOverlapAvgModel()
    ), None


def _empirical_gauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import BastankhahGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    growth = parameters["wake_expansion_rates"][0]
    return BastankhahGaussianDeficit(ct2a_mom1d, k=growth, rotorAvgModel=rotor), None


_MODELS = {
    "iea37": WakeModel("IEA37SimpleBastankhahGaussian", _iea37),
    "gauss": WakeModel("Niayifar and Porté-Agel's Gaussian", _gauss),
    "cc": WakeModel("cumulative sum of Niayifar and Porté-Agel's Gaussians", _cc),
    "turboparkgauss": WakeModel("TurboGaussian as in Nygaard 2022", _turboparkgauss),
    "turbopark": WakeModel("TurboNOJ", _turbopark),
    "jensen": WakeModel("NOJ", _jensen),
    "empirical_gauss": WakeModel("Bastankhah and Porté-Agel's Gaussian", _empirical_gauss),
}
