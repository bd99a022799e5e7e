"""An edited, removed, repeated or moved record is found; a torn line is no fraud."""

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.ledger.chain import check
from windopt.ledger.ledger import Ledger
from windopt.runs.ledger_check import check_ledger


@pytest.fixture
def written(ledger: Ledger, path: Path, meter: Any) -> Path:
    for kind in ("simulate", "train", "optimise"):
        with ledger.stage(kind):
            meter.use(wall_s=10.0, cpu_s_self=20.0)
    return path


def faults(path: Path) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.kind, fault.wrong) for fault in check(path.read_bytes()).faults]


def change(path: Path, do: Callable[[list[str]], Any]) -> None:
    lines = path.read_text().splitlines()
    do(lines)
    path.write_text("".join(f"{line}\n" for line in lines))


def test_a_ledger_as_it_was_written_is_whole(written: Path) -> None:
    found = check(written.read_bytes())
    assert found.whole
    assert (found.records, len(found.hashes), found.notes) == (7, 7, [])


def test_hashes_are_what_the_page_says(written: Path) -> None:
    """Recomputed with nothing but the line's text."""
    last = None
    for line in written.read_text().splitlines():
        body, own = line[:-2].split(', "hash": "')
        assert hashlib.sha256(body.encode()).hexdigest() == own
        assert json.loads(line)["previous"] == last
        last = own


def test_edited_record_is_found(written: Path) -> None:
    def edit(lines: list[str]) -> None:
        lines[4] = lines[4].replace('"cpu_s_self": 20.0', '"cpu_s_self": 2.0')

    change(written, edit)
    ((line, kind, wrong),) = faults(written)
    assert (line, kind) == (5, "stage")
    assert wrong.startswith("it was edited")


def test_what_stands_behind_the_hash_is_found(written: Path) -> None:
    """JSON lets a key come twice, and the last one counts."""

    def edit(lines: list[str]) -> None:
        lines[4] = lines[4][:-1] + ', "cpu_s_self": 2.0}'

    change(written, edit)
    assert [fault[:2] for fault in faults(written)] == [(5, "stage")]


def test_removed_record_is_found(written: Path) -> None:
    change(written, lambda lines: lines.pop(3))
    ((line, kind, wrong),) = faults(written)
    assert (line, kind) == (4, "stage")
    assert "removed" in wrong


def test_removed_begin_is_found(written: Path) -> None:
    change(written, lambda lines: lines.pop(0))
    assert faults(written)[0][0] == 1


def test_moved_and_repeated_records_are_found(written: Path) -> None:
    change(written, lambda lines: lines.insert(3, lines.pop(2)))
    assert any("moved" in wrong for _, _, wrong in faults(written))
    change(written, lambda lines: lines.insert(2, lines.pop(3)))
    assert check(written.read_bytes()).whole
    change(written, lambda lines: lines.insert(4, lines[3]))
    assert "it is there twice" in [wrong for _, _, wrong in faults(written)]


def test_record_put_in_without_a_hash_is_found(written: Path) -> None:
    change(written, lambda lines: lines.insert(3, '{"record": "gain", "gain_pct": 9.0}'))
    ((line, kind, _),) = faults(written)
    assert (line, kind) == (4, "gain")


def test_hashes_cut_out_are_no_ledger_of_before(written: Path) -> None:
    def cut(lines: list[str]) -> None:
        lines[:] = [line.partition(', "previous"')[0] + "}" for line in lines]

    change(written, cut)
    found = check(written.read_bytes())
    assert not found.has_chain
    assert "cut out" in found.faults[0].wrong


def test_ledger_from_before_has_no_chain_and_is_not_called_edited(make_up: Any) -> None:
    run = make_up("old")
    run.stage("train", 1.0)
    found = check((run.folder / "ledger.jsonl").read_bytes())
    assert (found.has_chain, found.whole, found.faults) == (False, False, [])


def test_ledger_from_before_that_goes_on_is_held_from_then_on(make_up: Any, meter: Any) -> None:
    run = make_up("old")
    run.stage("train", 1.0)
    file = run.folder / "ledger.jsonl"
    Ledger.open(file, meter=meter)
    found = check(file.read_bytes())
    assert found.whole
    assert found.unchained == 2
    assert "the first 2 records" in found.notes[0]
    change(file, lambda lines: lines.__setitem__(1, lines[1].replace("3600.0", "36.0")))
    assert "changed after" in faults(file)[0][2]


def test_torn_line_is_told_and_is_no_fraud(written: Path, meter: Any) -> None:
    with written.open("ab") as file:
        file.write(b'{"record": "stage", "id": "x", "wall')
    torn = check(written.read_bytes())
    assert torn.whole
    assert "line 8 is torn" in torn.notes[0]
    with Ledger.open(written, meter=meter).stage("verify"):
        pass
    resumed = check(written.read_bytes())
    assert resumed.whole
    assert resumed.records == 10


def test_record_made_unreadable_is_found(written: Path) -> None:
    change(written, lambda lines: lines.__setitem__(3, lines[3][:40]))
    assert [fault[0] for fault in faults(written)] == [5]


def test_several_writers_and_resumed_runs_leave_one_chain(path: Path, meter: Any) -> None:
    first, second = Ledger.open(path, meter=meter), Ledger.open(path, meter=meter)

    def write(ledger: Ledger) -> None:
        for _ in range(30):
            ledger.note("asset", {"kind": "dataset"})

    threads = [threading.Thread(target=write, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Ledger.open(path, meter=meter)
    found = check(path.read_bytes())
    assert found.whole
    assert found.records == 63


def test_end_that_was_cut_off_is_found_by_the_summary(
    ledger: Ledger, path: Path, written: Path
) -> None:
    (path.parent / "summary.json").write_text(json.dumps({"ledger_hash": ledger.last_hash}))
    assert check_ledger(path).whole
    change(path, lambda lines: lines.pop())
    assert check(path.read_bytes()).whole  # by itself it cannot know
    (fault,) = check_ledger(path).faults
    assert "cut off" in fault.wrong


def test_command_says_what_is_wrong_and_leaves_with_2(written: Path, make_up: Any) -> None:
    whole = CliRunner().invoke(cli.app, ["ledger", "--check", str(written.parent)])
    assert (whole.exit_code, "whole, 7 records" in whole.output) == (0, True)
    old = make_up("old").folder
    unknown = CliRunner().invoke(cli.app, ["ledger", "--check", str(old)])
    assert (unknown.exit_code, "no chain" in unknown.output) == (2, True)
    change(written, lambda lines: lines.pop(3))
    edited = CliRunner().invoke(cli.app, ["ledger", "--check", str(written)])
    assert edited.exit_code == 2
    assert "line 4, record 'stage': a record that stood before it" in edited.output
