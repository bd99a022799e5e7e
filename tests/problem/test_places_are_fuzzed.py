"""Whatever a map or a table holds, the readers return a site or a ConfigError, nothing else."""

import contextlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from windopt.errors import ConfigError
from windopt.readers.identify import roles_of
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
pyogrio = pytest.importorskip("pyogrio", reason="pyogrio is missing: pip install 'windopt[geo]'")

PLACES = Path(__file__).parents[2] / "configs" / "places"
FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WHOLE = {name: (PLACES / f"borssele3.{name}").read_bytes() for name in ("geojson", "kml", "csv")}
with zipfile.ZipFile(PLACES / "borssele3.zip") as archive:
    PARTS = {name: archive.read(name) for name in archive.namelist()}

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "geometries", "features", "crs"]),
            inside | st.sampled_from(["Polygon", "MultiPolygon", "Point", "FeatureCollection"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def mutated(draw, content):
    """Cut, double or replace a few bytes."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        width = draw(st.integers(0, 30))
        data[at : at + width] = draw(st.binary(max_size=12) | st.just(bytes(data[at : at + 40])))
    return bytes(data)


def read_all(path):
    for read in (
        lambda: read_site(path, crs="EPSG:25831"),
        lambda: read_site(path, repair_boundaries=True),
        lambda: read_layout(path),
        lambda: roles_of(path),
    ):
        with contextlib.suppress(ConfigError):
            read()


@FUZZ
@given(data=st.data(), form=st.sampled_from(sorted(WHOLE)))
def test_mutated_files(tmp_path, data, form):
    path = tmp_path / f"site.{form}"
    path.write_bytes(mutated(data.draw, WHOLE[form]))
    read_all(str(path))


@FUZZ
@given(document=JSON, kind=st.sampled_from(["Polygon", "Feature", "GeometryCollection", "Point"]))
def test_any_json(tmp_path, document, kind):
    path = tmp_path / "site.geojson"
    content = {"type": kind} | document if isinstance(document, dict) else document
    path.write_text(json.dumps(content))
    read_all(str(path))
    wrapped = {"type": kind, "coordinates": document, "geometry": document, "geometries": document}
    path.write_text(json.dumps(wrapped))
    read_all(str(path))


@settings(FUZZ, max_examples=30)
@given(data=st.data(), part=st.sampled_from(sorted(PARTS)))
def test_mutated_shapefiles(tmp_path, data, part):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, whole in PARTS.items():
            archive.writestr(name, mutated(data.draw, whole) if name == part else whole)
    path = tmp_path / "site.zip"
    path.write_bytes(content.getvalue())
    read_all(str(path))


@pytest.fixture(scope="module")
def by_gdal(tmp_path_factory):
    """The parcel of `WHOLE` in every format that GDAL reads."""
    folder = tmp_path_factory.mktemp("maps")
    told, _, shapes, _ = pyogrio.raw.read(PLACES / "borssele3.geojson")
    for suffix, driver in (("gpkg", "GPKG"), ("fgb", "FlatGeobuf"), ("gml", "GML"), ("dxf", "DXF")):
        pyogrio.raw.write(
            str(folder / f"site.{suffix}"),
            shapes,
            [],
            [],
            geometry_type=told["geometry_type"],
            driver=driver,
            crs=None if driver == "DXF" else told["crs"],
        )
    return {path.suffix: path.read_bytes() for path in folder.iterdir() if path.suffix != ".xsd"}


@FUZZ
@given(data=st.data(), suffix=st.sampled_from([".gpkg", ".fgb", ".gml", ".dxf"]))
def test_mutated_maps_of_other_formats(tmp_path, by_gdal, data, suffix):
    path = tmp_path / f"site{suffix}"
    path.write_bytes(mutated(data.draw, by_gdal[suffix]))
    read_all(str(path))
