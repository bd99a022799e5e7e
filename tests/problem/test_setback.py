"""A set-back keeps turbines off the boundary: exactly along straight edges, never by too little."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.config.placement import SetbackConfig
from windopt.errors import ConfigError
from windopt.problem.constraints import check_feasibility
from windopt.problem.repair import repair
from windopt.problem.site import Site
from windopt.problem.violations import violations
from windopt.readers.load import load_problem
from windopt.readers.safe_shapes import inside_by
from windopt.readers.setback import set_back

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"


def site_of(*parts: shapely.Polygon) -> Site:
    area = shapely.MultiPolygon(list(shapely.get_parts(shapely.union_all(parts))))
    return Site("here", area, outline=area)


def geojson(path: Path, **parcels: list) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for name, rings in parcels.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def ring(x: float, y: float, width: float, height: float) -> list:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    return [list(corner) for corner in corners]


def problem(site: str, **more: object):
    plain = {"site": site, "n_turbines": 4, "layout": None, "min_spacing_d": 2.0}
    return load_problem(str(QUICKSTART), plain | more)


def test_metres_and_radii_add_up_on_a_square(tmp_path: Path) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000)])
    radius = problem(path).rotor_diameter / 2
    for setback, distance in (
        ({"m": 150}, 150),
        ({"rotor_radii": 1}, radius),
        ({"m": 100, "rotor_radii": 2}, 100 + 2 * radius),
    ):
        found = problem(path, site_setback=setback).site
        assert found.area.bounds == pytest.approx((distance, distance, *[4000 - distance] * 2))
        assert found.area.area == pytest.approx((4000 - 2 * distance) ** 2)
        assert found.setback_m == pytest.approx(distance)
        assert found.drawn.area == 4000**2


def test_a_whole_rotor_is_inside_by_the_largest_of_several_types(tmp_path: Path) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 9000, 9000)])
    turbines = ["floris:nrel_5MW", "floris:iea_15MW"]
    more = {"turbine": turbines, "turbine_counts": [2, 2], "site_setback": {"rotor_radii": 1}}
    found = problem(path, **more)
    largest = max(turbine.rotor_diameter for turbine in found.turbines)
    assert found.site.area.bounds[0] == pytest.approx(largest / 2)


def test_holes_keep_it_and_exclusions_keep_their_own(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "site.geojson", a=[ring(0, 0, 6000, 6000), ring(2000, 2000, 1000, 1000)]
    )
    item = {"name": "road", "polygon": [[4500, 0], [4600, 0], [4600, 6000], [4500, 6000]]}
    found = problem(path, site_setback={"m": 300}, exclusions=[item | {"distance_m": 50}]).site
    near_hole = shapely.box(1700.1, 2300, 3299.9, 2700)
    assert not found.area.intersects(near_hole)
    assert found.area.covers(shapely.Point(1699.9, 2500))
    assert found.area.covers(shapely.Point(4449, 3000))  # 51 m off the road
    assert not found.area.covers(shapely.Point(4451, 3000))


def test_a_windio_exclusion_of_the_site_is_a_hole_like_any(tmp_path: Path) -> None:
    corners = {"x": [0, 4000, 4000, 0], "y": [0, 0, 4000, 4000]}
    hole = {"x": [1500, 2500, 2500, 1500], "y": [1500, 1500, 2500, 2500]}
    windio = {
        "name": "here",
        "boundaries": {"polygons": [corners]},
        "exclusions": {"polygons": [hole]},
    }
    (tmp_path / "site.yaml").write_text(json.dumps(windio))
    same = geojson(
        tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000), ring(1500, 1500, 1000, 1000)]
    )
    areas = [
        problem(path, site_setback={"m": 200}).site.area
        for path in (str(tmp_path / "site.yaml"), same)
    ]
    assert shapely.symmetric_difference(*areas).area < 1e-3


def test_a_shared_edge_is_no_boundary(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    both = {"a": [ring(0, 0, 2000, 4000)], "b": [ring(2000, 0, 2000, 4000)]}
    found = problem(geojson(tmp_path / "site.geojson", **both), site_setback={"m": 200}).site
    assert found.area.area == pytest.approx(3600**2)
    assert not caplog.records or "apart" not in caplog.text
    both["b"] = [ring(2000.5, 0, 2000, 4000)]
    found = problem(geojson(tmp_path / "gap.geojson", **both), site_setback={"m": 200}).site
    assert found.area.area == pytest.approx(2 * 1600 * 3600)
    assert "two parcels are less than 1 m apart without touching" in caplog.text


def test_what_vanishes_and_splits_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = [[0, 0], [3000, 0], [3000, 1300], [6000, 1300], [6000, 0], [9000, 0]]
    narrow += [[9000, 3000], [6000, 3000], [6000, 1700], [3000, 1700], [3000, 3000], [0, 3000]]
    path = geojson(
        tmp_path / "site.geojson",
        dumbbell=[[*narrow, narrow[0]]],
        strip=[ring(0, 5000, 9000, 390)],
    )
    found = problem(path, site_setback={"m": 200}).site
    assert len(found.polygons) == 2
    assert "parcel 'strip' of 3.51 km² has no place left" in caplog.text
    assert "parcel 'dumbbell' of 19.2 km² is split into 2: 6.78 km², 6.78 km²" in caplog.text


def test_nothing_left_is_a_fault_with_what_would_leave_some(tmp_path: Path) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000)])
    with pytest.raises(ConfigError, match=r"site_setback: 2500 m leaves no place .*about 2000 m"):
        problem(path, site_setback={"m": 2500})
    for wrong in ({}, {"m": 0}, {"m": -1}, {"metres": 100}, {"m": 1e300}, 100):
        with pytest.raises(ConfigError, match="site_setback"):
            problem(path, site_setback=wrong)


@given(
    st.integers(0, 10_000),
    st.integers(4, 60),
    st.floats(1, 800),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_nothing_is_nearer_than_the_set_back_and_next_to_nothing_is_lost(
    seed: int, n: int, distance: float, holed: bool
) -> None:
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = 3000 * rng.uniform(0.4, 1.0, n)
    star = shapely.Polygon(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    area = star.difference(shapely.Point(300, 200).buffer(400, 3)) if holed else star
    area = shapely.MultiPolygon(list(shapely.get_parts(area)))
    inner = inside_by(area, distance)
    if inner.is_empty:
        return
    rim = shapely.points(shapely.get_coordinates(shapely.segmentize(inner.boundary, 2.0)))
    off = shapely.distance(rim, area.boundary)
    # GEOS joins vertices of an offset curve that are nearer than a millionth of its distance
    assert off.min() >= distance * (1 - 1e-6) - 1e-9
    # arcs of one degree at most are as far off as that
    assert off.max() <= distance / math.cos(math.radians(0.5)) + 1e-6
    assert inner.difference(area).area < 1e-6


def test_a_ragged_coast_is_thinned_on_the_safe_side(caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, 8_000, endpoint=False)
    radius = 3000 + rng.normal(size=len(angle))
    coast = shapely.Polygon(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    found = set_back(site_of(coast), SetbackConfig(m=150), 100.0).area
    rim = shapely.points(shapely.get_coordinates(found.boundary))
    shapely.prepare(coast.exterior)
    assert shapely.distance(rim, coast.exterior).min() >= 150 - 1e-6
    assert "8001 vertices are thinned" in caplog.text


def test_layouts_are_mended_and_judged_by_it(tmp_path: Path) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000)])
    (tmp_path / "layout.csv").write_text("x,y\n0,0\n4000,0\n4000,4000\n2000,2000\n")
    more = {"layout": str(tmp_path / "layout.csv"), "site_setback": {"m": 100}, "n_turbines": None}
    found = problem(path, **more)
    assert found.initial_layout is not None
    judged = check_feasibility(found, found.initial_layout)
    assert not judged.feasible
    assert judged.max_boundary_violation_m == pytest.approx(100 * math.sqrt(2))
    mended = repair(found, found.initial_layout)
    assert check_feasibility(found, mended).feasible
    assert mended.min() >= 100 - 1e-9
    assert mended.max() <= 3900 + 1e-9


def test_a_turbine_within_the_set_back_is_told_from_one_outside(tmp_path: Path) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000)])
    (tmp_path / "layout.csv").write_text("x,y\n100,2000\n-50,500\n2000,2000\n3000,3000\n")
    wreck = {"point": [2000, 2000], "distance_m": 300}
    more = {"layout": str(tmp_path / "layout.csv"), "exclusions": [wreck], "n_turbines": None}
    found = problem(path, site_setback={"m": 150}, **more)
    assert found.initial_layout is not None
    told = violations(found, found.initial_layout)
    assert told.in_words[0].startswith("turbine 3 stands where it may not, 300 m inside")
    assert told.in_words[1:] == [
        "turbine 2 stands 200 m outside the site",
        "turbine 1 stands within the set-back of 150 m from the boundary, by 50 m",
    ]


def test_a_crumb_that_an_exclusion_leaves_is_not_told_as_its_parcel(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = geojson(tmp_path / "site.geojson", a=[ring(0, 0, 4000, 4000)])
    pipe = {"line": [[3000, -100], [4100, 1000]], "distance_m": 50}
    problem(path, site_setback={"m": 450}, exclusions=[pipe])
    assert "a part of parcel 'a'" in caplog.text
