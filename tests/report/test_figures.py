"""The figures show the run's own numbers, and every label can be read."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from windopt.ledger.totals import read_ledger
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.report.figures import (
    figure_convergence,
    figure_energy,
    figure_wake_loss,
    write_figures,
)
from windopt.report.site_map import figure_layout
from windopt.report.validation import figure_validation
from windopt.runs.folder import RunFolder
from windopt.verification.validation import Validation


def title(axes: Axes) -> str:
    return axes.get_title(loc="left")


def subtitle(axes: Axes) -> str:
    return next(text.get_text() for text in axes.texts if text.get_text() not in ("", "N"))


def line(axes: Axes, label: str) -> Any:
    return next(line for line in axes.lines if str(line.get_label()).startswith(label))


def assert_labels_readable(figure: Figure) -> None:
    """No text is cut off by the figure's edge, and no two lie on each other."""
    canvas, drawn = FigureCanvasAgg(figure), set[Text]()
    canvas.draw()  # settles the layout

    def record(text: Text, renderer: RendererBase) -> None:
        drawn.add(text)  # ticks beyond the limits have labels too, but these are never drawn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", record)
        canvas.draw()
    boxes = {text: text.get_window_extent() for text in drawn if text.get_text().strip()}
    assert len(boxes) > 10
    for text, box in boxes.items():
        assert figure.bbox.x0 - 1 <= box.x0, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0, text
        assert box.y1 <= figure.bbox.y1 + 1, text
    for (one, box), (other, that) in combinations(boxes.items(), 2):
        overlap = min(box.x1, that.x1) - max(box.x0, that.x0) > 1
        overlap &= min(box.y1, that.y1) - max(box.y0, that.y0) > 1
        assert not overlap, f"{one.get_text()!r} lies on {other.get_text()!r}"


def moved(problem: LayoutProblem, verdict: dict[str, Any], offset: float) -> Any:
    """The same farm in a national grid, with an exclusion in the middle of its parcel."""
    area = shapely.affinity.translate(problem.site.area, offset, offset)
    hole = shapely.Point(8500 + offset, 3000 + offset).buffer(300)
    site = Site(problem.site.name, shapely.MultiPolygon([area.difference(hole)]))
    layouts = {
        key: layout | {"layout": (np.array(layout["layout"]) + offset).tolist()}
        for key, layout in verdict["layouts"].items()
    }
    return replace(problem, site=site), verdict | {"layouts": layouts}


def test_map_shows_given_and_optimised_turbines_where_they_stand(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    verdict = finished_run.read_verification()
    before, after, rose = figure_layout(borssele, verdict).axes
    for axes, key in ((before, "initial"), (after, "final")):
        layout_km = np.array(verdict["layouts"][key]["layout"]) / 1e3
        np.testing.assert_allclose(axes.lines[0].get_xydata(), layout_km)
        assert axes.get_aspect() == 1.0
    assert before.lines[0].get_markerfacecolor() == "white"
    assert after.lines[0].get_markerfacecolor() == after.lines[0].get_markeredgecolor()
    assert title(before) == "Given layout"
    assert subtitle(before) == "1,362.4 GWh a year, wake loss 7.95 %"
    assert subtitle(after) == "1,379.8 GWh a year, wake loss 6.77 %, gain +1.28 %"
    assert rose.name == "polar"


def test_circles_on_the_map_touch_at_the_minimum_spacing(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    before = figure_layout(borssele, finished_run.read_verification()).axes[0]
    (circles,) = (c for c in before.collections if isinstance(c, EllipseCollection))
    np.testing.assert_allclose(circles.get_widths(), 2 * 0.198)
    np.testing.assert_allclose(circles.get_heights(), 2 * 0.198)


def test_map_shows_fixed_turbines_and_the_ellipse_of_the_spacing(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    near, far = [[5000.0, 1000.0], [5500.0, 0.0]], [[900_000.0, 900_000.0]]
    problem = replace(
        borssele,
        min_spacing_d=4.0,
        spacing_form=SpacingForm(ellipse_metric(4.0, 2.0, 230.0)),
        fixed_layout=np.array(near + far),
        fixed_types=np.zeros(3, dtype=np.intp),
    )
    figure = figure_layout(problem, finished_run.read_verification())
    for axes in figure.axes[:2]:
        np.testing.assert_allclose(axes.lines[1].get_xydata()[:2], np.array(near) / 1e3)
        assert axes.lines[1].get_marker() != axes.lines[0].get_marker()
        assert axes.get_xlim()[0] < 5 < 11 < axes.get_xlim()[1] < 20
        (ellipses,) = (c for c in axes.collections if isinstance(c, EllipseCollection))
        np.testing.assert_allclose(ellipses.get_widths(), 2 * 0.396)
        np.testing.assert_allclose(ellipses.get_heights(), 2 * 0.198)
        np.testing.assert_allclose(ellipses.get_angles(), 90 - 50)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "fixed turbine" in legend
    assert "half the minimum spacing of 4 D along 50-230°, 2 D across" in legend
    assert_labels_readable(figure)


def test_map_in_a_national_grid_counts_from_its_corner_and_hatches_exclusions(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    problem, verdict = moved(borssele, finished_run.read_verification(), 500_000.0)
    figure = figure_layout(problem, verdict)
    before = figure.axes[0]
    assert before.get_xlabel() == "Easting − 506 [km]"
    assert before.get_ylabel() == "Northing − 500 [km]"
    assert before.get_xlim()[0] < 0.1
    assert [patch.get_hatch() for patch in before.patches] == ["////", None]  # beneath
    assert "excluded" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert_labels_readable(figure)


def test_map_without_given_layout_holds_the_result_against_the_grid(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    verdict = finished_run.read_verification()
    verdict["layouts"]["initial"] = None
    before, after, _ = figure_layout(borssele, verdict).axes
    assert title(before) == "Regular grid"
    assert "gain +1.00 %" in subtitle(after)


def test_map_without_any_reference_shows_the_result_alone(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    verdict = finished_run.read_verification()
    verdict["layouts"] = {"final": verdict["layouts"]["final"]}
    figure = figure_layout(borssele, verdict)
    assert len(figure.axes) == 2
    assert "gain" not in subtitle(figure.axes[0])
    assert_labels_readable(figure)


def test_map_of_an_elongated_site_stacks_its_panels(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    wide = Site("wide", shapely.MultiPolygon([shapely.box(0, 0, 20_000, 4_000)]))
    figure = figure_layout(replace(borssele, site=wide), finished_run.read_verification())
    assert_labels_readable(figure)
    before, after, _ = (axes.get_position() for axes in figure.axes)
    assert before.y0 > after.y1
    assert before.width > 0.5


def test_wake_loss_curves_close_at_north(borssele: LayoutProblem, finished_run: RunFolder) -> None:
    verdict = finished_run.read_verification()
    loss, frequency = figure_wake_loss(borssele, verdict).axes
    for key, label in (("initial", "given layout: 7.95 %"), ("final", "optimised layout: 6.77 %")):
        direction, values = line(loss, label).get_data()
        assert (direction[0], direction[-1]) == (0, 360)
        expected = verdict["layouts"][key]["wake_loss_by_direction_pct"]
        np.testing.assert_allclose(values, [*expected, expected[0]])
    outline = frequency.collections[0].get_paths()[0].vertices
    area = shapely.Polygon(outline).area  # [%]
    assert area == pytest.approx(100, abs=0.1)


def test_best_so_far_counts_only_feasible_layouts(finished_run: RunFolder) -> None:
    history = finished_run.read_history()
    (axes,) = figure_convergence(history, finished_run.read_verification()).axes
    cpu, best = line(axes, "best feasible").get_data()
    feasible = history["feasible"] == 1
    assert np.isnan(best[: np.argmax(feasible)]).all()
    assert best[-1] == history["aep_predicted_gwh"][feasible].max()
    assert (np.diff(best[~np.isnan(best)]) >= 0).all()
    np.testing.assert_array_equal(cpu, history["cpu_s"])


def test_points_and_levels_of_the_convergence_are_those_of_floris(finished_run: RunFolder) -> None:
    figure = figure_convergence(finished_run.read_history(), finished_run.read_verification())
    (axes,) = figure.axes
    verified = line(axes, "verified by FLORIS").get_ydata()
    np.testing.assert_allclose(verified[~np.isnan(verified)], [1379.2, 1379.8])
    assert line(axes, "given layout, FLORIS: 1,362.4 GWh").get_ydata()[0] == 1362.4
    assert line(axes, "regular grid, FLORIS: 1,366.1 GWh").get_ydata()[0] == 1366.1


def test_search_that_was_stopped_at_once_still_shows_what_floris_said(
    finished_run: RunFolder,
) -> None:
    history = {name: column[:0] for name, column in finished_run.read_history().items()}
    figure = figure_convergence(history, finished_run.read_verification())
    assert line(figure.axes[0], "verified by FLORIS").get_ydata().tolist() == [1379.8]
    assert_labels_readable(figure)


def test_energy_bars_are_the_ledgers_and_lie_between_its_bounds(finished_run: RunFolder) -> None:
    totals = read_ledger(finished_run.ledger).totals
    (axes,) = figure_energy(totals).axes
    widths = [bar.get_width() for bar in axes.patches]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["check", "simulate", "train", "optimise", "verify"]
    np.testing.assert_allclose(widths, [c.energy_wh["central"] for c in totals.by_stage.values()])
    for segment, cost in zip(
        axes.collections[0].get_segments(), totals.by_stage.values(), strict=True
    ):
        bounds = (cost.energy_wh["low"], cost.energy_wh["high"])
        np.testing.assert_allclose(segment[:, 0], bounds)


def test_every_label_can_be_read(
    borssele: LayoutProblem, finished_run: RunFolder, validation: Validation
) -> None:
    verdict = finished_run.read_verification()
    for figure in (
        figure_layout(borssele, verdict),
        figure_wake_loss(borssele, verdict),
        figure_convergence(finished_run.read_history(), verdict),
        figure_energy(read_ledger(finished_run.ledger).totals),
        figure_validation(validation),
    ):
        assert_labels_readable(figure)


def test_figures_are_written_and_leave_matplotlibs_settings_alone(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    settings = dict(matplotlib.rcParams)
    paths = write_figures(finished_run, borssele)
    assert sorted(path.name for path in finished_run.figures.iterdir()) == [
        "convergence.png",
        "energy.png",
        "layout.png",
        "wake_loss.png",
    ]
    assert dict(matplotlib.rcParams) == settings
    for path in paths.values():
        height, width, _ = imread(path).shape
        assert width > 1200
        assert height > 400


def earning(verdict: dict[str, Any], history: dict[str, Any]) -> tuple[Any, Any]:
    """The same run, had it maximised a revenue: highest where the AEP is not."""
    revenue = {"initial": 81.0e6, "grid": 80.5e6, "final": 82.5e6}
    layouts = {
        key: one | {"revenue": revenue[key], "aep_gwh": 1400.0 - revenue[key] / 1e6}
        for key, one in verdict["layouts"].items()
    }
    predicted = np.linspace(80e6, 82.6e6, len(history["cpu_s"]))
    earned = {"revenue_predicted": predicted, "revenue": np.full(len(predicted), np.nan)}
    fallen = history | earned | {"aep_predicted_gwh": 1400.0 - predicted / 1e6}
    return verdict | {"layouts": layouts}, fallen


def test_revenue_that_was_maximised_is_drawn_beside_the_aep(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    verdict, history = earning(finished_run.read_verification(), finished_run.read_history())
    figure = figure_convergence(history, verdict)
    revenue, aep = figure.axes
    assert revenue.get_ylabel() == "revenue [million]"
    assert aep.get_ylabel() == "AEP [GWh]"
    best = line(revenue, "best feasible").get_ydata()
    np.testing.assert_allclose(best[-1], 82.6)
    # of the layout that earns most, not the highest AEP seen
    np.testing.assert_allclose(line(aep, "best feasible").get_ydata()[-1], 1400.0 - 82.6)
    assert line(revenue, "given layout, FLORIS: 81.000 million").get_ydata()[0] == 81.0
    assert subtitle(revenue) == "82.500 million (+1.85 %), 1,317.5 GWh (-0.11 %) a year"
    assert_labels_readable(figure)
    maps = figure_layout(borssele, verdict)
    assert subtitle(maps.axes[0]) == "81.000 million a year, 1,319.0 GWh"
    assert subtitle(maps.axes[1]) == "82.500 million (+1.85 %), 1,317.5 GWh (-0.11 %) a year"
    assert_labels_readable(maps)


def test_history_from_before_revenues_were_kept_shows_the_aep(finished_run: RunFolder) -> None:
    history = finished_run.read_history()
    verdict, _ = earning(finished_run.read_verification(), history)
    (axes,) = figure_convergence(history, verdict).axes
    assert axes.get_ylabel() == "AEP [GWh]"
