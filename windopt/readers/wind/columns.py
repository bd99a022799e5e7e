"""Chooses the columns of a wind table: by name, by height, or as the config says (``columns``).

Of several heights, the one nearest to the hub is taken. ERA5's wind components become speed and
direction, with u to the east and v to the north,

    speed = sqrt(u² + v²),  direction = (180° + atan2(u, v)) mod 360°

(ECMWF, "ERA5: How to calculate wind speed and wind direction from u and v components").
"""

import logging
import re
from dataclasses import dataclass, replace

import numpy as np

from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.readers.crs import to_lonlat
from windopt.readers.tables import Sheet, Table, pick, plain_name
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.names import ASKED, YEAR_PARTS, Header, read_header, take_apart

logger = logging.getLogger(__name__)

ALONE = ("time", "date", "frequency", "latitude", "longitude")
"""Columns that have no height."""
SAID = ("height", "measurement_height", "sensor_height", "anemometer_height", "hub_height")
"""What the height of the wind is called in comments."""
UNIT_WORDS = frozenset(
    {
        *("m/s", "ms", "deg", "degrees", "°", "%", "-", "[-]", "[m/s]", "[deg]", "[°]", "[%]"),
        *(
            "ts",
            "rn",
            "utc",
            "avg",
            "smp",
            "std",
            "meters/second",
            "metres/second",
            "mean",
            "m s-1",
        ),
        *("yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss", "dd/mm/yyyy hh:mm", "mm/dd/yyyy hh:mm"),
    }
)
"""Cells of the lines of units and statistics that loggers write below the column names."""
NEAR_KM, FAR_KM, ROUND_EARTH_KM = 30.0, 100.0, 6371.0
"""The grid of ERA5 is finer than the first; beyond the second, wind is of no use to the site."""


@dataclass(frozen=True, eq=False)
class WindTable:
    """The columns of a wind table that are used.

    Parameters
    ----------
    table : Table
        Of the columns, by the names of `SERIES_NAMES`.
    height : float or None [m]
        At which the wind holds, None where the file does not say.
    level : float or None
        The header and height [m] of the speed at another height, in the column ``level``; None
        where there is none.
    origin : str
        What the file is, where its column names tell, such as "a Vortex series".
    """

    table: Table
    height: float | None
    level: float | None = None
    origin: str = ""


def choose_columns(sheet: Sheet, context: WindContext) -> WindTable:
    """Find the columns of a rose or a time series.

    Raises
    ------
    ConfigError
        Where two columns are the same, or the config names one that is not there.
    """
    headers = [read_header(cell) for cell in sheet.headers]
    told = asked_columns(sheet, context)
    for name, place in told.items():
        known = headers[place].name is not None
        _, unit, height = take_apart(sheet.headers[place], numbers=known)
        headers[place] = Header(name, headers[place].unit or unit, height)
    if "time" in told and "date" not in told:
        headers = [Header(None) if h.name == "date" else h for h in headers]
    places: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        if header.name is not None and (header.name not in told or told[header.name] == place):
            places.setdefault(header.name, []).append(place)
    chosen = {name: _only(sheet, name, places[name]) for name in ALONE if name in places}
    if not {"time", "date"} & chosen.keys() and _begins_with_times(sheet):
        chosen["time"] = 0
    height, level = _by_height(sheet, headers, places, chosen, context.hub_height)
    if not chosen:
        problem = f"has no line of column names that are known; it begins with {_list(sheet)[:60]}"
        cure = "call them time or freq_val, wind_speed and wind_direction, or name them: columns:"
        raise ConfigError.of(sheet.where, problem, cure)
    sheet, headers = _without_units(sheet, headers, chosen)
    sheet = _with_whole_times(sheet, chosen)
    table = pick(sheet, {name: (place, headers[place].unit) for name, place in chosen.items()})
    table = _at_one_point(_of_year_parts(sheet, table), context.site)
    _check_place(sheet, context.site)
    if height is None:
        height = height_in_comments(table)
    origin = "a Vortex series" if "M(m/s)" in table.headers.values() else ""
    return WindTable(table, height, level, origin)


def height_in_comments(table: Table) -> float | None:
    """Return the height of the wind that comments or lines before a table say [m], or None."""
    return next((height for name in SAID if (height := table.fact(name)) is not None), None)


def speed_and_direction(u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the speed [m/s] and the direction that wind comes from [deg].

    Parameters
    ----------
    u, v : FloatArray [m/s]
        Of any shape, towards east and north.
    """
    return np.hypot(u, v), np.asarray((180.0 + np.degrees(np.arctan2(u, v))) % 360.0)


def distances_km(lonlat: FloatArray, site: Site | None) -> FloatArray | None:
    """Return how far places (n, 2) [deg] are from the middle of a site [km].

    None where nobody can tell.
    """
    if site is None or site.crs is None:
        return None
    bounds = np.array(site.area.bounds).reshape(2, 2)
    east, north = np.radians(to_lonlat(bounds.mean(axis=0, keepdims=True), site.crs)[0])
    there = np.radians(lonlat)
    half = (
        np.sin((there[:, 1] - north) / 2) ** 2
        + np.cos(there[:, 1]) * np.cos(north) * np.sin((there[:, 0] - east) / 2) ** 2
    )
    return np.asarray(2 * ROUND_EARTH_KM * np.arcsin(np.sqrt(half)))


def nearest_point(where: str, lonlat: FloatArray, site: Site | None) -> int:
    """Return which of the points of a file (n, 2) [deg] is the nearest to the site, and say it."""
    away = distances_km(lonlat, site)
    if away is None:
        if len(lonlat) == 1:
            return 0
        problem = f"holds {len(lonlat)} points, and nobody knows where the site is"
        raise ConfigError.of(where, problem, "set crs:, or keep the point nearest to the site")
    k = int(np.argmin(away))
    east, north = lonlat[k]
    told = f"is for {east:.3f} E {north:.3f} N, {away[k]:.0f} km from the site"
    if away[k] > FAR_KM:
        raise ConfigError.of(where, told, "fetch that of the site")
    if away[k] > NEAR_KM:
        logger.warning("%s: %s: fetch that of the site", where, told)
    elif len(lonlat) > 1:
        logger.warning(
            "%s: of its %d points, that at %.3f E %.3f N is taken, %.0f km from the site",
            where, len(lonlat), east, north, away[k],
        )  # fmt: skip
    return k


def asked_columns(sheet: Sheet, context: WindContext) -> dict[str, int]:
    """Return the places of the columns that the config names."""
    faults = FaultCollector()
    told: dict[str, int] = {}
    for key, wanted in (context.columns or {}).items():
        where = f"columns.{key}"
        if key not in ASKED:
            faults.append(Fault(where, f"unknown key {key!r}", did_you_mean(key, ASKED)))
            continue
        same = [i for i, cell in enumerate(sheet.headers) if cell == wanted.strip()] or [
            i for i, cell in enumerate(sheet.headers) if plain_name(cell) == plain_name(wanted)
        ]
        if len(same) == 1 and same[0] in told.values():
            problem = f"{wanted!r} is another column of the config already"
            faults.append(Fault(where, problem, "give each its own column"))
        elif len(same) == 1:
            told[ASKED[key]] = same[0]
        elif same:
            problem = f"{sheet.where} has {len(same)} columns {wanted!r}"
            faults.append(Fault(where, problem, "give each column a name of its own"))
        else:
            problem = f"{sheet.where} has no column {wanted!r}"
            cure = did_you_mean(wanted, [cell for cell in sheet.headers if cell][:50])
            faults.append(Fault(where, problem, cure))
    faults.raise_any()
    return told


def _only(sheet: Sheet, name: str, places: list[int], at: str = "") -> int:
    if len(places) > 1:
        one, other = (sheet.headers[place] for place in places[:2])
        key = next(key for key in (*ASKED, name) if ASKED.get(key, name) == name)
        problem = f"{one!r} and {other!r} are both the {name}{at}"
        cure = f"keep one of them, or set columns: {{{key}: {one!r}}}"
        raise ConfigError.of(sheet.where, problem, cure)
    return places[0]


def _by_height(
    sheet: Sheet,
    headers: list[Header],
    places: dict[str, list[int]],
    chosen: dict[str, int],
    hub: float | None,
) -> tuple[float | None, float | None]:
    """Choose the columns that have heights.

    Returns
    -------
    height, level : of the speed, and of the speed at the next height, None where there is none [m]
    """
    if not {"speed", "direction"} <= places.keys() and {"u", "v"} <= places.keys():
        heights = sorted(
            {headers[p].height for p in places["u"]} & {headers[p].height for p in places["v"]},
            key=lambda h: _off(h, hub),
        )
        if not heights:
            problem = f"has u and v at different heights among {_list(sheet)}"
            raise ConfigError.of(sheet.where, problem, "give both components at one height")
        height = heights[0]
        for name in ("u", "v"):
            same = [p for p in places[name] if headers[p].height == height]
            chosen[name] = _only(sheet, name, same)
        _say_choice(sheet, chosen["u"], height, len(heights), hub)
        return height, None
    height = level = None
    if "speed" in places:
        heights = sorted({headers[p].height for p in places["speed"]}, key=lambda h: _off(h, hub))
        height = heights[0]
        for name, there in (("speed", height), ("level", (*heights, None)[1])):
            same = [p for p in places["speed"] if headers[p].height == there]
            if name == "speed" or (there is not None and height is not None and len(same) == 1):
                at = "" if there is None else f" at {there:g} m"
                chosen[name] = _only(sheet, "speed", same, at)
                level = there if name == "level" else level
        _say_choice(sheet, chosen["speed"], height, len(heights), hub)
    for name in ("direction", "ti", "deviation"):
        if name not in places:
            continue
        near = min(
            (headers[p].height for p in places[name]),
            key=lambda h: _off(h, height if height is not None else hub),
        )
        at = "" if near is None else f" at {near:g} m"
        if name == "deviation" and near != height:
            continue
        same = [p for p in places[name] if headers[p].height == near]
        chosen[name] = _only(sheet, name, same, at)
        if name == "direction" and None not in (near, height) and near != height:
            logger.warning(
                "%s: the direction is that at %g m, the speed that at %g m",
                sheet.where, near, height,
            )  # fmt: skip
    return height, level


def _begins_with_times(sheet: Sheet) -> bool:
    """Return whether the first column has no name and holds dates, as pandas writes its index."""
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else ""
    named = sheet.headers[0] not in ("", "index", "Unnamed: 0")
    return not named and re.match(r"\d{4}-\d\d-\d\d", first) is not None


def _off(height: float | None, hub: float | None) -> float:
    """Return how far a height is from the hub's; without a hub the highest comes first."""
    if height is None:
        return np.inf
    return -height if hub is None else abs(float(np.log(height / hub)))


def _say_choice(
    sheet: Sheet, place: int, height: float | None, count: int, hub: float | None
) -> None:
    if count > 1 and height is not None:
        near = "" if hub is None else f", nearest to the hub at {hub:g} m"
        logger.warning(
            "%s: of %d heights, %r is taken%s", sheet.where, count, sheet.headers[place], near
        )


def _list(sheet: Sheet) -> str:
    return ", ".join(cell for cell in sheet.headers if cell)


def _without_units(
    sheet: Sheet, headers: list[Header], chosen: dict[str, int]
) -> tuple[Sheet, list[Header]]:
    """Take the lines of units and statistics below the column names for what they are."""
    count = 0
    for row in sheet.rows[:3]:
        cells = {place: row[place].strip() for place in chosen.values() if place < len(row)}
        said = [cell for cell in cells.values() if cell]
        if not said or not all(cell.lower() in UNIT_WORDS for cell in said) or set(said) <= {"-"}:
            break
        for place, cell in cells.items():
            if not headers[place].unit and count == 0 and headers[place].name not in ALONE:
                unit = cell.strip("[]").lower()
                headers[place] = replace(
                    headers[place], unit="" if unit in ("avg", "smp") else unit
                )
        count += 1
    if not count:
        return sheet, headers
    return replace(sheet, rows=sheet.rows[count:], lines=sheet.lines[count:]), headers


def _with_whole_times(sheet: Sheet, chosen: dict[str, int]) -> Sheet:
    """Join dates and times that blanks cut in two, where blanks separate the columns."""
    if sheet.separator != " " or "time" not in chosen or "date" in chosen or not sheet.rows:
        return sheet
    if any(len(row) != len(sheet.headers) + 1 for row in sheet.rows):
        return sheet
    k = chosen["time"]
    rows = [[*row[:k], f"{row[k]} {row[k + 1]}", *row[k + 2 :]] for row in sheet.rows]
    return replace(sheet, rows=rows)


def _of_year_parts(sheet: Sheet, table: Table) -> Table:
    """Return a table with times, where year, month, day and hour have columns of their own."""
    places = {
        plain_name(re.sub(r"\W*UTC\W*$", "", cell)): i for i, cell in enumerate(sheet.headers)
    }
    names = {"mo": "month", "dy": "day", "hr": "hour", "yr": "year", "mn": "minute"}
    places = {names.get(name, name): place for name, place in places.items()}
    dated = set(YEAR_PARTS[:3]) <= places.keys()
    if "time" in table or not (dated or ("date" in table and "hour" in places)):
        return table
    parts = [part for part in YEAR_PARTS if part in places and (dated or part in YEAR_PARTS[3:])]
    chosen = pick(sheet, {part: (places[part], "") for part in parts})
    numbers = {part: chosen.numbers(part) for part in parts}
    size = len(chosen)
    year, month, day, hour, minute = (numbers.get(part, np.zeros(size)) for part in YEAR_PARTS)
    if size and (hour == 24).any() and (hour >= 1).all():
        logger.warning(
            "%s: hours count from 1 to 24: each is taken to begin one earlier", table.where
        )
        hour = hour - 1
    times = [f"{h:02.0f}:{mi:02.0f}" for h, mi in zip(hour, minute, strict=True)]
    columns = table.columns
    if dated:
        days = zip(year, month, day, times, strict=True)
        times = [f"{y:04.0f}-{m:02.0f}-{d:02.0f} {clock}" for y, m, d, clock in days]
        columns = {name: cells for name, cells in columns.items() if name != "date"}
    header = " ".join(sheet.headers[places[part]] for part in parts)
    return replace(
        table, columns={**columns, "time": times}, headers={**table.headers, "time": header}
    )


def _check_place(sheet: Sheet, site: Site | None) -> None:
    """Check that a place told before the column names is near the site."""
    told = [
        next((sheet.facts[name] for name in names if name in sheet.facts), "")
        for names in (("longitude", "lon"), ("latitude", "lat"))
    ]
    numbers = [re.match(r"[-+]?\d+(?:\.\d+)?", text) for text in told]
    if numbers[0] and numbers[1]:
        lonlat = np.array([[float(numbers[0][0]), float(numbers[1][0])]])
        if abs(lonlat[0, 1]) <= 90 and abs(lonlat[0, 0]) <= 360:
            nearest_point(sheet.where, lonlat, site)


def _at_one_point(table: Table, site: Site | None) -> Table:
    """Return the rows of one point, where a table holds those of several."""
    if not {"latitude", "longitude"} <= table.columns.keys() or not len(table):
        return table
    pairs = set(zip(table.columns["longitude"], table.columns["latitude"], strict=True))
    said = [table.columns[name] for name in ("date", "time") if name in table]
    times = list(zip(*said, strict=True))
    if len(pairs) > 1 and len(set(times)) == len(times) > 0:  # a buoy that drifts
        return table
    lonlat = np.stack([table.numbers(name) for name in ("longitude", "latitude")], axis=1)
    points, index = np.unique(lonlat, axis=0, return_inverse=True)
    rows = np.flatnonzero(index.ravel() == nearest_point(table.where, points, site))
    return replace(
        table,
        columns={name: [cells[row] for row in rows] for name, cells in table.columns.items()},
        lines=[table.lines[row] for row in rows],
    )
