"""windIO files as people publish them: TI by speed, strangers among the keys, older layouts."""

import logging
from pathlib import Path

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.readers.formats import read_layout, read_turbines, read_wind
from windopt.readers.places.site import read_site
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.wind.context import WindContext
from windopt.readers.windio.document import resolve

WEIBULL = """\
wind_resource:
  wind_direction: [0, 90, 180, 270]
  sector_probability: {data: [0.2, 0.2, 0.2, 0.4], dims: [wind_direction]}
  weibull_a: {data: [9, 9, 9, 11], dims: [wind_direction]}
  weibull_k: {data: [2.0, 2.0, 2.2, 2.2], dims: [wind_direction]}
"""


def wind_of(tmp_path: Path, more: str, **context: float):
    (tmp_path / "resource.yaml").write_text(WEIBULL + more)
    return read_wind(str(tmp_path / "resource.yaml"), WindContext(**context))


def test_weibull_takes_turbulence_by_the_speeds_of_the_file(tmp_path: Path) -> None:
    wind = wind_of(
        tmp_path,
        "  wind_speed: [4, 10, 20]\n"
        "  turbulence_intensity: {data: [0.2, 0.1, 0.05], dims: [wind_speed]}\n",
    )
    at = {3.5: 0.2, 5.5: 0.175, 10.5: 0.0975, 19.5: 0.0525, 29.5: 0.05}
    columns = np.searchsorted(wind.wind_speed, list(at))
    for row in wind.turbulence_intensity:
        np.testing.assert_allclose(row[columns], list(at.values()))


def test_weibull_takes_turbulence_by_direction_and_speed(tmp_path: Path) -> None:
    """Whatever the order of the two, and with speeds brought to the hub."""
    table = [[0.2, 0.1], [0.3, 0.1], [0.2, 0.2], [0.1, 0.1]]
    turned = np.transpose(table).tolist()
    one, other = (
        wind_of(
            tmp_path,
            "  reference_height: 50\n  wind_speed: [5, 15]\n"
            f"  turbulence_intensity: {{data: {data}, dims: {dims}}}\n",
            hub_height=100.0,
            wind_shear=0.2,
        )
        for data, dims in (
            (table, "[wind_direction, wind_speed]"),
            (turned, "[wind_speed, wind_direction]"),
        )
    )
    np.testing.assert_array_equal(one.turbulence_intensity, other.turbulence_intensity)
    hub = np.array([5.0, 15.0]) * 2**0.2
    for row, given in zip(one.turbulence_intensity, table, strict=True):
        np.testing.assert_allclose(row, np.interp(one.wind_speed, hub, given))


def test_share_of_the_farm_that_runs_may_go_by_speed_too(tmp_path: Path) -> None:
    wind = wind_of(
        tmp_path,
        "  wind_speed: [5, 25]\n  turbulence_intensity: {data: 0.07, dims: []}\n"
        "  operating: {data: [1, 0.5], dims: [wind_speed]}\n",
    )
    whole = wind_of(tmp_path, "  turbulence_intensity: {data: 0.07, dims: []}\n")
    share = wind.probability[:, 1:] / whole.probability
    np.testing.assert_allclose(share, np.interp(whole.wind_speed, [5, 25], [1, 0.5]) + 0 * share)


def test_strangers_among_the_keys_are_told_and_misspelt_ones_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ti = "  turbulence_intensity: {data: 0.07, dims: []}\n"
    with caplog.at_level(logging.WARNING):
        wind_of(tmp_path, ti + "  provenance: ERA5\n  wind_speed_std: 1\n  wind_speed: [4, 8]\n")
    assert "not used: provenance, wind_speed_std" in caplog.text
    with pytest.raises(ConfigError, match="did you mean 'turbulence_intensity'"):
        wind_of(
            tmp_path, "  turbulence_intensty: {data: 0.07, dims: []}\n", turbulence_intensity=0.1
        )


SYSTEM = """\
name: system
site:
  name: square
  licence: CC0
  boundaries: {polygons: [{x: [0, 2000, 2000, 0], y: [0, 0, 2000, 2000]}]}
  energy_resource: {RESOURCE}
  bathymetry: !include depth.tif
wind_farm:
  layouts:
    initial_layout:
      coordinates: {x: [100, 900], y: [200, 300]}
    LATER
  turbines: {TURBINES}
attributes: !include attributes.yaml
"""


def system(tmp_path: Path, resource: str, turbines: str, later: str = "") -> str:
    text = SYSTEM.replace("{RESOURCE}", resource).replace("{TURBINES}", turbines)
    (tmp_path / "system.yaml").write_text(text.replace("LATER", later))
    return str(tmp_path / "system.yaml")


def test_include_that_is_missing_matters_where_it_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = system(tmp_path, "!include gone.yaml", "!include lost.yaml")
    with caplog.at_level(logging.WARNING):
        site = read_site(file)
    assert site.area.area == 4e6
    assert "licence" in caplog.text
    np.testing.assert_array_equal(read_layout(file).coordinates, [[100, 200], [900, 300]])
    with pytest.raises(ConfigError, match=r"includes 'gone\.yaml', which is not in"):
        read_wind(file, WindContext())
    with pytest.raises(ConfigError, match=r"includes 'lost\.yaml', which is not in"):
        read_turbines(file, TurbineContext(None, None, None))


@pytest.mark.parametrize(
    ("later", "first"),
    [("", 100), ("optimised: {coordinates: {x: [1, 2], y: [3, 4]}}", 100)],
)
def test_older_windio_names_its_layouts(tmp_path: Path, later: str, first: float) -> None:
    file = system(tmp_path, "!include gone.yaml", "!include lost.yaml", later)
    assert read_layout(file).coordinates[0, 0] == first


RANDOM = {  # what windIO's own examples hold there is made of random numbers, or differs by turbine
    "GriddedResource.yaml": "sum to 65.86 per mille",
    "GriddedResource_nc.yaml": "sum to 65.86 per mille",
    "WTResource.yaml": "varies with wind_turbine",
    "WTResource_nc.yaml": "varies with wind_turbine",
    "timeseries_vertical_variation.yaml": "spans 1 to 2 m",
    "timeseries_with_netcdf.yaml": "is outside",
}
EXAMPLES = sorted((resolve("windIO:plant_energy_resource")).glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_resources_of_windio_are_read_or_refused_by_name(file: Path) -> None:
    context = WindContext(119.0, 0.1, 0.06, allow_gaps=True)
    if file.name in RANDOM:
        with pytest.raises(ConfigError, match=RANDOM[file.name]):
            read_wind(str(file), context)
    else:
        wind = read_wind(str(file), context)
        assert wind.probability.sum() == pytest.approx(1)
        assert wind.refined().mean_wind_speed == pytest.approx(wind.mean_wind_speed, rel=1e-12)


@pytest.mark.parametrize("folder", ["plant_energy_site", "wind_energy_system"])
def test_sites_and_systems_of_windio_are_read(folder: str) -> None:
    for file in sorted(resolve(f"windIO:{folder}").glob("*.yaml")):
        assert read_site(str(file)).area.area > 1e6
        if folder == "wind_energy_system":
            assert len(read_layout(str(file)).coordinates) > 8
            assert read_turbines(str(file), TurbineContext(None, None, None))
