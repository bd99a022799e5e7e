"""The project's database: rebuilt from the ledgers, and never written over anything else."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from windopt.errors import RunFolderError
from windopt.exports.sqlite import write_database
from windopt.ledger.project import read_project


def ask(path, question):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(question).fetchall()


def dump(path):
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


@pytest.fixture
def database(shared_runs, tmp_path):
    path = tmp_path / "project.sqlite"
    write_database(read_project([shared_runs]), path)
    return path


def test_it_holds_what_the_ledgers_add_up_to(database):
    assert ask(database, "SELECT id, name, status, energy_central_wh FROM run") == [
        ("session-a", "a", "completed", 13.0),
        ("session-b", "b", "completed", 4.0),
        ("session-c", "c", "killed", 2.0),
    ]
    spent = "SELECT kind, sum(own_energy_central_wh) FROM stage GROUP BY kind ORDER BY kind"
    assert ask(database, spent) == [
        ("baseline", 9.0),
        ("optimise", 7.0),
        ("simulate", 4.0),
        ("train", 6.0),
        ("verify", 2.0),
    ]
    assert ask(database, "SELECT energy_central_wh, kills, baseline_wh FROM project") == [
        (19, 1, 9)
    ]
    per_farm = "SELECT name, runs, farms, per_farm_central_wh, paid_off FROM surrogate"
    assert ask(database, per_farm) == [("gauss-12345678", 3, 2, 9.5, 0)]
    assert ask(database, "SELECT run, reused_from, saved_central_wh FROM asset") == [
        ("session-a", None, None),
        ("session-b", "gauss-12345678", 10.0),
        ("session-c", "gauss-12345678", 10.0),
    ]
    assert ask(database, "SELECT run, reference, equalled_wh FROM gain") == [
        ("session-b", "initial", None),
        ("session-b", "baseline", 9.0),
    ]
    assert ask(database, "SELECT DISTINCT baseline FROM worth ORDER BY run")
    assert ask(database, "SELECT answer FROM assessment") == []


def test_it_is_the_same_after_it_was_deleted_or_written_again(database, shared_runs):
    first = dump(database)
    write_database(read_project([shared_runs]), database)
    assert dump(database) == first
    database.unlink()
    write_database(read_project([shared_runs]), database)
    assert dump(database) == first
    assert [path.name for path in database.parent.iterdir() if path.is_file()] == [database.name]


def test_a_copy_changes_nothing_but_the_note_of_it(database, shared_runs, tmp_path):
    first = dump(database)
    shutil.copytree(shared_runs / "b", tmp_path / "copy")
    write_database(read_project([shared_runs, tmp_path / "copy"]), database)
    assert ask(database, "SELECT counted_once FROM project") == [(str(tmp_path / "copy"),)]
    assert [line for line in dump(database) if '"project"' not in line] == [
        line for line in first if '"project"' not in line
    ]


def test_what_nothing_measured_is_null(make_up, tmp_path):
    run = make_up("run")
    run.stage("train", None)
    run.surrogate(None)
    write_database(read_project([run.folder]), tmp_path / "project.sqlite")
    for table, column in (("run", "energy"), ("stage", "own_energy"), ("asset", "debt")):
        question = f"SELECT {column}_central_wh FROM {table}"
        assert ask(tmp_path / "project.sqlite", question) == [(None,)]


def test_another_file_is_not_written_over(shared_runs, tmp_path):
    project = read_project([shared_runs])
    notes = tmp_path / "notes.txt"
    notes.write_text("not to be lost " * 10)
    foreign = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE theirs (x)")
    for path in (notes, foreign, tmp_path):
        with pytest.raises(RunFolderError, match="is no project ledger"):
            write_database(project, path)
    assert ask(foreign, "SELECT name FROM sqlite_master") == [("theirs",)]
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_database(project, notes / "project.sqlite")
