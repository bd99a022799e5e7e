"""Two accounts: making a kernel that ships is its provider's, what a run takes its consumer's."""

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from windopt.assessment.figures import figures_of
from windopt.assessment.shared import surrogate_accounts
from windopt.assessment.summarise import ledger_table
from windopt.exports.sqlite import write_database
from windopt.ledger.project import read_project
from windopt.ledger.totals import LedgerContent, read_ledger
from windopt.report.cost import cost_section
from windopt.report.sureness import provider_sentence

MakeUp = Callable[..., Any]


@pytest.fixture
def consume(make_up: MakeUp) -> MakeUp:
    """Make up a run that took 3 Wh with the kernel gauss, which took 40 Wh to make."""

    def begin(name: str, users: int, provider_wh: float | None = 40.0) -> Any:
        run = make_up(name)
        share = None if provider_wh is None else provider_wh / users
        run.surrogate(
            0.0,
            fingerprint=f"folded-for-{name}",
            reused_from="gauss",
            shipped="gauss",
            weights_sha256="5e" * 32,
            provider_wh=run.energy(provider_wh),
            users=users,
            share_wh=run.energy(share),
        )
        run.stage("optimise", 2.0)
        run.stage("verify", 1.0)
        return run

    return begin


def content(run: Any) -> LedgerContent:
    return read_ledger(run.folder / "ledger.jsonl")


def test_the_runs_total_is_the_runs_alone(consume: MakeUp) -> None:
    run = consume("a", users=5)
    assert content(run).totals.energy_wh["central"] == 3.0
    rows = {row.stage: row for row in ledger_table([run.folder])}
    assert rows["total"].energy_wh["central"] == 3.0
    share = rows["provider"]
    assert (share.status, share.cpu_s) == ("share of 5 users", 0.0)
    bounds = {"low": 4.0, "central": 8.0, "high": 16.0, "method": "a guess"}
    assert share.energy_wh == pytest.approx(bounds)
    assert [*rows].index("provider") > [*rows].index("total")
    assert "reused" not in rows  # nobody would have made it for a single run
    assert read_project([run.folder]).totals.energy.to_wh()["central"] == 3.0


def test_uses_until_it_pays_count_what_making_it_took(consume: MakeUp) -> None:
    run = consume("a", users=5)
    run.baseline(13.0)
    worth = figures_of(content(run))
    assert (worth.shared_wh, worth.project_wh) == (40.0, 3.0)
    assert worth.break_even_farms == pytest.approx(40.0 / (13.0 - 3.0))
    assert worth.energy_per_farm_wh == pytest.approx({1: 43.0, 10: 7.0, 100: 3.4})
    assert worth.provider is not None
    told = worth.provider.record()
    assert (told["kernel"], told["users"], told["share_wh"]["central"]) == ("gauss", 5, 8.0)
    rows = {row.label: row for row in cost_section(content(run), None).figures}
    assert "learning pays from 4.0 farms on; at least 5 runs" in rows["energy per farm"].remark
    assert rows["provider's share"].value == "at most 8.00 Wh"
    assert rows["provider's share"].remark.startswith("in no total: making the kernel gauss took")


def test_what_a_run_learned_on_top_is_its_own(consume: MakeUp) -> None:
    run = consume("a", users=5)
    run.stage("retrain", 0.5)
    run.surrogate(0.5, fingerprint="taught", retrained_from="gauss")
    worth = figures_of(content(run))
    assert (worth.shared_wh, worth.project_wh) == (40.5, 3.0)
    assert worth.provider is not None
    assert content(run).totals.energy_wh["central"] == 3.5


def test_all_runs_with_a_kernel_have_one_account_whatever_it_was_folded_for(
    consume: MakeUp, tmp_path: Path
) -> None:
    for users, name in ((3, "a"), (8, "b")):
        run = consume(name, users=users)
    run.baseline(8.0)
    project = read_project([tmp_path / "runs"])
    (account,) = surrogate_accounts(project.runs)
    assert (account.name, account.makers, account.reusers) == ("gauss", (), ("a", "b"))
    assert (account.farms, account.users, account.sharers) == (2, 8, 8)
    assert account.debt.to_wh()["central"] == 40.0  # once, not for each of its users
    assert account.project.to_wh()["central"] == 6.0
    assert account.per_farm is not None
    assert account.per_farm.to_wh()["central"] == pytest.approx(40.0 / 8 + 3.0)
    assert account.break_even_farms == pytest.approx(40.0 / (8.0 - 3.0))
    assert account.paid_off is True
    write_database(project, tmp_path / "all.sqlite")
    with closing(sqlite3.connect(tmp_path / "all.sqlite")) as database:
        asked = "SELECT shipped, users, provider_central_wh, debt_central_wh FROM asset"
        rows = database.execute(asked).fetchall()
    assert rows == [("gauss", 3, 40.0, 0.0), ("gauss", 8, 40.0, 0.0)]


def test_what_nobody_measured_is_no_sum(consume: MakeUp) -> None:
    run = consume("a", users=2, provider_wh=None)
    run.baseline(13.0)
    worth = figures_of(content(run))
    assert math.isnan(worth.shared_wh)
    assert worth.break_even_farms is None
    assert worth.provider is not None
    told = provider_sentence(worth.provider.record())
    assert "learning it took not measured" not in told
    assert "what learning it took was not measured" in told
    (share,) = [row for row in ledger_table([run.folder]) if row.stage == "provider"]
    assert share.energy_wh["central"] is None
    assert content(run).totals.energy_wh["central"] == 3.0
