"""Tell the bits of a small kernel, compiled as all are: a farm's wakes, added up at its turbines.

A script: whoever calls it names a folder for numba's cache in `NUMBA_CACHE_DIR`.
"""

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import SOSFS
from windopt.surrogate.compiled.downstream import is_behind, turn
from windopt.surrogate.compiled.jit import allocating_kernel
from windopt.surrogate.compiled.rotor import cubic_mean, gather, point_cube, superposed
from windopt.surrogate.compiled.wake import lateral

D, TURBINES = 198.0, 40


@allocating_kernel
def losses(layout: FloatArray, wd: FloatArray) -> FloatArray:
    """Return the loss of wind at each turbine (k, n) [-], their sum and their cubic mean."""
    k, n = len(wd), len(layout)
    loss, free = np.empty((k, n + 2)), np.empty(n)
    for d in range(k):
        cos, sin = np.cos(wd[d]), np.sin(wd[d])
        for j in range(n):
            gathered = 0.0
            for i in range(n):
                east, north = layout[j, 0] - layout[i, 0], layout[j, 1] - layout[i, 1]
                dx, dy = turn(east, north, cos, sin)
                if is_behind(dx, dy, 3.0 * D, 0.1):
                    narrow = 1.0 / (0.5 + 0.05 * dx / D) ** 2
                    gathered = gather(gathered, lateral(-D / dx, dy / D, narrow, 1.0), SOSFS)
            loss[d, j] = superposed(gathered, SOSFS)
            free[j] = 1.0 + loss[d, j]
        total, cube = 0.0, 0.0
        for j in range(n):  # what LLVM would reorder, if it might
            total += free[j] * loss[d, j]
            cube += point_cube(1.0, loss[d, j], free[j]) / n
        loss[d, n], loss[d, n + 1] = total, cubic_mean(9.0, cube)
    return loss


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    layout, wd = rng.uniform(0.0, 30.0 * D, (TURBINES, 2)), rng.uniform(0.0, 6.28, 16)
    print(losses(layout, wd).tobytes().hex())  # type: ignore[attr-defined]
    print(sum(losses.stats.cache_hits.values()), "of it from the cache")  # type: ignore[attr-defined]
