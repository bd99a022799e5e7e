"""The made-up ridge of `configs/ridge/ridge.wrg`: how it was made, so that it can be made again.

A ridge of height H and half-length L lies from south-west to north-east. Over its crest the wind
across it is faster by 2 H/L, as over a two-dimensional hill (Jackson and Hunt 1975), and slower on
the flanks; wind along it feels nothing. The ridge turns the wind across it: those sectors are the
more frequent over it, and steadier.
"""

import numpy as np

X = 500_000.0 + 200.0 * np.arange(23)
Y = 5_600_000.0 + 200.0 * np.arange(18)
HUB, H, L = 90.0, 50.0, 450.0
NORMAL = 315.0  # [deg] that the ridge faces
FREQUENCY = np.array([50, 45, 40, 45, 60, 80, 115, 150, 160, 110, 80, 65]) / 1000
A = np.array([7.2, 6.8, 6.6, 6.9, 7.4, 8.1, 9.0, 9.8, 9.9, 9.2, 8.3, 7.6])
K = np.array([2.0, 2.0, 1.9, 2.0, 2.1, 2.2, 2.3, 2.3, 2.2, 2.1, 2.1, 2.0])


def climate() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Elevation (nx, ny) [m]; frequency, A and k (nx, ny, 12)."""
    x, y = np.meshgrid(X - X.mean(), Y - Y.mean(), indexing="ij")
    across = (x + y * -1.0) / np.sqrt(2.0) / L  # from the crest, in half-lengths
    along = (x + y) / np.sqrt(2.0)
    crest = np.exp(-((along / 2500.0) ** 2))
    hill = np.exp(-(across**2) / 2) * crest
    curved = (1 - across**2) * np.exp(-(across**2) / 2) * crest  # fast crest, slow flanks
    facing = np.cos(np.radians(30.0 * np.arange(12) - NORMAL)) ** 2
    speed_up = 1 + 2 * H / L * curved[..., None] * facing
    frequency = FREQUENCY * (1 + 0.3 * hill[..., None] * (facing - 0.5))
    frequency /= frequency.sum(axis=-1, keepdims=True)
    return H * hill, frequency, A * speed_up, K * (1 + 0.05 * hill[..., None] * facing)


def ridge_wrg() -> str:
    """The file, in the columns of WAsP."""
    elevation, frequency, scale, shape = climate()
    lines = [f" {len(X)} {len(Y)} {X[0]:.0f} {Y[0]:.0f} {X[1] - X[0]:.0f}"]
    for j, y in enumerate(Y):
        for i, x in enumerate(X):
            f, a, k = (
                np.rint(v[i, j] * unit).astype(int)
                for v, unit in ((frequency, 1000), (scale, 10), (shape, 100))
            )
            f[np.argmax(f)] += 1000 - f.sum()
            mean_a, mean_k = frequency[i, j] @ scale[i, j], frequency[i, j] @ shape[i, j]
            lines.append(
                f"{'Synthetic':<10}{x:10.1f}{y:10.1f}{elevation[i, j]:8.0f}{HUB:5.0f}"
                f"{mean_a:5.2f}{mean_k:6.3f}{0.6125 * mean_a**3 * 1.2:15.4f}{12:3d}"
                + "".join(f"{p:4d}{q:4d}{r:5d}" for p, q, r in zip(f, a, k, strict=True))
            )
    return "\n".join(lines) + "\n"
