"""The made-up files of `configs/atlas/`: how they were made, so that they can be made again.

The climate: over every roughness length the same wind aloft, brought down by the geostrophic drag
law with constants A = 1.8 and B = 4.5 (Troen and Petersen, European Wind Atlas, 1989) and the
logarithmic profile; k grows with height up to 100 m and falls above; over water the frequencies are
others. The map: a bump of the mean speed along a ridge, on pixels of 0.0025 degrees as the Global
Wind Atlas has them, unknown in one corner as beyond the rim of a country.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import brentq

LONLAT = (9.031, 50.562)
ROUGHNESS = (0.0, 0.03, 0.1, 0.4, 1.5)
HEIGHT = (10.0, 50.0, 100.0, 150.0, 200.0)
ALOFT = np.array([10.9, 10.3, 10.0, 10.4, 11.2, 12.2, 13.6, 14.8, 14.9, 13.9, 12.5, 11.5])  # [m/s]
SHAPE = np.array([2.0, 2.0, 1.9, 2.0, 2.1, 2.2, 2.3, 2.3, 2.2, 2.1, 2.1, 2.0])
FREQUENCY = np.array([5.0, 4.5, 4.0, 4.5, 6.0, 8.0, 11.5, 15.0, 16.0, 11.0, 8.0, 6.5])  # [%]
CORIOLIS = 1.1e-4  # [1/s]
WEST, NORTH, PIXEL, SIZE = 8.985, 50.605, 0.0025, (36, 48)  # of the map: rows, columns


def drag(aloft: float, roughness: float) -> float:
    """Solve the geostrophic drag law for the friction velocity [m/s]."""

    def missing(u: float) -> float:
        return aloft - u / 0.4 * np.hypot(np.log(u / (CORIOLIS * roughness)) - 1.8, 4.5)

    return float(brentq(missing, 0.01, 3.0))


def climate() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency (r, s) [%], A and k (r, h, s)."""
    friction = np.array([[drag(a, max(z0, 2e-4)) for a in ALOFT] for z0 in ROUGHNESS])
    log = np.log(np.array(HEIGHT) / np.maximum(ROUGHNESS, 2e-4)[:, None])
    scale = friction[:, None] / 0.4 * log[..., None]
    bend = 1 - 0.03 * np.log(np.array(HEIGHT) / 100.0) ** 2
    shape = np.where(np.array(ROUGHNESS)[:, None, None] == 0, 1.05, 1.0) * bend[:, None] * SHAPE
    frequency = np.array([np.roll(FREQUENCY, 1 if z0 == 0 else 0) for z0 in ROUGHNESS])
    return frequency, scale, shape


def atlas_lib() -> str:
    """The climate, as the Global Wind Atlas writes it."""
    frequency, scale, shape = climate()
    lon, lat = LONLAT
    lines = [
        f"Synthetic<coordinates>{lon:.3f},{lat:.3f},0.0</coordinates>",
        f"{len(ROUGHNESS)} {len(HEIGHT)} {len(ALOFT)}",
        " ".join(f"{value:9.3f}" for value in ROUGHNESS),
        " ".join(f"{value:9.1f}" for value in HEIGHT),
    ]
    for i in range(len(ROUGHNESS)):
        lines.append("".join(f"{value:9.2f}" for value in frequency[i]))
        for j in range(len(HEIGHT)):
            lines.append("".join(f"{value:9.2f}" for value in scale[i, j]))
            lines.append("".join(f"{value:9.3f}" for value in shape[i, j]))
    return "\n".join(lines) + "\n"


def speed() -> np.ndarray:
    """The map of mean speeds [m/s], north first, nan in a corner."""
    rows, columns = np.meshgrid(*map(np.arange, SIZE), indexing="ij")
    lon, lat = WEST + PIXEL * (columns + 0.5), NORTH - PIXEL * (rows + 0.5)
    x, y = (lon - 9.031) * 70_800.0, (lat - 50.562) * 111_200.0  # about the site's middle [m]
    across, along = (x - y) / np.sqrt(2.0), (x + y) / np.sqrt(2.0)
    values = 7.0 + 1.1 * np.exp(-((across / 600.0) ** 2) / 2 - (along / 2500.0) ** 2)
    values[rows + columns < 8] = np.nan
    return values.astype(np.float32)


def write_map(path: Path, values: np.ndarray, **profile: object) -> Path:
    """Write a GeoTIFF where the map's is, or as `profile` says."""
    import rasterio
    from rasterio.transform import from_origin

    usual = {
        "driver": "GTiff", "dtype": values.dtype, "count": 1, "crs": "EPSG:4326",
        "height": values.shape[0], "width": values.shape[1], "nodata": np.nan,
        "transform": from_origin(WEST, NORTH, PIXEL, PIXEL), "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **(usual | profile)) as file:
        for band in range(file.count):
            file.write(values, band + 1)
    return path


if __name__ == "__main__":
    folder = Path(__file__).parents[2] / "configs" / "atlas"
    (folder / "atlas.lib").write_text(atlas_lib(), encoding="utf-8")
    write_map(folder / "wind-speed_100m.tif", speed())
