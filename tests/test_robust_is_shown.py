"""A robust run shows what every wake model says of its layouts; a plain one says that it is one."""

import re
import shutil
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from windopt.assessment.uncertainty import Budget, Component
from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.console import ConsoleObserver, robust_console, summary_table
from windopt.report.html import write_report
from windopt.report.robust import RobustTable
from windopt.report.robust_figure import figure_robust
from windopt.report.style import LAYOUTS
from windopt.report.uncertainty import uncertainty_row
from windopt.report.wording import grid_sentence, searched_in_words
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.robust_summary import robust_summary
from windopt.runs.uncertainty import record_of
from windopt.surrogate.scenarios import check_scenarios

AEP_GWH = {"gauss": 100.0, "cc": 90.0, "jensen": 80.0}
GAINS_PCT = {
    "initial": (None, None, None),
    "grid": (0.5, -0.5, 1.0),
    "single": (1.2, 1.0, 1.1),
    "final": (1.1, 1.5, 1.3),
}
ALONE = {"wake_models": ["gauss"], "risk": None}
TOGETHER = {"wake_models": ["gauss", "cc"], "risk": "mean"}


def record(*layouts: str, reference: str = "initial", whole_rose: bool = False) -> RobustRecord:
    """Two wake models that count alike, and one that only judges."""

    def under(aep: float, gain: float | None) -> Under:
        error = None if gain is None else 0.0 if whole_rose else 0.02
        return Under(aep * (1 + (gain or 0.0) / 100), 0.01, gain, error, 200, whole_rose)

    return RobustRecord(
        "mean",
        reference,
        {
            "gauss": ModelRecord(0.5, True),
            "cc": ModelRecord(0.5, True),
            "jensen": ModelRecord(0.0, False),
        },
        {
            name: {
                model: under(aep, gain)
                for (model, aep), gain in zip(AEP_GWH.items(), GAINS_PCT[name], strict=True)
            }
            for name in layouts or GAINS_PCT
        },
        {"final": 0.0, "single": 0.0},
    )


def table(told: RobustRecord | None = None, **layouts: Any) -> RobustTable:
    return RobustTable.of(told or record(), "gauss", layouts)


def on_console(told: RobustTable) -> list[str]:
    terminal = StringIO()
    Console(width=80, file=terminal).print(robust_console(told))
    return terminal.getvalue().splitlines()


@pytest.fixture
def robust_run(finished_run: RunFolder, tmp_path: Path) -> RunFolder:
    """The finished run, as if it had searched under several wake models."""
    folder = RunFolder(tmp_path / "robust")
    shutil.copytree(finished_run.path, folder.path)
    folder.write(RunFolder.robust, record())
    told = {"wake_model": "gauss", "searched_under": TOGETHER, "robust": robust_summary(record())}
    write_json(folder.summary, finished_run.read_summary() | told)
    return folder


# the table


def test_rows_are_wake_models_then_mean_spread_and_p90() -> None:
    told = table()
    assert told.row_names == ["gauss", "cc", "jensen *", "mean (P50)", "spread", "P90"]
    assert [one.key for one in told.columns] == ["initial", "grid", "single", "final"]
    aep, gain = told.rows(told.columns[-1])
    # by hand: gains 1.1 and 1.5, s² = 0.4² / 2 = 0.08, and of errors 2 (0.5 · 0.02)² = 0.0002
    spread, total = np.sqrt(0.08), np.sqrt(0.08 + 0.0002)
    assert gain == [
        "+1.10",
        "+1.50",
        "+1.30",
        "+1.30",
        f"{spread:.2f}",
        f"{1.3 - 1.28155 * total:+.2f}",
    ]
    # AEP of 101.1 and 91.35 GWh
    spread = (101.1 - 91.35) / np.sqrt(2)
    assert aep[:3] == ["101.1", "91.3", "81.0"]
    assert aep[3:] == ["96.2", f"{spread:.1f}", f"{96.225 - 1.28155 * spread:.1f}"]


def test_the_reference_has_aep_and_no_gain() -> None:
    told = table()
    aep, gain = told.rows(told.columns[0])
    assert told.columns[0].gain is None
    assert aep[:4] == ["100.0", "90.0", "80.0", "95.0"]
    assert gain == [""] * 6


def test_weights_that_differ_are_named() -> None:
    models = {"gauss": ModelRecord(0.8, True), "cc": ModelRecord(0.2, True)}
    told = table(replace(record(), models=models))
    assert told.row_names[:2] == ["gauss (80 %)", "cc (20 %)"]
    final = told.columns[-1]
    assert final.gain is not None
    assert final.gain.mean == pytest.approx(0.8 * 1.1 + 0.2 * 1.5)


def test_console_shows_all_layouts_within_80_columns() -> None:
    names = ("gauss", "turboparkgauss", "empirical_gauss", "jensen", "cc", "turbopark")
    models = {name: ModelRecord(1 / 6, True) for name in names}
    many = {
        layout: dict(zip(names, 2 * list(of.values()), strict=True))
        for layout, of in record().layouts.items()
    }
    lines = on_console(table(replace(record(), models=models, layouts=many)))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "…" not in text
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert rows["empirical_gauss"] == ["80.0", "+1.00", "+1.10", "81.0", "+1.30"]
    assert rows["mean"][0] == "(P50)"
    for words in (
        "given",
        "regular",
        "for gauss",
        "robust",
        "GWh",
        "gain over the given layout",
    ):
        assert words in text


def test_caption_says_what_is_sampled_and_what_p90_means() -> None:
    told = table()
    assert "sampled: standard error of a gain at most 0.02 %" in told.caption
    assert "exceeded with a probability of 50 % and of 90 %" in told.caption
    assert "judges only" in told.caption
    whole = table(record(whole_rose=True))
    assert "sampled" not in whole.caption
    assert "whole wind rose" in whole.caption


def test_sentence_compares_with_the_layout_for_one_wake_model() -> None:
    # means over gauss and cc: 1.3 and 1.1
    assert table().sentence == (
        "On average over 2 wake models the robust layout gains +1.30 % over the given layout, "
        "0.20 points more than the layout for gauss alone (+1.10 %)."
    )
    repaired = table(record("initial", "final"), initial={"repaired": True})
    assert repaired.sentence.endswith("gains +1.30 % over the given layout, repaired.")


def test_without_any_reference_there_are_no_gains() -> None:
    alone = record("final", reference="final")
    alone = replace(alone, layouts={"final": record().layouts["initial"]})
    told = table(alone)
    assert told.sentence == ""
    assert "100.0" in "\n".join(on_console(told))


# which of the two a run did


def test_words_say_which_of_the_two_a_run_did() -> None:
    assert searched_in_words(ALONE) == "searched under gauss alone"
    four = ["gauss", "cc", "turboparkgauss", "empirical_gauss"]
    assert searched_in_words({"wake_models": four, "risk": "mean"}) == (
        "robust: searched under gauss, cc, turboparkgauss and empirical_gauss together (risk: mean)"
    )
    one = {"wake_models": ["cc"], "risk": "worst"}
    assert searched_in_words(one) == "robust: searched under cc (risk: worst)"


def test_the_table_of_a_run_says_it(finished_run: RunFolder, robust_run: RunFolder) -> None:
    def shown(summary: dict[str, Any]) -> str:
        terminal = StringIO()
        Console(width=120, file=terminal).print(summary_table(summary))
        return " ".join(terminal.getvalue().split())

    plain = finished_run.read_summary() | {"wake_model": "gauss", "searched_under": ALONE}
    assert "search 1 wake model searched under gauss alone" in shown(plain)
    told = shown(robust_run.read_summary())
    assert "search 2 wake models robust: searched under gauss and cc together" in told
    assert "a year, under gauss, verified by FLORIS" in told


def test_observer_prints_it_in_one_line() -> None:
    text = StringIO()
    ConsoleObserver(Console(file=text, width=40)).told(searched_in_words(TOGETHER))
    assert text.getvalue() == "robust: searched under gauss and cc together (risk: mean)\n"


def test_a_grid_better_under_one_of_several_models_is_no_advice() -> None:
    summary = {"gain_over_grid_pct": -0.1, "robust": None}
    assert "take the grid" in grid_sentence(summary)
    assert grid_sentence(summary | {"robust": robust_summary(record())}) == ""


def test_p50_and_p90_of_aep_say_that_they_are_over_the_wake_models() -> None:
    part = Component("wake model", 2.0, "FLORIS's AEP under gauss, cc")
    budget = record_of(Budget(100.0, 0.0, "the mean", None, (part,), (10,)))
    robust = {"uncertainty": budget, "robust": robust_summary(record())}
    for summary, words in (
        (robust, "over the wake models, ± 2.0 %"),
        ({**robust, "robust": None}, "± 2.0 %"),
    ):
        row = uncertainty_row(summary)
        assert row is not None
        assert row[1:] == ("100.0 / 97.4 GWh", words)


# the page

BLOCKS = re.findall(
    r"<!-- config -->\n```yaml\n(.*?)```",
    (Path(__file__).parents[1] / "docs/howto/robust.md").read_text("utf-8"),
    re.DOTALL,
)


@pytest.mark.parametrize("number", range(3))
def test_examples_of_the_page_are_served_by_kernels_that_ship(
    small_config: Path, number: int
) -> None:
    problem = load_problem(small_config, yaml.safe_load(BLOCKS[number]))
    check_scenarios(problem)
    robust = problem.config.robust
    assert robust is not None
    assert (len(BLOCKS), len(robust.weights)) == (4, (4, 3, 2)[number])


def test_example_with_calendar_years_needs_a_series(small_config: Path) -> None:
    problem = load_problem(small_config, yaml.safe_load(BLOCKS[3]))
    with pytest.raises(ConfigError) as caught:
        check_scenarios(problem)
    assert [fault.where for fault in caught.value.faults] == ["robust.wind_years.from_series"]


# the report


def test_report_of_a_robust_run_has_the_section(
    borssele: LayoutProblem, robust_run: RunFolder
) -> None:
    page = write_report(robust_run, borssele).read_text()
    assert '<h2 id="robust">' in page
    assert '<a href="#robust">' in page
    assert "robust: searched under gauss and cc together (risk: mean)" in page
    assert "<td>jensen *</td>" in page
    assert "<td>+1.50</td>" in page
    assert "robust: {}" not in page
    assert "+1.30 %" in page
    assert (robust_run.figures / "robust.png").exists()
    assert "The search asked them already" in page


def test_report_of_a_single_model_has_not(
    borssele: LayoutProblem, finished_run: RunFolder, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "single")
    shutil.copytree(finished_run.path, folder.path)
    told = {"wake_model": "gauss", "searched_under": ALONE, "robust": None}
    write_json(folder.summary, finished_run.read_summary() | told)
    page = write_report(folder, borssele).read_text()
    assert 'id="robust"' not in page
    assert '"#robust"' not in page
    assert "searched under gauss alone: no other wake model was asked" in page
    assert "<code>robust: {}</code>" in page
    assert not (folder.figures / "robust.png").exists()


def test_figure_has_a_dot_for_every_model_and_layout() -> None:
    (axes,) = figure_robust(table()).axes
    dots = [line for line in axes.lines if line.get_linestyle() == "None"]
    x = [float(np.asarray(line.get_xdata())[0]) for line in dots]
    assert x == [gain for name in ("grid", "single", "final") for gain in GAINS_PCT[name]]
    assert [t.get_text() for t in axes.get_yticklabels()] == [
        "regular grid",
        "layout for gauss alone",
        "robust layout",
    ]
    assert dots[3].get_markerfacecolor() == LAYOUTS["single"].colour
    assert dots[-3].get_markerfacecolor() == LAYOUTS["final"].colour
    assert dots[-1].get_markerfacecolor() == "white"  # it was not searched with
    assert "robust layout +1.30 %" in axes.texts[0].get_text()


def test_nothing_of_the_figure_is_cut_off() -> None:
    figure = figure_robust(table())
    figure.savefig(BytesIO())  # which lays it out
    (axes,) = figure.axes
    for text in [*axes.texts, axes.title, *axes.get_yticklabels()]:
        assert text.get_window_extent().x0 >= -1
        assert text.get_window_extent().x1 <= figure.bbox.x1 + 1
