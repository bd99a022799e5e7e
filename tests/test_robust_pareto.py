"""Mean gain against its spread over wake models: chosen from FLORIS's figures, kept and shown."""

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from windopt.errors import ConfigError
from windopt.ledger.totals import read_ledger
from windopt.pipeline import begin, run
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import read_layout_csv
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.runs.robust_pareto import (
    ParetoRow,
    pareto_table,
    read_robust_pareto,
    write_robust_pareto,
)
from windopt.stages.robust_pareto import search_for_spread
from windopt.verification.wake_models import ask_wake_models

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches")


def row(name: str, mean: float, spread: float, feasible: bool = True) -> ParetoRow:
    gains, errors = {"gauss": mean, "empirical_gauss": mean}, {"gauss": 0.1, "empirical_gauss": 0.2}
    told = (0.1, spread, mean - 1.3 * spread, 400.0, 0.5)
    return ParetoRow(None, name, mean, *told, gains, errors, True, 60, feasible)


BY_HAND = [
    row("a", 2.0, 1.0),
    row("b", 1.8, 0.5),
    row("c", 1.7, 0.6),  # b has more mean and less spread
    row("d", 1.2, 0.1),
    row("e", 1.2, 0.3),  # d has as much mean and less spread
    row("f", 9.0, 0.0, feasible=False),
]


def test_best_of_each_weight_is_chosen_and_dominated_ones_are_marked(tmp_path: Path) -> None:
    table = pareto_table(BY_HAND, [2.0, 0.0, 1.0, 0.3])
    # 2.0 a, 1.8 b; at 0.3: 1.70, 1.65; at 1: 1.0, 1.3, 1.1 d; at 2: 0, 0.8, 1.0 d
    chosen = [(one.k, one.layout) for one in table if one.k is not None]
    assert chosen == [(0.0, "a"), (0.3, "a"), (1.0, "b"), (2.0, "d")]
    assert [one.layout for one in table if one.k is None] == ["c", "e", "f"]
    assert {one.layout for one in table if one.dominated} == {"c", "e"}
    path = tmp_path / "table.csv"
    write_robust_pareto(path, table)
    assert read_robust_pareto(path) == table


@pytest.mark.parametrize(
    ("section", "others", "told"),
    [
        ({"pareto": [0.5] * 9}, {}, "has 9 weights"),
        ({"pareto": [1, -1]}, {}, "has -1, which would look for spread"),
        ({"pareto": [1, 1.0]}, {}, "has 1 twice"),
        ({"pareto": [True]}, {}, "yes is no number"),
        ({"pareto": [1], "risk": "regret"}, {}, "risk is regret"),
        ({"pareto": [1], "wake_models": ["cc"]}, {}, "'cc' is the only one"),
        ({"pareto": [1]}, {"optimise.pattern": "regular"}, "optimise.pattern regular is given"),
    ],
)
def test_faults_of_the_entry_are_told(
    small_config: Path, section: dict[str, Any], others: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match="robust") as caught:
        load_problem(small_config, {"robust": section, **others})
    assert told in str(caught.value)


def test_run_verifies_keeps_and_shows_what_each_weight_has_found(
    small_config: Path, tiny: dict[str, Any], tmp_path: Path
) -> None:
    models = ["gauss", "jensen"]
    section = {"wake_models": models, "pareto": [2, 0, 1]}
    asked = {**tiny, "train.from": "shipped", "robust": section}
    folder = run(small_config, tmp_path / "run", asked).folder
    assert list(folder.read(RunFolder.found_for_spread).layouts) == [0.0, 1.0, 2.0]
    table = folder.read(RunFolder.robust_pareto)
    best = [one for one in table if one.k is not None]
    assert [one.k for one in best] == [0.0, 1.0, 2.0]
    assert best[0].layout == "final"  # the run itself maximises the mean
    for less, more in pairwise(best):
        assert less.mean_gain_pct >= more.mean_gain_pct
        assert less.spread_gain_pct >= more.spread_gain_pct
    assert not any(one.dominated or one.sampled for one in best)
    problem = load_problem(folder.config)
    layouts = {
        f"{one.k:g}": read_layout_csv(folder.path / "robust_pareto" / f"k_{one.k:g}.csv")
        for one in best
    }
    given = folder.read(RunFolder.verification).layouts["initial"].layout
    said = ask_wake_models(problem, layouts | {"initial": given}, models)
    for one in best:
        assert check_feasibility(problem, layouts[f"{one.k:g}"]).feasible
        for model in models:
            gain = 100 * (said[model][f"{one.k:g}"] / said[model]["initial"] - 1)
            assert one.gains_pct[model] == pytest.approx(gain, abs=1e-5)
    summary = folder.read_summary()["robust"]
    assert best[0].mean_gain_pct == pytest.approx(summary["mean_gain_pct"], rel=1e-12)
    assert best[0].spread_gain_pct == pytest.approx(summary["spread_gain_pct"], rel=1e-12)
    assert best[0].gain_p90_pct == pytest.approx(summary["gain_p90_pct"], rel=1e-12)
    with folder.robust_pareto.open() as file:
        header = next(csv.reader(file))
    assert header[:3] == ["k", "layout", "mean_gain_pct"]
    assert {"gain_jensen_pct", "sampled", "conditions", "feasible", "dominated"} <= set(header)
    assert (folder.figures / "robust_pareto.png").exists()
    page = folder.report.read_text()
    assert "Mean gain against its spread" in page
    with begin(folder.path) as job:  # what is there is not searched for again
        before = len(read_ledger(folder.ledger).stages)
        search_for_spread(job)
        assert len(read_ledger(folder.ledger).stages) == before
