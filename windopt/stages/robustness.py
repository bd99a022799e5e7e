"""Robustness: whether other wake models find the gain as well.

What it takes is booked apart from the run, as it is for baselines (`baseline`).
"""

from collections.abc import Sequence

from windopt.problem.problem import LayoutProblem
from windopt.runs.baselines import Baselines
from windopt.runs.folder import RunFolder
from windopt.runs.robustness import Robustness
from windopt.runs.session import Run
from windopt.stages.gains import book_gains, refuse_other_aims
from windopt.verification.wake_models import ask_wake_models, spread

WAKE_MODELS = ("gauss", "jensen", "cc", "turboparkgauss", "empirical_gauss")
"""Asked where the config names none."""


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether the config asks for other wake models."""
    return bool(problem.config.robustness.wake_models)


def ask_other_wake_models(run: Run, wake_models: Sequence[str] | None = None) -> None:
    """Ask other wake models about the gain.

    Parameters
    ----------
    run : Run
        Verified.
    wake_models : sequence of str, optional
        FLORIS's velocity models, by default the config's.
    """
    models = run.problem.config.robustness.wake_models if wake_models is None else wake_models
    if not models:
        return
    refuse_other_aims(run, "other wake models judge")
    verified = run.folder.read(RunFolder.verification).layouts
    baselines = (run.folder.find(RunFolder.baselines) or Baselines()).baselines
    evaluated = {name: (one.layout, one.aep_gwh) for name, one in verified.items()}
    evaluated |= {name: (one.layout, one.aep_gwh) for name, one in baselines.items()}
    own = run.problem.wake.velocity_model
    with (
        run.stage("robustness", "asking other wake models") as (stage, progress),
        run.floris(stage) as floris,
    ):
        opinions = ask_wake_models(
            run.problem,
            {name: layout for name, (layout, _) in evaluated.items()},
            [model for model in models if model != own],
            run.pool,
            progress,
            floris.counts,
        )
    opinions = {own: {name: aep * 1e9 for name, (_, aep) in evaluated.items()}} | opinions
    gains = {
        name: {model: said["final"] - said[name] for model, said in opinions.items()}
        for name in evaluated
        if name != "final"
    }
    run.folder.write(
        RunFolder.robustness,
        Robustness(
            own=own,
            aep_gwh={
                model: {name: aep / 1e9 for name, aep in said.items()}
                for model, said in opinions.items()
            },
            gain_gwh={
                name: {model: gain / 1e9 for model, gain in of.items()}
                for name, of in gains.items()
            },
            spread_gwh={name: spread(of.values()) / 1e9 for name, of in gains.items()},
        ),
    )
    run.forget_states()
    book_gains(run)
