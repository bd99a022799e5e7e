"""Reads the times of a table: ISO's form, the forms of other programs, or a stated format.

Dates of three numbers without a year in front may have their day or their month first. Both are
tried on the whole column, and one is taken only where it alone gives times that follow one another;
else the config has to state the format (``date_format``).
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray, IntArray
from windopt.readers.tables import Table

logger = logging.getLogger(__name__)

Times = NDArray[np.datetime64]
AS_ISO = "write times as 2024-01-31 13:00, in UTC or winter time"
STATE = 'or state their form, such as date_format: "%d/%m/%Y %H:%M"'
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDERS = {"day": "dmy", "month": "mdy", "year": "ymd"}
"""Where the day, the month and the year stand, by what comes first."""
_DIGITS = re.compile(r"((?:19|20)\d{6})(?:[ T_]?(\d{6}|\d{4}|\d\d)|[ T_](\d{1,3}))?")
"""A time as YYYYMMDDhhmmss, or less of it; a time of its own may lack its zeros."""
_DATE = re.compile(
    r"(?P<a>\d{1,4})(?P<apart>[./-]|\s)(?P<b>\d{1,2}|[A-Za-z]{3,9})[./-]?\s?[./-]?(?P<c>\d{2,4})"
    r"(?:[ T,]+(?P<h>\d{1,2})[:.](?P<min>\d\d)(?:[:.](?P<s>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_MIDNIGHT = re.compile(r"^(\S+)[ T]24:00(:00)?$")


def with_times(table: Table) -> Table:
    """Return a table whose dates, where they have a column of their own, are part of its times."""
    if "date" not in table:
        return table
    days = table.columns["date"]
    times = table.columns.get("time", [""] * len(days))
    joined = [f"{day} {time}".strip() for day, time in zip(days, times, strict=True)]
    names = [table.headers[name] for name in ("date", "time") if name in table]
    return replace(
        table,
        columns={**table.columns, "time": joined},
        headers={**table.headers, "time": " ".join(names)},
    )


def read_times(table: Table, stated: str | None = None) -> FloatArray | Times:
    """Read dates, in UTC where they say their zone, or plain numbers.

    Parameters
    ----------
    table : Table
        With a column time.
    stated : str or None
        The format of the dates, as of `datetime.strptime`; by default it is found out.

    Returns
    -------
    times : (n_rows,) of dates in seconds, or numbers

    Raises
    ------
    ConfigError
        Where a cell is no time, or where dates can be read in two ways.
    """
    cells = [re.sub(r"\s*(UTC|GMT)$", "", cell.strip()) for cell in table.columns["time"]]
    if stated is not None:
        return _read_each(table, cells, _by_format(stated), f"correct it or date_format {stated!r}")
    if cells and all(map(_DIGITS.fullmatch, cells)):
        return _read_each(table, [_of_digits(cell) for cell in cells], _iso, f"{AS_ISO}, {STATE}")
    try:
        return table.numbers("time")
    except ConfigError:
        pass
    if cells and (first := _DATE.fullmatch(cells[0])) and len(first["a"]) < 4:
        return _of_three(table, cells)
    return _read_each(table, cells, _iso, f"{AS_ISO}, {STATE}")


def _read_each(
    table: Table, cells: Sequence[str], read: Callable[[str], datetime], cure: str
) -> Times:
    times = []
    for line, cell in zip(table.lines, cells, strict=True):
        try:
            time = read(cell)
        except ValueError:
            problem = f"{table.headers['time']} = {cell!r} is no time"
            raise ConfigError.of(f"{table.where}: line {line}", problem, cure) from None
        times.append(time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time)
    return np.array(times, dtype="datetime64[s]")


def _by_format(stated: str) -> Callable[[str], datetime]:
    if "%" not in stated or not re.search(r"%[YycxG]", stated):
        problem = f"{stated!r} is no format with a year"
        raise ConfigError.of("date_format", problem, 'write it as "%d/%m/%Y %H:%M"')
    return lambda cell: datetime.strptime(cell, stated)


def _iso(cell: str) -> datetime:
    if cell[4:5] in ("/", "."):
        cell = cell[:10].replace(cell[4], "-") + cell[10:]
    if midnight := _MIDNIGHT.match(cell):
        day = datetime.fromisoformat(midnight[1])
        return datetime.fromordinal(day.toordinal() + 1)
    return datetime.fromisoformat(cell)


def _of_digits(cell: str) -> str:
    day, clock = cell[:8], cell[8:].strip(" T_")
    clock = clock if len(clock) in (2, 4, 6) and clock != "24" else clock.zfill(4)
    if cell[8:9] in (" ", "T", "_") and len(clock) == 2:
        clock = clock.zfill(4)  # 30 for half past midnight
    if clock.startswith("24"):
        return f"{day[:4]}-{day[4:6]}-{day[6:]} 24:00"
    return f"{day}T{clock or '00'}"


def _of_three(table: Table, cells: Sequence[str]) -> Times:
    """Read dates whose year does not come first, or may not."""
    matches = [_DATE.fullmatch(cell) for cell in cells]
    first = matches[0]
    assert first is not None
    form = _form(first)
    for line, cell, match in zip(table.lines, cells, matches, strict=True):
        if match is None or _form(match) != form:
            problem = f"{table.headers['time']} = {cell!r} is no time like {cells[0]!r}"
            raise ConfigError.of(f"{table.where}: line {line}", problem, f"{AS_ISO}, {STATE}")
    whole = [match for match in matches if match is not None]
    columns = [np.array([_number(match[name]) for match in whole]) for name in "abc"]
    clock = np.array([_seconds(match) for match in whole])
    readings: dict[str, Times] = {}
    for order, letters in ORDERS.items():
        if order == "year" and form[2] != 2:
            continue
        if form[1] and order != "day":  # the month is a word
            continue
        if (days := _days(dict(zip(letters, columns, strict=True)))) is not None:
            readings[order] = days.astype("datetime64[s]") + clock
    return readings[_choose(table, cells, readings, form)]


def _form(match: re.Match[str]) -> tuple[str, bool, int]:
    """Return what is the same in all dates of a column: separator, word, digits of the year."""
    return match["apart"], match["b"].isalpha(), len(match["c"])


def _number(text: str) -> int:
    if not text.isalpha():
        return int(text)
    short = text[:3].lower()
    return MONTHS.index(short) + 1 if short in MONTHS else 0


def _seconds(match: re.Match[str]) -> np.timedelta64:
    hour, minute, second = (int(match[name] or 0) for name in ("h", "min", "s"))
    if match["half"]:
        hour = hour % 12 + (12 if match["half"][0].lower() == "p" else 0)
    return np.timedelta64(3600 * hour + 60 * minute + second, "s")


def _days(parts: dict[str, IntArray]) -> NDArray[np.datetime64] | None:
    """Return days of year, month and day, None where some are none."""
    year, month, day = parts["y"], parts["m"], parts["d"]
    year = np.where(year < 70, year + 2000, np.where(year < 100, year + 1900, year))
    if (month < 1).any() or (month > 12).any() or (day < 1).any() or (year > 2200).any():
        return None
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]")
    months = start + (month - 1).astype("timedelta64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    return None if (days.astype("datetime64[M]") != months).any() else days


def _choose(
    table: Table, cells: Sequence[str], readings: dict[str, Times], form: tuple[str, bool, int]
) -> str:
    """Return the only order in which dates make sense."""
    where = table.place("time")
    if not readings:
        problem = f"{cells[0]!r} and others are no dates, whatever comes first"
        raise ConfigError.of(where, problem, f"{AS_ISO}, {STATE}")
    if form[1] or len(readings) == 1:
        (order,) = readings
        if not form[1]:
            logger.warning("%s: dates have their %s first: else they are none", where, order)
        return order
    orders = list(readings)
    if all((readings[order] == readings[orders[0]]).all() for order in orders):
        return orders[0]  # as those of the first of January
    for follows in (_even, _rising):
        fit = [order for order, times in readings.items() if follows(times)]
        if len(fit) == 1:
            words = "evenly" if follows is _even else "in order"
            logger.warning(
                "%s: dates have their %s first: only so they follow %s", where, fit[0], words
            )
            return fit[0]
        if fit:
            break
    absent = {order: _absent(times) for order, times in readings.items()}
    fewest = min(absent, key=absent.__getitem__)
    if absent[fewest] < 1 and all(n > 3 for order, n in absent.items() if order != fewest):
        logger.warning("%s: dates have their %s first: else most would be missing", where, fewest)
        return fewest
    if form[0] == "." and "day" in readings:
        logger.warning("%s: dates with points have their day first", where)
        return "day"
    k = int(np.argmax(np.ptp(np.array([t.astype(int) for t in readings.values()]), axis=0) > 0))
    meant = " or ".join(str(times[k]).replace("T", " ") for times in readings.values())
    formats = " or ".join(f'"{_format(cells[k], order)}"' for order in readings)
    raise ConfigError.of(where, f"{cells[k]!r} may be {meant}", f"state date_format: {formats}")


def _even(times: Times) -> bool:
    steps = np.diff(times).astype(int)
    return len(steps) > 0 and steps.min() > 0 and steps.min() == steps.max()


def _absent(times: Times) -> float:
    """Return how many times are missing for each that is there; infinite where they fall."""
    steps = np.diff(times).astype(int)
    if len(steps) < 2 or steps.min() <= 0:
        return np.inf
    return float(steps.sum() / np.median(steps) / len(steps) - 1)


def _rising(times: Times) -> bool:
    return bool((np.diff(times).astype(int) > 0).all())


def _format(cell: str, order: str) -> str:
    match = _DATE.fullmatch(cell)
    assert match is not None
    letters = ORDERS[order].replace("y", "Y" if len(match["c"]) == 4 else "y")
    date = match["apart"].join(f"%{letter}" for letter in letters)
    if match["h"] is None:
        return date
    clock = "%I:%M" if match["half"] else "%H:%M"
    return f"{date} {clock}{':%S' if match['s'] else ''}{' %p' if match['half'] else ''}"
