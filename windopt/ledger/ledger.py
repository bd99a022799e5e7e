"""The ledger of a run: what each stage used, written down while it is being used.

A stage leaves a record when it starts, every few seconds while it lasts, and when it ends, however
it ends. Each carries the stage's whole cost so far, so a run that is killed has been charged up to
its last heartbeat. The first heartbeats follow each other at ever longer times, the next when the
youngest stage is twice as old: a kill costs the bill no more than as much again as is on it. Peak
memory is the largest seen at those moments.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from windopt.errors import RunFolderError
from windopt.ledger.began import Began
from windopt.ledger.energy import NOT_MEASURED, Energy, EnergyWh
from windopt.ledger.meters.base import Meter, model_facts, used_elsewhere
from windopt.ledger.meters.machine import describe_machine
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.meters.usage import Usage
from windopt.ledger.records import SCHEMA_VERSION, Record, RecordWriter, new_record, read_records
from windopt.ledger.stage import Stage, StageKind
from windopt.ledger.totals import Cost, LedgerContent, Totals, settle

__all__ = ["Ledger", "Stage", "StageKind"]

logger = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
FIRST_HEARTBEAT_S = 0.05
"""After a stage's start."""
OUTER_BEATS = 4
"""Of so many heartbeats one is of the outer stages as well: what they use meanwhile is the inner
one's. Fewer than `totals.SILENT_HEARTBEATS`, after which a stage counts as dead."""


class Ledger:
    """An open ledger; make one with `Ledger.open`. Stages are opened from one thread."""

    def __init__(
        self, writer: RecordWriter, earlier: Sequence[Record], meter: Meter, heartbeat_s: float
    ) -> None:
        self.path = writer.path
        self.run_id = uuid.uuid4().hex[:12]
        self._writer = writer
        self._meter = meter
        self._heartbeat_s = heartbeat_s
        self._records = list(earlier)
        self._open: list[Stage] = []
        self._opened = 0
        self._remote_cpu_s = meter.read().remote_cpu_s
        self._ended: tuple[Began, str] | None = None
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._awake = threading.Event()

    @classmethod
    def open(
        cls,
        path: Path | str,
        run: Mapping[str, Any] | None = None,
        *,
        meter: Meter | None = None,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> "Ledger":
        """Open a ledger file, new or existing, and write this run's record into it.

        Parameters
        ----------
        path : Path or str
            The JSON Lines file.
        run : mapping of str to Any or None
            What to know of the run: name, config_hash, git_revision, seed, country, grid_g_per_kwh,
            pue (power usage effectiveness [-], 1.0 when absent).
        meter : Meter or None
            Found by `probe_meter` when None.
        heartbeat_s : float [s]
            Time between the records of a stage that lasts.

        Raises
        ------
        RunFolderError
            When the file cannot be written.
        """
        writer = RecordWriter(Path(path))
        earlier = read_records(writer.path).records
        ledger = cls(writer, earlier, meter or probe_meter(), heartbeat_s)
        identity = {"id": ledger.run_id, "schema": SCHEMA_VERSION, "heartbeat_s": heartbeat_s}
        ledger._keep(
            new_record(
                "run",
                {
                    "pue": 1.0,
                    **(run or {}),
                    **describe_machine(),
                    "power_model": model_facts(ledger._meter),
                    **identity,
                },
            )
        )
        return ledger

    @contextmanager
    def stage(self, kind: StageKind, began: Began | None = None) -> Iterator[Stage]:
        """Charge everything inside to a stage; a stage inside a stage becomes its child.

        Parameters
        ----------
        kind : StageKind
            Of the stage.
        began : Began or None
            Charges what was used since then as well.

        The status is completed, failed after an exception, or cancelled after what asks a program
        to stop (KeyboardInterrupt, SystemExit: whatever is no `Exception`).
        """
        stage = self._begin(kind, began)
        try:
            yield stage
        except BaseException as error:
            status = "failed" if isinstance(error, Exception) else "cancelled"
            self._end(stage, status, error=f"{type(error).__name__}: {error}")
            raise
        self._end(stage, "completed")

    @property
    def last_hash(self) -> str | None:
        """The hash of the last record: whoever keeps it knows this ledger again (see `chain`)."""
        return self._writer.last_hash

    def past(self, kind: StageKind, began: Began, ended: Began, status: str = "completed") -> None:
        """Charge what was used between two instants of the past to a stage of its own.

        It becomes a child of the stage that is open: the checks of a config, say, which come before
        there is a folder to write into.
        """
        with self._lock:
            now = self._read()
            self._opened += 1
            parent = self._open[-1].id if self._open else None
            stage_id = f"{self.run_id}.{self._opened}"
            stage = Stage(stage_id, parent, kind, began.on(now), self._lock)
            self._keep(self._snapshot(stage, ended.on(now), "end", status))

    def close(self, began: Began, kind: StageKind = "between") -> None:
        """Charge what came after the last stage, and write what the process has used in all.

        The first by the meter, as every stage; the second by the system's own sums, so that
        anybody can see what no stage holds (`Totals.unlisted_cpu_s`).

        Parameters
        ----------
        began : Began
            Of the run.
        kind : StageKind
            Of the stage that what came last belongs to.
        """
        with self._lock:
            if self._ended is not None and began.with_its_process:
                last, status = self._ended
                self.past(kind, last, Began.now(), status)
            used = {
                "wall_s": began.elapsed_s(),
                "cpu_s_self": began.cpu_s(),
                "cpu_s_children": began.reaped_cpu_s(),
                "cpu_s_remote": self._read().remote_cpu_s - self._remote_cpu_s,
            }
            self.note("process", used)

    def content(self) -> LedgerContent:
        """Settle everything in this ledger, open stages up to this instant. Takes a few ms."""
        with self._lock:
            now = self._read()
            running = [self._snapshot(stage, now, "heartbeat") for stage in self._open]
            records = [*self._records, *running]
        return settle(records)

    def totals(self) -> Totals:
        """Add up everything in this ledger, open stages up to this instant. Takes a few ms."""
        return self.content().totals

    def note(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Write a record of a kind of its own, such as what somebody concluded from the others."""
        self._keep(new_record(kind, {"run": self.run_id, **facts}))

    def gain(
        self,
        *,
        reference: str,
        aep_wh: float,
        reference_aep_wh: float,
        feasible: bool,
        predicted_aep_wh: float | None = None,
        loss_factor: float = 1.0,
        spread_wh_per_year: float | None = None,
        **facts: Any,
    ) -> None:
        """Write what was gained over a reference layout, by FLORIS's account.

        Parameters
        ----------
        reference : str
            Kind of the reference layout: initial, grid or baseline.
        aep_wh, reference_aep_wh : AEP of the layout and of the reference [Wh/yr]
        feasible : bool
            Whether the layout keeps boundaries and spacing.
        predicted_aep_wh : float or None [Wh/yr]
            The surrogate's AEP of the layout, to record its optimism.
        loss_factor : float [-]
            Share of the AEP that reaches the grid.
        spread_wh_per_year : float or None [Wh/yr]
            Standard deviation of the gain over wake models, if known.
        **facts : Any [Wh]
            Layout, wake_model, wind_resource and what else identifies the comparison; repaired,
            where the reference is the given layout made feasible; the revenue_gain_pct where the
            revenue is maximised, by which it is then judged [%]; of a baseline its name, its
            energy_wh [Wh], and as equalled_wh what it took it to come to the same yield, None where
            it never did.
        """
        too_high_wh = None if predicted_aep_wh is None else predicted_aep_wh - aep_wh
        fields = {
            "reference": reference,
            "aep_wh": aep_wh,
            "reference_aep_wh": reference_aep_wh,
            "gain_wh_per_year": (aep_wh - reference_aep_wh) * loss_factor,
            "gain_pct": 100.0 * (aep_wh / reference_aep_wh - 1.0),
            "optimism_wh_per_year": too_high_wh,
            "feasible": feasible,
            "loss_factor": loss_factor,
            "spread_wh_per_year": spread_wh_per_year,
            **facts,
        }
        self.note("gain", fields)

    def cross_check(self, *, tool: str, version: str, energy_wh: float, **facts: Any) -> None:
        """Write what another tool makes of the whole run, to be compared and in no total.

        Parameters
        ----------
        tool, version : str
            What it is.
        energy_wh : float [Wh]
            Its reading.
        **facts : Any
            What else it was told or says.
        """
        fields = {"tool": tool, "version": version, "energy_wh": energy_wh}
        self.note("cross_check", fields | facts)

    def search(self, energy_wh: Sequence[float], aep_wh: Sequence[float], **facts: Any) -> None:
        """Write what a search that has just ended found with what energy (see `waste`).

        Parameters
        ----------
        energy_wh, aep_wh : sequence of float [Wh]
            Of the run until each improvement, and the best AEP from then on, as predicted.
        **facts : Any
            What else is to be known, as the materiality_pct that the config declares [%].
        """
        ended_wh = self.totals().energy_wh["central"]
        if len(energy_wh) and ended_wh is not None:
            found = {"energy_wh": list(energy_wh), "aep_wh": list(aep_wh), "ended_wh": ended_wh}
            self.note("search", found | facts)

    def asset(
        self,
        kind: Literal["dataset", "surrogate"],
        path: Path | str,
        made_by: Sequence[StageKind],
        **facts: Any,
    ) -> EnergyWh:
        """Write that a dataset or surrogate exists that later runs can use.

        Parameters
        ----------
        kind, path : Literal["dataset", "surrogate"]
            What it is and where.
        made_by : sequence of StageKind
            The kinds of stages whose energy, failures included, is its energy debt.
        **facts : Any
            Valid domain, uses, what it was retrained from.

        Returns
        -------
        The energy debt [Wh]: low, central, high (None where not measured) and method.
        """
        by_stage = self.totals().by_stage
        debt = sum((by_stage.get(made, Cost()).energy for made in made_by), Energy())
        fields = {
            "kind": kind,
            "path": str(path),
            "made_by": list(made_by),
            "energy_debt_wh": debt.to_wh(),
            **facts,
        }
        self.note("asset", fields)
        return debt.to_wh()

    def _begin(self, kind: str, began: Began | None) -> Stage:
        with self._lock:
            self._opened += 1
            now = self._read()
            first = now if began is None else began.on(now)
            parent = self._open[-1].id if self._open else None
            stage = Stage(f"{self.run_id}.{self._opened}", parent, kind, first, self._lock)
            self._keep(self._snapshot(stage, now, "start"))
            self._open.append(stage)
            if parent is None:
                self._closing, self._awake = events = threading.Event(), threading.Event()
                threading.Thread(
                    target=self._beat, args=events, name="windopt-ledger", daemon=True
                ).start()
            else:
                self._awake.set()  # the beat of the stage around may be long
        return stage

    def _end(self, stage: Stage, status: str, error: str | None = None) -> None:
        with self._lock:
            now = self._read()
            self._open.remove(stage)
            if not self._open:
                self._ended = Began.now(), status
                self._closing.set()
                self._awake.set()
            self._keep(self._snapshot(stage, now, "end", status, error))
            for around in self._open:  # whoever reads the file now sees what lies between stages
                self._writer.append(self._snapshot(around, now, "heartbeat"))

    def _beat(self, closing: threading.Event, awake: threading.Event) -> None:
        """Write down the open stages now and then, so that a kill costs the ledger little."""
        beats = 0
        while not closing.is_set():
            if awake.wait(self._pause()):
                awake.clear()
                continue
            with self._lock:
                try:
                    now = self._read()
                    for stage in self._open if beats % OUTER_BEATS == 0 else self._open[-1:]:
                        self._writer.append(self._snapshot(stage, now, "heartbeat"))
                    beats += 1
                except RunFolderError as error:  # a full disk: the run matters more than its bill
                    logger.warning("no heartbeat: %s", error)

    def _pause(self) -> float:
        """Return the time to the next heartbeat [s]: the age of the youngest stage, so far."""
        with self._lock:
            youngest = max((stage.opened for stage in self._open), default=0.0)
        age = time.monotonic() - youngest
        return min(self._heartbeat_s, max(FIRST_HEARTBEAT_S, age))

    def _read(self) -> Usage:
        now = self._meter.read()
        for stage in self._open:
            stage.look_at_memory(now)
        return now

    def _snapshot(
        self,
        stage: Stage,
        now: Usage,
        event: str,
        status: str = "running",
        error: str | None = None,
    ) -> Record:
        used = now - stage.began
        stage.look_at_memory(now)
        reserved, marginal = self._meter.energy(used)
        fields = {
            "event": event,
            "run": self.run_id,
            "id": stage.id,
            "parent": stage.parent,
            "kind": stage.kind,
            "status": status,
            "wall_s": used.wall_s,
            "cpu_s_self": used.cpu_s_self,
            "cpu_s_children": used.cpu_s_children,
            "cpu_s_remote": used.remote_cpu_s,
            **_elsewhere(used, reserved.known),
            # a card that is read always has some memory in use
            "gpu_s": used.gpu_s if now.gpu_memory_gb > 0 else None,
            "peak_rss_gb": stage.peak_gb,
            "peak_gpu_gb": stage.peak_gpu_gb or None,
            "counts": dict(stage.counts),
            "method": reserved.method,
            "scope": self._meter.scope,
            "e_reserved_j": reserved.bounds(),
            "e_marginal_j": marginal.bounds(),
        }
        return new_record("stage", fields if error is None else {**fields, "error": error})

    def _keep(self, record: Record) -> None:
        with self._lock:
            self._writer.append(record)
            self._records.append(record)


def _elsewhere(used: Usage, metered: bool) -> Record:
    """Return what a stage used on other machines, by the machine's name; nothing where none."""
    hosts = {
        name: {
            "cpu_s": used.remote[name],
            "method": energy.reserved.method if metered else NOT_MEASURED,
            "e_reserved_j": energy.reserved.bounds() if metered else None,
            "e_marginal_j": energy.marginal.bounds() if metered else None,
        }
        for name, energy in used_elsewhere(used).items()
    }
    return {"hosts": hosts} if hosts else {}
