"""What windIO and FLORIS files say in ways that could be misread."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.special import gamma

from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.readers.load import load_problem
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.wind.context import WindContext
from windopt.readers.windio.document import resolve
from windopt.readers.windio.wind_resource import read_wind_resource

EXAMPLES = Path(__file__).parents[2] / "configs" / "examples"
DIRECTIONS = [0, 90, 180, 270]
TURBULENCE = {"data": 0.06, "dims": []}


def over(values, *dims):
    return {"data": np.asarray(values).tolist(), "dims": list(dims)}


def weibull(scale, shape):
    return {
        "wind_direction": DIRECTIONS,
        "weibull_a": over([scale] * 4, "wind_direction"),
        "weibull_k": over([shape] * 4, "wind_direction"),
        "sector_probability": over([0.25] * 4, "wind_direction"),
        "turbulence_intensity": TURBULENCE,
    }


def rose(**changes):
    table = over(np.full((4, 2), 0.125), "wind_direction", "wind_speed")
    whole = {"wind_direction": DIRECTIONS, "wind_speed": [5, 10], "probability": table}
    return {**whole, "turbulence_intensity": TURBULENCE, **changes}


def series(speed):
    times = [f"2024-01-01T{hour:02}:00:00" for hour in range(len(speed))]
    whole = {"time": times, "wind_speed": over(speed, "time")}
    return {
        **whole,
        "wind_direction": over([10.0 * k for k in range(len(speed))], "time"),
        "turbulence_intensity": TURBULENCE,
    }


@pytest.fixture
def wind_of(tmp_path):
    def wind_of(resource, **context):
        (tmp_path / "wind.yaml").write_text(yaml.safe_dump({"wind_resource": resource}))
        return read_wind_resource(str(tmp_path / "wind.yaml"), WindContext(**context))

    return wind_of


@pytest.mark.parametrize(("scale", "shape"), [(8.0, 2.2), (13.0, 1.8), (15.0, 1.7)])
def test_mean_of_a_windy_weibull_site_is_that_of_the_distribution(wind_of, scale, shape):
    mean = scale * gamma(1 + 1 / shape)
    assert wind_of(weibull(scale, shape)).mean_wind_speed == pytest.approx(mean, rel=2e-3)


@pytest.mark.parametrize(
    ("resource", "problem", "cure"),
    [
        (weibull(2.1, 8.0), "weibull_k: is 8 at most, and above weibull_a", "swap the two"),
        (weibull(90.0, 2.0), "weibull_a: holds 90, which no wind has", "between 0 and 40"),
        (weibull(9.0, 0.2), "weibull_k: holds 0.2, which no wind has", "between 0.5 and 10"),
        (rose(wind_speed=[18, 108]), "wind_speed: is 63 on average", "divided by 3.6"),
        (rose(wind_direction=[0, 1.57, 3.14, 4.71]), "never passes 4.71", "not radians"),
        (rose(probability={"data": [[1.0]]}), "probability: has data but no dims", "add dims"),
        (series([np.nan, 8.0, 9.0]), "is nan at 1 times, the first 2024-01-01T00", "allow_wind"),
        (series([np.nan] * 3), "is nan at 3 times", "fill it"),
    ],
)
def test_wind_that_could_be_misread_is_refused(wind_of, resource, problem, cure):
    with pytest.raises(ConfigError) as caught:
        wind_of(resource)
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_times_without_wind_are_left_out_where_that_is_allowed(wind_of):
    wind = wind_of(series([8.0, np.nan, 9.0, 10.0]), allow_gaps=True)
    assert wind.mean_wind_speed == pytest.approx(9.0)
    assert wind.conditions.wd.tolist() == [0, 20, 30]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("wind.yaml", "", "is empty, not a mapping"),
        ("wind.yaml", "- 1\n", "holds a list, not a mapping"),
        ("wind.xlsx", "PK", "is a spreadsheet, which is not read; save the sheet"),
        ("wind.yaml", "wake: {}\nflow_field: {}\n", "but has no section farm; complete it"),
    ],
)
def test_files_that_hold_no_windio_say_what_they_are(tmp_path, name, text, problem):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=problem):
        read_wind_resource(str(tmp_path / name))


@pytest.mark.parametrize("x", [[3.0, 3.05, 3.05], [0, 4, 4]])
def test_site_in_degrees_or_kilometres_is_refused(tmp_path, x):
    polygon = {"x": x, "y": [0, 0, 0.5]}
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"name": "s", "boundaries": {"polygons": [polygon]}}))
    with pytest.raises(ConfigError, match="give coordinates in metres, not degrees or kilometres"):
        read_site(str(path))


def test_continent_is_no_site(tmp_path):
    (tmp_path / "site.csv").write_text("x,y\n0,0\n4e6,0\n4e6,4e6\n")
    with pytest.raises(ConfigError, match=r"4e[+]06 m from west to east.*parcels of one farm"):
        read_site(str(tmp_path / "site.csv"))


def test_layout_in_kilometres_is_refused(tmp_path):
    farm = {"layouts": [{"coordinates": {"x": [0.1, 1.1, 2.1], "y": [0, 0, 1]}}]}
    (tmp_path / "farm.yaml").write_text(yaml.safe_dump(farm))
    with pytest.raises(ConfigError, match="these are no metres; give metres"):
        read_layout(str(tmp_path / "farm.yaml"))


@pytest.fixture
def input_of(tmp_path):
    def input_of(change=lambda text: text):
        text = change((EXAMPLES / "floris_input.yaml").read_text())
        (tmp_path / "input.yaml").write_text(text)
        whole = {"system": "input.yaml", "site": str(EXAMPLES / "site.yaml")}
        whole["wind_resource"] = str(EXAMPLES / "rose.csv")
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(whole))
        return tmp_path / "config.yaml"

    return input_of


def test_heterogeneous_inflow_of_a_floris_input_is_refused(input_of):
    inflow = (
        "  heterogeneous_inflow_config: {speed_multipliers: [[1, 1.2]], x: [0, 1], y: [0, 1]}\n"
    )
    path = input_of(lambda text: text.replace("flow_field:\n", f"flow_field:\n{inflow}"))
    with pytest.raises(ConfigError, match="heterogeneous_inflow_config, which is not read; take"):
        load_config(path)


def test_keys_of_a_floris_input_may_be_quoted(input_of):
    path = input_of(
        lambda text: text.replace("\nfarm:", '\n"farm":').replace("\nwake:", "\nwake :")
    )
    assert load_config(path).layout == str(path.parent / "input.yaml")


def test_what_is_wrong_with_a_file_is_told_once(input_of):
    path = input_of(lambda text: text.replace("floris_version: v4", "floris_version: v3.2"))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert len(caught.value.faults) == 1


def test_conditions_that_are_a_list_are_refused(tmp_path, input_of):
    from windopt.readers.floris_farm import read_floris_turbines

    conditions = "flow_field:\n  multidim_conditions: [2.5]\n"
    input_of(lambda text: text.replace("flow_field:\n", conditions))
    with pytest.raises(ConfigError, match=r"multidim_conditions: holds \[2.5\], not a mapping"):
        read_floris_turbines(tmp_path / "input.yaml", TurbineContext())


def test_shipped_weibull_rose_has_the_mean_of_its_distributions():
    problem = load_problem(EXAMPLES.parent / "weibull.yaml")
    path = resolve("windIO:plant_energy_resource/UniformWeibullResource.yaml")
    resource = yaml.safe_load(path.read_text())["wind_resource"]
    share, scale, shape = (
        np.array(resource[name]["data"])
        for name in ("sector_probability", "weibull_a", "weibull_k")
    )
    mean = share @ (scale * gamma(1 + 1 / shape)) / share.sum()
    assert problem.wind.mean_wind_speed == pytest.approx(mean, rel=1e-3)
