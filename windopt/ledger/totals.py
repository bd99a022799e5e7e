"""What a ledger's records add up to.

Every record of a stage carries the stage's cost so far, so its last record is its charge. A stage
that began and never ended was killed, unless its process still lives: it is charged up to its
last heartbeat.

Stages nest, and a parent's cost includes its children's. What each stage used by itself is

    own = max(0, cost - sum of its direct children's costs)

and totals are sums of `own`: nothing is charged twice, and a child that outlived its parent's last
heartbeat is still charged in full. Energy is reserved energy times the PUE of its run.

What belongs to no other stage (imports, what lies between stages, the end) is a stage around all
others, `between`. When a process ends, it writes what the system says that it has used in all; the
rest that no stage holds is shown, and is in no total (`Totals.unlisted_cpu_s`).

Everything inside a stage `tuning` was spent to choose settings.

What asks questions about a finished run (baselines that search without learning, other wake models,
an evaluation of its surrogate), and the methods of a comparison, are no part of what its layout
cost: they are kept apart from the totals. A sum with a part whose energy was not measured is
unknown.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from windopt.ledger.energy import Energy, EnergyWh
from windopt.ledger.records import Record, read_records

WASTED_STATUSES = frozenset({"failed", "cancelled", "killed"})
WASTED_KINDS = frozenset({"tuning"})
APART_KINDS = frozenset({"assess", "baseline", "compare", "robustness", "validate"})
IN_WORDS = {"between": "between stages"}
"""Kinds of stages whose names say too little."""
SILENT_HEARTBEATS = 6  # after so many missed heartbeats a stage is dead, whoever has its pid now


@dataclass(frozen=True)
class Cost:
    """What something used.

    Attributes
    ----------
    wall_s, cpu_s : float [s]
        Elapsed time and CPU time of the process with its descendants.
    energy, energy_marginal : Energy [J]
        Reserved and marginal energy, PUE included.
    counts : mapping of str to int
        Exact numbers of what was done, as FLORIS evaluations.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    energy: Energy = field(default_factory=Energy)
    energy_marginal: Energy = field(default_factory=Energy)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def energy_wh(self) -> EnergyWh:
        """Reserved energy: low, central and high bound [Wh] and method."""
        return self.energy.to_wh()

    def __add__(self, other: "Cost") -> "Cost":
        names = dict.fromkeys([*self.counts, *other.counts])
        return Cost(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            self.energy + other.energy,
            self.energy_marginal + other.energy_marginal,
            {name: self.counts.get(name, 0) + other.counts.get(name, 0) for name in names},
        )

    def without(self, part: "Cost") -> "Cost":
        """Take out time and energy of a part; counts stay, for no stage counts for another."""
        return Cost(
            max(self.wall_s - part.wall_s, 0.0),
            max(self.cpu_s - part.cpu_s, 0.0),
            self.energy.without(part.energy),
            self.energy_marginal.without(part.energy_marginal),
            self.counts,
        )


@dataclass(frozen=True)
class Totals(Cost):
    """The sum over all stages.

    Attributes
    ----------
    by_stage : mapping of str to Cost
        Cost of each kind of stage by itself, in order of first appearance; they add up.
    apart : mapping of str to Cost
        Cost of the kinds of stages that are no part of the run; not in the sum.
    waste_share : float or None
        Share of the energy that failed, cancelled, killed and tuning stages used [-]; None where
        the energy is not known.
    unlisted_cpu_s, listed_cpu_s : float or None [s]
        CPU time of processes that no stage holds, and of their stages, apart ones included; the
        former is in no sum, and None where no process has told (older ledgers, killed runs, and
        while a run lasts).
    """

    by_stage: Mapping[str, Cost] = field(default_factory=dict)
    apart: Mapping[str, Cost] = field(default_factory=dict)
    waste_share: float | None = 0.0
    unlisted_cpu_s: float | None = None
    listed_cpu_s: float = 0.0

    @property
    def unlisted_share(self) -> float | None:
        """Share of the processes' CPU time that no stage holds [-]; None where not known."""
        if self.unlisted_cpu_s is None:
            return None
        all_cpu_s = self.listed_cpu_s + self.unlisted_cpu_s
        return self.unlisted_cpu_s / all_cpu_s if all_cpu_s > 0 else 0.0


@dataclass(frozen=True)
class StageCharge:
    """One stage and its cost, its children's included.

    Attributes
    ----------
    id, run, parent : str
        Of this stage, of its run, and of the stage around it if any.
    kind : str
        Simulate, train, ...
    status : str
        Completed, failed, cancelled, killed or running.
    cost : Cost
        What it used.
    error : str or None
        What ended it, when it failed or was cancelled.
    tunes : bool
        Whether it was spent to choose settings: a stage `tuning`, or inside one.
    hosts : mapping of str to Cost
        What of its cost was used on other machines, by the machine's name.
    """

    id: str
    run: str
    parent: str | None
    kind: str
    status: str
    cost: Cost
    error: str | None
    tunes: bool = False
    hosts: Mapping[str, Cost] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerContent:
    """A ledger as read.

    Attributes
    ----------
    runs, gains, assets : tuple[Record, ...]
        Records as written, in order.
    stages : tuple[StageCharge, ...]
        Every stage with its charge.
    totals : Totals
        What they add up to.
    cross_checks : tuple[Record, ...]
        What other tools made of whole runs, as written; in no total.
    searches : tuple[Record, ...]
        What searches found with what energy, as written.
    assessments : tuple[Record, ...]
        What was concluded of the run, as written.
    damaged_lines : int
        Lines that could not be read.
    """

    runs: tuple[Record, ...]
    stages: tuple[StageCharge, ...]
    gains: tuple[Record, ...]
    assets: tuple[Record, ...]
    totals: Totals
    cross_checks: tuple[Record, ...] = ()
    searches: tuple[Record, ...] = ()
    assessments: tuple[Record, ...] = ()
    damaged_lines: int = 0


def read_ledger(path: Path | str) -> LedgerContent:
    """Read a ledger file and settle it: stages that were killed are found and charged.

    Raises
    ------
    RunFolderError
        When there is no such file.
    """
    records, damaged_lines = read_records(Path(path))
    return settle(records, damaged_lines)


def stated(runs: Iterable[Record], key: str) -> Any:
    """Return the last thing that any run record says under a key; None where none says anything."""
    said = [run[key] for run in runs if run.get(key) is not None]
    return said[-1] if said else None


def settle(records: Iterable[Record], damaged_lines: int = 0) -> LedgerContent:
    """Turn records into charges and totals; `read_ledger` does this to a file."""
    kept: dict[str, list[Record]] = {"run": [], "stage": [], "gain": [], "asset": []}
    for record in records:
        kept.setdefault(record["record"], []).append(record)
    runs = {run["id"]: run for run in kept["run"]}
    last = {record["id"]: record for record in kept["stage"]}
    stages = _marked(_charge(record, runs.get(record["run"], {})) for record in last.values())
    return LedgerContent(
        runs=tuple(kept["run"]),
        stages=stages,
        gains=tuple(kept["gain"]),
        assets=tuple(kept["asset"]),
        totals=replace(_total(stages), **_unlisted(stages, kept.get("process", ()))),
        cross_checks=tuple(kept.get("cross_check", ())),
        searches=tuple(kept.get("search", ())),
        assessments=tuple(kept.get("assessment", ())),
        damaged_lines=damaged_lines,
    )


def cpu_s_of(record: Record) -> float:
    """Return the CPU time that a record states, of children and workers elsewhere included [s]."""
    there = record.get("cpu_s_remote", 0.0)  # older ledgers had none
    return float(record["cpu_s_self"] + record["cpu_s_children"] + there)


def _marked(stages: Iterable[StageCharge]) -> tuple[StageCharge, ...]:
    """Mark the stages that were spent to choose settings; a parent may come after its child."""
    known = {stage.id: stage for stage in stages}

    def tunes(stage: StageCharge | None) -> bool:
        while stage is not None:
            if stage.kind in WASTED_KINDS:
                return True
            stage = known.get(stage.parent or "")
        return False

    return tuple(replace(s, tunes=True) if tunes(s) else s for s in known.values())


def _unlisted(stages: Iterable[StageCharge], processes: Iterable[Record]) -> dict[str, Any]:
    """Return what the system says that processes have used, and no stage of theirs holds."""
    stages, unlisted, listed = list(stages), None, 0.0
    for process in processes:
        outermost = [s for s in stages if s.run == process["run"] and s.parent is None]
        held = sum(stage.cost.cpu_s for stage in outermost)
        unlisted = (unlisted or 0.0) + max(0.0, cpu_s_of(process) - held)
        listed += held
    return {"unlisted_cpu_s": unlisted, "listed_cpu_s": listed}


def _charge(record: Record, run: Mapping[str, Any]) -> StageCharge:
    pue = float(run.get("pue", 1.0))
    status = record["status"]
    if status == "running" and not _is_alive(record, run):
        status = "killed"
    return StageCharge(
        id=record["id"],
        run=record["run"],
        parent=record["parent"],
        kind=record["kind"],
        status=status,
        cost=Cost(
            record["wall_s"],
            cpu_s_of(record),
            Energy.from_record(record["e_reserved_j"], record["method"]).scaled(pue),
            Energy.from_record(record["e_marginal_j"], record["method"]).scaled(pue),
            record["counts"],
        ),
        error=record.get("error"),
        hosts={name: _on_host(used, pue) for name, used in record.get("hosts", {}).items()},
    )


def own_costs(stages: Iterable[StageCharge]) -> list[tuple[StageCharge, Cost]]:
    """Return each stage with what it used by itself, its children's cost taken out."""
    stages = list(stages)
    inner: dict[str, Cost] = {}
    for stage in stages:
        if stage.parent is not None:
            inner[stage.parent] = inner.get(stage.parent, Cost()) + stage.cost
    return [
        (stage, stage.cost.without(inner[stage.id]) if stage.id in inner else stage.cost)
        for stage in stages
    ]


def _on_host(used: Mapping[str, Any], pue: float) -> Cost:
    reserved, marginal = (
        Energy.from_record(used[key], used["method"]).scaled(pue)
        for key in ("e_reserved_j", "e_marginal_j")
    )
    return Cost(cpu_s=used["cpu_s"], energy=reserved, energy_marginal=marginal)


def costs_by_host(stages: Iterable[StageCharge]) -> dict[str, Cost]:
    """Return what a run used on other machines, by the machine's name; part of its totals."""
    stages = list(stages)
    found = {}
    for name in dict.fromkeys(name for stage in stages for name in stage.hosts):
        there = [replace(stage, cost=stage.hosts.get(name, Cost())) for stage in stages]
        own = (cost for stage, cost in own_costs(there) if stage.kind not in APART_KINDS)
        found[name] = sum(own, Cost())
    return found


def waste_of(stage: StageCharge) -> str | None:
    """Return why a stage's energy came to nothing: its status, or tuning; None where it did not."""
    if stage.status in WASTED_STATUSES:
        return stage.status
    return "tuning" if stage.tunes else None


def _total(stages: Iterable[StageCharge]) -> Totals:
    by_stage: dict[str, Cost] = {}
    apart: dict[str, Cost] = {}
    total = wasted = Cost()
    for stage, own in own_costs(stages):
        kinds = apart if stage.kind in APART_KINDS else by_stage
        kinds[stage.kind] = kinds.get(stage.kind, Cost()) + own
        if kinds is apart:
            continue
        total += own
        if waste_of(stage):
            wasted += own
    used_j, share = total.energy.central, None
    if total.energy.known:
        share = wasted.energy.central / used_j if used_j > 0 else 0.0
    return Totals(
        **vars(total),
        by_stage=by_stage,
        apart=apart,
        waste_share=share,
    )


def _is_alive(record: Record, run: Mapping[str, Any]) -> bool:
    """Whether the process that opened a stage still works on it, as far as this host can tell."""
    if run.get("host") != platform.node():
        return False
    silence = datetime.now(UTC) - datetime.fromisoformat(record["time"])
    if silence.total_seconds() > SILENT_HEARTBEATS * float(run["heartbeat_s"]):
        return False
    try:
        os.kill(int(run["pid"]), 0)
    except PermissionError:
        return True  # it lives, and belongs to somebody else
    except OSError:
        return False
    return True
