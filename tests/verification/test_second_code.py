"""PyWake's opinion of layouts is PyWake's own, and where there is none the reason is told."""

import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.wind_resource import WindResource
from windopt.pywake import farm as pywake_farm
from windopt.readers.load import load_problem
from windopt.verification import second_code
from windopt.verification.second_code import (
    CODES,
    OUT_OF_TIME,
    ask_pywake,
    code_version,
    why_not,
)
from windopt.verification.wake_models import under_wake_model

installed = pytest.mark.skipif(code_version() is None, reason="py_wake comes with windopt[compare]")


@pytest.fixture(scope="module")
def layouts(unrefined: LayoutProblem) -> dict[str, FloatArray]:
    rng = np.random.default_rng(0)
    assert unrefined.initial_layout is not None
    given = unrefined.initial_layout
    return {"initial": given, "final": random_layout(unrefined, rng)}


def aep_by_hand(problem: LayoutProblem, layout: FloatArray, deficit: str) -> float:
    """Call PyWake as its own pages show: AEP [Wh] of one type of turbine in a rose."""
    import xarray as xr
    from py_wake.deficit_models.gaussian import NiayifarGaussianDeficit
    from py_wake.deficit_models.noj import NOJDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.rotor_avg_models import GridRotorAvg
    from py_wake.site import XRSite
    from py_wake.superposition_models import SquaredSum
    from py_wake.wind_farm_models import PropagateDownwind
    from py_wake.wind_turbines import WindTurbine
    from py_wake.wind_turbines.power_ct_functions import PowerCtTabular

    wind, turbine = problem.wind, problem.turbine
    rose = xr.Dataset(
        {
            "P": (("wd", "ws"), wind.probability),
            "TI": (("wd", "ws"), wind.turbulence_intensity),
        },
        {"wd": wind.wind_direction, "ws": wind.wind_speed},
    )
    site = XRSite(rose, interp_method="nearest", bounds="ignore")
    curve = PowerCtTabular(turbine.wind_speed, turbine.power, "W", turbine.thrust_coefficient)
    turbines = WindTurbine("one", turbine.rotor_diameter, turbine.hub_height, curve)
    x, y = (a.ravel() for a in np.meshgrid([-0.5, 0.0, 0.5], [-0.5, 0.0, 0.5]))
    nine = GridRotorAvg(x, y)
    model = {
        "jensen": lambda: NOJDeficit(k=0.05, ct2a=ct2a_mom1d, rotorAvgModel=nine),
        "gauss": lambda: NiayifarGaussianDeficit(
            ct2a_mom1d, a=[0.38, 0.004], use_effective_ti=False, rotorAvgModel=nine
        ),
    }[deficit]()
    farm = PropagateDownwind(site, turbines, model, SquaredSum())
    result = farm(*layout.T, wd=wind.wind_direction, ws=wind.wind_speed)
    return 1e9 * float(result.aep().sum())


@installed
@pytest.mark.parametrize("name", ["jensen", "gauss"])
def test_aep_is_that_of_a_direct_call(
    unrefined: LayoutProblem, layouts: dict[str, FloatArray], name: str
) -> None:
    wake = {"wake.velocity_model": name, "wake.turbulence_model": "none"}
    problem = load_problem(unrefined.config, {"refine_wind": False, **wake})
    opinions, refused = ask_pywake(problem, layouts, [name])
    assert not refused
    for layout, aep in opinions[name].aep.items():
        assert aep == pytest.approx(aep_by_hand(problem, layouts[layout], name), rel=1e-4)


@installed
@pytest.mark.parametrize("name", ["gauss", "cc", "turboparkgauss", "empirical_gauss", "jensen"])
def test_few_speeds_say_what_the_whole_rose_does(
    unrefined: LayoutProblem, layouts: dict[str, FloatArray], name: str
) -> None:
    speed = np.arange(4.0, 24.0)
    often = speed * np.exp(-((speed / 10.0) ** 2))
    wind = WindResource(
        np.arange(0.0, 360.0, 5.0),
        speed,
        np.outer(np.full(72, 1 / 72), often / often.sum()),
        np.full((72, len(speed)), 0.075),
    )
    problem = replace(unrefined, wind=wind)
    opinions, _ = ask_pywake(problem, layouts, [name])
    under = problem if name == "gauss" else under_wake_model(problem, name)
    whole = pywake_farm.PyWakeFarm(under, wind, rotor_average=True)
    for layout, aep in opinions[name].aep.items():
        assert aep == pytest.approx(whole.aep(layouts[layout]), rel=1e-4)


@installed
def test_pywake_leaves_no_lock_between_processes_behind(unrefined: LayoutProblem) -> None:
    """Python would say "leaked semaphore objects" at the end of a run."""
    tqdm = pytest.importorskip("tqdm").tqdm
    pywake_farm.PyWakeFarm(unrefined, unrefined.wind)
    assert isinstance(tqdm.get_lock(), type(threading.RLock()))


@installed
def test_what_cannot_be_asked_is_told_and_the_others_answer(
    unrefined: LayoutProblem, layouts: dict[str, FloatArray]
) -> None:
    told: list[float] = []
    opinions, refused = ask_pywake(
        unrefined, layouts, ["gauss", "magic", "jensen"], progress=told.append
    )
    assert list(opinions) == ["gauss", "jensen"]
    assert opinions["jensen"].words == "NOJ"
    assert refused["magic"].startswith("PyWake refuses: ")
    assert told[-1] == 1.0


@installed
def test_when_time_is_up_no_further_model_is_asked(
    unrefined: LayoutProblem, layouts: dict[str, FloatArray]
) -> None:
    opinions, refused = ask_pywake(unrefined, layouts, ["jensen", "gauss"], left_s=lambda: 0.0)
    assert list(opinions) == ["jensen"]
    assert refused == {"gauss": OUT_OF_TIME}


@installed
def test_an_error_of_pywake_is_a_refusal(
    unrefined: LayoutProblem, layouts: dict[str, FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Callable[..., object]:
        raise NotImplementedError("no such farm")

    monkeypatch.setattr(pywake_farm, "engineering_models", broken)
    _, refused = ask_pywake(unrefined, layouts, ["gauss"])
    assert refused == {"gauss": "PyWake refuses: NotImplementedError: no such farm"}


def test_where_a_code_is_missing_it_is_said(
    unrefined: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_code, "find_spec", lambda _: None)
    for code, name in zip(CODES, ("PyWake", "foxes"), strict=True):
        reason = f"{name} is not installed: pip install 'windopt[compare]'"
        assert why_not(unrefined, code) == reason
        assert code_version(code) is None


@installed
def test_its_version_is_told(unrefined: LayoutProblem) -> None:
    assert why_not(unrefined) == ""
    assert code_version() == version("py_wake")
