"""What the columns of wind tables are called, with their units and heights.

Headers are read in two steps. A header that is one of `NAMES`, with or without a unit, is that
column. Else it is taken apart: ``Speed 100m [m/s]``, ``WS_100m_Avg``, ``wd100`` and
``100m_u_component_of_wind`` each say a name, a height, a unit and a statistic. Minima, maxima and
gusts are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from windopt.errors import ConfigError, Fault
from windopt.problem.layout import FloatArray
from windopt.readers.tables import Table, name_and_unit, plain_name

NAMES = {
    "direction": (
        *("wd", "wind_direction", "wind_directions", "winddirection", "dir"),
        *("wdir", "wind_dir", "winddir", "wind_from_direction", "windrichtung"),
    ),
    "speed": (
        *("ws", "wind_speed", "wind_speeds", "windspeed", "spd"),
        *("wspd", "wind_spd", "windspd", "wsp", "wind_velocity", "windgeschwindigkeit"),
        *("horizontal_wind_speed", "wind_speed_horizontal", "hor_wind_speed"),
    ),
    "frequency": (
        *("freq_val", "freq_vals", "freq", "freqs", "frequencies", "freq_table"),
        *("probability", "prob", "p", "f", "occurrence", "wdfreq"),
        *("sector_frequency", "sector_freq", "sector_probability"),
    ),
    "ti": (
        *("ti_val", "ti_vals", "turbulence_intensity", "turbulence_intensities", "ti_table"),
        "turbulence",
    ),
    "time": (
        *("timestamp", "datetime", "date_time", "time_stamp", "valid_time", "hhmm"),
        *("date_and_time", "date_&_time", "date_&_time_stamp", "time_utc", "zeitstempel"),
        *("uhrzeit", "zeit", "time_and_date", "fecha", "fecha_hora", "date_heure"),
    ),
    "date": ("day", "yyyymmdd", "datum"),
}
YEAR_PARTS = ("year", "month", "day", "hour", "minute")
"""Columns that give a time in numbers, the last two where they are there."""
SERIES_NAMES = {
    **NAMES,
    "direction": (
        *(*NAMES["direction"], "sector", "wind_sector", "direction_bin", "wd_bin"),
        *("direction_sector", "wind_direction_sector", "wind_direction_bin"),
    ),
    "speed": (
        *(*NAMES["speed"], "wind_speed_class", "speed_class", "speed_bin", "ws_bin"),
        *("wind_speed_bin", "wind_class", "ws_class"),
    ),
    "u": ("u_component_of_wind", "u_wind", "uwnd", "eastward_wind", "u_wind_component"),
    "v": ("v_component_of_wind", "v_wind", "vwnd", "northward_wind", "v_wind_component"),
    "deviation": (
        *("ws_std", "ws_sd", "wind_speed_std", "wind_speed_sd", "standard_deviation", "std_dev"),
    ),
    "latitude": ("lat",),
    "longitude": ("lon", "long"),
}
SECTOR_NAMES = {
    "sector": ("sectors", "sector_number", "sector_no", "sect", "sector_id", "wind_sector"),
    "direction": NAMES["direction"],
    "frequency": NAMES["frequency"],
    "ti": NAMES["ti"],
    "scale": (
        *("a", "weibull_a", "a_weibull", "weibull_scale", "scale_parameter", "scale_a", "a_scale"),
        *("c", "weibull_c", "weibull_a_parameter", "a_parameter"),
    ),
    "shape": (
        *("k", "weibull_k", "k_weibull", "weibull_shape", "shape_parameter", "shape_k", "k_shape"),
        *("weibull_k_parameter", "k_parameter"),
    ),
}
ASKED = {
    "time": "time",
    "date": "date",
    "wind_speed": "speed",
    "wind_direction": "direction",
    "turbulence_intensity": "ti",
    "standard_deviation": "deviation",
    "frequency": "frequency",
    "u": "u",
    "v": "v",
    "sector": "sector",
    "weibull_a": "scale",
    "weibull_k": "shape",
}
"""What the config's entry columns may name, and what it is called here."""
METRES_PER_SECOND = (
    *("", "m/s", "ms", "m_s", "mps", "m s-1", "m s^-1", "ms-1", "m s**-1", "m/sec"),
    *("meters/second", "metres/second", "m·s⁻¹", "m s⁻¹"),
)
OTHER_SPEEDS = ("km/h", "kmh", "kph", "kn", "kt", "kts", "knots", "knot", "mph", "ft/s", "fps")
DEGREES = ("", "deg", "degrees", "°", "degree", "deg.", "deg n", "°n", "° n", "degrees true", "º")
PER_CENT = ("%", "pct", "percent", "per cent")
_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_HEIGHT = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:\.\d+)?)\s*_?(metres|meters|metre|meter|m(?=[A-Z])|m|M(?![A-Za-z]))?"
    r"(?![\d.a-z])",
)
_DEVIATION = frozenset(("sd", "std", "stdev", "stddev", "sdev", "deviation", "sigma", "dev"))
_OTHER = frozenset(
    ("min", "max", "minimum", "maximum", "gust", "gust3s", "peak", "count", "flag", "median")
)
_NOISE = frozenset(("at", "avg", "mean", "average", "mittel", "agl", "height", "hub"))
_OF_VORTEX = {("m", "m/s"): "speed", ("d", "deg"): "direction", ("sd", "m/s"): "deviation"}
_HAVE_HEIGHTS = ("speed", "direction", "ti", "u", "v", "deviation")
_HEIGHTS = 2.0, 400.0
"""Between which numbers in a header are heights [m]; without an m, from 10 on."""


@dataclass(frozen=True)
class Header:
    """What the header of a column says.

    Parameters
    ----------
    name : str or None
        Of `SERIES_NAMES`, None where it is none of them.
    unit : str
        In small letters, or empty.
    height : float or None [m]
        Above ground, None where it says none.
    """

    name: str | None
    unit: str = ""
    height: float | None = None


def read_header(text: str) -> Header:
    """Take a header apart."""
    name, unit = name_and_unit(text, SERIES_NAMES)
    if name is not None:
        return Header(name, unit)
    bare, unit, height = take_apart(text)
    if (vortex := _OF_VORTEX.get((bare.strip().lower(), unit))) is not None:
        return Header(vortex, unit)
    words = [word for word in plain_name(bare).split("_") if word]
    if _OTHER.intersection(words):
        return Header(None)
    if len(words) > 1 and words[0] == "speed" and words[-1] == "ti":  # of that anemometer
        return Header("ti", unit, height)
    deviates = bool(_DEVIATION.intersection(words))
    kept = [word for word in words if word not in _NOISE and word not in _DEVIATION]
    for count in (len(kept), len(kept) - 1):  # the last may name the sensor: A, B, N
        if count < 1 or (count < len(kept) and len(kept[-1]) > 2):
            continue
        name, suffix = name_and_unit("_".join(kept[:count]), SERIES_NAMES)
        if name in _HAVE_HEIGHTS and (height is not None or len(kept) == count):
            if deviates:
                return Header("deviation" if name == "speed" else None, unit or suffix, height)
            return Header(name, unit or suffix, height)
    return Header(None)


def sector_header(text: str) -> tuple[str | None, str, float | None]:
    """Return a header's name of `SECTOR_NAMES`, its unit and its height [m], None for none."""
    name, unit = name_and_unit(text, SECTOR_NAMES)
    if name is not None:
        return name, unit, None
    bare, unit, height = take_apart(text)
    name = name_and_unit(bare, SECTOR_NAMES)[0] if height is not None else None
    return name, unit, height


def take_apart(text: str, numbers: bool = True) -> tuple[str, str, float | None]:
    """Return a header's name, its unit in small letters and its height [m].

    Parameters
    ----------
    text : str
        The header.
    numbers : bool
        Whether a number without an m may be a height; of ``CH13Avg`` it is the channel.
    """
    unit, height, bare = "", None, text[:200]
    for content in _BRACKETS.findall(bare):
        if (found := _HEIGHT.fullmatch(content.strip())) and found[2]:
            height = float(found[1])
        else:
            unit = unit or content.strip().lower()
    bare = _BRACKETS.sub(" ", bare)
    for found in _HEIGHT.finditer(bare):
        metres = float(found[1])
        if _HEIGHTS[0] <= metres <= _HEIGHTS[1] and (found[2] or (numbers and metres >= 10)):
            height = metres
            bare = f"{bare[: found.start()]} {bare[found.end() :]}"
            break
    return bare, unit, height


def says_wind(headers: list[str]) -> int:
    """Count the columns that say something of the wind, as far as their names tell."""
    series = {read_header(cell).name for cell in headers} - {None, "latitude", "longitude"}
    sectors = {sector_header(cell)[0] for cell in headers} - {None}
    return max(len(series), len(sectors) if {"scale", "shape"} <= sectors else 0)


def check_units(table: Table) -> Iterator[Fault]:
    """Directions are in degrees and speeds in m/s, as far as headers say."""
    for name, known in (
        ("direction", DEGREES),
        *((name, METRES_PER_SECOND) for name in ("speed", "u", "v", "deviation", "scale")),
    ):
        if name in table and table.units[name] not in known:
            problem = f"is in {table.units[name]!r}"
            yield Fault(table.place(name), problem, f"convert it to {known[1]}")


def read_turbulence(table: Table) -> FloatArray:
    """Return the turbulence intensity of all rows, as a share; nan where the cell is empty."""
    values = table.numbers("ti", missing=True)
    unit, most = table.units["ti"], np.nanmax(values, initial=0.0)
    if unit in PER_CENT:
        if most < 1.0:
            problem = f"is in {unit!r}, but never passes {most:g}"
            cure = "give per cent, or take the unit out of the column's name"
            raise ConfigError.of(table.place("ti"), problem, cure)
        return values / 100
    if unit not in ("", "-", "1"):
        raise ConfigError.of(table.place("ti"), f"is in {unit!r}", "give a share such as 0.06")
    return values
