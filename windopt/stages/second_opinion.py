"""The second opinion: whether other codes find the gain, and the same layouts better.

What it takes is booked apart from the run, with what other wake models take (`robustness`).
"""

from collections.abc import Mapping, Sequence
from math import hypot
from typing import NamedTuple

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder
from windopt.runs.robust import RobustRecord
from windopt.runs.second_opinion import NearestModel, Pair, SecondOpinion, pair_of
from windopt.runs.session import Run
from windopt.runs.verification import VerificationRecord
from windopt.search.clock import Clock
from windopt.verification.second_code import (
    CODES,
    OUT_OF_TIME,
    WAKE_MODELS,
    Code,
    ask_code,
    code_version,
    why_not,
)

LAYOUTS = ("initial", "grid", "single", "final")
"""What is judged, as far as there is."""


class Known(NamedTuple):
    """What FLORIS has said of the layouts.

    Attributes
    ----------
    aep_gwh : mapping of str to mapping of str to float [GWh]
        By wake model and layout.
    weights : mapping of str to float [-]
        Of the wake models; those that are not there count 1.
    error_pct : mapping of str to float [%]
        Standard error of the final layout's gain, by layout that it is held against.
    """

    aep_gwh: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float]
    error_pct: Mapping[str, float]


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether a run asks other codes: where it searches for a robust layout."""
    return problem.config.robust is not None


def ask_second_code(run: Run, wake_models: Sequence[str] | None = None) -> None:
    """Ask other codes, PyWake and foxes, whether the gain is there and the same layouts are better.

    Parameters
    ----------
    run : Run
        Verified.
    wake_models : sequence of str, optional
        FLORIS's, whose nearest ones are asked; by default those that FLORIS has judged by, or the
        run's and two more.
    """
    record = run.folder.read(RunFolder.verification)
    own, known = run.problem.wake.velocity_model, _known(run, record)
    models = list(wake_models or known.aep_gwh)
    if wake_models is None and len(models) == 1:
        models = list(dict.fromkeys([own, *WAKE_MODELS]))
    layouts = {name: one.layout for name, one in record.layouts.items()}
    if (single := run.folder.find(RunFolder.single)) is not None:
        layouts["single"] = single.layout
    layouts = {name: layouts[name] for name in LAYOUTS if name in layouts}
    left_s = run.allowance.clock(0.0)
    opinions: list[SecondOpinion] = []
    for code in CODES:
        missing = why_not(run.problem, code)
        if not missing and any(one.models for one in opinions) and left_s() <= 0:
            missing = OUT_OF_TIME
        if missing:
            opinions.append(SecondOpinion(code.name, code_version(code), missing))
        else:
            opinions.append(_opinion_of(code, run, layouts, models, known, left_s))
    run.folder.write(RunFolder.second_opinion, opinions)


def _opinion_of(
    code: Code,
    run: Run,
    layouts: Mapping[str, FloatArray],
    models: Sequence[str],
    known: Known,
    left_s: Clock,
) -> SecondOpinion:
    """Ask one code about layouts (n_turbines, 2) [m]."""
    with run.stage("robustness", f"asking another code, {code.name}") as (_, progress):
        opinions, refused = ask_code(code, run.problem, layouts, models, run.pool, progress, left_s)
    nearest = {
        name: NearestModel(
            words=one.words,
            weight=known.weights.get(name, 1.0),
            aep_gwh={layout: aep / 1e9 for layout, aep in one.aep.items()},
            floris_gwh=known.aep_gwh.get(name, {}),
        )
        for name, one in opinions.items()
    }
    return SecondOpinion(
        code.name,
        code_version(code),
        "" if nearest else "; ".join(f"{name}: {why}" for name, why in refused.items()),
        next((name for name in ("initial", "grid") if name in layouts), ""),
        nearest,
        refused,
        _pairs(nearest, [name for name in layouts if name != "final"], known),
    )


def _pairs(
    nearest: Mapping[str, NearestModel], others: Sequence[str], known: Known
) -> dict[str, Pair]:
    pairs = {name: pair_of(nearest, name, known.error_pct.get(name, 0.0)) for name in others}
    return {name: pair for name, pair in pairs.items() if pair is not None}


def _known(run: Run, record: VerificationRecord) -> Known:
    """Return what FLORIS has said: of a robust run, of other wake models, or by the run's own."""
    if (robust := run.folder.find(RunFolder.robust)) is not None:
        return known_of_robust(robust)
    errors = {name: one.gain_error_pct or 0.0 for name, one in record.layouts.items()}
    if (said := run.folder.find(RunFolder.robustness)) is not None:
        return Known(said.aep_gwh, {}, errors)
    own = run.problem.wake.velocity_model
    return Known({own: {name: one.aep_gwh for name, one in record.layouts.items()}}, {}, errors)


def known_of_robust(robust: RobustRecord) -> Known:
    """Return what FLORIS has said of the layouts of a robust run.

    The error of a gain is at most that of two gains over the reference whose errors add as if they
    had nothing in common; that of the mean over wake models is at most the mean of theirs.
    """
    aep: dict[str, dict[str, float]] = {name: {} for name in robust.models}
    for layout, under in robust.layouts.items():
        for model, one in under.items():
            aep.setdefault(model, {})[layout] = one.aep_gwh
    weights = {name: one.weight for name, one in robust.models.items()}
    final, total = robust.layouts["final"], sum(weights.values()) or 1.0
    errors = {}
    for layout, under in robust.layouts.items():
        each = {
            model: hypot(final[model].gain_error_pct or 0.0, one.gain_error_pct or 0.0)
            for model, one in under.items()
            if model in final
        }
        errors[layout] = sum(weights.get(model, 0.0) * one for model, one in each.items()) / total
    return Known(aep, weights, errors)
