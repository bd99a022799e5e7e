"""Who found an answer: it is held against the start that it grew from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windopt.problem.constraints import Feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.runs.solution import KeptSolution
from windopt.search.accept import ThresholdAcceptance
from windopt.search.origin import found_by, trace_origin
from windopt.search.solution import Improvement, Origin, Solution, StartResult
from windopt.stages.origin import Parts, known_starts, origin_of_answer
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import Corrections, EvaluatedLayout

FORMULA = {
    "wake.velocity_model": "iea37",
    "wake.turbulence_model": "none",
    "wake.combination_model": "sosfs",
}


@pytest.fixture(scope="module")
def surrogate(quick: LayoutProblem) -> Surrogate:
    """A surrogate that nobody had to train; who found what is the problem's to say."""
    return analytic_surrogate(quick)


@pytest.fixture(scope="module")
def layouts(quick: LayoutProblem, surrogate: Surrogate) -> list[FloatArray]:
    """Four layouts, the worst first."""
    assert quick.initial_layout is not None
    spread = [scale * quick.initial_layout for scale in (1.0, 1.2, 1.5, 2.0)]
    return sorted(spread, key=Objective.of(quick, surrogate).value)


@pytest.fixture(scope="module")
def known(layouts: list[FloatArray]) -> dict[str, FloatArray]:
    """The starts that are answers already; the last of `layouts` is better than all of them."""
    return {"given": layouts[0], "grid": layouts[1], "warm_start": layouts[2]}


def solved(layout: FloatArray, *starts: str) -> Solution:
    """Make the solution of a search that the first start led, carried on from where it was."""
    results = tuple(StartResult(name, layout, 9.0 - i, 9.0 - i) for i, name in enumerate(starts))
    return Solution(layout, 9.0, "converged", (), results, None)


@pytest.mark.parametrize(
    ("start", "kind", "part"),
    [
        ("warm_start", "warm_start", "formula"),
        ("warm_start", None, "formula_then_learning"),
        ("given", "given", "given"),
        ("given", None, "learning"),
        ("grid-1", "grid", "grid"),
        ("grid-2", None, "learning"),
        ("greedy-1", None, "learning"),
        ("random-3", "warm_start", "learning"),
    ],
)
def test_only_what_exceeds_a_start_is_found_by_the_search(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    known: dict[str, FloatArray],
    start: str,
    kind: str | None,
    part: str,
) -> None:
    answer = layouts[-1] if kind is None else known[kind]
    origin = trace_origin(Objective.of(quick, surrogate), solved(answer, start, "random-9"), known)
    assert (origin.found_by, origin.start) == (part, start)


def test_less_than_the_search_goes_on_for_is_nothing(
    quick: LayoutProblem, surrogate: Surrogate, known: dict[str, FloatArray]
) -> None:
    nudged = known["warm_start"] + 1e-4
    assert (
        trace_origin(Objective.of(quick, surrogate), solved(nudged, "warm_start"), known).found_by
        == "formula"
    )
    nothing = ThresholdAcceptance.negligible
    assert found_by("warm_start", 0.9 * nothing, learned=True) == "formula"
    assert found_by("warm_start", 1.1 * nothing, learned=True) == "formula_then_learning"


def test_gains_add_up(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    known: dict[str, FloatArray],
) -> None:
    origin = trace_origin(Objective.of(quick, surrogate), solved(layouts[-1], "warm_start"), known)
    assert origin.added_pct is not None
    assert origin.gain_pct is not None
    assert origin.warm_start_gain_pct is not None
    aep = Objective.of(quick, surrogate).value
    over = 100 * (aep(layouts[-1]) / aep(known["given"]) - 1)
    assert origin.gain_pct == pytest.approx(over)
    both = (1 + origin.warm_start_gain_pct / 100) * (1 + origin.added_pct / 100)
    assert both == pytest.approx(1 + origin.gain_pct / 100)
    assert 0 < origin.warm_start_gain_pct < origin.gain_pct


def test_without_anything_to_compare_with_no_gain_is_told(
    quick: LayoutProblem, surrogate: Surrogate, layouts: list[FloatArray]
) -> None:
    origin = trace_origin(Objective.of(quick, surrogate), solved(layouts[-1], "greedy-1"), {})
    assert origin == Origin("learning", "greedy-1")


@pytest.mark.parametrize(
    ("start", "kind", "part"),
    [
        ("greedy-1", None, "formula_search"),
        ("given", None, "formula_search"),
        ("given", "given", "given"),
        ("grid-1", "grid", "grid"),
    ],
)
def test_a_run_on_a_formula_has_learned_nothing(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    known: dict[str, FloatArray],
    start: str,
    kind: str | None,
    part: str,
) -> None:
    problem = load_problem(quick.config, FORMULA)
    answer = layouts[-1] if kind is None else known[kind]
    assert (
        trace_origin(Objective.of(problem, surrogate), solved(answer, start), known).found_by
        == part
    )


def test_weighed_layouts_are_known_by_their_places(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    known: dict[str, FloatArray],
) -> None:
    """Their AEP falls with the weight: it does not tell what they grew from."""
    neat = load_problem(quick.config, {"optimise.regularity": [1, 0]})
    turned = known["grid"][::-1]
    grid = trace_origin(Objective.of(neat, surrogate), solved(turned, "warm_start"), known)
    assert (grid.found_by, grid.start) == ("grid", "grid")
    grown = trace_origin(Objective.of(neat, surrogate), solved(layouts[-1], "warm_start"), known)
    assert (grown.found_by, grown.start) == ("learning", "rows")


def test_lattices_are_searched(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    known: dict[str, FloatArray],
) -> None:
    regular = load_problem(quick.config, {"optimise.pattern": "regular"})
    for start in ("lattice-3", "grid-1"):
        origin = trace_origin(Objective.of(regular, surrogate), solved(layouts[-1], start), known)
        assert origin.found_by == "learning"
    as_it_was = trace_origin(
        Objective.of(regular, surrogate), solved(known["grid"], "grid-1"), known
    )
    assert as_it_was.found_by == "grid"


def starts_of(
    problem: LayoutProblem, solution: Solution, warm_start: FloatArray
) -> dict[str, FloatArray]:
    """The starts of a run that were answers already."""
    return known_starts(problem, solution, 0, warm_start)


def judged(layout: FloatArray, aep: float, draws: FloatArray | None = None) -> EvaluatedLayout:
    """A layout as FLORIS has judged it, on the whole rose or with the corrections of a sample."""
    feasible = Feasibility(True, 0.0, 5.0, 2.5)
    sample = None if draws is None else Corrections(draws, draws)
    return EvaluatedLayout(layout, aep, 5.0, np.empty(0), feasible, aep, sample=sample)


def test_floris_has_the_last_word(
    quick: LayoutProblem, surrogate: Surrogate, layouts: list[FloatArray]
) -> None:
    solution = solved(layouts[-1], "warm_start")
    known = starts_of(quick, solution, layouts[2])
    for best, part in (("initial", "given"), ("grid", "grid"), ("warm_start", "formula")):
        seen = {best: judged(layouts[0], 1e12)}
        origin = origin_of_answer(Objective.of(quick, surrogate), solution, best, seen, known)
        assert (origin.found_by, origin.start) == (part, part.replace("formula", "warm_start"))
    name = "final, round 1"
    later = origin_of_answer(
        Objective.of(quick, surrogate), solution, name, {name: judged(layouts[-1], 1e12)}, known
    )
    assert later.found_by == "formula_then_learning"
    seen = {"final": judged(layouts[2], 1e12)}
    before = origin_of_answer(Objective.of(quick, surrogate), solution, "final", seen, known)
    assert before.found_by == "formula"


@pytest.mark.parametrize(
    ("lead", "part"), [(5e8, "formula_then_learning"), (5e7, "formula"), (-5e8, "formula")]
)
def test_learning_has_to_add_what_floris_can_tell_from_nothing(
    quick: LayoutProblem,
    surrogate: Surrogate,
    layouts: list[FloatArray],
    tmp_path: Path,
    lead: float,
    part: str,
) -> None:
    """The lead over the warm start [Wh], known to 1e8 or so."""
    solution = solved(layouts[-1], "warm_start")
    known = starts_of(quick, solution, layouts[2])
    noise = np.random.default_rng(0).normal(0.0, 1e9, 100)
    seen = {
        "warm_start": judged(layouts[2], 1e12, 0.0 * noise),
        "final": judged(layouts[-1], 1e12 + lead, noise),
    }
    origin = origin_of_answer(Objective.of(quick, surrogate), solution, "final", seen, known)
    assert origin.found_by == part
    assert origin.over_warm_start_pct == pytest.approx(100 * lead / 1e12)
    assert origin.over_warm_start_error_pct == pytest.approx(0.01, rel=0.3)


def test_improvements_of_a_carried_on_search_are_held_against_the_first_starts(
    quick: LayoutProblem, surrogate: Surrogate, layouts: list[FloatArray], tmp_path: Path
) -> None:
    aep = Objective.of(quick, surrogate).value
    begun, reached = aep(layouts[2]), aep(layouts[-1])
    first = Parts(Objective.of(quick, surrogate), True, 0, layouts[2])
    assert first.part(Improvement(0, 0, "warm_start", begun, begun)) == "formula"
    assert first.part(Improvement(0, 0, "warm_start", reached, begun)) == "formula_then_learning"
    again = Parts(
        Objective.of(quick, surrogate), True, 0, layouts[2], solved(layouts[-1], "warm_start")
    )
    assert again.part(Improvement(0, 0, "warm_start", reached, reached)) == "formula_then_learning"
    assert again.part(Improvement(0, 0, "warm_start", begun, begun)) == "formula"
    assert again.part(Improvement(0, 0, "greedy-1", reached, reached)) == "learning"


def test_it_is_kept_with_the_solution(layouts: list[FloatArray], tmp_path: Path) -> None:
    origin = Origin("formula_then_learning", "warm_start", 0.12, 0.81, 0.69)
    solution = solved(layouts[-1], "warm_start")
    folder = RunFolder.create(tmp_path / "run")
    folder.write(RunFolder.solution, KeptSolution(solution))
    assert folder.read(RunFolder.solution).solution.origin is None
    folder.write(RunFolder.solution, KeptSolution(replace(solution, origin=origin)))
    assert folder.read(RunFolder.solution).solution.origin == origin
    assert folder.read_json(folder.solution)["found_by"] == "formula_then_learning"
    np.testing.assert_array_equal(folder.read(RunFolder.solution).solution.layout, solution.layout)
