"""Wind that varies over the site, as FLORIS's heterogeneous inflow.

FLORIS multiplies the free wind at every point of a rotor by what it interpolates there, and lets
wakes take their share of that: a wake is as deep, in shares of the free wind at the point it hits,
as in uniform wind. (In `cc` it is as deep in m/s as the source's own wind makes it.) Turbulence
intensity stays that of the condition.

`FlowField` would copy the whole triangulation for every condition. Conditions from one direction
share theirs here; the interpolants are FLORIS's own.
"""

from typing import TYPE_CHECKING

import numpy as np

from windopt.errors import LayoutError
from windopt.problem.layout import FloatArray
from windopt.problem.speed_up import SpeedUp

if TYPE_CHECKING:
    from floris import FlorisModel


def refuse_beyond(speed_up: SpeedUp, layout: FloatArray, margin: float) -> None:
    """Refuse layouts (n, 2) [m] with rotors where nobody knows the wind.

    Raises
    ------
    LayoutError
        FLORIS itself would take the wind of the rose there, with a warning.
    """
    beyond = speed_up.beyond(layout, margin)
    if beyond.any():
        k = int(np.argmax(beyond))
        x, y = layout[k]
        raise LayoutError(
            f"turbine {k + 1} at ({x:.10g}, {y:.10g}) stands beyond the wind resource's grid, "
            f"x {speed_up.x[0]:.10g} to {speed_up.x[-1]:.10g} and y {speed_up.y[0]:.10g} to "
            f"{speed_up.y[-1]:.10g}; keep turbines, and {margin:.4g} m around them, on it"
        )


def set_inflow(model: "FlorisModel", speed_up: SpeedUp, wd: FloatArray) -> None:
    """Give FLORIS's model the wind of every place, in its conditions.

    Parameters
    ----------
    model : FlorisModel
    speed_up : SpeedUp
    wd : (n_conditions,) [deg]
    """
    from scipy.interpolate import LinearNDInterpolator

    directions, of = np.unique(wd, return_inverse=True)
    factors = speed_up.towards(directions).reshape(len(directions), -1)
    nodes, flow = speed_up.nodes, model.core.flow_field
    interpolants = np.empty(len(directions), dtype=object)
    for k, factor in enumerate(factors):
        interpolants[k] = LinearNDInterpolator(speed_up.triangulation, factor, fill_value=1.0)
    flow.heterogeneous_inflow_config = {
        "x": nodes[:, 0],
        "y": nodes[:, 1],
        "speed_multipliers": factors[of],
    }
    flow.het_map = interpolants[of]
