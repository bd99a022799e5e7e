"""Time series as Vortex, ERA5, Windographer and loggers write them: each gives the same rose."""

import logging

import numpy as np
import pytest
import xarray as xr

from windopt.errors import ConfigError
from windopt.readers.formats import read_wind
from windopt.readers.places.site import read_site
from windopt.readers.values import read_values
from windopt.readers.wind.context import WindContext

N = 40
HOUR = np.arange(N)
SPEED = np.round(6 + 4 * np.sin(HOUR), 2)
DIRECTION = (37 * HOUR) % 360
TIMES = np.datetime64("2019-01-01T00:00") + HOUR * np.timedelta64(1, "h")
STAMPS = [str(time).replace("T", " ") for time in TIMES]
PLAIN = "time,wind_speed,wind_direction\n" + "".join(
    f"{time},{ws:.2f},{wd}\n" for time, ws, wd in zip(STAMPS, SPEED, DIRECTION, strict=True)
)


@pytest.fixture
def read(tmp_path):
    def read(text, name="wind.csv", **context):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_wind(
            str(tmp_path / name), WindContext(**{"turbulence_intensity": 0.07} | context)
        )

    return read


def rows(form, **columns):
    """Return a line of `form` for each time, of its parts and of further columns."""
    return "".join(
        form.format(
            y=stamp[:4], m=stamp[5:7], d=stamp[8:10], clock=stamp[11:], ws=ws, wd=wd,
            **{name: values[k] for name, values in columns.items()},
        )
        for k, (stamp, ws, wd) in enumerate(zip(STAMPS, SPEED, DIRECTION, strict=True))
    )  # fmt: skip


def same(one, other):
    np.testing.assert_allclose(one.wind_direction, other.wind_direction)
    np.testing.assert_allclose(one.wind_speed, other.wind_speed, atol=1e-12)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-12)


VORTEX = (
    "Lat=54.100000  Lon=6.200000  Hub-Height=100  Timezone=00.0   (file requested on 2024-01-01)\n"
    "VORTEX (example) - computed at 3km resolution based on ERA5 data\n\n"
    "YYYYMMDD HHMM  M(m/s) D(deg)  T(C)  De(k/m3) PRE(hPa)      RiNumber  RH(%)\n"
) + "".join(
    f"{str(t)[:10].replace('-', '')} {str(t)[11:13]}00  {ws:7.2f} {wd:5d} 9.1  1.24 1013.0 0.0 80\n"
    for t, ws, wd in zip(TIMES, SPEED, DIRECTION, strict=True)
)
WINDOGRAPHER = (
    "Windographer 5.1 export\nLatitude = 54.1\nLongitude = 6.2\nElevation = 0 m\n"
    "Time step: 60 minutes\n\nIncluded flags: <Unflagged data>\n\n"
    "Date/Time\tSpeed 100 m [m/s]\tSpeed 100 m SD [m/s]\tSpeed 100 m Max [m/s]\t"
    "Speed 50 m [m/s]\tDirection 98 m [°]\tTemperature 2m [°C]\n"
) + rows("{y}-{m}-{d} {clock}\t{ws:.2f}\t0.6\t14.1\t5.0\t{wd}\t9.9\n")


@pytest.mark.parametrize(
    "text",
    [
        VORTEX,
        WINDOGRAPHER,
        WINDOGRAPHER.encode("cp1252"),
        "Speed 100m [m/s],Direction 100m [deg],Date/Time\n"
        + rows("{ws:.2f},{wd},{y}-{m}-{d} {clock}\n"),
        "time,WS_100m,wd100,WS_40m\n" + rows("{y}-{m}-{d} {clock},{ws:.2f},{wd},3\n"),
        "Year,Month,Day,Hour,Minute,wind speed at 100m (m/s),wind direction at 100m (deg)\n"
        + rows("{y},{m},{d},{h},0,{ws:.2f},{wd}\n", h=HOUR % 24),
        "date,hour,ws,wd\n" + rows("{y}-{m}-{d},{h},{ws:.2f},{wd}\n", h=HOUR % 24),
        "date,hour,ws,wd\n" + rows("{y}-{m}-{d},{h},{ws:.2f},{wd}\n", h=HOUR % 24 + 1),
        ",ws,wd\n" + rows("{y}-{m}-{d} {clock}:00,{ws:.2f},{wd}\n"),
        '"TOA5","mast","CR1000"\n"TIMESTAMP","RECORD","WS_100m_Avg","WD_100m"\n'
        '"TS","RN","m/s","deg"\n"","","Avg","Smp"\n'
        + rows('"{y}-{m}-{d} {clock}:00",1,{ws:.2f},{wd}\n'),
        "# time ws wd\n" + rows("{y}-{m}-{d}T{clock} {ws:.2f} {wd}\n"),
        "time ws wd\n" + rows("{y}-{m}-{d} {clock} {ws:.2f} {wd}\n"),
        "Date & Time Stamp   Wind Speed [m/s]   Wind Direction [deg]\n"
        + rows("{y}-{m}-{d} {clock}   {ws:.2f}   {wd}\n"),
        "time;wind_speed;wind_direction;p\n" + rows("{y}-{m}-{d} {clock};{ws:.2f};{wd};1013\n"),
        "Datum;Uhrzeit;Windgeschwindigkeit [m/s];Windrichtung [°]\n"
        + rows("{d}-{m}-{y};{clock};{ws:.2f};{wd}\n").replace(".", ",").replace("-", "."),
    ],
)  # fmt: skip
def test_series_is_the_same_whoever_wrote_it(read, text):
    same(read(text, "wind.txt", hub_height=100.0), read(PLAIN))


def test_components_are_speed_and_direction(read):
    u = -SPEED * np.sin(np.radians(DIRECTION))
    v = -SPEED * np.cos(np.radians(DIRECTION))
    text = "valid_time,latitude,longitude,u100,v100,u10,v10\n" + rows(
        "{y}-{m}-{d} {clock}:00,54.0,6.25,{u!r},{v!r},1,1\n", u=u.tolist(), v=v.tolist()
    )
    same(read(text, hub_height=100.0), read(PLAIN))
    # a wind towards the east comes from the west, one towards the north from the south
    (row,) = np.flatnonzero(
        read("time,u100,v100\n2019-01-01,8,0\n2019-01-02,8,0\n").sector_probability
    )
    assert row == 270


def test_era5_at_ten_metres_says_how_far_it_goes(read, caplog):
    text = "valid_time,u10,v10\n" + rows("{y}-{m}-{d} {clock},3,4\n")
    wind = read(text, hub_height=100.0, wind_shear=0.14)
    assert wind.mean_wind_speed == pytest.approx(5 * 10**0.14, rel=1e-12)
    assert "speeds at 10 m are multiplied by 1.380 to hold at 100 m" in caplog.text


def era5(tmp_path, change=lambda data: data):
    u = -SPEED * np.sin(np.radians(DIRECTION))
    v = -SPEED * np.cos(np.radians(DIRECTION))
    latitude, longitude = [54.25, 54.0], [6.0, 6.25, 6.5]
    there = np.zeros((2, 3))
    there[1, 1] = 1.0  # the wind is at 54.0 N 6.25 E only
    dims = ("valid_time", "latitude", "longitude")
    data = xr.Dataset(
        {
            name: (dims, one[:, None, None] * there + (1 - there), {"units": "m s**-1"})
            for name, one in (("u100", u), ("v100", v))
        },
        coords={"valid_time": TIMES, "latitude": latitude, "longitude": longitude, "number": 0},
    )
    path = tmp_path / "era5.nc"
    change(data).to_netcdf(path)
    return str(path)


def site_at(tmp_path, longitude, latitude):
    (tmp_path / "site.csv").write_text(
        "longitude,latitude\n"
        + "".join(
            f"{longitude + x},{latitude + y}\n"
            for x, y in ((-0.01, -0.01), (0.01, -0.01), (0.01, 0.01), (-0.01, 0.01))
        )
    )
    return read_site(str(tmp_path / "site.csv"))


def test_era5_as_downloaded_is_that_of_the_nearest_point(read, tmp_path, caplog):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    context = {"turbulence_intensity": 0.07, "hub_height": 100.0}
    path = era5(tmp_path)
    near = WindContext(site=site_at(tmp_path, 6.2, 53.97), **context)
    same(read_wind(path, near), read(PLAIN))
    assert "of its 6 points, that at 6.250 E 54.000 N is taken, 5 km from the site" in caplog.text
    with pytest.raises(ConfigError, match=r"km from the site; fetch that of the site"):
        read_wind(path, WindContext(site=site_at(tmp_path, 9.0, 50.0), **context))
    with pytest.raises(ConfigError, match=r"holds 6 points.*set crs"):
        read_wind(path, WindContext(**context))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.isel(latitude=1, longitude=1),
        lambda data: data.isel(latitude=[1], longitude=[1]),
        lambda data: data.isel(latitude=1, longitude=1).rename(valid_time="time"),
        lambda data: data.isel(latitude=1, longitude=1, valid_time=slice(None, None, -1)),
        lambda data: xr.concat(
            [
                data.where(data.valid_time < TIMES[20]).isel(latitude=1, longitude=1),
                data.where(data.valid_time >= TIMES[20]).isel(latitude=1, longitude=1),
            ],
            dim="expver",
        ),
    ],
    ids=["point", "of length one", "time", "backwards", "expver"],
)
def test_era5_of_one_point_needs_no_site(read, tmp_path, change):
    context = WindContext(hub_height=100.0, turbulence_intensity=0.07)
    same(read_wind(era5(tmp_path, change), context), read(PLAIN))


def test_era5_of_another_kind_is_refused(tmp_path):
    one = era5(tmp_path, lambda data: data.isel(latitude=1, longitude=1).mean("valid_time"))
    with pytest.raises(ConfigError, match="u100 has no dimension valid_time"):
        read_wind(one, WindContext(turbulence_intensity=0.07))
    members = era5(
        tmp_path, lambda data: xr.concat([data, data], dim="number").isel(latitude=1, longitude=1)
    )
    with pytest.raises(ConfigError, match="2 values along number; keep one"):
        read_wind(members, WindContext(turbulence_intensity=0.07))


def test_table_of_several_points_takes_the_nearest_or_says_so(read, tmp_path):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    here = rows("{y}-{m}-{d} {clock},54.0,6.25,{ws:.2f},{wd}\n")
    there = rows("{y}-{m}-{d} {clock},54.25,6.25,1,1\n")
    text = "time,latitude,longitude,ws,wd\n" + here + there
    same(read(text, site=site_at(tmp_path, 6.2, 53.97)), read(PLAIN))
    parts = "year,month,day,hour,latitude,longitude,ws,wd\n" + "".join(
        rows(f"{{y}},{{m}},{{d}},{{h}},{there},6.25,{{ws:.2f}},{{wd}}\n", h=HOUR % 24)
        for there in (54.25, 54.0)
    )
    same(read(parts, site=site_at(tmp_path, 6.2, 53.97)), read(PLAIN))
    with pytest.raises(ConfigError, match="holds 2 points"):
        read(text)


def test_series_of_another_place_is_told(read, tmp_path, caplog):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    read(VORTEX, hub_height=100.0, site=site_at(tmp_path, 6.25, 54.15))
    assert "from the site" not in caplog.text
    read(VORTEX, hub_height=100.0, site=site_at(tmp_path, 6.2, 54.5))
    assert "is for 6.200 E 54.100 N, 44 km from the site: fetch that of the site" in caplog.text
    with pytest.raises(ConfigError, match="km from the site; fetch that of the site"):
        read(VORTEX, hub_height=100.0, site=site_at(tmp_path, 8.2, 54.1))


def test_buoy_that_drifts_is_one_point(read):
    text = "date,time,lat,lon,ws,wd\n" + rows(
        "{y}-{m}-{d},{clock},54.{k},6.25,{ws:.2f},{wd}\n", k=HOUR + 10
    )
    same(read(text), read(PLAIN))


def test_height_nearest_to_the_hub_is_taken_and_said(read, caplog):
    text = "time,ws_40m,ws_80m,ws_120m,wd_80m\n" + rows("{y}-{m}-{d} {clock},4,8,12,{wd}\n")
    assert read(text, hub_height=119.0).mean_wind_speed == pytest.approx(12)
    assert "of 3 heights, 'ws_120m' is taken, nearest to the hub at 119 m" in caplog.text
    assert "the direction is that at 80 m, the speed that at 120 m" in caplog.text
    wind = read(text, hub_height=100.0, wind_shear=0.1)
    assert wind.mean_wind_speed == pytest.approx(12 * (100 / 120) ** 0.1)


def test_shear_between_two_heights_brings_speeds_to_the_hub(read, caplog):
    low, high = SPEED + 4, (SPEED + 4) * 2**0.2
    text = "time,ws_50m,ws_100m,wd\n" + rows(
        "{y}-{m}-{d} {clock},{low!r},{high!r},{wd}\n", low=low.tolist(), high=high.tolist()
    )
    wind = read(text, hub_height=150.0)
    assert wind.mean_wind_speed == pytest.approx((high * 1.5**0.2).mean(), rel=1e-12)
    assert "the wind shear exponent is 0.200, as between its 100 m and 50 m" in caplog.text


def test_height_of_a_preface_is_that_of_the_wind(read):
    with pytest.raises(ConfigError, match="holds at 100 m, but the hub is at 90 m"):
        read(VORTEX, "vortex.txt", hub_height=90.0)
    wind = read(VORTEX, "vortex.txt", hub_height=90.0, wind_shear=0.1)
    assert wind.mean_wind_speed == pytest.approx(SPEED.mean() * 0.9**0.1, rel=1e-12)


def test_standard_deviation_over_speed_is_turbulence(read):
    text = "time,Speed 100m [m/s],Speed 100m SD [m/s],Direction 100m\n" + rows(
        "{y}-{m}-{d} {clock},8,0.96,{wd}\n"
    )
    wind = read(text, turbulence_intensity=None)
    np.testing.assert_allclose(wind.conditions.ti, 0.12)


def test_two_sensors_at_one_height_need_a_word(read):
    text = "time,Speed 60 m A,Speed 60 m B,Direction 58 m\n" + rows(
        "{y}-{m}-{d} {clock},{ws:.2f},1,{wd}\n"
    )
    with pytest.raises(ConfigError, match=r"'Speed 60 m A' and 'Speed 60 m B' are both the speed"):
        read(text)
    same(read(text, columns={"wind_speed": "Speed 60 m A"}), read(PLAIN))


FOREIGN = "Stamp,Spd 100,Veer,Böe\n" + rows("{y}-{m}-{d} {clock},{ws:.2f},{wd},1\n")
MAPPING = {"time": "Stamp", "wind_speed": "Spd 100", "wind_direction": "Veer"}


def test_columns_may_be_told(read):
    same(read(FOREIGN, columns=MAPPING, hub_height=100.0), read(PLAIN))
    same(read(FOREIGN, columns=MAPPING | {"time": "stamp"}), read(PLAIN))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wind_sped": "Veer"}, r"columns.wind_sped: unknown key.*did you mean 'wind_speed'"),
        ({"wind_speed": "Spd 10"}, r"columns.wind_speed: wind.csv has no column 'Spd 10'; did you "
         "mean 'Spd 100'"),
        ({"wind_speed": "Veer"}, r"'Veer' is another column of the config already"),
    ],
)  # fmt: skip
def test_columns_that_are_not_there_are_told(read, change, said):
    with pytest.raises(ConfigError, match=said):
        read(FOREIGN, columns=MAPPING | change)


@pytest.mark.parametrize("key", ["columns", "date_format", "month_weights"])
def test_entries_for_tables_are_refused_with_other_files(tmp_path, key):
    (tmp_path / "mast.tab").write_text(
        "A\n 55 8 70\n 4 1 0\n 10 20 30 40\n 1 1000 1000 1000 1000\n"
    )
    context = WindContext(
        turbulence_intensity=0.07, **{key: {"time": "a"} if key == "columns" else "%Y"}
    )
    with pytest.raises(ConfigError, match=f"{key}: is of no use with mast.tab; leave it out"):
        read_wind(str(tmp_path / "mast.tab"), context)


@pytest.mark.parametrize(
    ("form", "stated"),
    [
        ("{d}/{m}/{y} {clock}", "%d/%m/%Y %H:%M"),
        ("{m}/{d}/{y} {clock}", "%m/%d/%Y %H:%M"),
        ("{d}.{m}.{y} {clock}", "%d.%m.%Y %H:%M"),
        ("{m}-{d}-{y} {clock}:00", "%m-%d-%Y %H:%M:%S"),
        ("on {y} {m} {d} at {clock}", "on %Y %m %d at %H:%M"),
    ],
)
def test_stated_dates_are_read(read, form, stated):
    text = "time,ws,wd\n" + rows(form + ",{ws:.2f},{wd}\n")
    same(read(text, date_format=stated), read(PLAIN))


@pytest.mark.parametrize(
    ("form", "times"),
    [
        ("%d/%m/%Y %H:%M", 24 * 20),  # passes the 12th
        ("%m/%d/%Y %H:%M", 24 * 20),
        ("%d/%m/%Y %H:%M", 24 * 3),  # evenly only so
        ("%m/%d/%Y %H:%M", 24 * 3),
        ("%m/%d/%y %I:%M %p", 24 * 3),
        ("%d.%m.%Y %H:%M", 20),
        ("%d-%b-%Y %H:%M", 20),
        ("%d %B %Y %H:%M:%S", 20),
        ("%Y.%m.%d %H:%M", 20),
        ("%Y-%m-%d %H:%M UTC", 20),
    ],
)
def test_dates_that_can_be_read_in_one_way_are_found_out(tmp_path, form, times):
    from windopt.readers.tables import read_table
    from windopt.readers.wind.table_times import read_times

    meant = np.datetime64("2024-02-01T00:00") + np.arange(times) * np.timedelta64(1, "h")
    cells = [time.strftime(form) for time in meant.astype("datetime64[s]").tolist()]
    path = tmp_path / "times.csv"
    path.write_text("time;ws\n" + "".join(f"{cell};5\n" for cell in cells))
    table = read_table(path, "wind_resource", {"time": (), "ws": ()})
    np.testing.assert_array_equal(read_times(table), meant)


def test_dates_that_can_be_read_in_two_ways_are_refused(read):
    text = "time,ws,wd\n" + "".join(f"01/02/2024 {k:02}:00,{5 + k},{30 * k}\n" for k in range(10))
    said = (
        r"'01/02/2024 00:00' may be 2024-02-01 00:00:00 or 2024-01-02 00:00:00; state date_format: "
        r'"%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M"'
    )
    with pytest.raises(ConfigError, match=said):
        read(text)
    assert read(text, date_format="%d/%m/%Y %H:%M").mean_wind_speed == pytest.approx(9.5)
    with pytest.raises(ConfigError, match=r"line 2: time = '01/02/2024 00:00' is no time"):
        read(text, date_format="%Y-%m-%d")
    with pytest.raises(ConfigError, match=r"date_format: 'day' is no format with a year"):
        read(text, date_format="day")


def test_dates_with_gaps_are_read_where_else_most_would_be_missing(read, caplog):
    text = "time,ws,wd\n" + "".join(
        f"{1 + k // 24:02}/01/2024 {k % 24:02}:00,5,{k % 360}\n" for k in range(240) if k % 37
    )
    read(text, allow_gaps=True)
    assert "dates have their day first: else most would be missing" in caplog.text
    assert "6 times are missing, 2.5 % of all" in caplog.text


def test_midnight_may_be_written_as_24(read):
    text = "time,ws,wd\n2024-01-01 23:00,5,0\n2024-01-01 24:00,6,0\n2024-01-02 01:00,7,0\n"
    assert read(text).mean_wind_speed == pytest.approx(6)


def test_prices_go_by_dates_of_the_same_forms(tmp_path):
    hours = [f"{1 + k // 24:02}/02/2024 {k % 24:02}:00" for k in range(72)]
    (tmp_path / "iso.csv").write_text(
        "time,value\n" + "".join(f"2024-02-{h[:2]} {h[11:]},{k + 1}\n" for k, h in enumerate(hours))
    )
    (tmp_path / "day.csv").write_text(
        "time,value\n" + "".join(f"{h},{k + 1}\n" for k, h in enumerate(hours))
    )
    (tmp_path / "short.csv").write_text("time,value\n01/02/2024 00:00,40\n01/02/2024 01:00,50\n")
    iso, day = (read_values(str(tmp_path / name)) for name in ("iso.csv", "day.csv"))
    np.testing.assert_array_equal(iso.axis, day.axis)
    with pytest.raises(ConfigError, match="state date_format"):
        read_values(str(tmp_path / "short.csv"))
    short = read_values(str(tmp_path / "short.csv"), "%d/%m/%Y %H:%M")
    assert short.axis[0] == np.datetime64("2024-02-01")
    np.testing.assert_array_equal(
        read_values(str(tmp_path / "iso.csv"), "%d/%m/%Y %H:%M").axis, iso.axis
    )


def with_marks(speed="99.9", direction="999", where=(3, 17, 30)):
    lines = PLAIN.splitlines()
    for k in where:
        lines[k + 1] = f"{STAMPS[k]},{speed},{direction}"
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("speed", "direction"),
    [
        *(("99.9", "999"), ("99.99", "9999"), ("999", "-999"), ("-9999", "-9999")),
        *(("NaN", "n/a"), ("-", "--"), ("999.9", "999.9"), ("#N/A", "#NV"), ("32767", "32767")),
        ("-99.9", "-99.9"),
    ],
)
def test_marks_of_missing_are_taken_for_missing(read, caplog, speed, direction):
    given = read(with_marks(speed, direction), allow_gaps=True)
    same(given, read(with_marks("", ""), allow_gaps=True))
    if speed.replace(".", "").replace("-", "").isdigit():
        assert f"{float(speed):g} is taken for missing: 3 of 40 rows, 7.5 %" in caplog.text
    with pytest.raises(ConfigError, match=r"(is taken for missing|is empty in 3 rows).*line 5"):
        read(with_marks(speed, direction))


def test_series_of_nothing_but_marks_has_no_row(read):
    with pytest.raises(ConfigError, match="has no complete row"):
        read(with_marks(where=range(N)), allow_gaps=True)


def test_units_are_not_taken_for_marks(read, caplog):
    knots = PLAIN.splitlines()
    for k in range(N):
        knots[k + 1] = f"{STAMPS[k]},{40 + 3 * (k % 12)},{DIRECTION[k]}"  # up to 73, each recurs
    with pytest.raises(ConfigError, match=r"55.3 on average and 73 at most; give m/s"):
        read("\n".join(knots))
    turned = PLAIN.replace(",333\n", ",-99\n").replace(",296\n", ",-64\n")
    with pytest.raises(ConfigError, match="-64 is no direction"):
        read(turned, allow_gaps=True)
    assert "missing" not in caplog.text


def test_speeds_without_a_direction_are_shared_as_their_like(read, caplog):
    # of speed 4 three come from 10°, one from 200°; of speed 8 all from 90°
    known = [(4, 10), (4, 10), (4, 10), (4, 200), (8, 90), (8, 90)]
    alone = [(4, ""), (4, ""), (8, ""), (20, "")]
    text = "time,ws,wd,ti\n" + "".join(
        f"{STAMPS[k]},{ws},{wd},{0.1 if wd == '' else 0.08}\n"
        for k, (ws, wd) in enumerate([*known, *alone])
    )
    wind = read(text, allow_gaps=True)
    count = 10 * wind.probability
    assert count[10, 4] == pytest.approx(3 + 2 * 3 / 4)
    assert count[200, 4] == pytest.approx(1 + 2 * 1 / 4)
    assert count[90, 8] == pytest.approx(3)
    assert count[90, 20] == pytest.approx(1)  # as the speeds next to it
    assert wind.mean_wind_speed == pytest.approx(np.mean([ws for ws, _ in (*known, *alone)]))
    assert wind.turbulence_intensity[10, 4] == pytest.approx((3 * 0.08 + 1.5 * 0.1) / 4.5)
    assert "40.0 % of its times have a speed and no direction" in caplog.text
    with pytest.raises(ConfigError, match="wd: is empty in 4 rows, the first in line 8"):
        read(text)


def test_calm_has_no_direction(read):
    text = "time,ws,wd\n" + "".join(
        f"{STAMPS[k]},{ws},{wd}\n" for k, (ws, wd) in enumerate([(0.2, ""), (5, 10), (7, 20)])
    )
    assert read(text).probability.sum() == pytest.approx(1)


def year_of_hours(lost):
    """Return a year of hours, 10 m/s in winter and 5 in summer, less days of some months."""
    times = np.arange("2019-01-01", "2020-01-01", dtype="datetime64[h]")
    month = times.astype("datetime64[M]").astype(int) % 12
    day = (times.astype("datetime64[D]") - times.astype("datetime64[M]")).astype(int)
    speed = np.where((month < 3) | (month > 8), 10, 5)
    kept = ~(np.isin(month, lost) & (day >= 10))
    stamps = [str(time).replace("T", " ") for time in times[kept]]
    lines = [
        f"{stamp}:00,{ws},{k % 360}"
        for k, (stamp, ws) in enumerate(zip(stamps, speed[kept], strict=True))
    ]
    return "\n".join(["time,ws,wd", *lines])


def test_month_weights_give_each_month_its_share(read, caplog):
    text = year_of_hours(lost=[0, 1, 11])
    days = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    summer = days[3:9].sum() / days.sum()
    weighed = read(text, allow_gaps=True, month_weights=True)
    assert weighed.mean_wind_speed == pytest.approx(10 - 5 * summer, rel=1e-12)
    left = 365 - 21 - 18 - 21
    plain = read(text, allow_gaps=True)
    assert plain.mean_wind_speed == pytest.approx(10 - 5 * 183 / left, rel=1e-12)
    said = f"the mean speed is {plain.mean_wind_speed:.3f} m/s, and "
    assert f"{said}{weighed.mean_wind_speed:.3f} with month_weights: true" in caplog.text
    assert f"the mean speed is {weighed.mean_wind_speed:.3f} m/s, and " in caplog.text


def test_whole_year_changes_little_by_month_weights(read):
    text = year_of_hours(lost=[])
    plain, weighed = read(text), read(text, month_weights=True)
    assert weighed.mean_wind_speed == pytest.approx(plain.mean_wind_speed, rel=5e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN, "wind.csv has no times in February, March, "),
        ("time,ws,wd\n0,5,0\n1,6,10\n", "wind.csv has no dates; write times as dates"),
        ("wd,ws,freq\n0,5,0.5\n180,6,0.5\n", "of no use with wind.csv, a rose"),
    ],
)
def test_month_weights_need_each_month(read, text, said):
    with pytest.raises(ConfigError, match=said):
        read(text, month_weights=True)


@pytest.mark.parametrize("ti", ["0.7", "0.45"])
def test_turbulence_that_no_site_has_is_refused(read, ti):
    text = "time,ws,wd,ti\n" + rows(f"{{y}}-{{m}}-{{d}} {{clock}},{{ws:.2f}},{{wd}},{ti}\n")
    with pytest.raises(ConfigError, match=f"is {ti} in the middle, more than any site has"):
        read(text)
    with pytest.raises(ConfigError, match=f"atmosphere.turbulence_intensity: {ti} is more than"):
        read(PLAIN, turbulence_intensity=float(ti))


def test_first_of_double_times_is_named(read):
    lines = PLAIN.splitlines()
    lines.insert(9, lines[8])
    with pytest.raises(ConfigError, match=r"2019-01-01T07:00:00 in line 10; sort the rows"):
        read("\n".join(lines))


def test_preface_is_said(read, caplog):
    with caplog.at_level(logging.INFO):
        read(WINDOGRAPHER, hub_height=100.0)
    assert "6 lines stand before the column names" in caplog.text
