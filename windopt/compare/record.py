"""What a comparison came to: the content of `comparison.json`.

    schema, made, machine, versions   what identifies it
    cost                              of all of it, by kind of stage: CPU-seconds, energy
    methods                           by name: what, ours, missing (packages), pip
    problems                          by name:
        facts                         turbines, wake model, reference, budgets, seeds, published ...
        cells                         every finished cell, with `gain_pct` at every look, and what
                                      it was made with that is not today's (`old`, null where none)
        results                       by method and budget: gains by seed, median and range
        verdicts                      by budget: see `verdicts.verdict`
        running_times                 see `running_times.running_times`
        said                          the verdicts in words
    correction                        of the p values of all verdicts together

Gains are percentages of the reference's AEP, by FLORIS; budgets are keys as "60". A method that
came to nothing feasible has the gain null.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from windopt.compare.registry import (
    ON_A_FORMULA,
    OURS,
    find_method,
    missing_packages,
    name_of,
    pip_line,
)
from windopt.compare.running_times import running_times
from windopt.compare.statistics import spread
from windopt.compare.verdicts import correct, verdict
from windopt.compare.wording import sentences
from windopt.ledger.totals import LedgerContent, stated

SCHEMA = 2
MACHINE = ("cpu_model", "vcpus", "memory_gb", "platform", "python", "virtualised")

Record = dict[str, Any]


def comparison_record(
    facts: Mapping[str, Record], done: Mapping[str, Sequence[Record]], ledger: LedgerContent
) -> Record:
    """Put together what is known.

    Parameters
    ----------
    facts : mapping of str to Record
        Of each problem.
    done : Mapping[str, sequence of Record]
        Its finished cells.
    ledger : LedgerContent
        Of the comparison.
    """
    specs = dict.fromkeys(spec for one in facts.values() for spec in one["methods"])
    totals = ledger.totals
    problems = {name: _problem(facts[name], done[name]) for name in facts}
    told = [said for one in problems.values() for said in one["verdicts"].values()]
    correction = correct(told)
    for one in problems.values():
        one["said"] = sentences(one, correction)
    return {
        "schema": SCHEMA,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {key: stated(ledger.runs, key) for key in MACHINE},
        "versions": stated(ledger.runs, "versions"),
        "cost": {
            kind: {"cpu_s": cost.cpu_s, "energy_wh": cost.energy_wh}
            for kind, cost in {**totals.by_stage, **totals.apart}.items()
        },
        "methods": {name_of(spec): _method(spec) for spec in specs},
        "correction": correction,
        "problems": problems,
    }


def budget_key(cpu_s: float) -> str:
    """Return the key of a budget [CPU-s]."""
    return f"{cpu_s:g}"


def _method(spec: str) -> Record:
    method = find_method(spec)
    missing = missing_packages(method)
    return {
        "what": method.what,
        "ours": name_of(spec) in OURS,
        "missing": missing,
        "pip": pip_line(missing) if missing else None,
    }


def _problem(facts: Record, done: Sequence[Record]) -> Record:
    base = facts["reference"]["aep_gwh"]
    cells = [
        cell
        | {"looks": [look | {"gain_pct": 100 * (look["aep_gwh"] / base - 1)} for look in looks]}
        for cell in done
        if (looks := cell["looks"]) is not None
    ]
    names = [name_of(spec) for spec in facts["methods"]]
    by_method = {
        name: [cell for cell in cells if cell["method"] == name]
        for name in names
        if any(cell["method"] == name for cell in cells)
    }
    return {
        "facts": facts
        | {
            "methods": names,
            "same_as": {
                name: same
                for name, same in ON_A_FORMULA.items()
                if facts["formula"] and name in names
            },
        },
        "cells": cells,
        "results": {
            name: {budget_key(b): _result(own, b) for b in facts["budgets_cpu_s"]}
            for name, own in by_method.items()
        },
        "verdicts": {budget_key(b): verdict(by_method, b) for b in facts["budgets_cpu_s"]},
        "running_times": running_times(facts, by_method),
    }


def _result(cells: Sequence[Record], budget: float) -> Record:
    """Sum up what a method held at a budget, over its seeds."""
    at = {cell["seed"]: look_at(cell, budget) for cell in cells}

    def values(key: str) -> list[float | None]:
        return [None if look is None else look[key] for look in at.values()]

    return {
        "gain_pct": spread(values("gain_pct"))._asdict(),
        "aep_gwh": spread(values("aep_gwh"))._asdict(),
        "found_energy_wh": spread(values("found_energy_wh"))._asdict(),
        "by_seed": dict(zip(map(str, at), values("gain_pct"), strict=True)),
    }


def look_at(cell: Mapping[str, Any], budget: float) -> Record | None:
    """Return a cell's look at a budget [CPU-s]; None where it held nothing by then."""
    return next((look for look in cell["looks"] if look["cpu_s"] == budget), None)
