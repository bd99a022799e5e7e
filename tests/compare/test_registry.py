"""Names of methods are checked, all at once, before anything is spent."""

from pathlib import Path

import pytest

from windopt.compare.registry import (
    CORE,
    OURS,
    PLACES,
    check_methods,
    find_method,
    missing_packages,
    name_of,
    pip_line,
)
from windopt.compare.suite import SUITE, chosen_problems
from windopt.errors import ConfigError
from windopt.readers.load import load_problem

METHODS = Path(__file__).with_name("methods.py")


def test_all_faults_are_told_with_their_cure() -> None:
    with pytest.raises(ConfigError) as error:
        check_methods(["windop", f"{METHODS}:nobody", "/nowhere.py:me"])
    told = str(error.value)
    assert len(error.value.faults) == 3
    assert "did you mean 'windopt'?" in told
    assert "has no method 'nobody'" in told
    assert "there is no Python file '/nowhere.py'" in told


def test_a_file_that_is_no_adapter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import no_such_module\n")
    (tmp_path / "empty.py").write_text("\n")
    with pytest.raises(ConfigError, match="cannot be imported: ModuleNotFoundError"):
        find_method(f"{tmp_path / 'bad.py'}:x")
    with pytest.raises(ConfigError, match="no dictionary METHODS"):
        find_method(f"{tmp_path / 'empty.py'}:x")


def test_methods_come_once_and_names_do_not_clash() -> None:
    mine = f"{METHODS}:honest"
    assert check_methods(["grid", "grid", mine]) == ["grid", mine]
    assert name_of(mine) == "honest"
    with pytest.raises(ConfigError, match="names nobody"):
        check_methods([])


def test_what_is_missing_has_its_pip_line() -> None:
    method = find_method(f"{METHODS}:uninstalled")
    assert missing_packages(method) == ["no-such-distribution"]
    assert pip_line(["a", "b"]) == "pip install a b"
    assert missing_packages(find_method("windopt")) == []


@pytest.mark.parametrize("name", PLACES)
def test_every_name_has_its_method(name: str) -> None:
    assert find_method(name).what


def test_core_and_own_methods_are_known() -> None:
    assert {*CORE, *OURS} <= set(PLACES)


@pytest.mark.parametrize("name", SUITE)
def test_problems_of_the_suite_can_be_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    one = chosen_problems([name])[name]
    assert load_problem(Path("configs") / one.config, one.overrides).n_turbines > 1
    assert one.cpu_seconds == tuple(sorted(one.cpu_seconds))


def test_the_core_suite_is_what_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    assert len(chosen_problems(None)) == 6
    with pytest.raises(ConfigError, match="did you mean 'borssele'"):
        chosen_problems(["borsele"])


def test_the_suite_wants_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="in the folder of windopt's repository"):
        chosen_problems(["borssele"])
