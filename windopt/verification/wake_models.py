"""The opinions of other wake models on the same layouts.

Wake models disagree about AEP by several per cent and about the gain of a layout by much of that
gain. All models judge the same layouts in the same conditions, so that what they say of a gain is
paired: G_m = AEP_m(layout) - AEP_m(reference) for each model m, and

    s = standard deviation of G_m over the models (with n - 1 in the denominator)

is how far the gain can be known from wake models at all.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor

import numpy as np

from windopt.floris.simulator import Progress, SimulationCounts, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.verification.evaluate import judge

Opinions = dict[str, dict[str, float]]
"""AEP [Wh] by wake model and layout."""


def ask_wake_models(
    problem: LayoutProblem,
    layouts: Mapping[str, FloatArray],
    velocity_models: Iterable[str],
    executor: Executor | None = None,
    progress: Progress | None = None,
    counts: SimulationCounts | None = None,
) -> Opinions:
    """Let other wake models judge some layouts in FLORIS.

    Parameters
    ----------
    problem : LayoutProblem
    layouts : mapping of (n_turbines, 2) [m]
    velocity_models : iterable of str
        Names of FLORIS's velocity models.
    executor : Executor, optional
        None runs in this process.
    progress : Progress, optional
    counts : SimulationCounts, optional
        Grows by what is asked of FLORIS.

    Returns
    -------
    opinions : AEP [Wh] by wake model and layout
    """
    models = list(dict.fromkeys(velocity_models))
    opinions: Opinions = {}
    for done, name in enumerate(models):

        def tell(share: float, done: int = done) -> None:
            if progress is not None:
                progress((done + share) / len(models))

        other = under_wake_model(problem, name)
        simulator = Simulator(other, executor, counts or SimulationCounts())
        judged = judge(other, layouts, simulator, tell)
        opinions[name] = {layout: one.aep for layout, one in judged.items()}
    return opinions


def spread(gains: Iterable[float]) -> float:
    """Return s, the standard deviation of a gain over wake models, in the gain's own unit."""
    return float(np.std(list(gains), ddof=1))
