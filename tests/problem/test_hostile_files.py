"""Files that mean harm are refused by size, count or depth before they take time and memory."""

import io
import json
import logging
import struct
import zipfile
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import shapely

from windopt.config.reader import load_config
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.site import Site
from windopt.readers import zipped
from windopt.readers.checks import most_turbines
from windopt.readers.places import areas, features
from windopt.readers.places.files import read_geo_file
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site
from windopt.readers.tables import MOST_COLUMNS, read_table
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.windkit_nc import read_windkit
from windopt.readers.wind.wrg import read_weibull_grid
from windopt.readers.xml_tree import DEEPEST, read_xml

SQUARE = "3,52 3.1,52 3.1,52.1 3,52.1 3,52"
PLACEMARK = (
    "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon></Placemark>"
)
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
EPSG = {"type": "name", "properties": {"name": "EPSG:25831"}}


def refused(path: Path, said: str, **options: Any) -> None:
    with pytest.raises(ConfigError, match=said):
        read_geo_file(path, "site", "vertices", **options)


def kmz(path: Path, content: str, **how: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", content, **how)
    return path


# -- zip and XML ----------------------------------------------------------------------------------


def test_a_zipped_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    path = kmz(tmp_path / "a.kmz", KML.format(" " * 60_000_000))
    assert path.stat().st_size < 100_000
    refused(path, "more than 50 MB")


def test_a_size_that_lies_does_not_help(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"x" * 5000)
    true, small = struct.pack("<I", 5000), struct.pack("<I", 10)
    path = tmp_path / "lies.zip"
    path.write_bytes(content.getvalue().replace(true, small))
    with pytest.raises(ValueError, match=r"CRC|BadZip"), zipped.open_zip(path) as archive:
        zipped.unpack(archive, archive.infolist()[0], 100)


def test_unusual_packing_and_many_files_are_refused(tmp_path: Path) -> None:
    path = kmz(tmp_path / "a.kmz", KML.format(""), compress_type=zipfile.ZIP_LZMA)
    refused(path, "unusual way")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for i in range(zipped.MOST_MEMBERS + 1):
            archive.writestr(f"{i}.shp", b"")
    refused(tmp_path / "b.zip", "more than 10,000 files")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    declared = "UTF-16" if "16" in encoding else encoding
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    body = KML.format(PLACEMARK.format(SQUARE))
    path = tmp_path / "a.kml"
    path.write_bytes((head + '<!DOCTYPE k [<!ENTITY a "b">]>' + body).encode(encoding))
    refused(path, "document type declaration")
    path.write_bytes((head + body).encode(encoding))
    (found,) = read_geo_file(path, "site", "vertices").features
    assert found.shape.area == pytest.approx(0.01)


def test_xml_has_limits() -> None:
    for content, said in (
        (b"<a>" * (DEEPEST + 1), "deep"),
        (b"<a>" + b"<b/>" * 500_000 + b"</a>", "more than 500,000 elements"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "encoding"),
        (b"<a", "unclosed token"),
        (b"", "no element"),
    ):
        with pytest.raises(ValueError, match=said):
            read_xml(io.BytesIO(content))
    root = read_xml(io.BytesIO(b"<x:a xmlns:x='u' x:c='1'>t<b d='2'/></x:a>"))
    assert (root.tag, root.attrib, root.text) == ("a", {"c": "1"}, "t")
    assert [child.tag for child in root] == ["b"]


# -- shapes ---------------------------------------------------------------------------------------


def test_too_many_vertices_and_shapes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = features.MOST_PARTS + 1
    path = tmp_path / "a.geojson"
    for geometry, said in (
        ({"type": "Polygon", "coordinates": [[[0, 0]] * (features.MOST_VERTICES + 1)]}, "vertices"),
        ({"type": "MultiPoint", "coordinates": [[0, 0]] * few}, "10,001 parts"),
        ({"type": "Polygon", "coordinates": [[[0, 0]] * 4] * few}, "10,001 parts"),
        ({"type": "FeatureCollection", "features": [1] * few}, "10,001 features"),
        ({"type": "Point", "coordinates": [10**30, 0], "crs": EPSG}, "no place on earth"),
    ):
        path.write_text(json.dumps(geometry))
        refused(path, said)
    path.write_text('{"type":"Polygon","coordinates":' + "[" * 1_000_000)
    refused(path, "cannot be read as GeoJSON")
    path = tmp_path / "a.kml"
    path.write_text(KML.format(PLACEMARK.format(SQUARE) * few))
    refused(path, "more than 10,000 shapes")


@pytest.mark.parametrize("text", ["x,y\n1e200,5\n", "x,y\n1e12,5\n", "wkt\nPOINT (1e300 5)\n"])
def test_places_off_the_earth_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"layout\.csv.*(no place on earth|is no number)"):
        read_layout(str(path))


def test_a_tangle_is_not_repaired(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "a.geojson"
    for n in (3000, 40_000):
        ring = (5e5 + 4000 * rng.random((n, 2))).round(1).tolist()
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]], "crs": EPSG}
        path.write_text(json.dumps(geometry))
        with pytest.raises(ConfigError, match=r"more than 2,000 times|40,000 edges that lie over"):
            read_site(str(path), repair_boundaries=True)
        with pytest.raises(ConfigError, match=r"self-intersecting|crosses itself|lie over"):
            read_site(str(path))


def test_crossings_are_counted_from_both_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(21.0)
    zigzag = np.column_stack([x, 2 * (x % 2) - 1])  # crosses the line back 20 times
    polygon = shapely.Polygon([(-1, 0.0), *zigzag, (21, 0.0)])
    assert not polygon.is_valid
    found = shapely.intersection(shapely.LineString(zigzag), shapely.LineString([(-1, 0), (21, 0)]))
    assert len(found.geoms) == 20
    monkeypatch.setattr(areas, "MOST_CROSSINGS", 20)
    areas.require_few_crossings(polygon, "a", "b")
    monkeypatch.setattr(areas, "MOST_CROSSINGS", 19)
    with pytest.raises(ConfigError, match="more than 19 times"):
        areas.require_few_crossings(polygon, "a", "b")


# -- tables, grids and climates -------------------------------------------------------------------


def test_tables_have_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join("a" * (MOST_COLUMNS + 1)) + "\n")
    with pytest.raises(ConfigError, match="10,001 columns"):
        read_table(path, "a", {})
    path.write_text("a,b\n" + "1,2\n" * 600_001)
    with pytest.raises(ConfigError, match=r"600,002 rows"):
        read_table(path, "a", {})
    path.write_text("# " + "[ " * 1_000_000 + "\n# hub_height [m]: 90\na,b\n1,2\n")
    table = read_table(path, "a", {"a": ()})
    assert table.fact("hub_height") == 90


def test_a_grid_along_a_diagonal_is_no_grid(tmp_path: Path) -> None:
    sectors = " ".join(["83 90 200"] * 12)
    lines = [f"GP {i * 100} {i * 100} 0 100 9.0 2.00 500 12 {sectors}" for i in range(3000)]
    path = tmp_path / "a.wrg"
    path.write_text("\n".join(["3000 3000 0 0 100", *lines]))
    with pytest.raises(ConfigError, match="3,000 of 3000 x 3000 nodes"):
        read_weibull_grid(path)


def test_netcdf_of_many_values_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    dims = {"sector": 12, "south_north": 4000, "west_east": 4000}
    with netCDF4.Dataset(path, "w") as data:
        for name, size in dims.items():
            data.createDimension(name, size)
        for name in ("A", "k", "wdfreq"):
            data.createVariable(name, "f4", tuple(dims), zlib=True)
    assert path.stat().st_size < 100_000
    with pytest.raises(ConfigError, match="holds 576,000,000 values"):
        read_windkit(path, WindContext(hub_height=100.0))


def test_a_map_in_one_block_is_refused(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="rasterio comes with windopt[wasp]")
    from windopt.readers.wind.geotiff import read_geotiff

    path = tmp_path / "a.tif"
    size = 20_000
    place = rasterio.transform.from_origin(0, 4000, 0.2, 0.2)
    how = {"tiled": True, "blockxsize": 20_000 // 16 * 16, "blockysize": 20_000 // 16 * 16}
    with rasterio.open(
        path, "w", driver="GTiff", count=1, dtype="float32", crs="EPSG:25831", width=size,
        height=size, transform=place, sparse_ok=True, **how,
    ):  # fmt: skip
        pass
    low, high = np.array([100.0, 100.0]), np.array([200.0, 200.0])
    with pytest.raises(ConfigError, match="stored in blocks of 400,000,000 pixels"):
        read_geotiff(path, "speed_map", "EPSG:25831", low, high)


# -- numbers of a config --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("min_spacing_d", "1e300"), ("min_spacing_d", "1.0e+308"), ("seed", "1" + "0" * 30)],
        *[("spacing", "{along_d: 4.0e+200, across_d: 2}"), ("spacing", "{min_m: 1.0e+9}")],
        *[("exclusions", "[{point: [1.0e+308, 1], distance_m: 5}]"), ("hub_height", "1.0e+9")],
        *[("exclusions", "[{point: [1, 1], distance_m: 1.0e+12}]"), ("rotor_diameter", "5000")],
        *[("wake.parameters.wake_velocity_parameters.gauss.alpha", "1.0e+300")],
        *[("economics", "{value_per_mwh: 1.0e+30, cost_per_turbine: 1}")],
        *[("budget.seconds", "1.0e+300"), ("optimise.steps", "1" + "0" * 15)],
        *[("simulate.conditions", ".inf"), ("multidim_conditions", "{Tp: .nan}")],
    ],
)
def test_magnitudes_have_limits(small_config: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(small_config, {key: value})
    assert any(key.split(".")[0] in fault.where for fault in error.value.faults)


def test_code_is_named_on_the_command_line_only(small_config: Path, tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nMETHODS = {{}}\n")
    path = tmp_path / "a.yaml"
    text = small_config.read_text().replace(": ", ": ")
    path.write_text(text + f"\ncompare: {{methods: [grid, '{tmp_path}/evil.py:x']}}\n")
    with pytest.raises(ConfigError, match=r"compare\.methods: .*evil.py:x' is code") as error:
        load_config(path)
    assert any("--method FILE.py:NAME" in fault.cure for fault in error.value.faults)
    assert not (tmp_path / "ran").exists()
    own = f"{tmp_path}/evil.py:x"
    assert load_config(small_config, {"compare.methods": [own]}).compare.methods == [own]


def test_a_flood_of_faults_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    error = ConfigError(Fault(f"line {i}", "x" * 5000, "y") for i in range(5000))
    assert str(error).endswith("and 4,900 more")
    assert len(str(error)) < 200_000
    faults = FaultCollector()

    def bad() -> None:
        raise ConfigError.of("a", "b", "c")

    for _ in range(20_000):
        faults.attempt(bad)
    assert len(faults) == 10_000
    logging.getLogger(__name__).debug(len(faults))


def test_crossings_and_repairs_are_counted_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.geojson"
    ties = [
        [[[x, 0], [x + 90, 90], [x + 90, 0], [x, 90], [x, 0]]] for x in range(500_000, 501_000, 100)
    ]
    for geometries in (
        [{"type": "MultiPolygon", "coordinates": ties}],
        [{"type": "Polygon", "coordinates": tie} for tie in ties],
    ):
        drawn = [{"type": "Feature", "properties": {}, "geometry": g} for g in geometries]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": drawn, "crs": EPSG}))
        site = read_site(str(path), repair_boundaries=True)
        assert site.area.area == pytest.approx(10 * 2 * 45 * 45)
        with monkeypatch.context() as patch:
            patch.setattr(areas, "MOST_CROSSINGS", 9)
            with pytest.raises(ConfigError, match="more than 9 times, together with"):
                read_site(str(path), repair_boundaries=True)
        with monkeypatch.context() as patch:
            patch.setattr(areas, "MOST_REPAIRS", 9)
            with pytest.raises(ConfigError, match="is invalid, and 9 polygons before it were"):
                read_site(str(path), repair_boundaries=True)


def test_polygons_that_all_overlap_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.geojson"
    squares = [
        shapely.geometry.mapping(shapely.box(5e5 + i, 0, 5e5 + i + 900, 900)) for i in range(40)
    ]
    together = {"type": "MultiPolygon", "coordinates": [one["coordinates"] for one in squares]}
    for geometries in (squares, [together]):
        drawn = [{"type": "Feature", "properties": {}, "geometry": g} for g in geometries]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": drawn, "crs": EPSG}))
        monkeypatch.setattr(areas, "MOST_MEETINGS", 40 * 39 // 2)
        assert read_site(str(path)).area.area == pytest.approx(939 * 900)
        monkeypatch.setattr(areas, "MOST_MEETINGS", 40 * 39 // 2 - 1)
        with pytest.raises(ConfigError, match="touch or overlap one another more than 779 times"):
            read_site(str(path))


def test_a_jagged_outline_is_thinned_where_nothing_hangs_on_it() -> None:
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 6000, endpoint=False)
    radius = 3000 + 10 * rng.random(6000)
    ring = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    jagged = Site("jagged", shapely.MultiPolygon([shapely.Polygon(ring)]))
    smooth = Site("smooth", shapely.MultiPolygon([shapely.Polygon(3010 * ring / radius[:, None])]))
    assert most_turbines(jagged, 250.0) <= 1.05 * most_turbines(smooth, 250.0)
    assert most_turbines(jagged, 250.0) >= most_turbines(
        Site("disc", shapely.MultiPolygon([shapely.Point(0, 0).buffer(2999)])), 250.0
    )
