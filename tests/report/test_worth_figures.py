"""The pictures of a run's worth show what FLORIS found, and every label can be read."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from windopt.assessment.figures import Compared, Figures
from windopt.assessment.worth import Operation
from windopt.ledger.bounds import Bounds
from windopt.report.worth_figures import (
    crossover,
    figure_baselines,
    figure_payback,
    figure_sharing,
    figure_wake_models,
    looks_of,
)


def look(energy_wh: float, aep_gwh: float, feasible: bool = True) -> dict[str, Any]:
    return {"cpu_s": 1e3 * energy_wh, "energy_wh": energy_wh, "aep_gwh": aep_gwh} | {
        "feasible": feasible
    }


LAYOUTS = {"initial": {"aep_gwh": 100.0}, "grid": {"aep_gwh": 99.0}, "final": {"aep_gwh": 103.0}}
BASELINES = {
    "learned": {"looks": [look(0.3, 101.0), look(0.6, 103.0)]},
    "baselines": {
        "analytic": {"looks": [look(0.1, 102.0), look(0.3, 101.0), look(0.5, 102.5)]},
        "floris": {"looks": [look(0.1, 100.5), look(0.2, 104.0, feasible=False)]},
    },
}
OPINIONS = {
    "own": "gauss",
    "aep_gwh": {
        "gauss": {"initial": 100.0, "analytic": 102.5, "final": 103.0},
        "jensen": {"initial": 80.0, "analytic": 81.5, "final": 81.0},
    },
    "gain_gwh": {
        "initial": {"gauss": 3.0, "jensen": 1.0},
        "analytic": {"gauss": 0.5, "jensen": -0.5},
    },
    "spread_gwh": {"initial": 1.41, "analytic": 0.71},
}
WORTH = Figures(
    operation=Operation(),
    shared_wh=0.2,
    project_wh=0.3,
    compared=(Compared("initial", gain_wh_per_year=3e9, gain_pct=3.0),),
)


def texts(figure: Figure) -> str:
    (axes,) = figure.axes
    return " ".join(text.get_text() for text in axes.texts)


def test_looks_never_fall_and_leave_out_what_breaks_a_rule() -> None:
    np.testing.assert_allclose(
        looks_of(BASELINES["baselines"]["analytic"]), [(0.1, 102.0), (0.3, 102.0), (0.5, 102.5)]
    )
    np.testing.assert_allclose(looks_of(BASELINES["baselines"]["floris"]), [(0.1, 100.5)])


@pytest.mark.parametrize(
    ("learned", "baseline", "expected"),
    [
        ([(3, 10), (6, 12)], [(1, 11)], 6),
        ([(3, 10), (6, 12)], [(1, 9)], 3),
        ([(3, 10), (6, 12)], [(1, 13)], None),
        ([(3, 10), (6, 12)], [(1, 9), (5, 11)], 6),  # ahead, behind, ahead
        ([(3, 10)], [(5, 11)], None),
        ([(3, 10)], [(5, 9)], 3),
    ],
)
def test_crossover_is_the_energy_from_which_learning_stays_ahead(
    learned: list[Any], baseline: list[Any], expected: float | None
) -> None:
    assert crossover(np.array(learned, float), np.array(baseline, float)) == expected


def test_baselines_are_drawn_with_their_crossover() -> None:
    figure = figure_baselines(BASELINES, {"layouts": LAYOUTS})
    told = texts(figure)
    assert "from 0.60 Wh on ahead of the wake formula" in told
    assert "from 0.30 Wh on ahead of trial in FLORIS" in told
    (axes,) = figure.axes
    learned = next(line for line in axes.lines if line.get_label() == "with learning")
    np.testing.assert_allclose(learned.get_ydata()[:2], [1.0, 3.0])  # % over 100 GWh


def test_wake_models_are_counted() -> None:
    figure = figure_wake_models(OPINIONS)
    told = texts(figure)
    assert "2 of 2 over the given layout, 1 of 2 over the same search on a wake formula" in told


def test_sharing_and_payback_show_the_ledgers_figures() -> None:
    sharing = figure_sharing(WORTH)
    assert "40 % of the first farm's energy" in texts(sharing)
    (axes,) = sharing.axes
    assert axes.lines[0].get_ydata()[0] == pytest.approx(0.5)
    payback = figure_payback(WORTH, Bounds(0.15, 0.5, 1.5))
    # 0.5 Wh / 3e9 Wh a year of 8766 h = 5.26 ms
    assert "5.26 ms" in texts(payback)


@pytest.mark.parametrize(
    "figure",
    [
        figure_baselines(BASELINES, {"layouts": LAYOUTS}),
        figure_wake_models(OPINIONS),
        figure_sharing(WORTH),
        figure_payback(WORTH, Bounds(0.15, 0.5, 1.5)),
    ],
    ids=["baselines", "wake models", "sharing", "payback"],
)
def test_nothing_is_cut_off(figure: Figure) -> None:
    figure.canvas.draw()
    right = figure.bbox.x1
    for axes in figure.axes:
        for text in [*axes.texts, axes.title]:
            assert text.get_window_extent().x1 <= right + 1, text
        assert axes.get_window_extent().width > 0.6 * right
