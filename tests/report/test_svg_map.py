"""Maps of layouts as SVG show every turbine where it stands."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.report.site_map import map_extent
from windopt.report.svg_map import MOST_NUMBERED, SvgMap, map_of_moves, map_of_one_more


def circles(svg: str, kind: str) -> FloatArray:
    root = ElementTree.fromstring(svg)
    found = [c for c in root.iter("circle") if c.get("class") == kind]
    return np.array([(float(c.get("cx", "")), float(c.get("cy", ""))) for c in found])


def test_turbines_stand_on_the_map_as_on_the_site(small: LayoutProblem) -> None:
    assert small.initial_layout is not None
    drawn = SvgMap(small, "a <map>")
    drawn.turbines(
        small.initial_layout, "given", [f"no. {i} & co" for i in range(9)], numbered=True
    )
    svg = drawn.render()
    places = circles(svg, "given")
    (west, _), (_, north) = map_extent(small)
    expected = (small.initial_layout - [west, north]) * [1, -1]
    scale = np.ptp(places[:, 0]) / np.ptp(expected[:, 0])
    np.testing.assert_allclose(places - places[0], (expected - expected[0]) * scale, atol=0.11)
    assert re.findall(r">(\d+)</text>", svg) == [str(i) for i in range(1, 10)]
    assert "<title>no. 3 &amp; co</title>" in svg
    assert svg.count('class="parcel"') == 2
    assert re.search(r">\d+(\.\d+)? k?m</text>", svg)


def test_picture_ends_close_below_the_site(small: LayoutProblem) -> None:
    """In coordinates whose origin is far away, as those of a zone."""
    there = Site("far", shapely.affinity.translate(small.site.area, 5e5, 6e6))
    far = replace(small, site=there, initial_layout=None)
    drawn = SvgMap(far, "map")
    drawn.turbines(np.array(map_extent(far)), "given")
    svg = drawn.render()
    width, height = map(float, re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    (left, bottom), (right, top) = circles(svg, "given")
    assert 0 < left < right < width < right + 200
    assert 0 < top < bottom < height < bottom + 200


def test_reach_of_the_spacing_is_to_scale(small: LayoutProblem) -> None:
    drawn = SvgMap(small, "map")
    drawn.turbines(np.array([[0.0, 0.0], [small.min_spacing_m, 0.0]]), "final")
    radius = float(
        re.findall(r'class="final room" cx="\S+" cy="\S+" r="([\d.]+)"', drawn.render())[0]
    )
    first, second = circles(drawn.render(), "final")
    assert second[0] - first[0] == pytest.approx(2 * float(radius), abs=0.2)


def test_reach_follows_the_ellipse_of_the_rule(small: LayoutProblem) -> None:
    longer = SpacingForm(ellipse_metric(4.0, 2.0, 230.0))
    problem = replace(small, min_spacing_d=4.0, spacing_form=longer)
    drawn = SvgMap(problem, "map")
    drawn.turbines(np.array([[0.0, 0.0], [2000.0, 0.0]]), "final")
    svg = drawn.render()
    sizes = re.findall(
        r'<ellipse class="final room" cx="\S+" cy="\S+" rx="([\d.]+)" ry="([\d.]+)"', svg
    )
    long, short = (float(size) for size in sizes[0])
    first, second = circles(svg, "final")
    scale = (second[0] - first[0]) / 2000.0
    assert long == pytest.approx(2.0 * problem.rotor_diameter * scale, abs=0.1)
    assert short == pytest.approx(1.0 * problem.rotor_diameter * scale, abs=0.1)
    assert "rotate(-40.0 " in svg  # along 50-230°, clockwise from the east


def test_nothing_lies_beyond_the_map_or_on_the_arrow_to_the_north(small: LayoutProblem) -> None:
    (west, south), (east, north) = map_extent(small)
    corners = np.array([[west, south], [west, north], [east, south], [east, north]])
    drawn = SvgMap(small, "map")
    drawn.turbines(corners, "final", numbered=True)
    svg = drawn.render()
    reach = float(re.findall(r'room" cx="\S+" cy="\S+" r="([\d.]+)"', svg)[0])
    width, height = (float(size) for size in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    places = circles(svg, "final")
    assert (places >= reach).all()
    assert (places <= np.array([width, height]) - reach).all()
    numbers = re.findall(r'y="([\d.]+)">\d+</text>', svg)
    assert min(float(y) for y in numbers) - 8 >= 18  # pixels: letters are as high, the arrow ends


def test_fixed_turbines_and_ways_are_drawn(small: LayoutProblem) -> None:
    assert small.initial_layout is not None
    beside = replace(
        small, fixed_layout=np.array([[4500.0, 3000.0]]), fixed_types=np.zeros(1, dtype=np.intp)
    )
    svg = map_of_moves(beside, small.initial_layout, small.initial_layout + np.array([0.0, 250.0]))
    assert svg.count('class="way"') == 9
    assert svg.count('class="fixed"') == 1
    assert "turbine 1: moved 250 m" in svg


def test_many_turbines_are_not_numbered(small: LayoutProblem) -> None:
    crowd = np.random.default_rng(0).uniform(0, 4000, (MOST_NUMBERED + 1, 2))
    drawn = SvgMap(small, "map")
    drawn.turbines(crowd, "final", numbered=True)
    assert len(re.findall(r">\d+</text>", drawn.render())) == 0


def test_one_more_turbine_is_mapped_with_floris_figures(small: LayoutProblem) -> None:
    assert small.initial_layout is not None
    answers = {
        "map": {"places": [[500.0, 500.0], [700.0, 500.0]], "values": [1.0, 2.0], "step_m": 200.0},
        "places": [{"x": 700.0, "y": 500.0, "gain_gwh": 31.25}],
    }
    svg = map_of_one_more(small, small.initial_layout, answers)
    assert svg.count("<rect") == 2
    assert "+31.25 GWh" in svg
    dark, light = re.findall(r'fill="(#\w{6})"', svg)
    assert dark < light  # viridis begins dark
    ElementTree.fromstring(svg)


def test_words_of_marks_in_a_corner_lie_on_nothing(small: LayoutProblem) -> None:
    _, (east, north) = map_extent(small)
    places = np.array([[east - i, north - j] for i in (100.0, 500.0) for j in (100.0, 500.0)])
    drawn = SvgMap(small, "map")
    drawn.marks(places, [f"+15.1{i} GWh" for i in range(4)])
    svg = drawn.render()
    found = re.findall(r'<text class="mark" x="([\d.]+)" y="([\d.]+)"', svg)
    centres = np.array(found, dtype=float)
    assert (centres[:, 0] + 30 < drawn.width).all()
    gaps = np.abs(centres[:, None] - centres)[np.triu_indices(4, 1)]
    assert ((gaps[:, 0] > 60) | (gaps[:, 1] > 10)).all()
