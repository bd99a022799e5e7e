"""What several packages test with: sites, surrogates and run folders, real and made up."""

import base64
import fcntl
import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
import torch
import yaml
from floris import type_dec
from numba.core.dispatcher import Dispatcher

import windopt
from windopt import pipeline
from windopt.assessment.payback import payback_seconds
from windopt.compare import cells
from windopt.compare.comparison import Comparison
from windopt.compare.contest import Contest, Held
from windopt.compare.method_process import Task
from windopt.compare.plans import plan_of_config
from windopt.compare.suite import Published
from windopt.config.reader import config_hash, dump_config
from windopt.config.schema import Config
from windopt.ledger.energy import EnergyWh
from windopt.ledger.ledger import Ledger, StageKind
from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.meters.usage import Usage
from windopt.ledger.totals import Totals
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.wind_resource import WindResource
from windopt.readers.load import load_problem
from windopt.report import figures, html
from windopt.runs import session as run
from windopt.runs.folder import RunFolder, write_json
from windopt.search.compile_once import compile_for, structures
from windopt.search.settings import RefinementSettings, SearchSettings
from windopt.stages import validate as validating
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.executor import worker_pool

CONFIG = """\
name: borssele-iiia
site: windIO:plant_energy_site/IEA37_case_study_3_energy_site.yaml
wind_resource: windIO:plant_energy_resource/IEA37_case_study_3_energy_resource.yaml
turbine: windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml
layout: windIO:plant_wind_farm/IEA37_case_study_3_wind_farm.yaml
"""
FIXTURE_SEED = int(os.environ.get("WINDOPT_FIXTURE_SEED", "0"))
"""Of the trained surrogates that tests look at: no bound may hold by the luck of one seed."""
WAKE_FREE_GWH = 1480.0
ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A PNG."""
AEP_GWH = {"initial": 1362.4, "grid": 1366.1, "final": 1379.8}
SCALE = {"initial": 1.0, "grid": 0.97, "final": 0.94}

SECTORS = 30.0 * np.arange(12)
SECTOR_TI = np.full((12, 1), 0.075)
SECTOR_PROBABILITY = (1 + 0.6 * np.cos(np.deg2rad(SECTORS - 240))) / 12
SMALL = {
    "site": {
        "name": "two parcels",
        "boundaries": {
            "polygons": [
                {"x": [0, 4000, 4000, 2000, 2000, 0], "y": [0, 0, 2000, 2000, 4000, 4000]},
                {"x": [5000, 6500, 5000], "y": [0, 0, 1500]},
            ]
        },
        "exclusions": {"polygons": [{"x": [800, 1300, 1300, 800], "y": [800, 800, 1300, 1300]}]},
    },
    "rose": {
        "name": "rose",
        "wind_resource": {
            "wind_direction": SECTORS.tolist(),
            "wind_speed": [7, 10, 13],
            "probability": {
                "data": np.outer(SECTOR_PROBABILITY, [0.35, 0.4, 0.25]).tolist(),
                "dims": ["wind_direction", "wind_speed"],
            },
            "turbulence_intensity": {"data": [0.09, 0.075, 0.06], "dims": ["wind_speed"]},
        },
    },
    # in line with the wind, one row 5 m outside the site, one turbine in the exclusion
    "farm": {
        "name": "farm",
        "layouts": [
            {
                "coordinates": {
                    "x": [100, 100, 100, 650, 650, 650, 1200, 1200, 1200],
                    "y": [-5, 650, 1200] * 3,
                }
            }
        ],
    },
    "small": {
        "seed": FIXTURE_SEED,
        "site": "site.yaml",
        "wind_resource": "rose.yaml",
        "turbine": "windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml",
        "layout": "farm.yaml",
        "simulate": {"conditions": 300, "farms": 12, "max_turbines": 12},
        "train": {"from": "scratch", "steps": 150},
        "optimise": {"starts": 2, "steps": 20, "chains": 1, "patience": 1},
        "verify": {"max_rounds": 0, "rose": "whole"},
        "report": {"cpu_seconds": 0},
    },
}


class ScriptedMeter(VcpuMeter):
    """The per-vCPU model of a machine on which `use` alone makes time pass."""

    def __init__(self) -> None:
        super().__init__(vcpus=2)
        self.wall_s = 0.0

    def use(self, wall_s: float) -> None:
        self.wall_s += wall_s

    def read(self) -> Usage:
        t = self.wall_s
        return Usage(wall_s=t, cpu_s_self=0.9 * t, cpu_s_children=0.8 * t, memory_gb_s=0.7 * t)


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all test processes share."""
    root = tmp_path_factory.getbasetemp()
    return root.parent if "PYTEST_XDIST_WORKER" in os.environ else root


@pytest.fixture(scope="session")
def made_once(common: Path) -> Callable[..., Path]:
    """Make a folder in one of the test processes, for all of them to look at."""
    root = common

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        path, done = root / "shared" / name, root / f"{name}.done"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                path.parent.mkdir(exist_ok=True)
                make(path)
                done.touch()
        return path

    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_library_of_the_user(common: Path) -> Iterator[None]:
    """Let runs find an empty library, and count the users of kernels there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINDOPT_LIBRARY", str(common / "library"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Give PyTorch one thread, as worker processes have: same numbers here, there and elsewhere."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _quick_models() -> Iterator[None]:
    """Spare FLORIS its looks through the call stack: under pytest they take 0.1 s a model."""
    with pytest.MonkeyPatch.context() as patch:
        stack = [SimpleNamespace(filename=__file__)] * 2
        patch.setattr(type_dec, "inspect", SimpleNamespace(stack=lambda: stack))
        yield


@pytest.fixture(scope="session", autouse=True)
def _compile_once(common: Path, small: LayoutProblem) -> Iterator[None]:
    """Let one test process compile a function; the others find the code in numba's cache.

    At first all is compiled that searches call, by each process in another order.
    """
    compile_, mutex, depth = Dispatcher.compile, threading.RLock(), [0]

    def in_turn(self: Dispatcher, signature: object) -> Any:
        function = f"{self.py_func.__qualname__} {signature}"
        key = hashlib.sha256(function.encode()).hexdigest()[:16]
        with mutex, (common / f"numba-{key}.lock").open("w") as lock:
            if not depth[0]:  # what is compiled asks for what it calls
                fcntl.flock(lock, fcntl.LOCK_EX)
            depth[0] += 1
            try:
                return compile_(self, signature)
            finally:
                depth[0] -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "compile", in_turn)
        compiled = structures(small)
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
        for surrogate in compiled if worker.endswith(("0", "2", "4", "6", "8")) else compiled[::-1]:
            compile_for(small, surrogate)
        yield


@pytest.fixture(autouse=True)
def _kills_as_before() -> Iterator[None]:
    """Undo what a command does in this process: have a kill end it, and workers, as Ctrl-C does."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class _Blank:
    """Stands for a figure that no test looks at."""

    def savefig(self, path: Path, **_: object) -> None:
        path.write_bytes(ONE_PIXEL)


def _write_blank_figures(*arguments: Any) -> dict[str, Path]:
    """Write the figures that a run has, each as one pixel: drawing them takes longer than a run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in vars(figures) if name.startswith("figure_")]:
            patch.setattr(figures, name, lambda *_: _Blank())
        return figures.write_figures(*arguments)


@pytest.fixture(scope="session", autouse=True)
def _blank_figures() -> Iterator[None]:
    """Draw no figures in reports, but where a test asks for `drawn_figures`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "write_figures", _write_blank_figures)
        yield


@contextmanager
def drawing() -> Iterator[None]:
    """Draw the figures of reports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "write_figures", figures.write_figures)
        yield


@pytest.fixture(scope="module")
def drawn_figures() -> Iterator[None]:
    """Draw the figures of reports in all tests of a module."""
    with drawing():
        yield


@pytest.fixture(scope="session")
def borssele(tmp_path_factory: pytest.TempPathFactory) -> LayoutProblem:
    """Borssele IIIa: 25 turbines in one concave parcel, the problem of IEA37 case study 3."""
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    path.write_text(CONFIG)
    return load_problem(path)


@pytest.fixture(scope="session")
def small_config(made_once: Callable[..., Path]) -> Path:
    """Config of 9 turbines on a concave parcel with a hole and a triangle: everything is fast."""

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, part in SMALL.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(part))

    return made_once("small-config", write) / "small.yaml"


@pytest.fixture(scope="session")
def small(small_config: Path) -> LayoutProblem:
    """The problem of `small_config`."""
    return load_problem(small_config)


@pytest.fixture(scope="session")
def unrefined(small_config: Path) -> LayoutProblem:
    """The problem of `small_config` in its rose as it was given: 36 conditions, and not 1,080."""
    return load_problem(small_config, {"refine_wind": False})


@pytest.fixture(scope="session")
def mixed(small_config: Path) -> LayoutProblem:
    """The problem of `small_config` with 5 turbines of 10 MW and 4 of 3.35 MW, hubs 9 m lower."""
    files = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (10, 3.35)]
    return load_problem(small_config, {"turbine": files, "turbine_counts": [5, 4]})


@pytest.fixture(scope="session")
def plain(unrefined: LayoutProblem) -> LayoutProblem:
    """The small problem on a square, in 12 directions at one speed: all peers can represent it."""
    square = Site("square", shapely.MultiPolygon([shapely.box(0.0, 0.0, 2500.0, 2500.0)]))
    probability = unrefined.wind.sector_probability[:, None]
    wind = WindResource(unrefined.wind.wind_direction, np.array([10.0]), probability, SECTOR_TI)
    return replace(unrefined, site=square, wind=wind)


@pytest.fixture(scope="session")
def pool(small: LayoutProblem) -> Iterator[Executor]:
    """Two worker processes, started once for all tests."""
    with worker_pool(2) as executor:
        yield executor


@pytest.fixture(scope="session")
def pipeline_pool(pool: Executor) -> Iterator[None]:
    """Let the pipeline use `pool`; starting workers takes it longer than a small run's work."""

    @contextmanager
    def running(_: object = None) -> Iterator[Executor]:
        yield pool

    with pytest.MonkeyPatch.context() as patch:
        for module in (run, validating):
            patch.setattr(module, "worker_pool", running)
        yield


@pytest.fixture(scope="session", autouse=True)
def _short_searches() -> Iterator[None]:
    """Look at some dozens of grids instead of hundreds, iterate and refine less: an end comes soon.

    Worker processes see it as well: they are told the settings.
    """
    asked = SearchSettings.of

    def short(config: Config) -> SearchSettings:
        settings = asked(config)
        few = replace(settings.grids, samples=32, refined=3, finalists=2)
        return replace(settings, grids=few, epoch=2, last_iterations=10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SearchSettings, "of", staticmethod(short))
        yield


@pytest.fixture(scope="session")
def tiny() -> dict[str, Any]:
    """Overrides for runs in which everything is done, and next to nothing of it."""
    return {
        "refine_wind": False,
        "simulate.conditions": 100,
        "simulate.farms": 4,
        "train.steps": 20,
        "train.members": 1,
        "optimise.steps": 4,
        "optimise.patience": 0,
    }


@pytest.fixture
def scripted_meter() -> ScriptedMeter:
    """A meter that stands still until a test uses it."""
    return ScriptedMeter()


@pytest.fixture(scope="session")
def small_run(
    small_config: Path, made_once: Callable[..., Path], pipeline_pool: None
) -> pipeline.RunResult:
    """A finished run of `small_config`; look, but do not write."""

    def make(path: Path) -> None:
        with drawing():
            windopt.run(small_config, path)

    folder = RunFolder(made_once("small", make))
    layout = np.array(folder.read_verification()["layouts"]["final"]["layout"])
    return pipeline.RunResult(folder, layout, folder.read_summary())


@pytest.fixture(scope="session")
def small_surrogate(small: LayoutProblem, small_run: pipeline.RunResult) -> Surrogate:
    """The little trained surrogate of `small_run`."""
    return load_surrogate(small_run.folder.surrogate, small)


@pytest.fixture(scope="module")
def light_searches(small_run: pipeline.RunResult) -> Iterator[None]:
    """Let an iteration, a lattice and a curve take a fraction of their work, in a whole module.

    The small run is there before: it is the same for all.
    """
    asked = SearchSettings.of

    def light(config: Config) -> SearchSettings:
        usual = asked(config)
        local = replace(
            usual.local_search,
            refinement=RefinementSettings(iterations=4, conditions=100),
            ascent=replace(usual.local_search.ascent, steps=12),
            after_pass=replace(usual.local_search.after_pass, steps=20),
        )
        lattices = replace(usual.lattices, variations=10, fresh=3, parents=2, rounds=3, passes=2)
        lattices = replace(lattices, conditions=100, last_conditions=400)
        curve = replace(usual.curve, iterations=2, refinement=RefinementSettings(6, 200))
        insertion = replace(usual.insertion, places=80, decided=100)
        usual = replace(usual, insertion=insertion, local_search=local, last_refined=2)
        return replace(usual, lattices=lattices, curve=curve)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SearchSettings, "of", staticmethod(light))
        yield


@pytest.fixture(scope="session")
def finished_run(borssele: LayoutProblem, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run folder whose AEP, wake losses and costs are made up and whose format is true."""
    folder = RunFolder.create(tmp_path_factory.mktemp("results") / "borssele-iiia")
    layouts = {key: _judged(borssele, key) for key in AEP_GWH}
    final = layouts["final"]
    dump_config(borssele.config, folder.config)
    write_layout_csv(folder.layout_initial, np.asarray(layouts["initial"]["layout"]))
    write_layout_csv(folder.layout, np.asarray(final["layout"]))
    write_json(
        folder.verification,
        {
            "wind_direction": np.arange(360.0),
            "layouts": layouts,
            "wake_free_aep_gwh": WAKE_FREE_GWH,
        },
    )
    folder.write_history(_history())
    totals = _spend(folder)
    gain_wh = (AEP_GWH["final"] - AEP_GWH["initial"]) * 1e9
    facts = ("aep_gwh", "aep_predicted_gwh", "wake_loss_pct", "feasible")
    worst = ("max_boundary_violation_m", "min_spacing_d")
    write_json(
        folder.summary,
        {
            "name": borssele.name,
            "status": "completed",
            "n_turbines": borssele.n_turbines,
            **{key: final[key] for key in (*facts, *worst)},
            "aep_initial_gwh": AEP_GWH["initial"],
            "aep_grid_gwh": AEP_GWH["grid"],
            "gain_pct": 100 * (AEP_GWH["final"] / AEP_GWH["initial"] - 1),
            "gain_over_grid_pct": 100 * (AEP_GWH["final"] / AEP_GWH["grid"] - 1),
            "wall_s": totals.wall_s,
            "cpu_s": totals.cpu_s,
            "energy_wh": totals.energy_wh,
            "payback_s": payback_seconds(totals.energy_wh["central"], gain_wh),
            **totals.counts,
            "seed": 0,
            "config_hash": config_hash(borssele.config),
            "versions": {"windopt": "0.1.0", "floris": "4.7"},
            "stages": {kind: cost.energy_wh for kind, cost in totals.by_stage.items()},
        },
    )
    return folder


def _spend(folder: RunFolder) -> Totals:
    """Book what the stages of a small run use."""
    meter = ScriptedMeter()
    ledger = Ledger.open(folder.ledger, {"name": folder.path.name, "seed": 0}, meter=meter)
    stages: dict[StageKind, float] = {
        "check": 0.4,
        "simulate": 21.0,
        "train": 14.0,
        "optimise": 32.0,
        "verify": 8.0,
    }
    for kind, wall_s in stages.items():
        with ledger.stage(kind) as stage:
            meter.use(wall_s)
            if kind in ("simulate", "verify"):
                stage.count(floris_evaluations=60, floris_conditions=1500)
    return ledger.totals()


def _judged(problem: LayoutProblem, key: str) -> dict[str, Any]:
    """Shrink the given layout towards its centre and make up what FLORIS says of it."""
    given = problem.initial_layout
    assert given is not None
    layout = given.mean(axis=0) + SCALE[key] * (given - given.mean(axis=0))
    angle = np.deg2rad(np.arange(360.0))
    loss = 100 * (1 - AEP_GWH[key] / WAKE_FREE_GWH)
    return {
        "aep_gwh": AEP_GWH[key],
        "aep_predicted_gwh": 1.0004 * AEP_GWH[key],
        "wake_loss_pct": loss,
        **vars(check_feasibility(problem, layout)),
        "wake_loss_by_direction_pct": loss * (1 + 0.5 * SCALE[key] ** 10 * np.cos(6 * angle)),
        "layout": layout,
    }


def _history() -> dict[str, Any]:
    """Three starts that each come closer to the final AEP; feasible in their last third."""
    start, step = np.divmod(np.arange(120), 40)
    predicted = AEP_GWH["final"] - 2.0 * (2 - start) - 60.0 * np.exp(-step / 8.0)
    verified = np.full(120, np.nan)
    verified[-1] = AEP_GWH["final"] - 0.6
    cpu_s = 60.0 + 0.5 * np.arange(120)
    return {
        "wall_s": cpu_s / 2,
        "cpu_s": cpu_s,
        "energy_wh": cpu_s / 1000,
        "start": start,
        "aep_predicted_gwh": predicted,
        "aep_gwh": verified,
        "feasible": step > 26,
    }


class MadeUpRun:
    """A run folder whose ledger is written line by line, with energies that are round in Wh.

    Bounds are half and twice the central figure. It ran on another host, so what has no end was
    killed.
    """

    def __init__(self, folder: Path, session: str, **facts: Any) -> None:
        self.folder, self.session, self.stages = folder, session, 0
        folder.mkdir(parents=True, exist_ok=True)
        machine = {"host": "elsewhere", "pid": 1, "heartbeat_s": 5.0, "vcpus": 2}
        self.write("run", id=session, **{"pue": 1.0, **machine, **facts})

    def write(self, record: str, **fields: Any) -> None:
        with (self.folder / "ledger.jsonl").open("a") as file:
            seconds = 2 * self.stages
            time = f"2026-01-02T03:04:{seconds:02}+00:00"
            file.write(json.dumps({"record": record, "time": time, **fields}) + "\n")

    def stage(self, kind: str, wh: float | None, status: str = "completed", **fields: Any) -> None:
        self.stages += 1
        self.write(
            "stage",
            run=self.session,
            id=f"{self.session}.{self.stages}",
            kind=kind,
            status=status,
            e_reserved_j=None if wh is None else self.bounds(3600.0 * wh),
            e_marginal_j=None if wh is None else self.bounds(3600.0 * wh),
            **{
                "parent": None,
                "wall_s": 10.0,
                "cpu_s_self": 15.0,
                "cpu_s_children": 0.0,
                "counts": {},
                "method": "a guess",
                **fields,
            },
        )

    def surrogate(self, debt_wh: float | None, saved_wh: float | None = None, **facts: Any) -> None:
        saved = {} if saved_wh is None else {"saved_wh": self.energy(saved_wh)}
        self.write(
            "asset",
            run=self.session,
            kind="surrogate",
            path="surrogate",
            made_by=[] if debt_wh == 0.0 else ["simulate", "train"],
            energy_debt_wh=self.energy(debt_wh),
            **saved,
            **{"fingerprint": f"of-{self.session}", **facts},
        )

    def baseline(self, equalled_wh: float | None) -> None:
        gain = {"gain_wh_per_year": 1e9, "gain_pct": 1.0, "feasible": True, "aep_wh": 1e12}
        gain |= {"loss_factor": 1.0, "spread_wh_per_year": None, "optimism_wh_per_year": None}
        self.write("gain", run=self.session, reference="initial", **gain)
        fields = {"name": "analytic", "energy_wh": 20.0, "equalled_wh": equalled_wh}
        self.write("gain", run=self.session, reference="baseline", **fields, **gain)

    @staticmethod
    def bounds(wh: float) -> dict[str, float]:
        return {"low": wh / 2, "central": wh, "high": wh * 2}

    @classmethod
    def energy(cls, wh: float | None) -> dict[str, Any]:
        if wh is None:
            return {"low": None, "central": None, "high": None, "method": "not measured"}
        return {**cls.bounds(wh), "method": "a guess"}


@pytest.fixture
def make_up(tmp_path: Path) -> Callable[..., MadeUpRun]:
    """Begin a run in a folder of that name, with that session."""

    def begin(name: str, session: str | None = None, **facts: Any) -> MadeUpRun:
        return MadeUpRun(tmp_path / "runs" / name, session or f"session-{name}", **facts)

    return begin


@pytest.fixture
def shared_runs(make_up: Callable[..., MadeUpRun], tmp_path: Path) -> Path:
    """Three runs with one surrogate: `a` made it, `b` reused it, `c` did and was killed."""
    a = make_up("a")
    a.stage("simulate", 4.0)
    a.stage("train", 6.0)
    a.surrogate(10.0, fingerprint="12345678")
    a.stage("optimise", 2.0)
    a.stage("verify", 1.0)
    b = make_up("b")
    b.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    b.stage("optimise", 3.0)
    b.stage("verify", 1.0)
    b.stage("baseline", 9.0)
    b.baseline(9.0)
    c = make_up("c")
    c.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    c.stage("optimise", 2.0, status="running")
    return tmp_path / "runs"


@pytest.fixture(scope="session")
def finished_comparison(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison whose searches are made up, and whose layouts FLORIS has judged.

    On two budgets and three seeds: `grid` steady, `windopt` late and better, and a regular grid
    published elsewhere.
    """
    out = tmp_path_factory.mktemp("comparison") / "small"
    places = np.array([[300.0 + 600.0 * i, 300.0 + 1400.0 * j] for i in range(3) for j in range(2)])
    wide = np.vstack([places, [[3900.0, 300.0], [3900.0, 1700.0], [2600.0, 300.0]]])
    close = np.array([[150.0 + 420.0 * i, 150.0 + 420.0 * j] for i in (0, 4, 8) for j in (0, 1, 3)])

    def made_up(task: Task, *_: Any) -> Contest:
        first, found = (50.0, wide) if task.method == "windopt" else (6.0, close)
        shift = np.zeros_like(found)
        shift[-1, 0] = 50.0 * task.seed
        held = [
            Held(first, first, 1e-3 * first, close, None),
            Held(first + 1, first + 1, 1e-3 * first, found + shift, 4e11),
        ]
        wh = EnergyWh(low=0.03, central=0.1, high=0.3, method="made up")
        return Contest("budget", "", 100.0, 60.0, wh, held)

    asked = {"compare.methods": ["grid", "windopt"], "compare.cpu_seconds": [20, 100]}
    published = (Published("a grid", 400.0, "nowhere"), Published("another", 1.0, "nowhere", False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "hold_contest", made_up)
        (plan,) = plan_of_config(small_config, asked | {"compare.looks": 2})
        Comparison([replace(plan, published=published)], out).run()
    return out
