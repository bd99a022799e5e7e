"""Cost against yield of one run or of many, as rows for a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from windopt.assessment.carbon import Carbon, carbon_of
from windopt.assessment.figures import Figures, figures_of
from windopt.assessment.payback import payback_seconds
from windopt.ledger.energy import EnergyWh
from windopt.ledger.folders import ledger_files
from windopt.ledger.records import Record
from windopt.ledger.totals import (
    APART_KINDS,
    Cost,
    LedgerContent,
    Totals,
    costs_by_host,
    own_costs,
    read_ledger,
)
from windopt.ledger.waste import waste_in
from windopt.words import count_of

TOTAL = "total"
REUSED, SAVED = "reused", "saved"
"""Stage and status of the row that tells what a reused surrogate has saved the run."""
PROVIDER, SHARE = "provider", "share of {users}"
"""The same of the row with the run's share of what making a shipped kernel took."""
CROSS_CHECK = "cross-check"
UNLISTED, IN_NO_STAGE = "unlisted", "in no stage"
ON_HOST, IN_TOTAL = "on", "in the total"
"""A row of another machine that worked for the run."""
"""Stage and status of the row with what processes used and no stage holds."""


@dataclass(frozen=True)
class LedgerRow:
    """The stages of one kind and one end of a run, or the run's total.

    Attributes
    ----------
    run : str
        Name of the run folder.
    stage : str
        Kind of the stage, `TOTAL`, `ON_HOST` and the name of another machine (part of the total),
        `UNLISTED`, `REUSED`, `PROVIDER`, or `CROSS_CHECK` for what another tool made of the whole
        run; these are in no total.
    status : str
        How these stages ended; of the total, how the run stands: what was killed or failed and then
        done again does not count.
    wall_s, cpu_s : float [s]
        Elapsed time and CPU time.
    energy_wh : EnergyWh
        Low, central and high bound [Wh] and method.
    counts : mapping of str to int
        What was done, exactly.
    waste_share : float or None
        Share of the run's energy that came to nothing [-]; on the total only.
    gain_wh_per_year, gain_pct : float or None
        Verified gain over the given layout [Wh/yr, %]; on the total only.
    gain_error_pct : float or None [%]
        Its standard error, where FLORIS was asked about a sample of the rose.
    payback_s : float or None
        Operation that returns the energy [s]; on the total only.
    worth : Figures or None
        What the run was worth; on the total only.
    answer : str or None
        Whether the AI was worth it, as the run has concluded; on the total only.
    carbon : Carbon or None
        CO2 emitted and avoided; on the total only, where a country is known.
    unlisted_share : float
        Share of the processes' CPU time that no stage holds [-]; on its own row only.
    """

    run: str
    stage: str
    status: str
    wall_s: float
    cpu_s: float
    energy_wh: EnergyWh
    counts: Mapping[str, int]
    waste_share: float | None = None
    gain_wh_per_year: float | None = None
    gain_pct: float | None = None
    gain_error_pct: float | None = None
    payback_s: float | None = None
    worth: Figures | None = None
    answer: str | None = None
    carbon: Carbon | None = None
    unlisted_share: float = 0.0


def ledger_table(paths: Iterable[Path | str]) -> list[LedgerRow]:
    """Return the rows of some ledgers: for each run its stages, its total, then what is apart.

    Parameters
    ----------
    paths : Iterable[Path or str]
        Run folders, ledger files, or folders with run folders somewhere below.

    Raises
    ------
    RunFolderError
        When one of them holds no ledger.
    """
    return [
        row
        for file in ledger_files(paths)
        for row in _rows(file.resolve().parent.name, read_ledger(file))
    ]


def _rows(run: str, content: LedgerContent) -> list[LedgerRow]:
    totals, worth = content.totals, figures_of(content)
    rows, apart = (
        [row for kind in kinds for row in _attempts(run, kind, content)]
        for kinds in (totals.by_stage, totals.apart)
    )
    total = LedgerRow(
        run,
        TOTAL,
        _status_of_run(content),
        totals.wall_s,
        totals.cpu_s,
        totals.energy_wh,
        totals.counts,
        waste_share=waste_in(content).share,
        worth=worth,
        answer=content.assessments[-1]["answer"] if content.assessments else None,
        carbon=carbon_of(content, worth.gain_wh_per_year),
    )
    over_given = [gain for gain in content.gains if gain["reference"] == "initial"]
    if over_given:
        gained = over_given[-1]
        total = replace(
            total,
            gain_wh_per_year=gained["gain_wh_per_year"],
            gain_pct=gained["gain_pct"],
            gain_error_pct=_error_pct(gained),
            payback_s=payback_seconds(total.energy_wh["central"], gained["gain_wh_per_year"]),
        )
    others = [*_elsewhere(run, content), *_saved(run, content), *_share_of_provider(run, worth)]
    return [*rows, total, *_unlisted(run, totals), *apart, *others, *_cross_checks(run, content)]


def _elsewhere(run: str, content: LedgerContent) -> list[LedgerRow]:
    """Return what of the total was used on other machines, a row for each."""
    return [
        LedgerRow(run, f"{ON_HOST} {name}", IN_TOTAL, 0.0, used.cpu_s, used.energy_wh, {})
        for name, used in costs_by_host(content.stages).items()
    ]


def _unlisted(run: str, totals: Totals) -> list[LedgerRow]:
    """Return what processes used and no stage holds; nothing where no process has told."""
    if totals.unlisted_cpu_s is None or totals.unlisted_share is None:
        return []
    nothing = EnergyWh(low=None, central=None, high=None, method="not converted")
    cpu_s, share = totals.unlisted_cpu_s, totals.unlisted_share
    return [LedgerRow(run, UNLISTED, IN_NO_STAGE, 0.0, cpu_s, nothing, {}, unlisted_share=share)]


def _error_pct(gained: Record) -> float | None:
    """Return the standard error of a gain [% of AEP]; None where FLORIS saw the whole rose."""
    error = gained.get("standard_error_wh_per_year")
    if not error:
        return None
    net_wh = float(gained["loss_factor"] * gained["reference_aep_wh"])
    return 100.0 * float(error) / net_wh


def _saved(run: str, content: LedgerContent) -> list[LedgerRow]:
    """Return what reused assets have cost other runs, and so have saved this one."""
    return [
        LedgerRow(run, REUSED, SAVED, 0.0, 0.0, asset["saved_wh"], {})
        for asset in content.assets
        if asset.get("saved_wh")
    ]


def _share_of_provider(run: str, worth: Figures) -> list[LedgerRow]:
    """Return the run's share of what making its kernel took, where that ships with windopt."""
    provider = worth.provider
    if provider is None:
        return []
    status = SHARE.format(users=count_of(provider.users, "user"))
    return [LedgerRow(run, PROVIDER, status, 0.0, 0.0, provider.share.to_wh(), {})]


def _cross_checks(run: str, content: LedgerContent) -> list[LedgerRow]:
    """Return what other tools made of the whole run; a tool without bounds leaves them unknown."""
    return [
        LedgerRow(
            run,
            CROSS_CHECK,
            "completed",
            check.get("wall_s") or 0.0,
            0.0,
            EnergyWh(
                low=None,
                central=check["energy_wh"],
                high=None,
                method=f"{check['tool']} {check['version']}",
            ),
            {},
        )
        for check in content.cross_checks
    ]


def _attempts(run: str, kind: str, content: LedgerContent) -> list[LedgerRow]:
    """Return a row for each way in which stages of a kind have ended.

    Killed, then completed, say.
    """
    costs: dict[str, Cost] = {}
    for stage, own in own_costs(content.stages):
        if stage.kind == kind:
            costs[stage.status] = costs.get(stage.status, Cost()) + own
    return [
        LedgerRow(run, kind, status, cost.wall_s, cost.cpu_s, cost.energy_wh, cost.counts)
        for status, cost in costs.items()
    ]


def _status_of_run(content: LedgerContent) -> str:
    """Return how a run stands: by what became of each kind of stage last.

    Once FLORIS has judged its layout, what was killed or failed in sessions before has been made
    good.
    """
    sessions = [run["id"] for run in content.runs]
    judged = [sessions.index(gain["run"]) for gain in content.gains if gain["run"] in sessions]
    since = set(sessions[max(judged) :]) if judged else None
    last = {
        stage.kind: stage.status
        for stage in content.stages
        if stage.kind not in APART_KINDS and (since is None or stage.run in since)
    }
    open_ = (status for status in last.values() if status != "completed")
    return ", ".join(dict.fromkeys(open_)) or "completed"
