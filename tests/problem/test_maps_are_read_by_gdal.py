"""GeoPackage, FlatGeobuf, GML and DXF are sites and layouts; what names other files is refused."""

import socket
import sqlite3

import numpy as np
import pytest
import shapely
import shapely.affinity

from windopt.errors import ConfigError
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
pyogrio = pytest.importorskip("pyogrio", reason="pyogrio is missing: pip install 'windopt[geo]'")

UTM = "EPSG:25831"
CORNER = np.array([500_000.0, 5_700_000.0])
DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "gml": "GML", "shp": "ESRI Shapefile"}
SQUARE = shapely.box(*CORNER, *CORNER + 3000.0).difference(
    shapely.box(*CORNER + 1000.0, *CORNER + 1500.0)
)
ISLAND = shapely.affinity.translate(shapely.box(*CORNER, *CORNER + 1000.0), 5000.0)
AREA = 9.0 - 0.25


def write(path, shapes, kind="Polygon", driver=None, crs=UTM, **more):
    names = np.array([f"lot {i}" for i in range(len(shapes))], dtype=object)
    columns = {} if driver == "DXF" else {"name": names}
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(shapes),
        list(columns.values()),
        list(columns),
        geometry_type=kind,
        driver=driver or DRIVERS[path.suffix[1:]],
        crs=crs,
        **more,
    )
    return str(path)


@pytest.mark.parametrize("suffix", sorted(DRIVERS))
def test_parcels_with_a_hole_are_a_site(tmp_path, suffix, capfd):
    path = write(tmp_path / f"lots.{suffix}", np.array([SQUARE, ISLAND]))
    before = sorted(tmp_path.iterdir())
    site = read_site(path)
    assert site.crs == UTM
    assert site.area_km2 == pytest.approx(AREA + 1.0, abs=1e-6)
    assert read_site(path, where={"name": "lot 0"}).area_km2 == pytest.approx(AREA, abs=1e-6)
    assert sorted(tmp_path.iterdir()) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", sorted(DRIVERS))
def test_points_are_a_layout(tmp_path, suffix):
    places = CORNER + np.array([[100.0, 200.0], [2000.0, 300.0]])
    path = write(tmp_path / f"turbines.{suffix}", shapely.points(places), "Point")
    site = read_site(write(tmp_path / "site.fgb", np.array([SQUARE])))
    found = read_layout(path, site=site).coordinates
    np.testing.assert_allclose(np.sort(found, axis=0), places, atol=1e-3)  # .fgb sorts them


def test_outlines_of_a_drawing_are_lines_that_close(tmp_path):
    """DXF has no CRS: the config says it."""
    path = write(tmp_path / "site.dxf", np.array([ISLAND.exterior]), "LineString", "DXF", None)
    assert read_site(path, crs=UTM).area_km2 == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(ConfigError, match="say crs: EPSG:"):
        read_site(path)
    open_line = shapely.LineString(ISLAND.exterior.coords[:-1])
    path = write(tmp_path / "open.dxf", np.array([open_line]), "LineString", "DXF", None)
    with pytest.raises(ConfigError, match="line"):
        read_site(path, crs=UTM)


def drawing(levels, fan, outline):
    """A drawing of a turbine, a symbol of symbols within symbols, and maybe of a site."""
    lines = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", "AC1015", "0", "ENDSEC"]
    lines += ["0", "SECTION", "2", "BLOCKS"]
    for level in range(levels):
        lines += ["0", "BLOCK", "8", "0", "2", f"B{level}", "10", "0", "20", "0"]
        if level == 0:
            lines += ["0", "LINE", "8", "0", "10", "0", "20", "0", "11", "1", "21", "1"]
        for number in range(fan if level else 0):
            lines += ["0", "INSERT", "8", "0", "2", f"B{level - 1}", "10", f"{number}", "20", "0"]
        lines += ["0", "ENDBLK", "8", "0"]
    lines += ["0", "ENDSEC", "0", "SECTION", "2", "ENTITIES"]
    x, y = CORNER + 500.0
    lines += ["0", "INSERT", "8", "WTG", "2", f"B{levels - 1}", "10", f"{x}", "20", f"{y}"]
    lines += ["0", "LWPOLYLINE", "8", "SITE", "90", "4", "70", "1"] if outline else []
    for x, y in shapely.get_coordinates(ISLAND)[: 4 if outline else 0]:
        lines += ["10", f"{x}", "20", f"{y}"]
    return "\n".join([*lines, "0", "ENDSEC", "0", "EOF"])


@pytest.mark.parametrize("levels", [2, 30])
def test_blocks_of_a_drawing_are_points_however_deep(tmp_path, levels):
    """Thirty levels of ten would be 10^29 lines."""
    path = tmp_path / "site.dxf"
    path.write_text(drawing(levels, 10, True))
    site = read_site(str(path), crs=UTM, where={"layer": "SITE"})
    assert site.area_km2 == pytest.approx(1.0, abs=1e-6)
    path.write_text(drawing(levels, 10, False))
    np.testing.assert_allclose(read_layout(str(path), site=site).coordinates, [CORNER + 500.0])


def test_a_view_that_never_ends_is_refused(tmp_path):
    path = tmp_path / "site.gpkg"
    write(path, np.array([SQUARE]), layer="site")
    endless = (
        "with recursive n(i) as (select 1 union all select i from n) select i from n where i > 1"
    )
    with sqlite3.connect(path) as base:
        base.execute(f"create view endless as {endless}")
    base.close()
    with pytest.raises(ConfigError, match="holds the view 'endless'"):
        read_site(str(path))


def test_layers_are_chosen_by_name(tmp_path):
    path = tmp_path / "project.gpkg"
    write(path, np.array([SQUARE]), layer="site")
    write(path, np.array([ISLAND]), layer="reserve", append=True)
    assert read_site(str(path)).area_km2 == pytest.approx(AREA + 1.0, abs=1e-6)
    assert read_site(str(path), where={"layer": "site"}).area_km2 == pytest.approx(AREA, abs=1e-6)
    write(path, np.array([ISLAND]), layer="elsewhere", append=True, crs="EPSG:25832")
    with pytest.raises(ConfigError, match="different coordinate reference systems"):
        read_site(str(path))
    assert read_site(str(path), where={"layer": "reserve"}).area_km2 == pytest.approx(1.0, abs=1e-6)


def test_a_part_of_a_geopackage_without_shapes_is_passed_over(tmp_path):
    path = tmp_path / "site.gpkg"
    write(path, np.array([SQUARE]))
    with sqlite3.connect(path) as base:
        base.execute("create table notes (id integer primary key, text text)")
        base.execute("insert into notes values (1, 'none of this is a shape')")
        told = "insert into gpkg_contents (table_name, data_type, identifier) values "
        base.execute(f"{told} ('notes', 'attributes', 'notes')")
    base.close()
    assert read_site(str(path)).area_km2 == pytest.approx(AREA, abs=1e-6)


VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>"
    "</OGRVRTDataSource>"
)


@pytest.mark.parametrize("suffix", ["gml", "gpkg", "fgb", "dxf"])
def test_a_file_that_names_another_is_not_followed(tmp_path, suffix):
    secret = write(tmp_path / "secret.gpkg", np.array([SQUARE]))
    path = tmp_path / f"site.{suffix}"
    path.write_text(VRT.format(secret))
    with pytest.raises(ConfigError, match="cannot be read as"):
        read_site(str(path), crs=UTM)
    path.write_text(f"<!-- opengis.net/gml -->\n{VRT.format(secret)}")
    with pytest.raises(ConfigError, match="cannot be read as"):
        read_site(str(path), crs=UTM)


@pytest.mark.parametrize("suffix", ["gml", "gpkg", "fgb", "dxf"])
def test_content_of_another_format_is_refused(tmp_path, suffix):
    """GDAL would read it by what it holds, whatever its suffix."""
    other = "fgb" if suffix != "fgb" else "gml"
    inside = write(tmp_path / f"inside.{other}", np.array([SQUARE]))
    path = tmp_path / f"site.{suffix}"
    path.write_bytes((tmp_path / inside).read_bytes())
    with pytest.raises(ConfigError, match="cannot be read as"):
        read_site(str(path), crs=UTM)


def test_gml_asks_nobody_on_the_network(tmp_path):
    path = tmp_path / "site.gml"
    write(path, np.array([SQUARE]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        there = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        text = path.read_text()
        start = text.index("schemaLocation=") + len("schemaLocation=")
        end = text.index(text[start], start + 1)
        asks = f'{text[:start]}"{there} {there}.xsd{text[end:]}'
        path.write_text(
            asks.replace(
                "<gml:Polygon ",
                f'<gml:Polygon xlink:href="{there}#a" xmlns:xlink="http://www.w3.org/1999/xlink" ',
                1,
            )
        )
        assert read_site(str(path)).area_km2 == pytest.approx(AREA, abs=1e-6)
        with pytest.raises(BlockingIOError):
            server.accept()
    declared = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>"
    path.write_text(text.replace("?>", f"?>{declared}", 1))
    with pytest.raises(ConfigError, match="document type declaration"):
        read_site(str(path))


def test_too_many_shapes_are_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "site.fgb", np.array([SQUARE, ISLAND]))
    monkeypatch.setattr("windopt.readers.places.gdal_reader.MOST_PARTS", 1)
    with pytest.raises(ConfigError, match="more than 1 shapes"):
        read_site(path)


def test_too_large_a_file_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "site.gpkg", np.array([SQUARE]))
    monkeypatch.setattr("windopt.readers.places.shapefile_parts.LARGEST", 1000)
    with pytest.raises(ConfigError, match="keep the shapes of this site only"):
        read_site(path)
