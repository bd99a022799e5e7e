"""Maps hatch what is closed, name what bounds the site, and tell turbine types apart."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.readers.load import load_problem
from windopt.report.limits import labels_of
from windopt.report.site_map import HOLE, figure_layout
from windopt.report.style import FINAL, GIVEN, GRID, LAYOUTS, SINGLE
from windopt.report.svg_map import map_of_moves

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
ODD = "Söhne & <b>West</b> $x_1$"
EAST = "Παρκ Восток"


def ring(x: float, y: float, width: float, height: float) -> list[list[float]]:
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> LayoutProblem:
    folder = tmp_path_factory.mktemp("site")
    shapes = {ODD: [ring(0, 0, 6000, 6000), ring(2500, 2500, 900, 900)]}
    shapes[EAST] = [ring(6600, 500, 2200, 5000)]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for name, rings in shapes.items()
    ]
    site = {"type": "FeatureCollection", "features": features}
    (folder / "site.geojson").write_text(json.dumps(site))
    wreck = {"name": "wreck $5 & <i>", "point": [5950, 5900], "distance_m": 400}
    beacon = {"point": [8600, 700], "distance_m": 150}
    return load_problem(
        str(QUICKSTART),
        {
            "site": str(folder / "site.geojson"),
            "layout": None,
            "turbine": ["floris:nrel_5MW", "floris:iea_15MW"],
            "turbine_counts": [5, 4],
            "n_turbines": None,
            "min_spacing_d": 3.0,
            "site_setback": {"m": 150},
            "exclusions": [wreck, beacon],
        },
    )


@pytest.fixture(scope="module")
def layouts(problem: LayoutProblem) -> list[FloatArray]:
    return [random_layout(problem, np.random.default_rng(seed)) for seed in (0, 1)]


def drawn(problem: LayoutProblem, layouts: list[FloatArray], first: str = "initial") -> Figure:
    judged = [{"layout": one.tolist(), "aep_gwh": 300.0, "wake_loss_pct": 5.0} for one in layouts]
    return figure_layout(problem, {"layouts": {first: judged[0], "final": judged[1]}})


def test_parcels_and_exclusions_are_named_with_distances(problem: LayoutProblem) -> None:
    words = {" ".join(label.lines).replace("\u00a0", " ") for label in labels_of(problem.site)}
    assert words == {f"1 {ODD}", f"2 {EAST}", "wreck $5 & <i> + 400 m", "150 m"}


def test_names_stand_within_pictures_letter_by_letter(
    problem: LayoutProblem, layouts: list[FloatArray], recwarn: pytest.WarningsRecorder
) -> None:
    figure = drawn(problem, layouts)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    # in points of the axes; the window changes when the figure is shown at another size
    frame = axes.get_window_extent()
    said = {
        text.get_text().replace("\u00a0", " ").split("+")[-1].strip(): text for text in axes.texts
    }
    names = [said[words] for words in ("400 m", "150 m")]
    for text in names:
        assert not text.get_parse_math()
        box = text.get_window_extent()
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
    assert not [one for one in recwarn if "Glyph" in str(one.message)]


def test_set_back_is_hatched_in_both_kinds_of_map(
    problem: LayoutProblem, layouts: list[FloatArray]
) -> None:
    axes = drawn(problem, layouts).axes[0]
    hatched = [
        p for p in axes.patches if isinstance(p, PathPatch) and p.get_hatch() == HOLE["hatch"]
    ]
    bounds = [patch.get_path().get_extents().bounds for patch in hatched]
    assert pytest.approx((0, 0, 6, 6)) in bounds
    svg = map_of_moves(problem, *layouts)
    assert svg.count('class="closed"') == 2
    assert svg.count('class="parcel"') == 2


def test_odd_names_leave_the_page_whole(problem: LayoutProblem, layouts: list[FloatArray]) -> None:
    root = ElementTree.fromstring(map_of_moves(problem, *layouts))
    words = [text for text in root.iter("text") if text.get("class") == "limit"]
    assert " ".join(text.text or "" for text in words[:2]) == f"1 {ODD}"
    width = float(root.get("viewBox", "").split()[2])
    for text in words:
        half = 4.7 * len(text.text or "") / 2
        assert half <= float(text.get("x", "")) <= width - half


def test_types_have_shapes_of_their_own_and_a_legend(
    problem: LayoutProblem, layouts: list[FloatArray]
) -> None:
    svg = map_of_moves(problem, *layouts)
    assert len(re.findall(r'<circle class="final" ', svg)) == 5
    assert len(re.findall(r'<polygon class="final" ', svg)) == 4
    assert ">nrel_5MW</text>" in svg
    assert ">iea_15MW</text>" in svg
    figure = drawn(problem, layouts)
    shown = {line.get_marker(): len(line.get_xdata()) for line in figure.axes[1].lines}
    assert shown == {"o": 5, "s": 4}
    (legend,) = figure.legends
    assert {"nrel_5MW", "iea_15MW"} <= {text.get_text() for text in legend.get_texts()}


def test_a_layout_has_one_colour_in_pictures_and_pages(
    problem: LayoutProblem, layouts: list[FloatArray]
) -> None:
    assert {key: look.colour for key, look in LAYOUTS.items()} == {
        "initial": GIVEN,
        "grid": GRID,
        "single": SINGLE,
        "final": FINAL,
    }
    page = (Path(QUICKSTART).parents[1] / "windopt/report/report.html.jinja").read_text("utf-8")
    for name, colour in (("given", "var(--given)"), ("grid", "{{ style.GRID }}")):
        assert re.search(rf"\.map \.{name}\b[^}}]*stroke: {re.escape(colour)}", page)
    lines = drawn(problem, layouts, "grid").axes[0].lines
    assert {to_hex(line.get_markeredgecolor()) for line in lines} == {GRID}
