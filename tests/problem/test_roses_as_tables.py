"""Roses with directions across, with compass points, and as tables of sectors with A and k."""

import numpy as np
import pytest
from scipy.stats import weibull_min

from windopt.errors import ConfigError
from windopt.readers.formats import read_wind
from windopt.readers.identify import roles_of
from windopt.readers.wind.context import WindContext

POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW",
          "NW", "NNW")  # fmt: skip
DEGREES = [22.5 * k for k in range(16)]
SPEEDS = [2.5, 7.5, 12.5]
CELLS = np.arange(1.0, 49.0).reshape(16, 3)
CELLS /= CELLS.sum()
LONG = "wd,ws,freq_val\n" + "".join(
    f"{wd},{ws},{CELLS[i, j]!r}\n".replace("np.float64(", "").replace(")", "")
    for i, wd in enumerate(DEGREES)
    for j, ws in enumerate(SPEEDS)
)


@pytest.fixture
def read(tmp_path):
    def read(text, name="rose.csv", **context):
        (tmp_path / name).write_text(text, encoding="utf-8")
        known = {"turbulence_intensity": 0.07} | context
        return read_wind(str(tmp_path / name), WindContext(**known))

    return read


def same(one, other):
    np.testing.assert_allclose(one.wind_direction, other.wind_direction, atol=1e-12)
    np.testing.assert_allclose(one.wind_speed, other.wind_speed, atol=1e-12)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-12)
    np.testing.assert_allclose(one.turbulence_intensity, other.turbulence_intensity, atol=1e-12)


def across(directions, speeds, cells=CELLS, corner="speed", between=","):
    head = between.join([corner, *map(str, directions)])
    rows = [
        between.join([str(speed), *(repr(float(cell)) for cell in column)])
        for speed, column in zip(speeds, cells.T, strict=True)
    ]
    return "\n".join([head, *rows]) + "\n"


def down(directions, speeds, cells=CELLS, corner="direction"):
    head = ",".join([corner, *map(str, speeds)])
    rows = [
        ",".join([str(direction), *(repr(float(cell)) for cell in row)])
        for direction, row in zip(directions, cells, strict=True)
    ]
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        across(DEGREES, SPEEDS),
        across(POINTS, SPEEDS),
        across(POINTS, SPEEDS, corner=""),
        across(POINTS, ["0-5", "5-10", "10-15"]),
        across(POINTS, ["0 - 5 m/s", "5 - 10 m/s", "> 10 m/s"]),
        across([f"{wd}°" for wd in DEGREES], ["(0, 5]", "(5, 10]", "(10, 15]"], between=";"),
        across([f"{p} ({d:g}°)" for p, d in zip(POINTS, DEGREES, strict=True)], SPEEDS),
        across([f"{(d - 11.25) % 360}-{(d + 11.25) % 360}" for d in DEGREES], SPEEDS, corner="m/s"),
        across(POINTS, SPEEDS, 100 * CELLS),
        across(POINTS, SPEEDS, 8760 * CELLS),
        across(DEGREES, SPEEDS, between="\t").replace(".", ","),
        down(DEGREES, SPEEDS),
        down(POINTS, SPEEDS),
        down(POINTS, ["<5", "5-10", "10-15"]),
        down(POINTS, SPEEDS, corner="wd\\ws"),
        "Rose of the mast\nHeight: 100 m\n\n" + across(POINTS, SPEEDS),
        across([*POINTS, "Total"], SPEEDS, np.vstack([CELLS, CELLS.sum(axis=0)])),
        down([*POINTS, "Sum"], SPEEDS, np.vstack([CELLS, CELLS.sum(axis=0)])),
        LONG.replace("wd,ws", "direction,speed"),
        "\n".join(
            [
                "wd,ws,freq_val",
                *(
                    ",".join([POINTS[DEGREES.index(float(wd))], *rest])
                    for wd, *rest in (line.split(",") for line in LONG.splitlines()[1:])
                ),
            ]
        ),
        LONG.replace(",2.5,", ",0-5,").replace(",7.5,", ",5-10,").replace(",12.5,", ",10-15,"),
    ],
)
def test_rose_is_the_same_in_each_form(read, text):
    same(read(text, "rose.txt", hub_height=100.0), read(LONG))


def test_empty_cells_are_no_wind(read):
    text = ",N,E,S,W\n5,0.5,-,,0.1\n8,,0.2,0.2,\n"
    wind = read(text)
    np.testing.assert_allclose(wind.probability, [[0.5, 0], [0, 0.2], [0, 0.2], [0.1, 0]])
    np.testing.assert_array_equal(wind.wind_direction, [0, 90, 180, 270])


@pytest.mark.parametrize(
    ("points", "degrees"),
    [
        ("N NO O SO S SW W NW", range(0, 360, 45)),  # German: O is the east
        ("N NE E SE S SO O NO", range(0, 360, 45)),  # French, Spanish: O is the west
        ("N NNO NO ONO O OSO SO SSO S SSW SW WSW W WNW NW NNW", np.arange(0, 360, 22.5)),
        ("north north-east east south-east south south-west west north-west", range(0, 360, 45)),
        ("Nord Ost Süd West", (0, 90, 180, 270)),
        ("Nord Est Sud Ouest", (0, 90, 180, 270)),
        ("N E S O", (0, 90, 180, 270)),
        ("n e s w", (0, 90, 180, 270)),
    ],
)
def test_compass_is_read_in_several_languages(read, points, degrees):
    names, share = points.split(), np.arange(1.0, len(points.split()) + 1)
    share /= share.sum()
    rows = "".join(f"{name},8,{float(p)!r}\n" for name, p in zip(names, share, strict=True))
    wind = read("wd,ws,freq_val\n" + rows)
    order = np.argsort(degrees)
    np.testing.assert_allclose(wind.wind_direction, np.array(list(degrees))[order])
    np.testing.assert_allclose(wind.probability[:, 0], share[order])


SHARES = np.array([4.0, 6, 8, 10, 6, 6, 7, 9, 14, 15, 10, 5]) / 100
SCALE = np.array([8.1, 8.3, 8.8, 9.4, 8.6, 8.2, 9.0, 10.1, 11.2, 11.5, 10.6, 9.2])
SHAPE = np.array([1.9, 2.0, 2.1, 2.2, 2.0, 1.9, 2.0, 2.2, 2.4, 2.3, 2.2, 2.0])
NAMES_12 = [f"{30 * k}" for k in range(12)]


def sectors(header="sector,frequency,A,k", labels=NAMES_12, whole=1.0, between=","):
    return "\n".join(
        [
            header,
            *(
                between.join([label, *(f"{value:.10g}" for value in values)])
                for label, *values in zip(labels, whole * SHARES, SCALE, SHAPE, strict=True)
            ),
        ]
    )


@pytest.mark.parametrize(
    "text",
    [
        sectors(),
        sectors(whole=100),
        sectors(whole=1000),
        sectors("sector [deg],f [%],A [m/s],k [-]", whole=100),
        sectors("wd,freq,weibull_a,weibull_k"),
        sectors("direction;probability;scale;shape", between=";").replace(".", ","),
        sectors("Sector,Frequency,Weibull A,Weibull k"),
        sectors("sector,sector_frequency,Weibull scale (m/s),Weibull shape"),
        sectors("Sector no.,Freq.,A,k", [f"{k}" for k in range(1, 13)]),
        sectors(labels=[f"{k}" for k in range(12)]),
        sectors(labels=[f"{k}" for k in range(1, 13)]) + "\nAll,1,9.7,2.1",
        sectors(labels=[f"{(30 * k - 15) % 360}-{30 * k + 15}" for k in range(12)]),
        "Site A\nWeibull parameters at hub height\n" + sectors(),
    ],
)
def test_sectors_have_their_distributions(read, text):
    wind = read(text)
    np.testing.assert_allclose(wind.wind_direction, np.arange(0, 360, 30))
    np.testing.assert_allclose(wind.sector_probability, SHARES, rtol=1e-9)
    # bins of 1 m/s have their exact share, by scipy; the last one all that is faster
    upper, lower = wind.wind_speed + 0.5, wind.wind_speed - 0.5
    for s in range(12):
        of = weibull_min(SHAPE[s], scale=SCALE[s])
        exact = of.cdf(upper) - of.cdf(lower)
        exact[-1] += of.sf(upper[-1])
        np.testing.assert_allclose(wind.probability[s], SHARES[s] * exact, atol=1e-9)


def test_sectors_by_compass_and_of_no_wind(read):
    text = "sector,frequency,A,k,ti\nN,40,9,2,0.06\nE,0,0,0,0.07\nS,25,8,2,0.08\nW,35,10,2.2,0.09\n"
    wind = read(text, turbulence_intensity=None)
    np.testing.assert_allclose(wind.sector_probability, [0.4, 0, 0.25, 0.35])
    np.testing.assert_allclose(wind.turbulence_intensity[:, 5], [0.06, 0.07, 0.08, 0.09])
    assert np.isfinite(wind.probability).all()


def test_sectors_are_brought_to_the_hub(read):
    text = "# height: 50 m\n" + sectors()
    raised = read(text, hub_height=100.0, wind_shear=0.1)
    ratio = 2**0.1
    of = weibull_min(SHAPE[3], scale=SCALE[3] * ratio)
    assert raised.probability[3, 8] == pytest.approx(SHARES[3] * (of.cdf(9) - of.cdf(8)), abs=1e-9)


def test_numbers_of_sectors_are_said(read, caplog):
    read(sectors(labels=[f"{k}" for k in range(1, 13)]))
    assert "sectors 1 to 12 are taken as centred on 0°, 30°, ... 330°" in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (sectors().replace("11.5", "115"), r"A: is 115, which no wind has, in line 11"),
        (sectors("sector,frequency,k,A"), r"above A throughout; swap the two"),
        (sectors(whole=0.9), r"frequency: sums to 0.9, not 1"),
        (sectors("sector,often,A,k"), r"no column of the frequency beside A and k"),
        (sectors("sector,frequency,A [kn],k"), r"A \[kn\]: is in 'kn'; convert it to m/s"),
        (sectors().replace("\n60,", "\n30,"), r"has the sector 30 in lines 3 and 4"),
        (across(POINTS, ["a", "b", "c"]), r"has columns N, NNE, .* and rows a, b, c; give dir"),
        (across(POINTS, SPEEDS).replace("0.0", "x", 1), r"'x\d+' is no number"),
        (across(POINTS, SPEEDS, 0.9 * CELLS), r"sums to 0.9, not 1"),
        ("wd,ws,freq\nO,5,0.5\nS,5,0.5\n", r"'O' may be east .*; write E and W"),
        ("wd,ws,freq\nN,5,0.5\n180,5,0.5\n", r"wd = 'N' is no number"),
        (LONG + "0,2.5,0\n0,7.5,0\n", r"has the same wind in lines 2 and 50, 3 and 51"),
        (LONG + "360,2.5,0\n", r"as 0 and as 360: the first in line 2 and line 50"),
    ],
)
def test_rose_that_could_be_misread_is_refused(read, text, said):
    with pytest.raises(ConfigError, match=said):
        read(text)


@pytest.mark.parametrize(
    "text",
    [across(POINTS, SPEEDS), down(POINTS, ["0-5", "5-10", "10-15"]), sectors(), LONG,
     "valid_time,u100,v100\n2024-01-01,1,2\n",
     "Lat=5 Hub-Height=100\n\nYYYYMMDD HHMM  M(m/s) D(deg)\n20190101 0000 4.1 321\n",
     "Windographer\nDate/Time\tSpeed 60 m [m/s]\tDirection 60 m [deg]\n2024-01-01 00:00\t5\t6\n"],
)  # fmt: skip
def test_such_files_are_known_as_wind(tmp_path, text):
    (tmp_path / "file.txt").write_text(text)
    assert roles_of(str(tmp_path / "file.txt")) == {"wind_resource"}


def test_power_over_air_density_is_not_known_as_wind(tmp_path):
    (tmp_path / "file.csv").write_text(
        "ws,0.95,1.0,1.05\n4,50,55,60\n5,100,105,110\n6,150,160,170\n"
    )
    assert roles_of(str(tmp_path / "file.csv")) == frozenset()
