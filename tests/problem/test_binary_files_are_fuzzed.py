"""Whatever has happened to the bytes of a netCDF file or a GeoTIFF: a result or a `ConfigError`."""

import contextlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from windopt.errors import ConfigError
from windopt.readers.formats import read_wind
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.geotiff import read_geotiff

TIMES = 60


def spoiled(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut a file short, or change some of its bytes."""
    if rng.random() < 0.3:
        return content[: rng.integers(len(content))]
    changed = bytearray(content)
    for place in rng.integers(len(content), size=rng.integers(1, 20)):
        changed[place] = rng.integers(256)
    return bytes(changed)


def climate() -> xr.Dataset:
    """A binned climate of one point, as windkit has it."""
    share = np.random.default_rng(2).random((1, 4, 25))
    edges = np.arange(26.0)
    return xr.Dataset(
        {
            "wsfreq": (("point", "sector", "wsbin"), share / share.sum(axis=2, keepdims=True)),
            "wdfreq": (("point", "sector"), [[0.4, 0.1, 0.2, 0.3]]),
        },
        {
            "sector": [0.0, 90.0, 180.0, 270.0],
            "wsbin": edges[:-1] + 0.5,
            "wsfloor": ("wsbin", edges[:-1]),
            "wsceil": ("wsbin", edges[1:]),
            "west_east": ("point", [9.0]),
            "south_north": ("point", [50.0]),
            "height": ("point", [90.0]),
        },
    )


def test_netcdf(tmp_path: Path) -> None:
    path = tmp_path / "climate.nc"
    climate().to_netcdf(path)
    content, rng, ended = path.read_bytes(), np.random.default_rng(0), Counter[str]()
    context = WindContext(hub_height=90.0, turbulence_intensity=0.06)
    for _ in range(TIMES):
        path.write_bytes(spoiled(content, rng))
        try:
            read_wind(str(path), context)
            ended["read"] += 1
        except ConfigError:
            ended["refused"] += 1
    assert ended["refused"] > TIMES / 10  # the others are read, with other numbers


def test_geotiff(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="the extra wasp is not installed")
    path = tmp_path / "map.tif"
    shape = {"driver": "GTiff", "width": 40, "height": 30, "count": 1, "dtype": "float32"}
    place = rasterio.transform.from_origin(500_000, 5_700_000, 100, 100)
    with rasterio.open(path, "w", crs="EPSG:32631", transform=place, **shape) as target:
        target.write(np.full((30, 40), 9.0, dtype=np.float32), 1)
    content, rng = path.read_bytes(), np.random.default_rng(0)
    low, high = np.array([501_000.0, 5_698_000.0]), np.array([502_000.0, 5_699_000.0])
    for _ in range(TIMES):
        path.write_bytes(spoiled(content, rng))
        with contextlib.suppress(ConfigError):
            read_geotiff(path, "speed_map", "EPSG:32631", low, high)
