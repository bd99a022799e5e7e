"""Judging one layout: FLORIS's AEP on the rose of a config, and every rule that it breaks."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.reader import config_hash, read_config
from windopt.config.schema import Config
from windopt.config.search import OptimiseConfig
from windopt.errors import ConfigError, FaultCollector
from windopt.exports.placed import turbine_columns
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Simulator
from windopt.ledger.began import Began
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.probe import probe_meter
from windopt.problem.layout import write_layout_csv
from windopt.problem.measure import measures_of
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.problem.violations import Violations, violations
from windopt.readers.formats import read_layout
from windopt.readers.load import Parts, read_parts
from windopt.readers.turbine_types import assign_types
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.observer import Observer, Silent
from windopt.surrogate.library import default_library
from windopt.verification.evaluate import judge
from windopt.verification.evaluated import EvaluatedLayout
from windopt.workers.executor import worker_pool

JUDGEMENT, LEDGER, LAYOUT = "judgement.json", "ledger.jsonl", "layout.csv"
"""What a judgement leaves in a folder."""
NO_NUMBER = "n_turbines"
"""Where faults of the number of turbines stand: a layout that is too full is judged as it is."""


def judge_layout(
    source: str | os.PathLike[str] | Config,
    layout: str | None = None,
    out: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    observer: Observer | None = None,
    began: Began | None = None,
) -> dict[str, Any]:
    """Let FLORIS judge a layout on the rose of a config, and tell of every rule that it breaks.

    Parameters
    ----------
    source : path or Config
        A config, or a run folder that has one.
    layout : path, optional
        The layout to judge, of any number of turbines; by default the one that the config gives.
    out : path, optional
        Folder to leave `judgement.json`, `layout.csv` and `ledger.jsonl` in.
    overrides : mapping, optional
        Config values by dotted key.
    observer : Observer, optional
        Watches.
    began : Began, optional
        When that began; with this call, by default.

    Returns
    -------
    judgement : AEP and revenue by year [GWh, currency], the rules that are broken, the same of the
        layout that the config gives where it is another one, each turbine, and what it took

    Raises
    ------
    ConfigError
        With all faults of the config, its files and the layout.
    RunFolderError
        When `out` cannot be written.
    """
    began = began or Began.now()
    if not isinstance(source, Config) and Path(source).is_dir():
        source = RunFolder(Path(source)).config
    problem, given, asked = _read(source, layout, overrides)
    meter = probe_meter(problem.config.energy.meter, calibrated_in=default_library())
    folder = None if out is None else RunFolder.create(out, known_by=JUDGEMENT).path
    with tempfile.TemporaryDirectory() as passing:
        ledger = Ledger.open(
            (folder or Path(passing)) / LEDGER,
            {
                "name": problem.name,
                "config_hash": config_hash(problem.config),
                "pue": problem.config.energy.pue,
            },
            meter=meter,
        )
        before = ledger.totals()
        with (
            ledger.stage("between", began),
            (observer or Silent()).stage("judging in FLORIS") as progress,
            ledger.stage("verify") as stage,
            worker_pool(problem.config.workers) as pool,
        ):
            simulator = Simulator(problem, pool)
            judged = _judge(problem, given, simulator, progress)
            counts = simulator.counts
            stage.count(
                floris_evaluations=counts.evaluations,
                floris_conditions=counts.conditions,
                floris_turbine_conditions=counts.turbine_conditions,
            )
        ledger.close(began)
        cost = ledger.totals().without(before)
    judgement = _in_figures(problem, judged["layout"])
    against = None if given is None else _in_figures(given, judged["given"])
    wind = evaluated_wind(problem)
    judgement |= {
        "n_turbines_asked": asked,
        "given": against,
        "gain_over_given_pct": _gain_pct(judgement, against),
        "turbines": _turbines(problem, judged["layout"]),
        "wind_directions": len(wind.wind_direction),
        "wind_speeds": len(wind.wind_speed),
        "wake_model": problem.wake.velocity_model,
        "floris_evaluations": counts.evaluations,
        "floris_conditions": counts.conditions,
        "wall_s": cost.wall_s,
        "cpu_s": cost.cpu_s,
        "energy_wh": cost.energy_wh,
        "config_hash": config_hash(problem.config),
    }
    if folder is not None:
        write_json(folder / JUDGEMENT, judgement)
        found = judged["layout"].layout
        columns = turbine_columns(problem, found, _of_each(judged["layout"]))
        write_layout_csv(folder / LAYOUT, found, None, **columns)
    return judgement


def _read(
    source: str | os.PathLike[str] | Config,
    layout: str | None,
    overrides: Mapping[str, object] | None,
) -> tuple[LayoutProblem, LayoutProblem | None, int | None]:
    """Read the problem of the layout to judge, and that of the config's own where it is another.

    Both have their layout as `initial_layout`. The third is the number of turbines that the config
    asks for.
    """
    faults = FaultCollector()
    config = read_config(source, overrides, faults)
    faults.raise_any()
    assert config is not None
    if layout is None and config.layout is None:
        fault = "is not given, and the config names none"
        raise ConfigError.of("LAYOUT", fault, "name it: windopt verify CONFIG LAYOUT")
    asked = config if layout is None else _with_layout(config, layout)
    parts = read_parts(asked, None, faults)
    kept = [fault for fault in faults if layout is None or fault.where != NO_NUMBER]
    if kept or parts is None or parts.types is None:
        raise ConfigError(kept or faults)
    problem = parts.problem()
    asked_for = config.n_turbines if isinstance(config.n_turbines, int) else None
    if layout is None or config.layout is None:
        return problem, None, asked_for
    return problem, _given(config, parts), asked_for


def _with_layout(config: Config, layout: str) -> Config:
    """Return a config with another given layout, and nothing that says how many turbines it has."""
    path = layout if layout.startswith("windIO:") else str(Path(layout).expanduser().absolute())
    types = read_layout(path).type_names  # where it is silent, the config's counts may tell
    changed: dict[str, Any] = {
        "layout": path,
        "n_turbines": None,
        "turbine_counts": config.turbine_counts if types is None else None,
        "optimise": OptimiseConfig(),
    }
    return config.model_copy(update=changed)


def _given(config: Config, parts: Parts) -> LayoutProblem:
    """Return the problem of the layout that a config gives itself."""
    assert config.layout is not None
    assert parts.turbines is not None
    given = read_layout(config.layout, "layout", parts.site)
    types = assign_types(parts.turbines, len(given), config.turbine_counts, given)
    return replace(
        parts.problem(), initial_layout=given.coordinates, n_turbines=len(given), types=types
    )


def _judge(
    problem: LayoutProblem,
    given: LayoutProblem | None,
    simulator: Simulator,
    progress: Any,
) -> dict[str, EvaluatedLayout]:
    """Judge both layouts, at once where they have the same turbines."""
    assert problem.initial_layout is not None
    layouts = {"layout": problem.initial_layout}
    if given is None or np.array_equal(given.types, problem.types):
        if given is not None:
            assert given.initial_layout is not None
            layouts["given"] = given.initial_layout
        return judge(problem, layouts, simulator, progress)
    assert given.initial_layout is not None
    judged = judge(problem, layouts, simulator, progress)
    other = replace(simulator, problem=given)
    return judged | judge(given, {"given": given.initial_layout}, other, progress)


def _in_figures(problem: LayoutProblem, judged: EvaluatedLayout) -> dict[str, Any]:
    """Return what FLORIS and the rules say of a layout, as it goes into a JSON file."""
    wrong: Violations = violations(problem, judged.layout)
    feasibility = judged.feasibility
    told: dict[str, Any] = {
        "name": problem.name,
        "layout_file": problem.config.layout,
        "n_turbines": problem.n_turbines,
        **judged.told,
        "losses_pct": problem.losses_pct,
        **{m.of("net"): problem.net_share * judged.told[m.key] for m in measures_of(judged.told)},
        "wake_loss_pct": judged.wake_loss_pct,
        "feasible": feasibility.feasible,
        "max_boundary_violation_m": feasibility.max_boundary_violation_m,
        "min_spacing_d": feasibility.min_spacing_d,
        "outside": [vars(one) for one in wrong.outside],
        "too_close": [vars(one) for one in wrong.too_close],
        "violations": wrong.in_words,
    }
    if (economics := problem.economics) is not None:
        told["profit"] = profit_objective(problem).of_energy(judged.layout, judged.aep)
        told["currency"] = economics.currency
    return told


def _gain_pct(judgement: Mapping[str, Any], given: Mapping[str, Any] | None) -> float | None:
    """Return the gain over the given layout [%]; None without one, or with another number."""
    if given is None or given["n_turbines"] != judgement["n_turbines"]:
        return None
    return 100.0 * (float(judgement["aep_gwh"]) / float(given["aep_gwh"]) - 1.0)


def _of_each(judged: EvaluatedLayout) -> dict[str, Any]:
    return {
        "turbine_aep_gwh": judged.turbine_aep / 1e9,
        "turbine_wake_loss_pct": judged.turbine_wake_loss_pct,
    }


def _turbines(problem: LayoutProblem, judged: EvaluatedLayout) -> list[dict[str, Any]]:
    columns = turbine_columns(problem, judged.layout, _of_each(judged))
    x, y = judged.layout.T.tolist()
    return [
        dict(zip(("x", "y", *columns), row, strict=True))
        for row in zip(x, y, *columns.values(), strict=True)
    ]
