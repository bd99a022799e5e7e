"""`windopt compare` plans what it is asked for, and refuses the rest before anything is spent."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from windopt.commands import cli
from windopt.compare import comparison
from windopt.compare.plans import Plan

Run = Callable[..., tuple[int, list[Plan]]]

HOW: list[object] = []
"""What the last comparison was told beside its plans, and whether compiling was measured."""


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command; gives its exit code, and the plans that would have been carried out."""
    planned: list[Plan] = []
    how = HOW

    class Planned:
        def __init__(
            self, plans: Sequence[Plan], *_: Any, renew: bool, spend: float | None
        ) -> None:
            planned.extend(plans)
            how.append((renew, spend))

        def measure_compilation(self) -> None:
            how.append("compiles")

        def run(self) -> dict[str, Any]:
            return {"problems": {}, "methods": {}}

    monkeypatch.setattr(comparison, "Comparison", Planned)

    def run(*arguments: object) -> tuple[int, list[Plan]]:
        monkeypatch.setattr(sys, "argv", ["windopt", "compare", *map(str, arguments)])
        planned.clear()
        how.clear()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), planned

    return run


def test_a_config_is_planned_as_asked(compare: Run, small_config: Path) -> None:
    methods = ("--method", "grid", "--method", "windopt")
    budgets = ("--cpu-seconds", 30, "--cpu-seconds", 7.5)
    code, (plan,) = compare(small_config, *methods, *budgets, "--seed", 3, "--seed", 1)
    assert code == 0
    assert plan.methods == ("grid", "windopt")
    assert plan.budgets == (7.5, 30.0)
    assert plan.seeds == (3, 1)
    assert {7.5, 30.0} <= set(plan.looks)
    assert plan.looks[-1] == 30.0


def test_the_config_says_what_nobody_else_does(compare: Run, small_config: Path) -> None:
    own = ("--set", "compare={methods: [grid], seeds: 2, cpu_seconds: 9, looks: 0}")
    _, (plan,) = compare(small_config, *own)
    assert (plan.methods, plan.seeds, plan.budgets, plan.looks) == (
        ("grid",),
        (0, 1),
        (9.0,),
        (9.0,),
    )


def test_the_suite_is_planned(compare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    names = ("--problem", "iea37_case1_36", "--problem", "quickstart_cc")
    code, plans = compare("--suite", *names, "--method", "grid")
    assert code == 0
    assert [plan.problem.name for plan in plans] == ["iea37_case1_36", "quickstart_cc"]
    assert plans[0].published[0].aep_gwh == 758.670044
    assert plans[1].problem.wake.velocity_model == "cc"
    assert plans[1].budgets == (60.0, 300.0)


def test_the_suite_renews_old_cells_and_a_config_keeps_them(
    compare: Run, small_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(small_config, "--method", "grid")
    assert HOW == [(False, None)]
    compare(small_config, "--method", "grid", "--renew", "--spend", 90)
    assert HOW == [(True, 90.0)]
    monkeypatch.chdir(Path(__file__).parents[2])
    suite = ("--suite", "--problem", "windwake5", "--method", "grid")
    compare(*suite)
    assert HOW == [(True, None), "compiles"]
    compare(*suite, "--no-renew", "--spend", 0)
    assert HOW == [(False, 0.0)]


def test_a_dry_run_tells_what_it_takes_and_leaves_no_trace(
    compare: Run,
    small_config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "it"
    asked = ("--method", "grid", "--cpu-seconds", 30, "--seed", 4, "--seed", 5)
    code, plans = compare(small_config, *asked, "--out", out, "--dry-run")
    assert (code, plans) == (0, [])
    told = capsys.readouterr().out
    assert "2 cells, 0 of them finished" in told
    assert "small, not made yet: regular grid (seeds 4-5)" in told
    assert "to go: 2 cells: 60 CPU-seconds of search and FLORIS's judgement" in told
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give a config, or --suite"),
        (("CONFIG", "--suite"), "not both"),
        (("CONFIG", "--problem", "borssele"), "is for --suite"),
        (("CONFIG", "--method", "windop"), "did you mean 'windopt'?"),
        (("CONFIG", "--cpu-seconds", "-1"), "compare.cpu_seconds"),
        (("--suite", "--problem", "nowhere"), "is not in the suite"),
        (("CONFIG", "--set", "n_turbines={min: 4, max: 9}"), "n_turbines"),
    ],
)
def test_the_rest_is_refused(
    arguments: tuple[str, ...],
    told: str,
    compare: Run,
    small_config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = (str(small_config) if word == "CONFIG" else word for word in arguments)
    code, plans = compare(*given)
    assert (code, plans) == (2, [])
    assert told in "".join(capsys.readouterr())
    assert not list(tmp_path.iterdir())
