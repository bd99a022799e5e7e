"""The second answer of the assessment: what the search with learning found more than others.

Its rival is the best search without learning at equal energy: that on the wake formula, that on the
formula fitted to the wake model, or by trial in FLORIS. Which is best is told after the fact, by
the mean over wake models and seeds; that favours the rival, if anybody.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from windopt.assessment.duel import Duel, duel, materiality, table_of
from windopt.config.assessment import AssessmentConfig
from windopt.runs.assessment_record import AiShare
from windopt.runs.differences import Difference
from windopt.runs.judged import Judged, named
from windopt.runs.layout_choice import OF_BASELINES, reference_of

MWH_PER_GWH = 1e3
NO_LEARNING = "the wake model is a formula: no learning was involved"


def seeds_in(judged: Judged, rival: str, own_seed: int) -> list[int]:
    """Return the seeds with which both sides have searched, the run's own first."""
    layouts = {name for said in judged.aep_gwh.values() for name in said}
    seeds = [own_seed] + [
        int(seed)
        for name in layouts
        if name.startswith("final seed ") and (seed := name.removeprefix("final seed "))
    ]
    return [
        seed
        for seed in sorted(seeds, key=lambda seed: (seed != own_seed, seed))
        if {named("final", seed, own_seed), named(rival, seed, own_seed)} <= layouts
    ]


def pairs_of(rival: str, seeds: Sequence[int], own_seed: int) -> list[tuple[str, str]]:
    """Return the names of the layouts with and without learning, by seed."""
    return [(named("final", s, own_seed), named(rival, s, own_seed)) for s in seeds]


def rival_in(judged: Judged, own_seed: int) -> tuple[str, list[int], list[str]] | None:
    """Return the best search without learning, its seeds, and the wake models that know them.

    Of those with most wake models and seeds, the one with the highest mean; None without any.
    """
    known = []
    for rival in OF_BASELINES:
        seeds = seeds_in(judged, rival, own_seed)
        pairs = pairs_of(rival, seeds, own_seed)
        models = judged.models(name for pair in pairs for name in pair)
        if not seeds or not models:
            continue
        mean = np.mean([judged.aep_gwh[m][without] for m in models for _, without in pairs])
        known.append(((len(seeds), len(models), float(mean)), rival, seeds, models))
    if not known:
        return None
    _, rival, seeds, models = max(known, key=lambda one: one[0])
    return rival, seeds, models


def differences_in(
    judged: Judged, rival: str, seeds: Sequence[int], models: Sequence[str], own_seed: int
) -> list[Difference]:
    """Return the rows of `differences.csv`."""
    pairs = zip(seeds, pairs_of(rival, seeds, own_seed), strict=True)
    return [
        Difference(model, judged.codes[model], seed, MWH_PER_GWH * judged.difference(model, *pair))
        for seed, pair in pairs
        for model in models
    ]


def error_of_mean(judged: Judged, pairs: Sequence[tuple[str, str]], models: Sequence[str]) -> float:
    """Return the standard error of the mean difference that the samples leave [MWh].

    Under one wake model all layouts are judged in the same conditions, so that errors of the seeds
    add up; the samples of two wake models have nothing in common.
    """
    of_models = [np.mean([judged.error(model, *pair) for pair in pairs]) for model in models]
    return MWH_PER_GWH * float(np.sqrt(np.sum(np.square(of_models)))) / len(of_models)


def share_of(
    judged: Judged,
    config: AssessmentConfig,
    own_seed: int,
    cpu_s: float,
    asking: str | None = None,
    learns: bool = True,
) -> tuple[AiShare, list[Difference]]:
    """Return the answer, and the differences that it rests on.

    Parameters
    ----------
    judged : Judged
        "final" and a reference among the layouts.
    config : AssessmentConfig
    own_seed : int
        Of the run.
    cpu_s : float [CPU-s]
        Of the run: what its computing costs is taken from that.
    asking : str or None
        What is missing, and what it takes.
    learns : bool
        Whether wakes were learned.
    """
    over = reference_of(judged)
    if over is None or not learns:
        return AiShare(asking=asking if learns else NO_LEARNING), []
    models = judged.models(("final", over))
    delta = _materiality(judged, config, over, models, cpu_s)
    if (found := rival_in(judged, own_seed)) is None:
        gain = _mean([judged.difference(model, "final", over) for model in models])
        pct = _pct(delta, judged, over, models)
        return AiShare(gain_mwh=gain, delta_mwh=delta, delta_pct=pct, asking=asking), []
    rival, seeds, models = found
    delta = _materiality(judged, config, over, models, cpu_s)
    pairs = pairs_of(rival, seeds, own_seed)
    rows = differences_in(judged, rival, seeds, models, own_seed)
    said = duel(table_of(rows), delta, error_of_mean(judged, pairs, models))
    shares = [
        judged.difference(model, *pair) / judged.aep_gwh[model][pair[1]]
        for pair in pairs
        for model in models
    ]
    gains = [judged.difference(model, ours, over) for ours, _ in pairs for model in models]
    codes = tuple(dict.fromkeys(judged.codes[model] for model in models))
    answer = _answer(said, rival, 100.0 * float(np.mean(shares)), _mean(gains), codes, asking)
    return replace(answer, delta_pct=_pct(delta, judged, over, models)), rows


def _answer(
    said: Duel, rival: str, pct: float, gain: float, codes: tuple[str, ...], asking: str | None
) -> AiShare:
    return AiShare(
        answer=said.answer,
        leaning=said.leaning,
        rival=rival,
        difference_mwh=said.effects.mean,
        difference_pct=pct,
        gain_mwh=gain,
        delta_mwh=said.delta,
        p_better=said.p_better,
        p_material=said.p_material,
        p_equivalent=said.p_equivalent,
        p_worse=said.p_worse,
        std_models_mwh=said.effects.std_models,
        std_seeds_mwh=said.effects.std_seeds,
        std_rose_mwh=said.std_rose,
        models=said.models,
        codes=codes,
        seeds=said.seeds,
        asking=asking,
    )


def _materiality(
    judged: Judged, config: AssessmentConfig, over: str, models: Sequence[str], cpu_s: float
) -> float:
    aep = _mean([judged.aep_gwh[model][over] for model in models])
    cost = cpu_s / 3600.0 * config.cost_per_cpu_hour
    return materiality(aep, config.materiality_pct, cost, config.price_per_mwh)


def _pct(delta_mwh: float, judged: Judged, over: str, models: Sequence[str]) -> float:
    """Return the materiality as a share of the reference's AEP [%]."""
    return 100.0 * delta_mwh / _mean([judged.aep_gwh[model][over] for model in models])


def _mean(gwh: Sequence[float]) -> float:
    return MWH_PER_GWH * float(np.mean(gwh))
