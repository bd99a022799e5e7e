"""Which turbine of one layout is which of another.

A search exchanges turbines of a type freely, so that their numbers say nothing. They are paired so
that the distances between partners are least in sum (the linear assignment problem; Crouse, IEEE
Trans. Aerosp. Electron. Syst. 52, 1679, 2016).
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.verification.evaluated import EvaluatedLayout


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


def numbered_as_given(
    seen: Mapping[str, EvaluatedLayout], problem: LayoutProblem
) -> dict[str, EvaluatedLayout]:
    """Return the layouts such that a turbine keeps, on its way, the number it had as given."""
    if "initial" not in seen:
        return dict(seen)
    given = seen["initial"].layout
    return {
        name: one.in_order(pair_turbines(given, one.layout, problem.types))
        for name, one in seen.items()
    }
