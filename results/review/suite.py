"""Recompute the comparison with other optimisers from its cells: medians, intervals, times."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import t as student

Cells: TypeAlias = dict[str, dict[int, dict[str, Any]]]
Same: TypeAlias = Callable[[str, float, float, float], None]
"""What is held, the published figure, the recomputed one, and by how much they may differ."""

METHOD = re.compile(r"^- `(\w+)`, (.+?): ", re.MULTILINE)
REFERENCE = re.compile(r"Reference \(.*?\): ([\d.,]+) GWh")
GAIN = re.compile(r"([+-][\d.]+) % \(([+-][\d.]+) to ([+-][\d.]+), (\d+) seeds\)")
RIVAL = re.compile(r"^- (?:Against (.+?), the best other|What learning adds to (.+?)), on average")
LEAD = re.compile(
    r"(?:: |; )(\D[^;:]*?) ([+-][\d.]+) % of AEP"
    r" \(95 % interval ([+-][\d.]+) to ([+-][\d.]+), (\d+) seeds"
)
RUNNING = re.compile(r"^(> )?([\d.,]+) \((\d+)/(\d+)\)$")
LAST_DIGIT = 6e-4
"""Half of the last digit of a percentage, and what rounding twice adds."""


def review_suite(folder: Path, same: Same) -> None:
    """Recompute every table of `comparison.md` from the cells beside it."""
    page = (folder / "comparison.md").read_text(encoding="utf-8")
    record = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    facts = record["problems"]
    keys = {label: key for key, label in METHOD.findall(page)}
    for title, section in _sections(page):
        cells = _cells(folder / "cells" / title)
        if cells:
            printed = float(REFERENCE.findall(section)[0].replace(",", ""))
            reference = float(facts[title]["facts"]["reference"]["aep_gwh"])
            same(f"{title}, reference [GWh]", printed, reference, LAST_DIGIT)
            _review_gains(title, section, keys, cells, reference, same)
            _review_leads(title, section, keys, cells, reference, same)
            _review_times(title, section, keys, cells, reference, same)


def _sections(page: str) -> Iterator[tuple[str, str]]:
    for section in page.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        yield title, text


def _cells(folder: Path) -> Cells:
    """Return the cells of a problem by method and seed."""
    found: Cells = {}
    for path in sorted(folder.glob("*/seed*/cell.json")):
        cell = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(cell["method"], {})[int(cell["seed"])] = cell
    return found


def _aep_at(cell: dict[str, Any], cpu_s: float) -> float:
    """Return the AEP of what was held after so much processor time [GWh]."""
    return float([look for look in cell["looks"] if look["cpu_s"] <= cpu_s][-1]["aep_gwh"])


def _rows(section: str, head: str) -> Iterator[tuple[list[str], list[str]]]:
    """Return the cells of a table's head, and of each of its rows."""
    lines = iter(section.splitlines())
    for line in lines:
        if line.startswith(head):
            names = [cell.strip() for cell in line.strip("|").split("|")]
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    return
                yield names, [cell.strip(" *") for cell in row.strip("|").split("|")]


def _review_gains(
    title: str, section: str, keys: dict[str, str], cells: Cells, reference: float, same: Same
) -> None:
    for names, row in _rows(section, "| method |"):
        of = cells.get(keys.get(row[0], ""), {})
        for name, cell in zip(names, row, strict=True):
            told = GAIN.match(cell)
            if told is None or not of:
                continue
            cpu_s = float(re.findall(r"after ([\d.]+)", name)[0])
            gains = [100 * (_aep_at(one, cpu_s) / reference - 1) for one in of.values()]
            found = float(np.median(gains)), min(gains), max(gains)
            for word, told_pct, one in zip(
                ("median", "least", "most"), told.groups()[:3], found, strict=True
            ):
                same(f"{title}, {row[0]}, {name}, {word} [%]", float(told_pct), one, 2 * LAST_DIGIT)


def _review_leads(
    title: str, section: str, keys: dict[str, str], cells: Cells, reference: float, same: Same
) -> None:
    """Recompute paired differences of gains and their intervals by Student's t."""
    cpu_s = 0.0
    for line in section.splitlines():
        if line.startswith("- After "):
            cpu_s = float(line.split()[2])
        rival = RIVAL.match(line)
        if rival is None:
            continue
        other = cells[keys[rival.group(1) or rival.group(2)]]
        for label, mean, low, high, seeds in LEAD.findall(line):
            own = cells[keys[label]]
            paired = sorted(set(own) & set(other))
            pairs = [(_aep_at(own[k], cpu_s), _aep_at(other[k], cpu_s)) for k in paired]
            lead = 100 * np.array([mine - theirs for mine, theirs in pairs]) / reference
            half = student.ppf(0.975, len(lead) - 1) * lead.std(ddof=1) / np.sqrt(len(lead))
            what = f"{title}, {label} over {rival.group(1) or rival.group(2)}, {cpu_s:g} CPU-s"
            same(f"{what}, seeds", float(seeds), float(len(lead)), 0.0)
            bounds = zip(
                ("mean", "low", "high"), (mean, low, high), (0.0, -half, half), strict=True
            )
            for word, told, off in bounds:
                same(f"{what}, {word} [%]", float(told), float(lead.mean() + off), LAST_DIGIT)


def _review_times(
    title: str, section: str, keys: dict[str, str], cells: Cells, reference: float, same: Same
) -> None:
    """Recompute expected running times, seeds that never come to the gain censored."""
    every = (one for of in cells.values() for one in of.values())
    best = 100 * (
        max(float(look["aep_gwh"]) for one in every for look in one["looks"]) / reference - 1
    )
    for names, row in _rows(section, "| expected CPU-seconds to |"):
        of = list(cells[keys[row[0]]].values())
        for name, cell in zip(names[1:], row[1:], strict=True):
            told = RUNNING.match(cell)
            if told is None:
                continue
            share, printed = re.findall(r"(\d+) % \(([+-][\d.]+) %\)", name)[0]
            pct = float(share) / 100 * best  # a published layout may gain more than all cells
            pct = pct if abs(pct - float(printed)) < LAST_DIGIT else float(printed)
            wanted = reference * (1 + pct / 100)
            times = [_reached(one, wanted) for one in of]
            spent = [
                one["cpu_s"] if time is None else time for one, time in zip(of, times, strict=True)
            ]
            reached = sum(time is not None for time in times)
            found = sum(spent) / reached if reached else min(spent)
            what = f"{title}, {row[0]}, CPU-s to {name}"
            same(f"{what}, seeds", float(told.group(3)), float(reached), 0.0)
            published = float(told.group(2).replace(",", ""))
            same(what, published, found, 0.06 * published)


def _reached(cell: dict[str, Any], aep_gwh: float) -> float | None:
    """Return when the layout was found from which on no look has less [CPU-s]."""
    at = None
    for look in cell["looks"]:
        enough = look["feasible"] and look["aep_gwh"] >= aep_gwh
        at = (at if at is not None else float(look["found_cpu_s"])) if enough else None
    return at
