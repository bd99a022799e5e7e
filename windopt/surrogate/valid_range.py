"""Where a surrogate may be believed: the range its training data cover.

Outside it a surrogate still answers, since its physics is the farm's own; a warning says that only
FLORIS's figures count there.
"""

import logging
from dataclasses import dataclass, field

import torch
from torch import Tensor

logger = logging.getLogger(__name__)

Range = tuple[float, float]
ROUNDING = 5e-4
"""Share by which values at the very ends of a range, rounded, may pass them."""


@dataclass
class ValidRange:
    """Smallest and largest values; warns once of each that is asked for outside.

    Attributes
    ----------
    turbulence_intensity [-], spacing_d [D], n_turbines
        Ambient turbulence, distance of a turbine to its nearest neighbour, size of the farm.
    """

    turbulence_intensity: Range = (0.03, 0.20)
    spacing_d: Range = (2.0, 60.0)
    n_turbines: Range = (2, 500)
    warned: set[str] = field(default_factory=set, compare=False, repr=False)

    def check(self, layouts: Tensor, ti: Tensor, diameter: float) -> None:
        """Warn of farms and conditions outside.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        ti : Tensor
            [-] Ambient turbulence intensities, of any shape.
        diameter : float [m]
        """
        n = layouts.shape[1]
        if n > 1:  # one alone has no wake to know of
            self._warn("number of turbines", n, n, self.n_turbines)
        low, high = self.turbulence_intensity
        self._warn("turbulence intensity", float(ti.min()), float(ti.max()), (low, high))
        if n > 1 and "spacing" not in self.warned:
            with torch.no_grad():
                distance = torch.cdist(layouts.double(), layouts.double())
                distance += torch.diag(distance.new_full((n,), torch.inf))
                nearest = distance.amin(-1) / diameter
            self._warn("spacing", float(nearest.min()), float(nearest.max()), self.spacing_d)

    def _warn(self, name: str, least: float, most: float, known: Range) -> None:
        low, high = known[0] * (1 - ROUNDING), known[1] * (1 + ROUNDING)
        if name in self.warned or low <= least <= most <= high:
            return
        self.warned.add(name)
        logger.warning(
            "%s %.3g lies outside the range %g to %g of the surrogate's training; "
            "trust only FLORIS's figures",
            name, least if least < low else most, *known,
        )  # fmt: skip


EVERYWHERE = ValidRange((0.0, 1.0), (0.0, 1e9), (1, 1e9))
"""Of a formula, which has not been learned anywhere."""
