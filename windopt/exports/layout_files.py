"""The result in the files that other programs read: CSV, windIO, FLORIS and GeoJSON."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from windopt.exports.floris_layout import write_floris_layout
from windopt.exports.geojson_layout import write_geojson_layout, write_geojson_site
from windopt.exports.placed import turbine_columns
from windopt.exports.windio_layout import write_windio_layout
from windopt.problem.layout import write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder


def write_layout_files(folder: RunFolder, problem: LayoutProblem) -> None:
    """Write the layouts of a verdict: `layout*.csv`, windIO, FLORIS, GeoJSON."""
    layouts: Mapping[str, Any] = folder.read_verification()["layouts"]
    first = layouts.get("initial", layouts.get("grid", layouts["final"]))
    files = {folder.layout_initial: first, folder.layout: layouts["final"]}
    if "grid" in layouts:
        files[folder.layout_grid] = layouts["grid"]
    for path, one in files.items():
        layout = np.array(one["layout"])
        write_layout_csv(path, layout, None, **turbine_columns(problem, layout, one))
    final = layouts["final"]
    layout = np.array(final["layout"])
    write_windio_layout(folder.layout_windio, problem, layout)
    write_floris_layout(folder.layout_floris, folder.wind_floris, problem, layout)
    columns = turbine_columns(problem, layout, final)
    write_geojson_layout(folder.layout_geojson, problem, layout, columns)
    write_geojson_site(folder.site_geojson, problem)
