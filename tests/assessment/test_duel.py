"""The duel: by hand, by Monte Carlo, in all its answers, and as its docstring recomputes it."""

import doctest
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

import windopt.assessment
from windopt.assessment.duel import duel, effects_of, materiality, probability_above, table_of
from windopt.runs.differences import Difference, write_differences

MODELS = ("cc", "empirical_gauss", "gauss", "jensen", "turboparkgauss")
TABLE = np.array(
    [
        [900.0, 1010.0, 950.0],
        [700.0, 640.0, 790.0],
        [1100.0, 1060.0, 1020.0],
        [620.0, 700.0, 690.0],
        [880.0, 950.0, 830.0],
    ]
)
"""MWh, by wake model and seed."""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def rows_of(table: np.ndarray) -> list[Difference]:
    return [
        Difference(model, "FLORIS", seed, float(table[m, seed]))
        for m, model in enumerate(MODELS[: len(table)])
        for seed in range(table.shape[1])
    ]


def test_the_effects_of_a_small_table_are_those_by_hand() -> None:
    # means over seeds 2, 6; over models 3, 5; mean 4; residuals all 0 but for +-1
    table = np.array([[2.0, 2.0], [4.0, 8.0]])
    effects = effects_of(table)
    assert effects.mean == 4.0
    # (2 - 4)^2 + (6 - 4)^2 = 8, by M - 1 = 1
    assert effects.std_models == pytest.approx(np.sqrt(8.0))
    # B = 2 ((3 - 4)^2 + (5 - 4)^2) = 4, E = 4 * 1^2 = 4: nothing is left for the seeds
    assert effects.std_seeds == 0.0


def test_what_all_models_see_of_a_seed_is_the_spread_of_seeds() -> None:
    table = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]])  # no residual
    effects = effects_of(table)
    assert effects.std_seeds == pytest.approx(np.sqrt(8.0))  # of 2 and 6
    assert effects.std_models == pytest.approx(1.0)
    expected = student.cdf(4.0 / np.sqrt(1.0 * (1 + 1 / 3) + 8.0 / 2), 2)
    assert probability_above(0.0, effects, 3, 2) == pytest.approx(expected)


def test_the_four_answers() -> None:
    spread = np.array([[-30.0, 20.0], [25.0, -10.0], [5.0, 10.0], [-20.0, 0.0]])
    assert duel(spread + 500.0, 100.0).answer == "worth it"
    assert duel(spread, 100.0).answer == "equivalent"
    assert duel(spread - 500.0, 100.0).answer == "worse"
    close = duel(spread + 110.0, 100.0)
    assert (close.answer, close.leaning) == ("undecided", "worth it")
    assert close.p_material is not None
    assert close.p_material < 0.9
    assert sum((close.p_material, close.p_equivalent or 0, close.p_worse or 0)) == pytest.approx(1)


def test_one_model_or_one_seed_leaves_it_unknown() -> None:
    model = duel(TABLE[:1], 100.0)
    assert (model.answer, model.p_better, model.effects.std_models) == ("unknown", None, None)
    assert model.effects.std_seeds == pytest.approx(TABLE[0].std(ddof=1))
    seed = duel(TABLE[:, :1], 100.0)
    assert (seed.answer, seed.leaning, seed.effects.std_seeds) == ("unknown", "worth it", None)
    assert seed.p_better is not None
    assert seed.p_better > 0.9


def test_a_difference_without_any_spread_is_certain() -> None:
    certain = duel(np.full((3, 2), 7.0), 5.0)
    assert (certain.answer, certain.p_material) == ("worth it", 1.0)


def test_the_error_of_the_sample_makes_less_sure() -> None:
    exact, sampled = duel(TABLE, 400.0), duel(TABLE, 400.0, std_rose=300.0)
    assert (exact.p_material or 0) > (sampled.p_material or 1) > 0.5


def test_the_order_of_rows_does_not_matter(rng: np.random.Generator) -> None:
    rows = rows_of(TABLE)
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    assert np.array_equal(table_of(shuffled), table_of(rows))
    assert np.array_equal(table_of(rows), TABLE)


def test_a_table_with_a_hole_or_a_row_twice_is_refused() -> None:
    rows = rows_of(TABLE)
    with pytest.raises(ValueError, match="under gauss of seed 2"):
        table_of([row for row in rows if row[:3] != ("gauss", "FLORIS", 2)])
    with pytest.raises(ValueError, match="two differences"):
        table_of([*rows, rows[0]])


@pytest.mark.parametrize(
    ("std_seeds", "least", "most"),
    [(0.0, 0.89, 0.93), (0.7, 0.86, 0.94)],
)
def test_one_more_wake_model_is_predicted(
    rng: np.random.Generator, std_seeds: float, least: float, most: float
) -> None:
    models, seeds, runs = 5, 3, 3000
    inside = 0
    for _ in range(runs):
        of_models = rng.normal(0.0, 1.0, models + 1)
        of_seeds = rng.normal(0.0, std_seeds, seeds)
        noise = rng.normal(0.0, 0.5, (models, seeds))
        effects = effects_of(3.0 + of_models[:models, None] + of_seeds + noise)
        above = probability_above(3.0 + of_models[-1], effects, models, seeds)
        assert above is not None
        inside += 0.05 <= above <= 0.95
    assert least <= inside / runs <= most


def test_a_true_zero_is_seldom_called_worth_it(rng: np.random.Generator) -> None:
    called = sum(
        duel(rng.normal(0, 1, (5, 1)) + rng.normal(0, 0.3, (5, 3)), 0.1).answer == "worth it"
        for _ in range(1000)
    )
    assert called / 1000 < 0.1


def test_materiality_is_the_larger_of_share_and_cost() -> None:
    assert materiality(1e6, 0.05) == 500.0
    assert materiality(1e6, 0.05, cost=100e3, price_per_mwh=50.0) == 2000.0
    assert materiality(1e6, 0.05, cost=1.0, price_per_mwh=50.0) == 500.0


def test_the_docstring_recomputes_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_differences(tmp_path / "differences.csv", rows_of(TABLE))
    monkeypatch.chdir(tmp_path)
    found = duel(TABLE, 400.0, 30.0)
    assert (found.answer, round(found.p_material or 0, 3)) == ("worth it", 0.967)
    result = doctest.testmod(windopt.assessment)
    assert (result.failed, result.attempted) == (0, 15)
