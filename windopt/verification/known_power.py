"""What is known of a farm's power by wind condition, and its mean under other weights.

FLORIS's figure for a rose is a weighted sum over conditions, whole or sampled
(`windopt.verification.sampling`). With other weights of the same conditions the same powers, and
the same draws, tell the mean in another rose: FLORIS is not asked again.
"""

from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.verification.sampling import RoseSample


@dataclass(frozen=True, eq=False)
class KnownPower:
    """A farm's power in the conditions of the rose.

    Attributes
    ----------
    power : (n_conditions,) [W]
        FLORIS's on the whole rose; the surrogate's where FLORIS has seen a sample.
    difference : (n_asked,) [W]
        FLORIS less the surrogate in the conditions of the sample; empty on the whole rose.
    sample : RoseSample or None
        None where FLORIS has seen the whole rose.
    """

    power: FloatArray
    difference: FloatArray | None = None
    sample: RoseSample | None = None

    def mean(self, weight: FloatArray) -> FloatArray:
        """Return the mean power under weights (n_conditions,) as each draw tells it [W].

        Returns
        -------
        (n_draws,)
            Their mean is FLORIS's figure; a single one on the whole rose.
        """
        whole = float(self.power @ weight)
        if self.sample is None or self.difference is None:
            return np.array([whole])
        return whole + replace(self.sample, weight=weight).corrections(self.difference)
