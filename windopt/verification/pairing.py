"""Which turbine of one layout is which of another.

A search exchanges turbines of a type freely, so that their numbers say nothing. They are paired so
that the distances between partners are least in sum (the linear assignment problem; Crouse, IEEE
Trans. Aerosp. Electron. Syst. 52, 1679, 2016).
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from windopt.problem.layout import FloatArray, IntArray


def pair_turbines(before: FloatArray, after: FloatArray, types: IntArray) -> IntArray:
    """Pair the turbines of two layouts, each with one of its own type.

    Parameters
    ----------
    before, after : (n_turbines, 2) [m]
    types : (n_turbines,) of both layouts

    Returns
    -------
    order : (n_turbines,)
        ``after[order[i]]`` is where turbine ``i`` of `before` has gone.
    """
    order = np.arange(len(before))
    for kind in np.unique(types):
        (own,) = np.nonzero(types == kind)
        distance = np.hypot(*np.moveaxis(before[own, None] - after[own], -1, 0))
        rows, columns = linear_sum_assignment(distance)
        order[own[rows]] = own[columns]
    return order
