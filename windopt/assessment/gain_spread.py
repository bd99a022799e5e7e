"""How surely a layout gains, where nobody knows which wake model is right.

Each wake model m, of weight w_m, tells a gain g_m [%], with a standard error e_m where it was asked
about a sample of the rose. Other parameters and wind years make it differ by a standard deviation d
besides. With the mean g = sum w_m g_m, the variance is taken as

    s² = sum w_m (g_m - g)² / (1 - sum w_m²) + d² + sum (w_m e_m)²,

whose first part is, for equal weights, the variance of a sample of models. The gain is exceeded
with a probability of 90 % where it is normally distributed, as the industry takes AEP to be, at

    P90 = g - 1.2816 s,

and P50 = g. A handful of wake models is a small sample, and may err alike: s says how far they
disagree, not how far they are all from the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm


@dataclass(frozen=True)
class GainSpread:
    """A gain over several wake models.

    Attributes
    ----------
    mean, spread : float [%]
        Weighted mean, and standard deviation s over the models alone; nan of a single one.
    total : float [%]
        Standard deviation with what parameters, wind years and sampling add.
    """

    mean: float
    spread: float
    total: float

    @classmethod
    def of(
        cls,
        gains: Sequence[float],
        weights: Sequence[float],
        errors: Sequence[float] = (),
        within: float = 0.0,
    ) -> "GainSpread":
        """Return the spread of gains.

        Parameters
        ----------
        gains : (n_models,) [%]
        weights : (n_models,)
            They sum to 1.
        errors : (n_models,), optional [%]
            Standard errors.
        within : float [%]
            Standard deviation d over parameters and wind years.
        """
        g, w = np.array(gains), np.array(weights)
        mean, rest = float(w @ g), 1.0 - float(w @ w)
        spread = float(np.sqrt(w @ (g - mean) ** 2 / rest)) if len(g) > 1 else float("nan")
        sampled = float(np.sum((w * np.array(errors)) ** 2)) if len(errors) else 0.0
        between = 0.0 if len(g) == 1 else spread**2
        return cls(mean, spread, float(np.sqrt(between + within**2 + sampled)))

    def exceeded(self, probability: float) -> float:
        """Return the gain that is exceeded with a probability, such as 0.9 of P90 [%]."""
        return self.mean - float(norm.ppf(probability)) * self.total
