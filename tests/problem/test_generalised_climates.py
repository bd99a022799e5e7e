"""A generalised wind climate becomes the rose over ground of one roughness; mistakes are named."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gamma

import windopt
from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.readers.formats import read_wind
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.generalised import GeneralisedClimate
from windopt.readers.wind.wasp_gwc import read_generalised_gwc
from windopt.readers.wind.wasp_lib import read_generalised_lib
from windopt.readers.wind.weibull import weibull_rose

sys.path.insert(0, str(Path(__file__).parent))
import atlas

CONFIG = Path("configs/atlas.yaml")
LIB = Path("configs/atlas/atlas.lib")
LINES = atlas.atlas_lib().splitlines()
ALONE: dict[str, object] = {"speed_map": None}
"""The climate without the map, which needs rasterio."""


@pytest.fixture(scope="module")
def climate() -> GeneralisedClimate:
    """That of the example."""
    return read_generalised_lib(LIB)


def load(**changes: object) -> LayoutProblem:
    return windopt.load_problem(CONFIG, ALONE | changes)


def mean(wind: WindResource) -> float:
    return float((wind.probability @ wind.wind_speed).sum())


def test_example_is_what_its_formulas_give() -> None:
    assert LIB.read_text(encoding="utf-8") == atlas.atlas_lib()


def test_numbers_are_those_of_the_file(climate: GeneralisedClimate) -> None:
    frequency, scale, shape = atlas.climate()
    np.testing.assert_allclose(climate.scale, scale, atol=0.00501)
    np.testing.assert_allclose(climate.shape, shape, atol=0.000501)
    for j in range(5):
        np.testing.assert_allclose(climate.frequency[:, j], frequency / 100, atol=1e-12)
    assert climate.lonlat == (9.031, 50.562)
    np.testing.assert_array_equal(climate.wind_direction, 30.0 * np.arange(12))


def test_numbers_are_those_of_windkit(climate: GeneralisedClimate) -> None:
    wasp = pytest.importorskip("windkit.io.wasp", reason="windkit is not installed")
    theirs = wasp.read_lib(LIB)
    for ours, name in ((climate.scale, "A"), (climate.shape, "k")):
        np.testing.assert_array_equal(ours.transpose(2, 1, 0), theirs[name])
    np.testing.assert_allclose(climate.frequency[:, 0].T, theirs["wdfreq"], rtol=1e-12)
    assert climate.lonlat == (theirs["coords"]["west_east"], theirs["coords"]["south_north"])


def test_yield_is_that_of_windkit() -> None:
    """By its bins of 1 m/s, to 1e-6; by its density itself the bins make 0.37 % more here."""
    windkit = pytest.importorskip("windkit", reason="windkit is not installed")
    from windkit.weibull import weibull_pdf

    problem = load()
    at_100 = WindContext(hub_height=100.0, turbulence_intensity=0.09, roughness_length=0.4)
    wind = read_wind(str(LIB), at_100)
    gwc = windkit.read_gwc(LIB).sel(gen_height=100.0, gen_roughness=0.4)
    edges = np.arange(len(wind.wind_speed) + 1.0)
    binned = windkit.wwc_to_bwc(gwc, edges)
    theirs = (binned.wsfreq * binned.wdfreq).transpose("sector", "wsbin", ...).values.squeeze()
    power = np.interp(
        wind.wind_speed, problem.turbine.wind_speed, problem.turbine.power, left=0.0, right=0.0
    )
    ours = float((wind.probability @ power).sum())
    assert ours == pytest.approx(float((theirs @ power).sum()), rel=1e-6)
    moment = windkit.mean_wind_speed(gwc)
    assert mean(wind) == pytest.approx(float(np.squeeze(moment.values)), rel=6e-4)

    fine = np.arange(0.005, 40.0, 0.01)
    density = weibull_pdf(gwc.A.values.reshape(12, 1), gwc.k.values.reshape(12, 1), fine)
    produced = np.interp(
        fine, problem.turbine.wind_speed, problem.turbine.power, left=0.0, right=0.0
    )
    exact = float(gwc.wdfreq.values.reshape(12) @ (density @ produced)) * 0.01
    assert ours == pytest.approx(exact, rel=4e-3)


def test_a_logarithmic_profile_is_met_between_heights() -> None:
    heights, rough = np.array([10.0, 50, 100, 150, 200]), np.array([0.03, 0.1])
    scale = np.log(heights[None] / rough[:, None])[..., None] * np.array([1.0, 0.9, 1.2])
    even = np.full(scale.shape, 1 / 3)
    climate = GeneralisedClimate(
        "made up", rough, heights, np.array([0.0, 120, 240]), even, scale, np.full(scale.shape, 2.0)
    ).checked()
    for hub in (10.0, 31.0, 73.0, 100.0, 187.0):
        context = WindContext(hub_height=hub, turbulence_intensity=0.1, roughness_length=0.1)
        expected = weibull_rose(
            climate.wind_direction, even[0, 0], np.log(hub / 0.1) * np.array([1.0, 0.9, 1.2]),
            np.full(3, 2.0), 0.1,
        )  # fmt: skip
        found = climate.resource(context)
        np.testing.assert_allclose(found.probability, expected.probability, atol=1e-12)


def test_between_roughness_lengths_the_logarithm_counts(climate: GeneralisedClimate) -> None:
    middle = float(np.sqrt(0.03 * 0.1))
    context = WindContext(hub_height=100.0, turbulence_intensity=0.1, roughness_length=middle)
    half = weibull_rose(
        climate.wind_direction, climate.frequency[1:3, 2].mean(axis=0),
        climate.scale[1:3, 2].mean(axis=0), climate.shape[1:3, 2].mean(axis=0), 0.1,
    )  # fmt: skip
    np.testing.assert_allclose(climate.resource(context).probability, half.probability, atol=1e-12)


def test_rougher_ground_has_less_wind_and_water_most() -> None:
    speeds = [mean(load(roughness_length=z0).wind) for z0 in (0, 0.03, 0.05, 0.1, 0.4, 0.9, 1.5)]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] > 1.5 * speeds[-1]


def test_strong_wind_is_not_cut_off() -> None:
    """At A = 15 and k = 1.8, 3 % of the time is above 30 m/s; scaled, turbines would yield it."""
    scale, shape = np.full(4, 15.0), np.full(4, 1.8)
    rose = weibull_rose(90.0 * np.arange(4), np.ones(4), scale, shape, np.full((4, 30), 0.1))
    below = rose.probability[:, rose.wind_speed < 25].sum()
    assert below == pytest.approx(1 - np.exp(-((25 / 15) ** 1.8)), rel=1e-12)
    assert mean(rose) == pytest.approx(15 * gamma(1 + 1 / 1.8), rel=2e-3)
    assert rose.turbulence_intensity.shape == rose.probability.shape
    usual = weibull_rose(90.0 * np.arange(4), np.ones(4), scale / 2, shape + 0.4, 0.1)
    assert len(usual.wind_speed) == 30


def test_what_the_rose_is_not_is_said(caplog: pytest.LogCaptureFixture) -> None:
    load()
    assert "flat ground of roughness length 0.1 m all round" in caplog.text
    assert "what hills and changes of roughness do is not in it" in caplog.text
    assert "from the site" not in caplog.text
    load(roughness_length=0)
    assert "open water all round" in caplog.text


def test_the_climate_of_another_place_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pyproj", reason="pyproj is not installed")
    path = changed(tmp_path, lambda lines: [lines[0].replace("9.031", "9.931"), *lines[1:]])
    with caplog.at_level(logging.WARNING):
        load(wind_resource=str(path))
    assert "is for 9.931 E 50.562 N, 64 km from the site" in caplog.text


def changed(folder: Path, change: Callable[[list[str]], list[str]]) -> Path:
    path = folder / "changed.lib"
    path.write_text("\n".join(change(LINES)), encoding="cp1252")
    return path


def wrapped(lines: list[str]) -> list[str]:
    """Long lines broken in two, as Fortran does it."""
    return [*lines[:4], *(half for line in lines[4:] for half in (line[:54], line[54:])), "", " "]


def test_broken_lines_are_put_together(tmp_path: Path, climate: GeneralisedClimate) -> None:
    other = read_generalised_lib(changed(tmp_path, wrapped))
    np.testing.assert_array_equal(other.scale, climate.scale)
    np.testing.assert_array_equal(other.frequency, climate.frequency)


def with_line(number: int, line: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[: number - 1], line, *lines[number:]]


WRONG: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "cut": (lambda lines: lines[:-3], "holds 624 numbers after the heights, not the 660"),
    "sizes": (with_line(2, "5 5"), "line 2"),
    "sizes that lie": (with_line(2, "5 4 12"), "line 4: has 5 numbers, not 4"),
    "words": (with_line(9, "what is this"), "line 9"),
    "nan": (with_line(6, LINES[5].replace("7.73", " nan")), "line 6"),
    "heights": (with_line(4, "10 100 50 150 200"), "heights 10, 100, 50, 150, 200 do not increase"),
    "frequencies": (with_line(5, LINES[4].replace(" 15.00", " 25.00")), "sum to 110"),
    "negative": (with_line(5, LINES[4].replace(" 15.00", "-15.00")), "negative frequencies"),
    "A": (with_line(6, LINES[5].replace("  7.73", " 77.30")), "A is 77.3 at roughness 0 m, height"),
    "k": (with_line(7, LINES[6].replace(" 1.6", " 0.1")), "k is 0.1"),
    "empty": (lambda lines: [], "has 0 lines"),
    "page": (lambda lines: ["<html>", "<body>", "error", "503", "</body>"], "line 2"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_mistakes_in_the_file_are_named(mistake: str, tmp_path: Path) -> None:
    change, words = WRONG[mistake]
    with pytest.raises(ConfigError) as caught:
        load(wind_resource=str(changed(tmp_path, change)))
    assert words in str(caught.value), str(caught.value)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roughness_length": None}, "set roughness_length: to that of the ground all round"),
        ({"roughness_length": 0.01}, "give 0 for a site at sea, or 0.03 for the smoothest land"),
        ({"roughness_length": 2.0}, "2 m is beyond those of atlas.lib"),
        ({"roughness_length": -0.1}, "roughness_length: "),
        ({"atmosphere.turbulence_intensity": None}, "set atmosphere.turbulence_intensity"),
        ({"wind_resource": "configs/ridge/ridge.wrg"}, "is of no use with ridge.wrg"),
        ({"wind_resource_at": [1.0, 2.0]}, "add speed_map, or leave it out"),
        ({"wind_resource": "configs/atlas/wind-speed_100m.tif"}, "name the map as speed_map:"),
    ],
)
def test_mistakes_in_the_config_are_named(changes: dict[str, object], words: str) -> None:
    if path := changes.get("wind_resource"):
        changes = changes | {"wind_resource": str(Path(str(path)).absolute())}
    with pytest.raises(ConfigError) as caught:
        load(**changes)
    assert words in str(caught.value), str(caught.value)


def test_hubs_above_the_file_are_refused(climate: GeneralisedClimate) -> None:
    context = WindContext(hub_height=215.0)
    with pytest.raises(ConfigError) as caught:
        climate.resource(context)
    assert len(caught.value.faults) == 3  # roughness, height, turbulence: all at once
    assert "spans 10 to 200 m, but the hub is at 215 m" in str(caught.value)


def gwc_xml(climate: GeneralisedClimate) -> str:
    """The climate as WAsP 12 writes it, in what windkit reads."""
    roses = []
    for i, rough in enumerate(climate.roughness):
        for j, height in enumerate(climate.height):
            winds = "".join(
                f'<WeibullWind Index="{s + 1}" CentreAngleDegrees="{30 * s}" '
                f'SectorFrequency="{climate.frequency[i, j, s]}" '
                f'WeibullA="{climate.scale[i, j, s]}" WeibullK="{climate.shape[i, j, s]}"/>'
                for s in range(12)
            )
            roses.append(
                f'<WindAtlasWeibullWindRose ReferenceHeight="{height}" RoughnessLength="{rough}" '
                f'ReferenceHeightNumber="{j + 1}" RoughnessLengthNumber="{i + 1}" '
                f'CountOfSectors="12">{winds}</WindAtlasWeibullWindRose>'
            )
    return (
        '<?xml version="1.0"?><RveaGeneralisedMeanWindClimate CountOfSectors="12" '
        'CountOfReferenceHeights="5" CountOfReferenceRoughnessLengths="5">'
        + "".join(roses)
        + "</RveaGeneralisedMeanWindClimate>"
    )


def test_gwc_is_the_same_as_lib(tmp_path: Path, climate: GeneralisedClimate) -> None:
    pytest.importorskip("windkit", reason="windkit is not installed")
    path = tmp_path / "atlas.gwc"
    path.write_text(gwc_xml(climate))
    other = read_generalised_gwc(path)
    for name in ("roughness", "height", "wind_direction", "frequency", "scale", "shape"):
        np.testing.assert_allclose(getattr(other, name), getattr(climate, name), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "<a>", "no xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a/>"],
)
def test_what_is_no_gwc_is_refused(text: str, tmp_path: Path) -> None:
    pytest.importorskip("windkit", reason="windkit is not installed")
    path = tmp_path / "atlas.gwc"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"atlas\.gwc: .*export it again"):
        load(wind_resource=str(path))


def test_without_windkit_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("windkit", "windkit.io.wasp"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "atlas.gwc"
    path.write_text("<a/>")
    with pytest.raises(ConfigError, match=r"pip install 'windopt\[wasp\]'"):
        load(wind_resource=str(path))
