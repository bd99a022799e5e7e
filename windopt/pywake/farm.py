"""A layout problem in PyWake: site, turbines and the wake model nearest to that of FLORIS.

The rose, the power and thrust curves (with FLORIS's rotor-averaged shear and air density in them)
and the wake-free energy are those of FLORIS; what the wakes share with it says `wake_models`.

PyWake's AEP is in GWh of 8,760 hours.
"""

import threading
from functools import cached_property
from typing import Any

import numpy as np

from windopt.floris.adapter import free_speed_ratio
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm, FarmModel
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource
from windopt.pywake.wake_models import NoPyWakeModelError, engineering_models

WH_PER_GWH = 1e9
HOURS = 8760.0
"""Of PyWake's year."""
DEFICITS = 20_000_000
"""Most deficits of turbines by turbines that are kept at once: some 100 MB."""


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
        one = self._on_grid if wind.ws.ndim == 2 and (wind.ws == wind.ws[0]).all() else self._listed
        powers = [one(layout, farm.types, wind) for layout in farm.layouts]
        return np.stack(powers).reshape(len(powers), *wind.ws.shape, -1)

    def _listed(self, layout: FloatArray, types: IntArray, wind: Conditions) -> FloatArray:
        """Return the power in condition after condition (k, n) [W]."""
        c = wind.listed
        series = {"wd": c.wd, "ws": c.ws, "TI": c.ti, "time": True}
        power: FloatArray = self._series(*layout.T, type=types, **series).Power.values.T
        return power

    def _on_grid(self, layout: FloatArray, types: IntArray, wind: Conditions) -> FloatArray:
        """Return the power at the same speeds in all directions, half as dear: (k, s, n) [W]."""
        at_once = max(1, DEFICITS // (len(layout) ** 2 * wind.ws.shape[1]))
        powers = []
        for first in range(0, len(wind.wd), at_once):
            c = wind.take(slice(first, first + at_once))
            on_rose = {"wd": c.wd, "ws": c.ws[0], "TI": c.ti[None]}
            powers.append(self._series(*layout.T, type=types, **on_rose).Power.values)
        joined: FloatArray = np.moveaxis(np.concatenate(powers, axis=1), 0, -1)
        return joined

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


def _wind_farm_model(problem: LayoutProblem, site: Any, rotor_average: bool) -> Any:
    """Build PyWake's wind farm model on one of its sites."""
    from py_wake.wind_farm_models import PropagateDownwind
    from py_wake.wind_turbines import WindTurbines
    from tqdm import tqdm

    # the lock between processes that its progress bars make by default is left behind by a worker
    tqdm.set_lock(threading.RLock())
    wakes = engineering_models(problem, rotor_average)
    turbines = [_turbine(problem, turbine) for turbine in problem.turbines]
    types = turbines[0] if len(turbines) == 1 else WindTurbines.from_WindTurbine_lst(turbines)
    return PropagateDownwind(site, types, **wakes)


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
