"""Whatever a file holds, a reader gives a result or a `ConfigError`."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from windopt.errors import ConfigError
from windopt.readers.formats import read_layout, read_turbines, read_wind
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.values import read_values
from windopt.readers.wind.context import WindContext

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = {
    "rose.csv": "wd,ws,freq_val,ti\n0,5,0.5,0.06\n180,7,0.5,0.07\n",
    "series.csv": "time,wd,ws\n2024-01-01 00:00,0,5\n2024-01-01 01:00,9,6\n",
    "vortex.txt": "Lat=5.1 Hub-Height=70\nVORTEX\n\nYYYYMMDD HHMM M(m/s) D(deg)\n"
    "20190101 0000 4.1 321\n20190101 0100 99.9 999\n20190101 0200 5.1 30\n",
    "era5.csv": "valid_time,u100,v100\n02/01/2024 00:00,1,2\n03/01/2024 00:00,-3,2\n",
    "across.csv": "ws,N,E,S,W\n0-5,0.1,0.1,0.1,0.1\n5-10,0.15,0.15,0.15,0.15\n",
    "sectors.csv": "sector,frequency,A,k\n1,20,8,2\n2,20,9,2\n3,30,7,2\n4,30,8,1.9\n",
    "mast.tab": "mast\n 55 8 70\n 2 1 0\n 40 60\n 1 400 400\n 2 600 600\n",
    "grid.wrg": "2 2 0 0 100\n"
    + "".join(
        f"{'node':<10}{x:10.1f}{y:10.1f}{9:8d}{70:5d}{8.5:5.2f}{2.1:6.3f}{450.5:15.4f}{2:3d}"
        " 400  80  210 600  90  220\n"
        for y in (0, 100)
        for x in (0, 100)
    ),
    "turbine.csv": "# hub_height: 70\n# rotor_diameter: 80\nws,power,ct\n3,0,0.8\n12,2000,0.8\n",
    "turbine.yaml": "turbine_type: a\nrotor_diameter: 80\nhub_height: 70\npower_thrust_table:\n"
    "  ref_air_density: 1.2\n  wind_speed: [3, 12]\n  power: [0, 2000]\n"
    "  thrust_coefficient: [0.8, 0.7]\n",
    "input.yaml": (CONFIGS / "examples" / "floris_input.yaml").read_text(),
    "value.csv": "wind_direction,value\n0,50\n90,60\n",
}
JUNK = st.sampled_from(
    ["", ",", "\n", "-", "nan", "inf", "1e999", "'", '"', "[", "{", ":", "#", "0", "-1", "é", "\0",
     "1e308", "360", "!include input.yaml", "null", "\t", ";", "2024-13-01", "&a", "*a", "- -"]
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data())
def test_no_other_error_leaves_a_reader(name, data, tmp_path):
    text = FILES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(JUNK) + text[end:]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    wind = WindContext(hub_height=70.0, turbulence_intensity=0.06, wind_shear=0.1)
    for read in (
        lambda: read_wind(str(path), wind),
        lambda: read_turbines(str(path), TurbineContext()),
        lambda: read_layout(str(path)),
        lambda: read_values(str(path)),
    ):
        with contextlib.suppress(ConfigError):
            read()
