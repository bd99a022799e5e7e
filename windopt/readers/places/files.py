"""Opens a file with shapes by its suffix."""

from pathlib import Path
from typing import Literal

import numpy as np

from windopt.config.files import require_file
from windopt.config.placement import LARGEST_COORDINATE
from windopt.errors import ConfigError
from windopt.readers.places.choice import Choice
from windopt.readers.places.csv_places import (
    PARCEL,
    place_columns,
    read_boundary_csv,
    read_points_csv,
)
from windopt.readers.places.features import MOST_VERTICES, SIMPLIFY, GeoFile
from windopt.readers.places.gdal_reader import FORMATS, read_with_gdal
from windopt.readers.places.geojson import read_geojson
from windopt.readers.places.kml import read_kml
from windopt.readers.tables import TABLES

READERS = {
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".kml": read_kml,
    ".kmz": read_kml,
    **dict.fromkeys(FORMATS, read_with_gdal),
}
OTHERS = (".dwg", ".gpx", ".tab", ".mif", ".parquet")
PARTS = (".dbf", ".shx", ".prj", ".cpg")


def is_geo_file(path: str | Path) -> bool:
    """Return whether a file is read here: by its suffix, one of a map or a table."""
    suffix = Path(path).suffix.lower()
    return suffix in READERS or suffix in OTHERS or suffix in PARTS or suffix in TABLES


def is_boundary_table(path: str | Path) -> bool:
    """Return whether the rows of a table are vertices: a column tells parcels apart."""
    table = Path(path).suffix.lower() in TABLES
    return table and not place_columns(Path(path)).isdisjoint(PARCEL)


def read_geo_file(
    file: Path,
    key: str,
    csv_rows: Literal["points", "vertices"],
    close_rings: bool = False,
    choice: Choice | None = None,
) -> GeoFile:
    """Read the features of a file.

    Parameters
    ----------
    file : Path
        Its suffix tells the format.
    key : str
        Config key that names it.
    csv_rows : Literal["points", "vertices"]
        What the rows of a CSV file are.
    close_rings : bool
        Close open rings instead of refusing them.
    choice : Choice or None
        Of its features, by their attributes; None takes all.
    """
    suffix = file.suffix.lower()
    if suffix in PARTS:
        cure = f"name {file.stem}.shp, which needs it beside it"
        raise ConfigError.of(key, f"{file.name!r} is a part of a shapefile", cure)
    if suffix in OTHERS:
        problem = f"{file.name!r} is of a format that is not read"
        raise ConfigError.of(key, problem, "export it as GeoJSON, shapefile, KML or CSV")
    require_file(file, key)
    if suffix in READERS:
        read = READERS[suffix](file, close_rings, choice)
    elif csv_rows == "points":
        read = read_points_csv(file, choice)
    else:
        read = read_boundary_csv(file, choice)
    _require_measure(read)
    return read


def _require_measure(file: GeoFile) -> None:
    """Refuse more vertices, and vertices farther off, than any map of a site has."""
    points = file.coordinates
    if len(points) > MOST_VERTICES:
        raise ConfigError.of(file.name, f"has {len(points):,} vertices", SIMPLIFY)
    if not len(points):
        raise ConfigError.of(file.name, "holds only empty shapes", "draw some")
    worst = points[np.argmax(np.abs(points).max(axis=1))]  # nan is the largest
    if not (np.abs(worst) <= LARGEST_COORDINATE).all():
        problem = f"({worst[0]:g}, {worst[1]:g}) is no place on earth"
        raise ConfigError.of(file.name, problem, "give metres or degrees")
