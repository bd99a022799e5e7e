"""Before anything is spent: whether learning is likely to find more than the wake formula does.

What learning adds grows with the wakes that there are to avoid, and with how far the run's wake
models are from the formula. Over the committed runs the lead of the search with learning over that
on the wake formula [% of AEP] goes about with the square of the wake loss w [%] of the given layout
by that formula,

    lead = c (w / 10 %)^2,   c = 0.12 under `gauss` alone, 0.6 under others or several.

The pairs (w, lead) behind c, of `results/benchmarks/comparison.json` and `results/robust`, medians:
windwake5 (2.6, 0.002), quickstart (8.1, 0.08) and borssele (11.9, 0.17) under `gauss`; quickstart
under `cc` (8.1, 0.58); under four wake models quickstart (8.1, 0.37) and onshore (4.1, 0.11). With
more wakes the law gives too much (`case1_36`: 0.96). Where kernels have to be trained within little
time, half of it is left (quickstart, 60 CPU-s: 0.045 of 0.080); in less than 40 CPU-s a run does
little but start and verify, and the formula's search, which does neither, leads. `results/gate`
has the script that checks all this on random small sites; it has not been run on all of them yet.
"""

from typing import NamedTuple

import numpy as np
import torch

from windopt.floris.alone import by_type, evaluated_wind
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.runs.assessment_record import Gate
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.words import significant

PER_SQUARE = {"gauss": 0.12}
OTHERS = 0.6
"""The c of a wake model, and of all others [% of AEP]."""
CONDITIONS = 400
"""Of the rose, so many tell the wake loss."""
LITTLE_CPU_S, LEFT = 100.0, 0.5
"""Of a run that has to train in so little time [CPU-s], the share of the lead that is left."""
LEAST_CPU_S = 40.0
"""Below that, nothing is left of it [CPU-s]."""


class Expected(NamedTuple):
    """What is expected of a run.

    Attributes
    ----------
    wake_loss_pct : float [%]
        Of a plain layout, by the wake formula.
    lead_pct : float [% of AEP]
        Of the search with learning over that on the formula.
    """

    wake_loss_pct: float
    lead_pct: float


def gate_of(problem: LayoutProblem, has_to_learn: bool) -> Gate | None:
    """Return whether more than the wake formula is likely to pay, in a line.

    Parameters
    ----------
    problem : LayoutProblem
    has_to_learn : bool
        Whether the run has to train first.

    Returns
    -------
    gate : None where nobody has asked, or where there is nothing to learn
    """
    if problem.config.assessment.gate == "off" or is_formula(problem):
        return None
    expected, delta = expect(problem, has_to_learn), problem.config.assessment.materiality_pct
    pays = expected.lead_pct > delta
    loss, lead = significant(expected.wake_loss_pct, 2), significant(expected.lead_pct, 1)
    said = (
        f"wakes take about {loss} % here, so learning may find about {lead} % of AEP more than a "
        "search on a wake formula"
    )
    if not pays:
        said += f"; what matters is {delta:g} %: it is not likely to pay"
    return Gate(pays, said)


def expect(problem: LayoutProblem, has_to_learn: bool) -> Expected:
    """Return the wake loss of a plain layout, and what learning is likely to add."""
    loss, robust = wake_loss_pct(problem), problem.config.robust
    models = {str(problem.wake.velocity_model)} if robust is None else set(robust.weights)
    factor = OTHERS if len(models) > 1 else PER_SQUARE.get(next(iter(models)), OTHERS)
    lead, cpu_s = factor * (loss / 10.0) ** 2, problem.config.budget.cpu_seconds
    if has_to_learn and cpu_s is not None and cpu_s <= LITTLE_CPU_S:
        lead *= LEFT
    if cpu_s is not None and cpu_s < LEAST_CPU_S:
        lead = 0.0
    return Expected(loss, lead)


def wake_loss_pct(problem: LayoutProblem) -> float:
    """Return the wake loss by the wake formula [%]: of the given layout, or of a random one."""
    layout = problem.initial_layout
    if layout is None or len(layout) != problem.n_turbines:
        layout = random_layout(problem, np.random.default_rng(problem.seed))
    conditions = evaluated_wind(problem).conditions
    some = slice(None, None, max(1, len(conditions) // CONDITIONS))
    wd, ws, ti = (one[some] for one in (conditions.wd, conditions.ws, conditions.ti))
    counted, weight = problem.counted_types, conditions.weight[some]
    with torch.no_grad():
        farm = problem.joined(layout)[None]
        power = analytic_surrogate(problem).power(farm, wd, ws, ti, problem.all_types)
    in_wakes = weight @ power[0, :, : len(counted)].sum(dim=-1).double().cpu().numpy()
    wind = evaluated_wind(problem)
    curves = by_type(problem, wind)
    each = [np.interp(ws, wind.wind_speed, curves[kind]) for kind in range(len(curves))]
    counts = np.bincount(counted, minlength=len(curves))
    alone = weight @ sum(number * one for number, one in zip(counts, each, strict=True))
    return float(100.0 * max(0.0, 1.0 - in_wakes / alone))
