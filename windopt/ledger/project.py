"""Many runs as one project, each of them counted once.

A ledger holds sessions: one for every time windopt was started on its run folder. A session has an
id of its own, so a run folder that was copied is known again. The ledger with most records of a
session has it; a copy made while the run went on has fewer.

The ledgers are the truth. Whatever is derived from a project, its database included, can be thrown
away and made again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from windopt.ledger.energy import Energy
from windopt.ledger.folders import ledger_files
from windopt.ledger.records import Record, read_records
from windopt.ledger.totals import APART_KINDS, LedgerContent, own_costs, settle, stated, waste_of
from windopt.ledger.waste import LATE, waste_in


@dataclass(frozen=True)
class ProjectRun:
    """A run folder's ledger, without the sessions that another ledger has.

    Attributes
    ----------
    path : Path
        The ledger file.
    records : tuple[Record, ...]
        In order.
    content : LedgerContent
        What they settle to.
    """

    path: Path
    records: tuple[Record, ...]
    content: LedgerContent

    @property
    def id(self) -> str:
        """The id of its first session."""
        return next(session for record in self.records if (session := session_of(record)))

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.path.resolve().parent

    @property
    def name(self) -> str:
        """The run folder's name."""
        return self.folder.name

    @property
    def ended(self) -> str:
        """The time of the last record (ISO 8601)."""
        return str(self.records[-1]["time"])

    @property
    def status(self) -> str:
        """The status of its last stage; running where one is at work, none where none began."""
        statuses = [s.status for s in self.content.stages if s.kind not in APART_KINDS]
        return "running" if "running" in statuses else (statuses or ["none"])[-1]

    @property
    def verified(self) -> bool:
        """Whether a layout came out that FLORIS has judged."""
        stages = self.content.stages
        return any(stage.kind == "verify" and stage.status == "completed" for stage in stages)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Versions of the software that made it, by package."""
        return self.stated("versions") or {}

    def stated(self, key: str) -> Any:
        """Return the last thing that a session says under a key; None where none does."""
        return stated(self.content.runs, key)


@dataclass(frozen=True)
class Repeat:
    """A ledger with sessions that another ledger has too: they are counted there."""

    path: Path
    of: Path


@dataclass(frozen=True)
class ProjectTotals:
    """What the runs of a project add up to, PUE included.

    Attributes
    ----------
    energy : Energy
        Of all stages but those apart.
    wasted : mapping of str to Energy
        Of it what came to nothing, by reason: failed, cancelled, killed, tuning, late search.
    kills : int
        Number of killed stages, charged up to their last heartbeat.
    apart : mapping of str to Energy
        Energy of asking questions about finished runs, by kind of stage: baseline, robustness,
        validate; in no other sum.
    """

    energy: Energy
    wasted: Mapping[str, Energy]
    kills: int
    apart: Mapping[str, Energy]

    @property
    def waste(self) -> Energy:
        """All that came to nothing."""
        return sum(self.wasted.values(), Energy())

    @property
    def waste_share(self) -> float | None:
        """Its share of the energy [-]; None where the energy is not known."""
        if not self.energy.known:
            return None
        return self.waste.central / self.energy.central if self.energy.central > 0 else 0.0


@dataclass(frozen=True)
class Project:
    """Runs, each once.

    Attributes
    ----------
    runs : tuple[ProjectRun, ...]
        In the order in which they were named.
    repeats : tuple[Repeat, ...]
        Ledgers with runs that were met before.
    empty : tuple[Path, ...]
        Ledgers that hold no run, or nothing that can be read.
    """

    runs: tuple[ProjectRun, ...]
    repeats: tuple[Repeat, ...]
    empty: tuple[Path, ...]

    @cached_property
    def totals(self) -> ProjectTotals:
        """What the runs add up to."""
        energy = Energy()
        wasted: dict[str, Energy] = {}
        apart: dict[str, Energy] = {}
        kills = 0
        stages = [stage for run in self.runs for stage in run.content.stages]
        for stage, own in own_costs(stages):
            if stage.kind in APART_KINDS:
                apart[stage.kind] = apart.get(stage.kind, Energy()) + own.energy
                continue
            energy += own.energy
            if reason := waste_of(stage):
                wasted[reason] = wasted.get(reason, Energy()) + own.energy
            kills += stage.status == "killed"
        for run in self.runs:
            if (late := waste_in(run.content).late) is not None:
                wasted[LATE] = wasted.get(LATE, Energy()) + late
        return ProjectTotals(energy, wasted, kills, apart)


def read_project(paths: Iterable[Path | str]) -> Project:
    """Read the ledgers of some runs.

    Parameters
    ----------
    paths : Iterable[Path or str]
        Run folders, ledger files, or folders with run folders somewhere below.

    Raises
    ------
    RunFolderError
        When there is no ledger at one of them, nor below it.
    """
    files = {file: read_records(file) for file in ledger_files(paths)}
    owner: dict[str, tuple[int, Path]] = {}
    for file, read in files.items():
        for session, number in _sessions(read.records).items():
            if number > owner.get(session, (0, file))[0]:
                owner[session] = number, file
    runs, repeats, empty = [], [], []
    for file, read in files.items():
        sessions = _sessions(read.records)
        own = {session for session in sessions if owner[session][1] == file}
        if not sessions:
            empty.append(file)
        elif len(own) < len(sessions):
            other = next(session for session in sessions if session not in own)
            repeats.append(Repeat(file, owner[other][1]))
        if own:
            records = tuple(r for r in read.records if session_of(r) in own)
            runs.append(ProjectRun(file, records, settle(records, read.damaged_lines)))
    return Project(tuple(runs), tuple(repeats), tuple(empty))


def session_of(record: Record) -> str | None:
    """Return the id of the session that wrote a record."""
    return record.get("id" if record["record"] == "run" else "run")


def _sessions(records: Iterable[Record]) -> Counter[str]:
    """Count the records of each session."""
    return Counter(session for record in records if (session := session_of(record)))
