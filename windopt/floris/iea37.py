"""IEA Wind Task 37's wake model as a velocity model of FLORIS, by the name "iea37".

The layout problems that Task 37 published (Baker et al. 2019, https://doi.org/10.2514/6.2019-0540;
case studies 1 to 4) share a Gaussian wake, with no turbulence in it:

    d = (1 - sqrt(1 - Ct / (8 s^2 / D^2))) exp(-(r / s)^2 / 2),   s = k x + D / sqrt(8),   x > 0

with k = 0.0324555. Deficits are relative to the free stream and add up as root-sum-square; a rotor
feels the wind of one point, its hub. The case studies have one hub height, where the distance r
from the axis is lateral.

Importing this module registers the model, so that worker processes know it as well.
"""

from typing import Any

import numpy as np
from attrs import define, field
from floris.core import BaseModel, FlowField, Grid
from floris.core.wake import MODEL_MAP
from numpy.typing import NDArray

from windopt.floris.adapter import IEA37, IEA37_EXPANSION

Array = NDArray[np.floating[Any]]


@define
class Iea37VelocityDeficit(BaseModel):  # type: ignore[misc]  # FLORIS has no types
    """The deficit; arguments and shapes are those of every velocity model of FLORIS.

    Parameters
    ----------
    k : float [-]
        Growth of the wake's width s downstream.
    """

    k: float = field(converter=float, default=IEA37_EXPANSION)

    def prepare_function(self, grid: Grid, flow_field: FlowField) -> dict[str, Array]:
        """Return what `function` needs besides the source."""
        return {"x": grid.x_sorted, "y": grid.y_sorted, "z": grid.z_sorted}

    def function(
        self,
        x_i: Array,
        y_i: Array,
        z_i: Array,
        axial_induction_i: Array,
        deflection_field_i: Array,
        yaw_angle_i: Array,
        turbulence_intensity_i: Array,
        ct_i: Array,
        hub_height_i: Array,
        rotor_diameter_i: Array,
        *,
        x: Array,
        y: Array,
        z: Array,
    ) -> Array:
        """Return the deficit of turbine i at all points, relative to the free stream."""
        dx = x - x_i
        distance2 = (y - y_i - deflection_field_i) ** 2 + (z - z_i) ** 2
        width = self.k * np.maximum(dx, 0.0) + rotor_diameter_i / np.sqrt(8.0)
        amplitude = 1.0 - np.sqrt(1.0 - ct_i / (8.0 * (width / rotor_diameter_i) ** 2))
        deficit = amplitude * np.exp(-0.5 * distance2 / width**2)
        return np.where(dx > self.NUM_EPS, deficit, 0.0)


MODEL_MAP["velocity_model"][IEA37] = Iea37VelocityDeficit
