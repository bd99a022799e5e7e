"""The curve over the number of turbines: its figures add up, and it is told in words."""

from pathlib import Path

import numpy as np
import pytest

from windopt.config.schema import Config
from windopt.floris.alone import wake_free_aep
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.turbine_count import figure_turbine_count
from windopt.report.wording import count_sentences, million, summary_rows
from windopt.runs.folder import RunFolder
from windopt.runs.turbine_count import SizedLayouts
from windopt.search.solution import SizedLayout
from windopt.stages.sizing import count_rows
from windopt.verification.evaluated import EvaluatedLayout

AEP_GWH = {4: 160.0, 5: 197.0, 6: 230.0, 7: 250.0}


@pytest.fixture
def free(borssele: LayoutProblem) -> LayoutProblem:
    raw = borssele.config.model_dump(mode="json")
    raw |= {
        "layout": None,
        "n_turbines": {"min": 4, "max": 9},
        "economics": {"value_per_mwh": 50, "cost_per_turbine": 1.5e6},
    }
    return load_problem(Config.model_validate(raw)).with_n_turbines(6)


@pytest.fixture
def sized() -> dict[int, SizedLayout]:
    layouts = {n: np.arange(2.0 * n).reshape(n, 2) for n in AEP_GWH}
    return {
        n: SizedLayout(x, AEP_GWH[n] * 1e9, n > 4, x if n > 4 else None) for n, x in layouts.items()
    }


def judged(one: SizedLayout) -> EvaluatedLayout:
    """FLORIS, finding 1 GWh less."""
    aep = one.aep - 1e9
    return EvaluatedLayout(one.layout, aep, 5.0, np.empty(0), None, aep)  # type: ignore[arg-type]


def test_rows_add_up(free: LayoutProblem, sized: dict[int, SizedLayout], tmp_path: Path) -> None:
    rows = count_rows(free, sized, {n: judged(sized[n]) for n in (5, 6)})
    assert [row.effort for row in rows] == ["quick", "searched", "searched", "searched"]
    assert [row.verified for row in rows] == [False, True, True, False]
    # FLORIS's 229 GWh in place of 230, times 50 EUR/MWh, less 6 x 1.5 million EUR
    assert rows[2].profit == pytest.approx(50 * 229e3 - 9.0e6)
    # where it was not asked, the loss grows as it did for the nearest number
    alone = {n: wake_free_aep(free.with_n_turbines(n)) / 1e9 for n in (4, 5)}
    lost = (alone[5] - 196.0) / (alone[5] - 197.0) * (alone[4] - 160.0)
    assert rows[0].wake_loss_pct == pytest.approx(100 * lost / alone[4])
    assert rows[0].profit == pytest.approx(50e3 * (alone[4] - lost) - 6.0e6)
    marginal = [row.marginal_aep_mwh for row in rows]
    assert np.isnan(marginal[:2]).all()  # of the second the effort is another
    assert marginal[2] == pytest.approx(33e3)
    predicted = count_rows(free, sized, {})
    # 50 EUR/MWh x 160 GWh - 4 x 1.5 million EUR
    assert predicted[0].profit == pytest.approx(8.0e6 - 6.0e6)
    assert predicted[3].marginal_aep_mwh == pytest.approx(20e3)
    folder = RunFolder.create(tmp_path)
    assert folder.find(RunFolder.turbine_count) is None
    folder.write(RunFolder.turbine_count, rows)
    assert folder.turbine_count.read_text().splitlines()[1].startswith("4,quick,160.000000,,")
    again = folder.read(RunFolder.turbine_count)
    np.testing.assert_allclose([row[2:] for row in again], [row[2:] for row in rows])
    figure = figure_turbine_count(free, rows)
    assert figure.axes[0].get_ylabel() == "profit [million EUR/year]"


def test_layouts_of_all_numbers_are_kept(sized: dict[int, SizedLayout], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.write(RunFolder.sizing, SizedLayouts(sized, 7))
    again = folder.read(RunFolder.sizing)
    assert again.most == 7
    assert list(again.layouts) == list(sized)
    for n, one in again.layouts.items():
        np.testing.assert_array_equal(one.layout, sized[n].layout)
        assert (one.aep, one.searched) == (sized[n].aep, sized[n].searched)
        assert (one.grid is None) == (sized[n].grid is None)


def told(free: LayoutProblem, sized: dict[int, SizedLayout], **also: object) -> dict[str, object]:
    rows = count_rows(free, sized, {n: judged(sized[n]) for n in (5, 6)})
    table = [{k: None if v != v else v for k, v in row._asdict().items()} for row in rows]
    table[3]["profit"] = 2.0e6
    money = {
        "profit": rows[2].profit,
        "currency": "EUR",
        "value_per_mwh": 50.0,
        "yearly_cost_per_turbine": 1.5e6,
        "break_even_mwh": 30e3,
        "min": 4,
        "max": 9,
        "most_placed": None,
        "by_number": table,
    }
    return {"n_turbines": 6, "economics": money | also}


def test_words_say_why_this_number(free: LayoutProblem, sized: dict[int, SizedLayout]) -> None:
    words = count_sentences(told(free, sized))
    assert words == [
        "Of 4 to 9 turbines 6 earn most: 2.45 million EUR a year, at 50 EUR for a MWh and "
        "1.50 million EUR a year for a turbine.",
        "5 turbines earn 150,000 EUR less.",
        "7 turbines earn 450,000 EUR less (a prediction).",
        "The last turbine adds 33.0 GWh a year; 30.0 GWh pay for one.",
    ]
    assert count_sentences({"n_turbines": 6, "economics": None}) == []


def test_words_warn_of_bounds_and_losses(
    free: LayoutProblem, sized: dict[int, SizedLayout]
) -> None:
    words = " ".join(count_sentences(told(free, sized, most_placed=6, profit=-2e6)))
    assert "No more than 6 found a place on the site." in words
    assert "the upper bound is reached" in words
    assert "No number of turbines earns what it costs." in words
    assert "the lower bound is reached" in " ".join(count_sentences(told(free, sized, min=6)))


def test_money_is_legible() -> None:
    assert million(12_345_678.0, "EUR") == "12.35 million EUR"
    assert million(-950.4, "DKK") == "-950 DKK"


def test_profit_is_a_line_of_the_summary(
    finished_run: RunFolder, free: LayoutProblem, sized: dict[int, SizedLayout]
) -> None:
    summary = finished_run.read_summary()
    rows = {row.label: row for row in summary_rows(summary | told(free, sized))}
    assert rows["profit"].value == "2.45 million EUR"
    assert rows["profit"].remark == "a year, of 4 to 9 turbines; 5: -0.15, 7: -0.45"
    assert "profit" not in {row.label for row in summary_rows(summary)}
    given = {"profit": 2.5e6, "currency": "EUR"}
    rows = {row.label: row for row in summary_rows(summary | {"economics": given})}
    assert rows["profit"] == ("profit", "2.50 million EUR", "a year")
