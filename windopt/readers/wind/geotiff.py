"""Reads a part of a GeoTIFF: one quantity over the site. rasterio (extra ``wasp``) does the work.

Whole countries of the Global Wind Atlas take 200 MB: only what lies about the site is read.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.files import require_file
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.readers.crs import crs_name, reproject
from windopt.readers.wind.raster import Raster
from windopt.readers.wind.wasp_gwc import WASP_EXTRA

MOST_PIXELS = 16_000_000
"""Read at once, and in one block of the file: 4000 x 4000."""
SIDE = 21
"""Points along each side of a box that are reprojected to find it in the map."""


def read_geotiff(
    path: Path, key: str, crs: str | None, low: FloatArray, high: FloatArray
) -> Raster:
    """Read what a map says about a box, and two pixels more.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The config key that names it.
    crs : str or None
        Of the site; None where nobody has said.
    low, high : (2,) [m]
        Corners of the box in `crs`.

    Raises
    ------
    ConfigError
        Where it is no map of one quantity, or lies elsewhere.
    """
    require_file(path, key)
    try:
        import rasterio
    except ImportError:
        problem = "needs rasterio, which is not installed"
        raise ConfigError.of(path.name, problem, WASP_EXTRA) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff", sharing=False) as source:
                return _read_box(path.name, source, crs, low, high)
    except (rasterio.errors.RasterioError, OSError, ValueError, MemoryError) as error:
        said = " ".join(str(error).split())[:200]
        problem = f"cannot be read as a GeoTIFF: {said}"
        raise ConfigError.of(path.name, problem, "fetch it again") from None


def _read_box(
    where: str, source: Any, crs: str | None, low: FloatArray, high: FloatArray
) -> Raster:
    if source.count != 1:
        problem = f"holds {source.count} bands"
        raise ConfigError.of(where, problem, "give a map of one quantity, not a picture of it")
    if source.crs is None:
        cure = "save it with its CRS: gdal_edit -a_srs EPSG:4326 for the Global Wind Atlas's"
        raise ConfigError.of(where, "names no coordinate reference system", cure)
    across, row_x, west, row_y, down, north = source.transform[:6]
    if row_x or row_y or not across > 0 or not down < 0:
        problem = "is turned, or upside down"
        raise ConfigError.of(where, problem, "warp it with gdalwarp, to north up")
    own = source.crs.to_wkt()
    if crs is None:
        problem = f"is in {crs_name(own)}, but nobody knows where the site's metres are"
        cure = "add crs: to the config, the CRS of the site's coordinates, such as EPSG:25831"
        raise ConfigError.of(where, problem, cure)
    box = reproject(_outline(low, high), crs, own)
    columns = (box[:, 0] - west) / across - 0.5
    rows = (box[:, 1] - north) / down - 0.5
    spans = [
        (max(0, int(np.floor(at.min())) - 2), min(size, int(np.ceil(at.max())) + 3))
        for at, size in ((columns, source.width), (rows, source.height))
        if np.isfinite(at).all()
    ]
    if len(spans) < 2 or any(stop - start < 2 for start, stop in spans):
        bounds, (x, y) = source.bounds, box.mean(axis=0)
        problem = (
            f"spans {bounds.left:.8g} to {bounds.right:.8g} and {bounds.bottom:.8g} to "
            f"{bounds.top:.8g} in {crs_name(own)}, the site is around ({x:.8g}, {y:.8g})"
        )
        raise ConfigError.of(where, problem, "give a map that covers the site, and check crs")
    (left, right), (top, bottom) = spans
    block = max(high * wide for high, wide in source.block_shapes)
    if block > MOST_PIXELS:  # of which one at least is unpacked whole
        problem = f"is stored in blocks of {block:,} pixels"
        raise ConfigError.of(where, problem, "store it in tiles, with gdal_translate -co TILED=YES")
    if (right - left) * (bottom - top) > MOST_PIXELS:
        problem = f"has {right - left} x {bottom - top} pixels about the site"
        raise ConfigError.of(where, problem, "resample it, to 50 m, say, with gdalwarp -tr")
    read = source.read(1, window=((top, bottom), (left, right)), masked=True)
    if not np.issubdtype(read.dtype, np.number) or np.iscomplexobj(read):
        raise ConfigError.of(where, f"holds {read.dtype}", "give a map of numbers")
    table = np.asarray(read.astype(np.float64).filled(np.nan))
    table = table * source.scales[0] + source.offsets[0]
    x = west + across * (np.arange(left, right) + 0.5)
    y = north + down * (np.arange(top, bottom) + 0.5)
    return Raster(where, x, y[::-1], table[::-1].T.copy(), own)


def _outline(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return places along the sides of a box (4 n, 2), and across it."""
    share = np.linspace(0.0, 1.0, SIDE)
    x, y = (a + (b - a) * share for a, b in zip(low, high, strict=True))
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
