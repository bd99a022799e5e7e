"""One table in the many ways in which spreadsheets, loggers and GIS programs write it."""

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.readers.formats import read_turbines, read_wind
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.wind.context import WindContext

LAYOUT = "x,y,type\n100.5,200,0\n1100,1200.25,0\n"
ROSE = "wd,ws,freq_val,ti\n0,5,0.1,0.06\n0,10,0.2,0.07\n180,5,0.3,0.08\n180,10,0.4,0.09\n"
CURVES = (
    "# Rotor diameter (m): 80,5\n# Hub height = 70 m\nwind_speed;power [kW];ct\n"
    "3;0;0,8\n12;2000;0,6\n25;2000;0,1\n"
)
HOURS = [(5 + hour, 30 * hour % 360) for hour in range(10)]


@pytest.fixture
def written(tmp_path):
    def written(text, name):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(tmp_path / name)

    return written


def wind_of(path, **context):
    return read_wind(path, WindContext(**context))


@pytest.mark.parametrize(
    "text",
    [
        LAYOUT.replace(",", ";"),
        LAYOUT.replace(",", ";").replace(".", ","),
        LAYOUT.replace(",", "\t").replace(".", ","),
        LAYOUT.replace(",", " "),
        "sep=;\n" + LAYOUT.replace(",", ";"),
        "# surveyed in May\n\n" + LAYOUT.replace("\n", "\r\n") + ",,\r\n,,\r\n",
        LAYOUT.replace("x,y,type", "X,Y,Type"),
        LAYOUT.replace("x,y", "x [m],y (m)"),
        LAYOUT.replace("x,y", "UTM Easting,UTM Northing"),
        LAYOUT.replace("x,y", "POINT_X,POINT_Y"),
        LAYOUT.replace("x,y", "Rechtswert,Hochwert"),
        LAYOUT.replace("x,y", "x_m,y_m"),
        (LAYOUT + "# bei Wörth\n").encode("cp1252"),
        ("\ufeff" + LAYOUT).encode(),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".txt", ".dat"])
def test_layout_is_the_same_however_it_is_written(written, text, suffix):
    given = read_layout(written(text, f"layout{suffix}"))
    np.testing.assert_array_equal(given.coordinates, [[100.5, 200], [1100, 1200.25]])
    assert given.type_names == (0, 0)


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("x,y\n100,5,200,0\n", "line 2: has 4 cells for 2 columns", "by semicolons"),
        (LAYOUT.replace("x,y", "x [km],y [km]"), "x [km]: is in 'km'", "to metres"),
        (LAYOUT.replace("x,y", "x [ft],y [ft]"), "x [ft]: is in 'ft'", "multiply by 0.3048"),
        (LAYOUT.replace("type", "x"), "'x' and 'x' are both the x", "keep one"),
        (LAYOUT.replace("x,y,type\n", ""), "begins with 100.5, 200, 0", "column names"),
        ("x,y\n0.1,0.2\n1.1,1.2\n", "look like degrees", "if kilometres, metres"),
        ("x;y\n1.000,5;2\n", "'1.000,5' is no number", "write 1000,5"),
        ("x;y\n100,5;2.000\n", "'2.000' is no number", "leave out points between thousands"),
        (LAYOUT.encode("utf-16"), "is no text file", "in UTF-8"),
    ],
)
def test_layout_that_could_be_misread_is_refused(written, text, problem, cure):
    square = read_site(written("x,y\n0,0\n2000,0\n2000,2000\n0,2000\n", "site.csv"))
    with pytest.raises(ConfigError) as caught:
        read_layout(written(text, "layout.csv"), site=square)
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_wkt_may_say_its_crs(written):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    ring = "POLYGON ((3 51.6, 3.05 51.6, 3.05 51.65, 3 51.6))"
    path = written(f'name,wkt\na,"SRID=4326;{ring}"\n', "site.csv")
    site = read_site(path, crs="EPSG:25831")
    assert site.area.bounds[0] == pytest.approx(500_000, abs=1)


@pytest.mark.parametrize("column", ["area", "parcel_id", "Polygon ID"])
def test_parcels_go_by_other_names(written, column):
    rows = "a,0,0\na,9,0\na,9,9\nb,100,0\nb,109,0\nb,109,9\n"
    assert len(read_site(written(f"{column},x,y\n{rows}", "site.csv")).polygons) == 2


@pytest.mark.parametrize(
    "text",
    [
        ROSE.replace(",", ";").replace(".", ","),
        ROSE.replace(",", " "),
        ROSE.replace("wd,ws,freq_val,ti", "wdir,wspd,Frequency,Turbulence"),
        ROSE.replace("0.1,", "100,").replace("0.2,", "200,").replace("0.3,", "300,")
        .replace("0.4,", "400,"),
        ROSE.replace(",ti", ",TI [%]").replace(",0.0", ","),
    ],
)  # fmt: skip
def test_rose_is_the_same_however_it_is_written(written, text):
    wind = wind_of(written(text, "rose.txt"))
    np.testing.assert_allclose(wind.probability, [[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_allclose(wind.turbulence_intensity, [[0.06, 0.07], [0.08, 0.09]])


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        (ROSE.replace(".", ","), "has 6 cells for 4 columns", "by semicolons"),
        (ROSE.replace("wd", "Richtung"), "among Richtung, ws, freq_val, ti", "add 'wd'"),
        (ROSE.replace("\n0,", "\nN,"), "wd = 'N' is no number", "90 from east"),
        (ROSE.replace("\n0,", "\n-90,"), "-90 is no direction", "add 360 to those below 0"),
        (ROSE.replace("0.4", "0.3"), "sums to 0.9", "such as calm"),
        (ROSE.replace(",ti", ",ti [%]"), "never passes 0.09", "take the unit out"),
        (ROSE.replace(",ti", ",ti [deg]"), "is in 'deg'", "give a share"),
        (ROSE.replace("0.06", "6"), "6 is outside (0, 1)", "not per cent"),
        (
            "wd,ws,freq,ti\n" + "".join(f"{1.57 * k},8,0.25,0.06\n" for k in range(4)),
            "never passes 4.71",
            "not radians",
        ),
        (
            "wd,ws,freq,ti\n" + "".join(f"{k},8,0.125,0.06\n" for k in range(1, 9)),
            "1, 2, ... 8 are the numbers of sectors",
            "0, 45, 90",
        ),
    ],
)
def test_rose_that_could_be_misread_is_refused(written, text, problem, cure):
    with pytest.raises(ConfigError) as caught:
        wind_of(written(text, "rose.csv"))
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_calm_needs_no_turbulence(written):
    calm = ROSE.replace("0,5,0.1,0.06", "0,0,0.1,")
    wind = wind_of(written(calm, "rose.csv"))
    assert np.isfinite(wind.turbulence_intensity).all()
    series = "time,ws,wd,ti\n" + "".join(
        f"2024-01-01 {k:02}:00,{ws},{wd},{0.07 if k else ''}\n"
        for k, (ws, wd) in enumerate([(0.5, 10), *HOURS])
    )
    assert np.isfinite(wind_of(written(series, "series.csv")).turbulence_intensity).all()
    with pytest.raises(ConfigError, match="ti: is empty in 1 row, the first in line 2"):
        wind_of(written(series.replace(",0.5,", ",5,"), "series.csv"))


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ("time", "2024-01-01 {:02}:00"),
        ("time", "2024/01/01 {:02}:00"),
        ("time", "20240101{:02}00"),
        ("time", "20240101{:02}"),
        ("Date,Time", "2024-01-01,{:02}:00"),
        ("date", "2024-01-01T{:02}:00Z"),
    ],
)
def test_times_are_the_same_however_they_are_written(written, head, time):
    rows = [f"{time.format(k)},{ws},{wd},0.06" for k, (ws, wd) in enumerate(HOURS)]
    whole = written("\n".join([f"{head},ws,wd,ti", *rows]), "series.csv")
    wind = wind_of(whole)
    assert wind.mean_wind_speed == pytest.approx(9.5)
    gap = written("\n".join([f"{head},ws,wd,ti", *rows[:4], *rows[6:]]), "gap.csv")
    with pytest.raises(
        ConfigError, match="has 1 gap after 2024-01-01T03:00:00: 2 times are missing"
    ):
        wind_of(gap)


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("5,0", "-999,0", "-999 is taken for missing: 1 of 10 rows", "allow_wind_gaps: true"),
        ("5,0", "5,-999", "-999 is taken for missing: 1 of 10 rows", "allow_wind_gaps: true"),
        ("5,0", "-0.4,0", "negative -0.4", "leave cells empty"),
        ("6,30", "6,-30", "-30 is no direction", "0 to 360"),
    ],
)
def test_marks_of_missing_values_are_told(written, old, new, problem, cure):
    rows = [f"2024-01-01 {k:02}:00,{ws},{wd},0.06" for k, (ws, wd) in enumerate(HOURS)]
    text = "\n".join(["time,ws,wd,ti", *rows]).replace(f",{old},", f",{new},")
    with pytest.raises(ConfigError) as caught:
        wind_of(written(text, "series.csv"))
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_turbine_with_decimal_commas_and_units_in_its_comments(written):
    (turbine,) = read_turbines(written(CURVES, "t.csv"), TurbineContext())
    assert (turbine.rotor_diameter, turbine.hub_height) == (80.5, 70)
    np.testing.assert_allclose(turbine.thrust_coefficient, [0.8, 0.6, 0.1])


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        (CURVES.replace("2000", "2.000"), "'2.000' is no number", "points between thousands"),
        (CURVES.replace("[kW]", "[W]"), "0.393 W/m²", "1,000 times too small"),
        (CURVES.replace("[kW]", "[MW]"), "3.93e+05 W/m²", "1,000 times too large"),
        (CURVES.replace("power", "Leistung"), "among wind_speed, Leistung [kW], ct", "power"),
    ],
)
def test_turbine_that_could_be_misread_is_refused(written, text, problem, cure):
    with pytest.raises(ConfigError) as caught:
        read_turbines(written(text, "t.csv"), TurbineContext())
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_price_per_kilowatt_hour_is_refused(written):
    from windopt.readers.values import read_values

    with pytest.raises(ConfigError, match=r"is in 'eur/kwh'; convert it to a value per MWh"):
        read_values(written("wd,value [EUR/kWh]\n0,0.08\n180,0.04\n", "value.csv"))


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        (
            CURVES.replace("80,5", "80.5").replace("0,", "0.").replace("2000", "2,000"),
            "line 5: power [kW] = '2,000' is no number, and 1 more line: the comma stands between",
            "leave such marks out: write 2000",
        ),
        (
            "# rotor_diameter: 80\n# hub_height: 70\nws,power [kW],ct\n3,0,0.8\n"
            '12,"2,000",0.6\n25,"2,000",0.1\n',
            "power [kW] = '2,000' is no number",
            "write 2000",
        ),
        (
            "# rotor_diameter: 80\n# hub_height: 70\nws,power [kW],ct\n3,0,0.8\n12,2,000,0.6\n",
            "line 5: has 4 cells for 3 columns",
            "leave out commas between thousands",
        ),
        (
            CURVES.replace("80,5", "80.5").replace("0,", "0.").replace("2000", "2'000"),
            "the apostrophe stands between",
            "write 2000",
        ),
        (
            CURVES.replace("80,5", "80.5").replace("0,", "0.").replace("2000", "2 000"),
            "the blank stands between",
            "write 2000",
        ),
        (
            "# rotor_diameter: 80\n#hub_height:70\nws;power [kW];ct\n3;0;0\n8;900;0\n12;2,000;0\n",
            "the comma stands between",
            "write 2000",
        ),
    ],
)
def test_marks_between_thousands_are_told(written, text, problem, cure):
    with pytest.raises(ConfigError) as caught:
        read_turbines(written(text, "t.csv"), TurbineContext())
    assert problem in str(caught.value.faults[0])
    assert cure in caught.value.faults[0].cure


def test_lines_before_the_column_names_are_left_out(written):
    preface = "Manufacturer: A\nRotor diameter: 80.5\nHub height: 70 m\n\n"
    curves = "wind_speed;power [kW];ct\n3;0;0.8\n12;2000;0.6\n25;2000;0.1\n"
    (turbine,) = read_turbines(written(preface + curves, "t.csv"), TurbineContext())
    assert (turbine.rotor_diameter, turbine.hub_height) == (80.5, 70)
    given = read_layout(written("Layout of 2024\nin UTM\n" + LAYOUT, "layout.csv"))
    np.testing.assert_array_equal(given.coordinates, [[100.5, 200], [1100, 1200.25]])
