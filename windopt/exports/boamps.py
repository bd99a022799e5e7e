"""BoAmps reports: a run's energy in Boavizta's open format, one report for each kind of stage.

The format (https://github.com/Boavizta/BoAmps, version 1.1.0) asks to measure each step of a task
by itself. It has a single figure for energy and no room for a band, which therefore stands in the
description. What is not known is left out: no country is made up, no cloud, no publisher.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from windopt.electricity import countries
from windopt.ledger.project import ProjectRun
from windopt.ledger.totals import Cost, StageCharge

JOULES_PER_KWH = 3.6e6
FORMAT_VERSION = "1.1.0"
SPECIFICATION = "https://github.com/Boavizta/BoAmps/tree/main/model"
TASK = "wind farm layout optimisation"
TASK_STAGES = {
    "simulate": "datacreation",
    "train": "training",
    "retrain": "retraining",
    "optimise": "inference",
}
"""BoAmps' words for kinds of stages; others keep our own."""
QUALITIES = ((0.1, "high"), (0.25, "medium"))
"""Largest relative error of each class; beyond them there is only `low`."""

FLORIS = {"algorithmType": "simulation", "algorithmName": "FLORIS", "framework": "floris"}
SURROGATE = {
    "algorithmType": "surrogate model",
    "algorithmName": "learned wake kernel",
    "framework": "torch",
}
SEARCH = {"algorithmType": "optimisation", "algorithmName": "layout search", "framework": "windopt"}
OTHER = {"algorithmType": "other", "algorithmName": "windopt", "framework": "windopt"}
ALGORITHMS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "simulate": (FLORIS,),
    "train": ({"trainingType": "supervisedLearning", **SURROGATE},),
    "retrain": ({"trainingType": "supervisedLearning", **SURROGATE}, FLORIS),
    "optimise": (SURROGATE, SEARCH),
    "verify": (FLORIS,),
    "robustness": (FLORIS,),
    "baseline": (SEARCH,),
    "assess": (SURROGATE, SEARCH, FLORIS),
    "compare": (SEARCH,),
    "tuning": (SEARCH,),
}
FLORIS_STATES = "floris_turbine_conditions"


def boamps_reports(run: ProjectRun, published: datetime | None = None) -> dict[str, str]:
    """Return a run's BoAmps reports: the JSON text by kind of stage.

    Parameters
    ----------
    run : ProjectRun
        The run.
    published : datetime or None
        Time of publication, by default now.
    """
    published, totals = published or datetime.now(UTC), run.content.totals
    return {
        kind: json.dumps(_report(run, kind, cost, published), indent=2, ensure_ascii=False) + "\n"
        for kind, cost in {**totals.by_stage, **totals.apart}.items()
        if cost.energy.known and cost.energy.central > 0
    }


def _report(run: ProjectRun, kind: str, cost: Cost, published: datetime) -> dict[str, Any]:
    stages = [stage for stage in run.content.stages if stage.kind == kind]
    return {
        "header": {
            "formatVersion": FORMAT_VERSION,
            "formatVersionSpecificationUri": SPECIFICATION,
            "reportId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"windopt:{run.id}/{kind}")),
            "reportDatetime": _time(published),
            "reportStatus": "draft" if run.status == "running" else "final",
        },
        "task": {
            "taskStage": TASK_STAGES.get(kind, kind),
            "taskFamily": TASK,
            "algorithms": [_algorithm(run, one) for one in ALGORITHMS.get(kind, (OTHER,))],
            "dataset": [_dataset(kind, cost)],
            "taskDescription": _description(run, kind, cost, stages),
        },
        "measures": [_measure(run, cost, stages)],
        **_machine(run),
        **_environment(run),
        "quality": _quality(cost),
    }


def _algorithm(run: ProjectRun, algorithm: Mapping[str, str]) -> dict[str, str]:
    version = run.versions.get(algorithm["framework"])
    return {**algorithm, **({"frameworkVersion": version} if version else {})}


def _dataset(kind: str, cost: Cost) -> dict[str, Any]:
    states = cost.counts.get(FLORIS_STATES)
    return {
        "dataUsage": "output" if kind == "simulate" else "input",
        "dataType": "tabular",
        **({"dataQuantity": states} if states else {}),
    }


def _description(run: ProjectRun, kind: str, cost: Cost, stages: list[StageCharge]) -> str:
    wh, pue = cost.energy_wh, run.stated("pue") or 1.0
    counts = [f"{number} {name.replace('_', ' ')}" for name, number in cost.counts.items()]
    ended = [stage.status for stage in stages if stage.status != "completed"]
    said = [
        f"windopt {kind} of run {run.name}",
        f"energy between {wh['low']:.2g} and {wh['high']:.2g} Wh",
        f"power usage effectiveness {pue:g} included",
        *counts,
        *([f"of {len(stages)} stages: {', '.join(ended)}"] if ended else []),
    ]
    return "; ".join(said)


def _measure(run: ProjectRun, cost: Cost, stages: list[StageCharge]) -> dict[str, Any]:
    vcpus, version = run.stated("vcpus"), run.versions.get("windopt")
    measure: dict[str, Any] = {
        "measurementMethod": f"windopt, {cost.energy.method}",
        "powerConsumption": cost.energy.central / JOULES_PER_KWH,
        "measurementDuration": cost.wall_s,
        "measurementDateTime": _time(_began(run, stages[0].id)),
    }
    if version:
        measure["version"] = version
    if "RAPL" in cost.energy.method.upper():
        measure["cpuTrackingMode"] = "rapl"
    if "NVML" in cost.energy.method.upper():
        measure["gpuTrackingMode"] = "nvml"
    if vcpus and cost.wall_s > 0:
        measure["averageUtilizationCpu"] = min(1.0, cost.cpu_s / (cost.wall_s * vcpus))
    return measure


def _machine(run: ProjectRun) -> dict[str, Any]:
    system, python = run.stated("platform"), run.stated("python")
    model, vcpus, memory = (run.stated(key) for key in ("cpu_model", "vcpus", "memory_gb"))
    cpu = {"componentType": "cpu", "nbComponent": int(vcpus or 1)}
    ram = {"componentType": "ram", "nbComponent": 1, "memorySize": round(memory or 0)}
    return {
        **({"system": {"os": str(system).partition("-")[0].lower()}} if system else {}),
        "software": {"language": "python", **({"version": python} if python else {})},
        "infrastructure": {
            "infraType": "other",  # a hypervisor does not say whose it is
            "components": [
                {**cpu, "componentName": f"{model}, virtual processors"} if model else cpu,
                *([ram] if memory else []),
            ],
        },
    }


def _environment(run: ProjectRun) -> dict[str, Any]:
    code, intensity = run.stated("country"), run.stated("grid_g_per_kwh")
    if code is None:
        return {}
    environment = {"country": countries()[code].name if code in countries() else code}
    if intensity is not None:
        environment["powerSourceCarbonIntensity"] = intensity["central"]
    return {"environment": environment}


def _quality(cost: Cost) -> str:
    energy = cost.energy
    error = max(energy.high - energy.central, energy.central - energy.low) / energy.central
    return next((quality for largest, quality in QUALITIES if error <= largest), "low")


def _began(run: ProjectRun, stage_id: str) -> datetime:
    times = (r["time"] for r in run.records if r["record"] == "stage" and r["id"] == stage_id)
    return datetime.fromisoformat(next(times))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
