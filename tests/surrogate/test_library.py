"""A library of surrogates: what is in it, what comes out of it, and what a run saves by it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import windopt
from windopt.assessment.shared import surrogate_accounts
from windopt.assessment.summarise import ledger_table
from windopt.commands import cli
from windopt.errors import KernelMisfitError, RunFolderError
from windopt.ledger.project import read_project
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult, begin
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.stages.ready import take_ready_surrogate
from windopt.stages.train import keep_surrogate
from windopt.surrogate import shipped, source
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.library import (
    add_to_library,
    default_library,
    find_in_library,
    library_entries,
)
from windopt.surrogate.surrogate import Surrogate


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's library, which does not exist yet."""
    monkeypatch.setenv("WINDOPT_LIBRARY", str(tmp_path / "library"))
    return default_library()


@pytest.fixture
def variant(small_surrogate: Surrogate, tmp_path: Path) -> Callable[[float], Path]:
    """Save a surrogate with other weights and a certain error of turbine power [%]."""

    def save(mape_pct: float) -> Path:
        folder = tmp_path / f"variant-{mape_pct}"
        small_surrogate.save(folder)
        other = load_surrogate(folder)
        other.flow.kernel.offset += mape_pct / 100
        other.facts = {"errors": {"turbine_power_mape_pct": mape_pct}}
        other.save(folder)
        return folder

    return save


def ask(*arguments: object) -> str:
    """Give a command's output in one line."""
    ended = CliRunner().invoke(cli.app, ["surrogates", *map(str, arguments)])
    assert ended.exit_code == 0, ended.output
    return " ".join(ended.output.split())


def test_library_is_where_the_environment_says(
    library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert library == tmp_path / "library"
    assert library_entries(library) == []
    monkeypatch.delenv("WINDOPT_LIBRARY")
    assert default_library().is_relative_to(Path.home())


def test_entry_is_complete(small_run: RunResult, small: LayoutProblem, library: Path) -> None:
    entry = add_to_library(small_run.folder.path, library)
    assert entry.path.parent == library
    assert {p.name for p in entry.path.iterdir()} == {"card.json", "surrogate.safetensors"}
    own = load_surrogate(small_run.folder.surrogate, small)
    assert load_surrogate(entry.path, small).fingerprint == own.fingerprint
    assert entry.mape_pct == own.facts["errors"]["turbine_power_mape_pct"]
    debt = entry.energy_debt_wh
    assert debt is not None
    stages = small_run.summary["stages"]
    spent = sum(stages[kind]["energy_wh"]["central"] for kind in ("simulate", "train"))
    assert debt["central"] == pytest.approx(spent)
    assert library_entries(library) == [entry]
    assert find_in_library(small, library) == entry


def test_adding_twice_is_one_entry(small_run: RunResult, library: Path) -> None:
    once, twice = (
        add_to_library(source, library)
        for source in (small_run.folder.path, small_run.folder.surrogate)
    )
    assert once == twice
    assert [path.name for path in library.iterdir()] == [once.path.name]


def test_most_accurate_of_several_is_found(
    variant: Callable[[float], Path], small: LayoutProblem, library: Path
) -> None:
    entries = [add_to_library(variant(mape_pct), library) for mape_pct in (0.7, 0.3, 0.5)]
    assert len({entry.path for entry in entries}) == len(library_entries(library)) == 3
    assert find_in_library(small, library) == entries[1]


def test_only_the_same_wake_model_is_found(
    small_run: RunResult, small_config: Path, mixed: LayoutProblem, library: Path
) -> None:
    entry = add_to_library(small_run.folder.path, library)
    for other in ({"wake.velocity_model": "jensen"}, {"wake.combination_model": "max"}):
        assert find_in_library(load_problem(small_config, other), library) is None
    assert find_in_library(mixed, library) == entry  # turbines are not learned


def test_unreadable_entry_is_left_out(
    variant: Callable[[float], Path], small: LayoutProblem, library: Path
) -> None:
    good, torn = (add_to_library(variant(mape_pct), library) for mape_pct in (0.5, 0.1))
    weights = torn.path / "surrogate.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    (library / "notes").mkdir()
    assert library_entries(library) == [good]
    assert find_in_library(small, library) == good


def test_library_that_cannot_be_written_says_so(small_run: RunResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError, match=r"cannot be written: .*; set WINDOPT_LIBRARY to"):
        add_to_library(small_run.folder.path, tmp_path / "file" / "library")


def test_folder_without_a_surrogate_is_not_added(tmp_path: Path, library: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no readable surrogate"):
        add_to_library(tmp_path, library)
    assert not library.exists()


def test_command_line_adds_and_lists(
    small_run: RunResult, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.console, "_width", 200)
    assert "is empty: `windopt surrogates add RUN_FOLDER`" in ask("list")
    said = ask("add", small_run.folder.path)
    (entry,) = library_entries(library)
    assert said == f"added {entry.path}"
    table = ask("list")
    for word in (entry.path.name, "gauss", "sosfs", f"{entry.mape_pct:.2f}", "IEA Wind Task 37"):
        assert word in table
    assert "unknown" not in table


def test_list_shows_the_kernels_that_ship_with_their_ranges_and_what_they_cost(
    library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli.console, "_width", 200)
    wh = {"low": 1.0, "central": 2.0, "high": 6.0, "method": "a guess"}
    card = {
        "velocity_model": "gauss",
        "ranges": {"gauss.alpha": [0.3, 0.9], "ambient_ti": [0.03, 0.2]},
        "errors": {"ln A": 0.0123},
        "wake_error": 0.0042,
        "energy_wh": {"simulate": wh, "train": wh | {"central": 5.0}},
    }
    kernel = shipped.ShippedKernel("gauss_x", tmp_path, card)
    monkeypatch.setattr(shipped, "shipped_kernels", lambda: [kernel])
    told = ask("list")
    for word in ("gauss_x", "gauss.alpha 0.3 to 0.9", "ambient_ti 0.03 to 0.2", "ln A 0.012"):
        assert word in told
    assert " 0.42 7.0" in told  # % of the wake losses, and Wh of all stages
    assert "is empty" in told  # the library, that is

    def damaged() -> list[shipped.ShippedKernel]:
        raise KernelMisfitError("the card of the shipped kernel 'cc' is damaged")

    monkeypatch.setattr(shipped, "shipped_kernels", damaged)
    told = ask("list")
    assert "kernel 'cc' is damaged: install windopt again" in told
    assert "is empty" in told


@pytest.mark.usefixtures("pipeline_pool")
def test_run_that_reuses_simulates_and_trains_nothing(
    small_run: RunResult, small_config: Path, library: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    entry = add_to_library(small_run.folder.path, library)
    again = windopt.run(small_config, tmp_path / "again", tiny | {"train.from": "library"})
    assert again.summary["status"] == "completed"
    ledger = read_ledger(again.folder.ledger)
    kinds = [stage.kind for stage in ledger.stages if stage.kind not in ("between", "check")]
    assert kinds == ["optimise", "verify", "report"]
    own, theirs = (load_surrogate(f) for f in (again.folder.surrogate, entry.path))
    assert own.fingerprint == theirs.fingerprint
    assert not again.folder.dataset.exists()
    assert again.summary["surrogate"] == {"from": "library", "name": entry.path.name}
    (saved,) = [row for row in ledger_table([again.folder.path]) if row.stage == "reused"]
    debt = entry.energy_debt_wh
    assert debt is not None
    assert saved.status == "saved"
    assert saved.energy_wh["central"] == debt["central"] > 0
    (account,) = surrogate_accounts(read_project([small_run.folder.path, again.folder.path]).runs)
    assert account.name == entry.path.name
    assert (account.makers, account.reusers, account.farms) == (("small",), ("again",), 2)
    assert account.debt.to_wh() == account.saved.to_wh() == pytest.approx(debt)
    total = next(row for row in ledger_table([again.folder.path]) if row.stage == "total")
    (around,) = [stage for stage in ledger.stages if stage.kind == "between"]
    assert total.cpu_s == pytest.approx(around.cost.cpu_s)  # the others are within it
    windopt.run(again.folder.path)  # goes on, and takes nothing a second time
    assert len(read_ledger(again.folder.ledger).assets) == len(ledger.assets)


def test_a_reused_surrogate_that_learns_on_owes_what_it_was_before(
    small_run: RunResult, small_config: Path, library: Path, tmp_path: Path
) -> None:
    entry = add_to_library(small_run.folder.path, library)
    job = begin(small_config, tmp_path / "taught", {"train.from": "library"})
    take_ready_surrogate(job)
    surrogate = load_surrogate(job.folder.surrogate, job.problem)
    surrogate.flow.kernel.offset += 0.01
    job.folder.lessons.write_bytes(b"what it has learned")
    keep_surrogate(job, surrogate, ["simulate", "train", "retrain"])
    taken, taught = read_ledger(job.folder.ledger).assets
    assert taken["fingerprint"] != taught["fingerprint"] == surrogate.fingerprint
    assert taught["retrained_from"] == taken["reused_from"] == entry.path.name
    assert taught["energy_debt_wh"]["central"] == 0.0  # of this run
    debt = add_to_library(job.folder.path, library).energy_debt_wh
    assert debt == pytest.approx(entry.energy_debt_wh)


@pytest.mark.usefixtures("pipeline_pool")
def test_run_without_a_match_trains_as_usual(
    variant: Callable[[float], Path],
    small_config: Path,
    library: Path,
    tmp_path: Path,
    tiny: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_ships(_: LayoutProblem) -> Surrogate:
        raise KernelMisfitError("none ships")

    monkeypatch.setattr(source, "shipped_surrogate", none_ships)
    jensen = variant(0.2)
    card = json.loads((jensen / "card.json").read_text())
    (jensen / "card.json").write_text(json.dumps(card | {"wake_model": "0123456789abcdef"}))
    add_to_library(jensen, library)
    result = windopt.run(small_config, tmp_path / "run", tiny | {"train.from": "library"})
    kinds = [
        one.kind
        for one in read_ledger(result.folder.ledger).stages
        if one.kind not in ("between", "check")
    ]
    assert kinds == ["simulate", "train", "optimise", "verify", "report"]
    assert "reused" not in {row.stage for row in ledger_table([result.folder.path])}
