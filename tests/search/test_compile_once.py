"""`windopt compile` compiles what runs call: nothing is left for the first of them."""

import pytest

from windopt.commands import compile_code
from windopt.problem.problem import LayoutProblem
from windopt.search import compile_once
from windopt.surrogate.compiled import downstream, farm, places


def test_made_up_farm_and_any_problem_call_the_same_code(small: LayoutProblem) -> None:
    """All of `small` has been compiled before any test: a signature more would be other code."""
    for surrogate in compile_once.structures(small):
        compile_once.compile_for(small, surrogate)
    kernels = (farm._sweep, places._values, downstream.line_up, downstream.pairs_within_reach)

    def known() -> list[list[str]]:
        signatures = [map(str, kernel.signatures) for kernel in kernels]  # type: ignore[attr-defined]
        return [[one for one in some if "SwirlTables" not in one] for some in signatures]

    before = known()
    assert len(before[0]) == len(before[1]) == compile_once.KERNELS
    compile_once.compile_all()
    assert known() == before


@pytest.mark.parametrize("done", [True, False])
def test_command_says_what_it_did(
    done: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called = []
    monkeypatch.setattr(compile_once, "all_is_compiled", lambda: done)
    monkeypatch.setattr(compile_once, "compile_all", lambda: called.append(True))
    compile_code.compile_code()
    said = capsys.readouterr().out
    assert len(called) == (not done)
    assert ("nothing to compile" in said) == done
    assert ("compiled in" in said) == (not done)
    assert str(farm.kernels_folder()) in said.replace("\n", "")


def test_code_of_other_sources_does_not_count(
    small: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert farm.kernels_on_disk() >= compile_once.KERNELS
    monkeypatch.setattr(farm, "SOURCES", "of another revision")
    assert farm.kernels_on_disk() == 0
