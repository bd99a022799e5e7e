"""The height at which the wind of a table holds counts, wherever the table says it."""

import logging

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.readers.formats import read_wind
from windopt.readers.wind.context import WindContext

SHEAR, HUB, SPEEDS = 0.2, 90.0, np.array([4.5, 8.5, 12.5])
CELLS = np.arange(1.0, 13.0).reshape(4, 3) / 78
SECTORS = [(90 * k, 0.25, 8.0 + k, 2.0) for k in range(4)]


@pytest.fixture
def read(tmp_path):
    def read(text, **context):
        (tmp_path / "wind.csv").write_text(text, encoding="utf-8")
        known = {"turbulence_intensity": 0.07, "hub_height": HUB, "wind_shear": SHEAR} | context
        return read_wind(str(tmp_path / "wind.csv"), WindContext(**known))

    return read


def long(header="ws"):
    rows = [f"{90 * i},{ws},{CELLS[i, j]:.9f}" for i in range(4) for j, ws in enumerate(SPEEDS)]
    return "\n".join([f"wd,{header},freq_val", *rows]) + "\n"


def down():
    rows = [
        f"{n}," + ",".join(f"{c:.9f}" for c in row) for n, row in zip("NESW", CELLS, strict=True)
    ]
    return "\n".join(["sector,4.5,8.5,12.5", *rows]) + "\n"


def across(corner):
    rows = [
        f"{ws}," + ",".join(f"{c:.9f}" for c in row)
        for ws, row in zip(SPEEDS, CELLS.T, strict=True)
    ]
    return "\n".join([f"{corner},N,E,S,W", *rows]) + "\n"


def sectors(scale="A", shape="k"):
    rows = [",".join(map(str, row)) for row in SECTORS]
    return "\n".join([f"sector,frequency,{scale},{shape}", *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "height"),
    [
        ("# height: 100\n" + down(), 100),
        ("Height: 100 m\n" + down(), 100),
        (across("Speed 100m [m/s]"), 100),
        ("# height: 100\n" + across("speed"), 100),
        (across("speed"), 90),
        (long("WS_100m"), 100),
        (long("WS_91m"), 91),
        ("# height: 88.5\n" + long(), 88.5),
        (long("WS_90m"), 90),
    ],
)
def test_speeds_are_brought_to_the_hub(read, text, height):
    """By the power law, also over a metre where a shear is given."""
    np.testing.assert_allclose(read(text).wind_speed, SPEEDS * (HUB / height) ** SHEAR, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (sectors("A_100m", "k_100m"), None),
        (sectors("A 100m [m/s]"), None),
        (sectors("A_100m", "k_100m"), {"weibull_a": "A_100m", "weibull_k": "k_100m"}),
        ("Site X\nby hand\n" + sectors("A_100m", "k_100m"), None),
        ("param,N,E,S,W\n" + "\n".join(
            f"{name}," + ",".join(str(row[i]) for row in SECTORS)
            for i, name in ((1, "frequency"), (2, "A_100m"), (3, "k_100m"))
        ) + "\n", None),
    ],
)  # fmt: skip
def test_weibull_scales_are_brought_to_the_hub(read, text, columns):
    """Those of the mean speeds, sector by sector."""
    plain = sectors()
    for _, _, scale, _ in SECTORS:
        plain = plain.replace(f",{scale},", f",{scale * (HUB / 100) ** SHEAR!r},")
    wind, expected = read(text, columns=columns), read(plain)
    np.testing.assert_allclose(wind.wind_speed, expected.wind_speed)
    np.testing.assert_allclose(wind.probability, expected.probability, atol=1e-12)


@pytest.mark.parametrize(
    "text", ["# height: 100\n" + down(), across("ws_100m"), sectors("A_100m", "k_100m")]
)
def test_another_height_without_shear_is_a_fault(read, text):
    with pytest.raises(ConfigError, match="holds at 100 m, but the hub is at 90 m"):
        read(text, wind_shear=0.0)


def test_a_metre_without_shear_is_no_fault(read):
    np.testing.assert_allclose(read(long("WS_91m"), wind_shear=0.0).wind_speed, SPEEDS)


def test_two_scales_are_a_fault(read):
    text = sectors("A_100m", "k_100m,A_150m,k_150m").replace(",2.0\n", ",2.0,10,2\n")
    with pytest.raises(ConfigError, match="'A_100m' and 'A_150m' are both"):
        read(text)


@pytest.mark.parametrize("corner", ["ws [kn]", "Wind speed (knots)", "wd / ws [km/h]", "ws (mph)"])
def test_units_in_the_corner_of_a_rose_count(read, corner):
    """Knots of a calm site pass for m/s by their mean."""
    with pytest.raises(ConfigError, match="convert it to m/s"):
        read(across(corner))


def test_levels_around_the_hub_are_interpolated_even_where_one_is_near():
    """A hub at 90 m between 80 and 91 m: exact for a power law, as at any other height."""
    lower, upper, weight = WindContext(hub_height=90.0).between_heights("", np.array([80.0, 91.0]))
    assert (lower, upper) == (0, 1)
    assert weight == pytest.approx(np.log(90 / 80) / np.log(91 / 80))
    assert WindContext(hub_height=91.0).between_heights("", np.array([80.0, 91.0]))[:2] == (1, 1)
    assert WindContext(hub_height=92.0).between_heights("", np.array([80.0, 91.0]))[:2] == (1, 1)


STAMPS = np.datetime64("2019-01-01T00:00") + np.arange(48) * np.timedelta64(1, "h")
U, V = 3.0, -4.0  # 5 m/s


def test_names_of_merra_say_their_height(read):
    rows = "".join(f"{t},9,9,{U},{V}\n" for t in STAMPS)
    wind = read("time,U2M,V2M,U50M,V50M\n" + rows)
    assert wind.mean_wind_speed == pytest.approx(5.0 * (90 / 50) ** SHEAR)


def test_a_vortex_series_is_named(read):
    text = (
        "Lat=54.1  Lon=6.2  Hub-Height=100  Timezone=00.0\n\nYYYYMMDD HHMM  M(m/s) D(deg)  T(C)\n"
    ) + "".join(f"{str(t)[:10].replace('-', '')} {str(t)[11:13]}00  5.0 90 9.1\n" for t in STAMPS)
    with pytest.raises(ConfigError, match="a Vortex series: holds at 100 m, but the hub is at 90"):
        read(text, wind_shear=0.0)


def test_many_speeds_of_zero_are_told(read, caplog):
    """A logger's 0 for nothing measured takes energy off in silence."""

    def series(zeros):
        return "time,ws,wd\n" + "".join(
            f"{t},{0 if k < zeros else 8.0},{0 if k < zeros else 90}\n"
            for k, t in enumerate(STAMPS)
        )

    with caplog.at_level(logging.WARNING):
        read(series(12))
    assert "ws: is 0 in 12 of 48 rows, 25.0 %" in caplog.text
    assert "the mean is 6.00 m/s, and 8.00 without" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        read(series(0))
    assert "is 0 in" not in caplog.text


def test_dates_that_are_the_same_either_way_need_no_format(read):
    rows = "".join(f"01/01/2019 {hour:02d}:00,8,90\n" for hour in range(24))
    assert read("time,ws,wd\n" + rows).mean_wind_speed == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("header", "height"), [("CH13Avg", 90), ("Spd 100", 100), ("C1 100m", 100)]
)
def test_number_of_a_channel_is_no_height(read, header, height):
    """Of a column that the config names, a bare number is a height only beside a known name."""
    rows = "".join(f"{t},5.0,90\n" for t in STAMPS)
    told = {"wind_speed": header, "wind_direction": "CH2Avg", "time": "When"}
    wind = read(f"When,{header},CH2Avg\n{rows}", columns=told)
    assert wind.mean_wind_speed == pytest.approx(5.0 * (HUB / height) ** SHEAR)


def test_a_column_of_nothing_but_per_cent_is_no_mark(read):
    """A turbulence intensity of 8 throughout is in per cent; nothing is missing."""
    rows = "".join(f"{t},5.0,90,8\n" for t in STAMPS)
    with pytest.raises(ConfigError, match="8 is outside"):
        read("time,ws,wd,ti\n" + rows, allow_gaps=True)
