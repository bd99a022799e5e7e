"""Payback: how long the farm runs on its gain until the computation's energy has been returned.

    t = 3600 · 8766 · E / G    [s]

E [Wh] energy of the computation (PUE included, failures included), G [Wh/yr] FLORIS-verified net
gain in annual energy production, 8766 [h/yr] a mean year. Without a gain there is no payback:
t is infinite. The ratio is tiny for any real gain, so it settles little; it is reported so that
nobody needs to guess it.
"""

import math

SECONDS_PER_YEAR = 3600.0 * 8766.0


def payback_seconds(energy_wh: float | None, gain_wh_per_year: float) -> float | None:
    """Return the operation that returns the energy of the computation.

    Parameters
    ----------
    energy_wh : float or None [Wh]
        Energy of the computation; None where it was not measured.
    gain_wh_per_year : float [Wh/yr]
        Verified gain in AEP.

    Returns
    -------
    payback : seconds of operation [s]; infinite when there is no gain, None when there is one
        and the energy is not known

    Raises
    ------
    ValueError
        When the energy is negative or either is not a number.
    """
    if energy_wh is None:
        return None if gain_wh_per_year > 0 else math.inf
    if not energy_wh >= 0 or math.isnan(gain_wh_per_year):
        raise ValueError(
            f"payback of {energy_wh} Wh by {gain_wh_per_year} Wh/yr is undefined; "
            "give an energy >= 0 and a gain that is a number"
        )
    if gain_wh_per_year <= 0:
        return math.inf
    return SECONDS_PER_YEAR * energy_wh / gain_wh_per_year
