"""Readers of shapes on a map: GeoJSON, shapefile, KML and CSV, one file for each.

Each yields `Feature`s in the coordinates of its file, with the CRS that the file declares; `place`
then brings them into the site's own metres, or says why that cannot be right.
"""

from windopt.problem.readers.places.choice import Choice
from windopt.problem.readers.places.csv_places import coordinate_columns, place_columns
from windopt.problem.readers.places.features import Feature, GeoFile
from windopt.problem.readers.places.files import is_boundary_table, is_geo_file, read_geo_file
from windopt.problem.readers.places.placing import explain_distance, looks_like_degrees, place

__all__ = [
    "Choice",
    "Feature",
    "GeoFile",
    "coordinate_columns",
    "explain_distance",
    "is_boundary_table",
    "is_geo_file",
    "looks_like_degrees",
    "place",
    "place_columns",
    "read_geo_file",
]
