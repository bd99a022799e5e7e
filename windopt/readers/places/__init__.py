"""Readers of shapes on a map: GeoJSON, KML and CSV, one file for each, and what GDAL reads.

Each yields `Feature`s in the coordinates of its file, with the CRS that the file declares; `place`
then brings them into the site's own metres, or says why that cannot be right.
"""
