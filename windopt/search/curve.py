"""A curve of layouts between a free one and a lattice: what regularity costs (`trace_curve`)."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from windopt.errors import InfeasibleError
from windopt.search.clock import keeping
from windopt.search.context import SearchTask
from windopt.search.free import optimise_freely
from windopt.search.pareto import trace_curve
from windopt.search.regular import optimise_regular
from windopt.search.solution import Solution
from windopt.search.starts import Start

logger = logging.getLogger(__name__)


def search_curve(task: SearchTask, carry_on: Solution | None, also: Sequence[Start]) -> Solution:
    """Search freely, then a lattice, then the layouts between the two."""
    settings, left_s, tell = task.settings.curve, task.left_s, task.progress
    given = left_s()
    begun = settings.free_share + settings.regular_share
    first = replace(
        task,
        left_s=keeping(left_s, (1.0 - settings.free_share) * given),
        progress=lambda share: tell(settings.free_share * share),
    )
    free = optimise_freely(first, carry_on, also)
    layouts = [free.layout, *(start.layout for start in free.starts)]
    if free.grid is not None:
        layouts.append(free.grid)
    known = [] if carry_on is None else list(carry_on.curve)
    lattices = [one.lattice for one in known]
    layouts += [one.layout for one in known]
    status, reason = free.status, free.reason
    if carry_on is None and status != "stopped":
        second = replace(
            task,
            left_s=keeping(left_s, (1.0 - begun) * given),
            progress=lambda share: tell(settings.free_share + settings.regular_share * share),
            on_improvement=None,
        )
        try:
            rows = optimise_regular(second)
        except InfeasibleError as error:
            logger.warning("%s; the curve ends before it", error)
        except KeyboardInterrupt:
            status, reason = "stopped", "the search was interrupted"
        else:
            assert rows.lattice is not None
            layouts.append(rows.layout)
            lattices.append(rows.lattice)
            if status == "converged" or rows.status == "stopped":
                status, reason = rows.status, rows.reason
    last = replace(
        task,
        left_s=left_s if status != "stopped" else lambda: 0.0,
        progress=lambda share: tell(begun + (1.0 - begun) * share),
    )
    curve = trace_curve(last, free.layout, layouts, lattices)
    if status == "converged" or curve.status == "stopped":
        status, reason = curve.status, curve.reason
    if status != "stopped":
        tell(1.0)
    answer = curve.points[0]
    return replace(
        free,
        layout=answer.layout,
        aep_predicted=answer.aep,
        status=status,
        reason=reason,
        curve=curve.points,
    )
