"""What the heights of hubs and of the wind speeds mean for the wind that turbines feel."""

import logging
from collections.abc import Sequence

from windopt.problem.turbine import Turbine

logger = logging.getLogger(__name__)

SAME_HEIGHT = 0.02
"""Heights that differ by this share count as one: it is 0.2 % of the speed at a shear of 0.1."""
EXAMPLE_SHEAR = 0.1


def tell_of_heights(
    turbines: Sequence[Turbine], reference_height: float | None, wind_shear: float
) -> None:
    """Warn where hubs, or the height of the wind speeds, differ and the wind does not.

    Parameters
    ----------
    turbines : sequence of Turbine
        The types.
    reference_height : float or None [m]
        Where the wind speeds hold; None for the first type's hub.
    wind_shear : float [-]
        Power-law exponent of the wind profile.
    """
    hubs = [turbine.hub_height for turbine in turbines]
    heights = hubs if reference_height is None else [reference_height, *hubs]
    low, high = min(heights), max(heights)
    if high / low - 1 <= SAME_HEIGHT:
        return
    if wind_shear > 0.0:
        if reference_height is None:
            logger.info("wind speeds hold at %g m, the hub height of the first type", hubs[0])
        return
    faster = 100 * ((high / low) ** EXAMPLE_SHEAR - 1)
    if reference_height is None:
        what = f"hubs stand at {low:g} to {high:g} m"
    else:
        spans = sorted({f"{hub:g}" for hub in hubs}, key=float)
        what = (
            f"wind speeds hold at {reference_height:g} m, and hubs stand at {' and '.join(spans)} m"
        )
    logger.warning(
        "%s, but atmosphere.wind_shear is 0: the wind is the same at all heights; with a shear of "
        "%g it is %.1f %% faster at %g m than at %g m",
        what,
        EXAMPLE_SHEAR,
        faster,
        high,
        low,
    )
