"""The first answer of the assessment: which of all layouts to use, whatever made it."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from windopt.assessment.labels import label
from windopt.runs.assessment_record import Candidate, LayoutChoice
from windopt.runs.judged import ON_ITS_WAY, Judged
from windopt.runs.robust_account import SINGLE

REFERENCES = ("initial", "grid")
LEARNED = ("final", SINGLE)
"""Searches with learning; the others do without."""
FILES: Mapping[str, str] = {
    "final": "layout.csv",
    "initial": "layout_initial.csv",
    "grid": "layout_grid.csv",
}
OF_BASELINES = ("analytic", "fitted", "floris")


def base_of(name: str) -> str:
    """Return the search that a layout comes from, without its seed."""
    return name.partition(" seed ")[0]


def file_of(name: str, of_run: Iterable[str]) -> str:
    """Return a layout's file in the run folder.

    Parameters
    ----------
    name : str
    of_run : iterable of str
        Searches without learning that the run itself has made.
    """
    if name in FILES:
        return FILES[name]
    if name in of_run:
        return f"baselines/{name}.csv"
    return f"assess/{name.replace(' ', '_')}.csv"


def words_for(name: str, repaired: bool = False) -> str:
    """Return what people call a layout, with its seed where that is not the run's."""
    base, _, seed = name.partition(" seed ")
    words = label(base, repaired and base == "initial")
    return f"{words}, seed {seed}" if seed else words


def reference_of(judged: Judged) -> str | None:
    """Return the layout that gains count from: the given one, or the regular grid."""
    known = {name for said in judged.aep_gwh.values() for name in said}
    return next((name for name in REFERENCES if name in known), None)


def choose_layout(
    judged: Judged,
    of_run: Iterable[str] = (),
    learns: bool = True,
    repaired: bool = False,
    broken: Collection[str] = (),
    by_aep: bool = True,
) -> LayoutChoice | None:
    """Choose the layout with the highest mean gain over the wake models.

    Parameters
    ----------
    judged : Judged
        "final" and a reference among the layouts; those that not all wake models have judged which
        have judged these two are no candidates.
    of_run : iterable of str
        Searches without learning that the run itself has made.
    learns : bool
        Whether wakes were learned.
    repaired : bool
        Whether "initial" is the given layout made feasible.
    broken : collection of str
        Layouts that break a boundary or a spacing: they come last.
    by_aep : bool
        Whether AEP is all that counts; else the run's answer is to be used, whatever it yields.

    Returns
    -------
    choice : None where nothing is known of two layouts
    """
    over = reference_of(judged)
    if over is None or not (models := judged.models(("final", over))):
        return None
    names = judged.under_most(judged.aep_gwh[models[0]], ("final", over))
    names = [name for name in names if ON_ITS_WAY not in name]
    if not by_aep:
        names = [name for name in names if name in ("final", over)]
    of_run = tuple(of_run)
    candidates = []
    for name in names:
        gains = {model: judged.difference(model, name, over) for model in models}
        shares = [gain / judged.aep_gwh[model][over] for model, gain in gains.items()]
        candidates.append(
            Candidate(
                name=name,
                label=words_for(name, repaired),
                file=file_of(name, of_run),
                learned=learns and base_of(name) in LEARNED,
                gain_gwh=gains,
                gain_error_gwh={
                    m: 0.0 if name == over else judged.error(m, name, over) for m in models
                },
                mean_gain_gwh=float(np.mean(list(gains.values()))),
                mean_gain_pct=100.0 * float(np.mean(shares)),
            )
        )
    # of equal ones the one that needs no building anew
    rank = {name: number for number, name in enumerate((*REFERENCES, "final"))}
    candidates.sort(
        key=lambda one: (
            not by_aep and one.name != "final",
            one.name in broken,
            -one.mean_gain_gwh,
            rank.get(one.name, len(rank)),
        )
    )
    best = candidates[0]
    most = {model: max(one.gain_gwh[model] for one in candidates) for model in models}
    best_under = sum(best.gain_gwh[model] >= most[model] for model in models)
    codes = {model: judged.codes[model] for model in models}
    return LayoutChoice(
        best.name, best.file, best_under, len(models), over, codes, tuple(candidates)
    )
