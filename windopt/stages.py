"""The stages of a run: each reads artefacts of the run folder and leaves its own there.

The ledger is opened here and nowhere else; what works inside a stage does not know of it.
"""

import hashlib
import logging
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from windopt.allowance import Allowance
from windopt.atomic import replacing
from windopt.config import config_hash
from windopt.errors import RunFolderError
from windopt.ledger import CodeCarbonCheck, Ledger, Meter, Stage, StageKind, energy_from_wh
from windopt.optimise import (
    Improvement,
    NeatLayout,
    Solution,
    StartResult,
    optimise,
    repair,
)
from windopt.optimise.objective import Objective
from windopt.optimise.repair import random_points
from windopt.optimise.resume import CLIMBED, GRID_SHARE, solution_so_far
from windopt.optimise.rose_sampler import RoseSampler
from windopt.problem import FloatArray, LayoutProblem
from windopt.report import RunFolder, write_animation, write_report
from windopt.report.artefacts import (
    installed_versions,
    read_solution,
    write_solution,
    write_summary,
    write_verdict,
)
from windopt.report.certificate import write_certificate
from windopt.report.curve import VerifiedPoint, write_curve
from windopt.report.history import History, search_curve
from windopt.report.kept_layouts import read_kept_layouts
from windopt.report.layout_files import write_layout_files
from windopt.report.lock import FolderLock
from windopt.report.observer import Observer
from windopt.report.run_folder import write_json
from windopt.report.search_watch import SearchWatch
from windopt.report.unfinished_search import UnfinishedSearch, read_unfinished
from windopt.simulate import (
    WORK,
    FarmCase,
    KeptStates,
    Progress,
    Simulator,
    append_cases,
    read_dataset,
    simulate_dataset,
    worker_pool,
    write_dataset,
)
from windopt.surrogate import (
    Surrogate,
    default_library,
    doubt_surrogate,
    find_in_library,
    is_formula,
    load_surrogate,
    retrain,
    train_surrogate,
)
from windopt.verify import JudgedLayout, judge, judged_wind
from windopt.verify.pairing import pair_turbines
from windopt.verify.rows import (
    choose_curve,
    known_lattices,
    layouts_of_curve,
    measure_rows,
    name_best,
)

logger = logging.getLogger(__name__)

CANDIDATES, LESSON_CONDITIONS = 3, 200
"""Layouts of the search simulated for an active-learning round, and conditions of each."""
VERIFY_SAMPLE = 500
"""Conditions that tell what verification will cost."""
REFERENCES = ("initial", "grid")
"""The layouts that a result is held against."""
LESSONS = "lessons"
"""On a card, and with the data: how often they have learned from FLORIS since the training."""
INHERITED = "inherited"
"""On a card: from which surrogate of the library it has learned on, and what that took."""
NOTHING_TO_LEARN = "the wake model is a formula: nothing to simulate or learn"


class Run:
    """A run folder at work: its problem, its ledger and the stages on them.

    As a context it ends its worker processes, which all stages share.

    Parameters
    ----------
    problem, folder, observer
        What is to be done, where its artefacts go, and who watches.
    meter : Meter, optional
        Of the energy; the best that works here by default.
    cross_check : CodeCarbonCheck, optional
        Watches as long as the context lasts.
    lock : FolderLock, optional
        On the folder; released when the context ends.
    """

    def __init__(
        self,
        problem: LayoutProblem,
        folder: RunFolder,
        observer: Observer,
        meter: Meter | None = None,
        cross_check: CodeCarbonCheck | None = None,
        lock: FolderLock | None = None,
    ) -> None:
        self._lock = lock
        self.problem, self.folder, self.observer = problem, folder, observer
        self.seed = problem.config.seed
        self.learns = not is_formula(problem)
        self._opened, self._cross_check = ExitStack(), cross_check
        self._pool: Executor | None = None
        self._judging_cpu_s: float | None = None
        config = problem.config
        self.ledger = Ledger.open(
            folder.ledger,
            {
                "name": problem.name,
                "config_hash": config_hash(config),
                "seed": self.seed,
                "versions": installed_versions(),
                "country": config.energy.country,
                "grid_g_per_kwh": config.energy.intensity(),
                "pue": config.energy.pue,
                "operation": config.operation.facts(),
            },
            meter=meter,
        )
        self.allowance = Allowance(config.budget, self.ledger)

    def __enter__(self) -> Self:
        if self._cross_check is not None:
            self._opened.enter_context(self._cross_check.over(self.ledger))
        return self

    def __exit__(self, *error: Any) -> None:
        self._opened.__exit__(*error)
        if self._lock is not None:
            self._lock.release()

    @property
    def pool(self) -> Executor:
        """Worker processes on all cores, started when first asked for."""
        if self._pool is None:
            self._pool = self._opened.enter_context(worker_pool())
        return self._pool

    @contextmanager
    def stage(self, kind: StageKind, label: str) -> Iterator[tuple[Stage, Progress | None]]:
        """Announce and meter a stage, and count what the surrogate and the search do in it."""
        with self.observer.stage(label) as progress, self.ledger.stage(kind) as stage:
            before = WORK.read()
            try:
                yield stage, progress
            finally:
                done = {name: number - before[name] for name, number in WORK.read().items()}
                stage.count(**{name: number for name, number in done.items() if number})

    @contextmanager
    def floris(self, stage: Stage) -> Iterator[Simulator]:
        """Open FLORIS on all cores and book in the stage what is asked of it.

        What it says is kept until the stage has left its artefact (`_forget_states`).
        """
        kept = KeptStates(self.folder.states)
        simulator = Simulator(self.problem, self.pool, kept=kept)
        try:
            yield simulator
        finally:
            kept.save()
            counts = simulator.counts
            stage.count(
                floris_evaluations=counts.evaluations,
                floris_conditions=counts.conditions,
                floris_turbine_conditions=counts.turbine_conditions,
            )

    # -- the stages -------------------------------------------------------------------------

    def simulate(self) -> None:
        """Simulate the training data: `dataset.nc`, where there is something to learn from them."""
        if not self.learns:
            logger.info(NOTHING_TO_LEARN)
            return
        with (
            self.stage("simulate", "simulating farms in FLORIS") as (stage, progress),
            self.floris(stage) as simulator,
        ):
            dataset = simulate_dataset(self.problem, simulator, self.seed, progress)
            write_dataset(dataset, self.folder.dataset)
        self._forget_states()
        self.ledger.asset("dataset", self.folder.dataset, ["simulate"])

    def train(self) -> None:
        """Train the surrogate: `surrogate/`."""
        if not self.learns:
            logger.info(NOTHING_TO_LEARN)
            with self.stage("train", "writing down the wake"):
                formula = train_surrogate(self.problem)
            self._keep(formula, ["train"])
            return
        self.need(self.folder.dataset, "simulate")
        with self.stage("train", "training the surrogate") as (stage, progress):
            dataset = read_dataset(self.folder.dataset)
            surrogate = train_surrogate(self.problem, self.seed, dataset, progress)
            doubt_surrogate(surrogate, dataset, self.problem.config.train.members, self.seed)
            stage.count(training_steps=self.problem.config.train.steps)
        self._keep(surrogate, ["simulate", "train"])

    def reuse(self) -> bool:
        """Take the surrogate, with its data, from the library, where it has one that fits."""
        entry = find_in_library(self.problem, default_library())
        if entry is None or not (entry.path / "dataset.nc").exists():
            return False
        with replacing(self.folder.dataset) as partial:
            shutil.copyfile(entry.path / "dataset.nc", partial)
        surrogate = load_surrogate(entry.path, self.problem)
        surrogate.facts[INHERITED] = {"from": entry.path.name, "debt_wh": entry.energy_debt_wh}
        surrogate.save(self.folder.surrogate)
        logger.warning("reusing the surrogate %s: nothing to simulate or train", entry.path.name)
        self.ledger.asset(
            "surrogate",
            self.folder.surrogate,
            [],
            fingerprint=surrogate.fingerprint,
            reused_from=str(entry.path.name),
            saved_wh=entry.energy_debt_wh,
        )
        return True

    def optimise(self) -> None:
        """Search for a layout: `solution.json` and `history.csv`."""
        self.need(self.folder.surrogate, "train")
        surrogate = load_surrogate(self.folder.surrogate, self.problem)
        with self.stage("optimise", "searching layouts") as (stage, progress):
            self._search(surrogate, stage, progress)

    def verify(self) -> None:
        """Let FLORIS judge, and learn from it: `verdict.json`, `layout.csv`."""
        self.need(self.folder.solution, "optimise")
        solution = self._chosen(read_solution(self.folder))
        surrogate = load_surrogate(self.folder.surrogate, self.problem)
        for outdated in (self.folder.rivals, self.folder.robustness):
            outdated.unlink(missing_ok=True)
        settings = self.problem.config.verify
        learned, earlier = self._learned_so_far(surrogate)
        if learned > 0 and self._lessons_of_solution() < surrogate.facts[LESSONS]:
            solution = self._search_again(surrogate, solution)  # it was killed in the midst
        references = self._references(solution)
        judged = self._judge(
            references | {"final": solution.layout} | layouts_of_curve(solution) | earlier
        )
        found = judged["final"]
        self._decide(judged, surrogate, solution)
        for number in range(1 + learned, 1 + settings.max_rounds if self.learns else 0):
            optimism = self._optimism(surrogate, judged, found)
            if abs(optimism) <= settings.tolerance_pct or solution.status != "converged":
                break
            curve = layouts_of_curve(solution)
            if not self.allowance.affords(len(references) + CANDIDATES + 1 + len(curve)):
                logger.info("the budget leaves no FLORIS evaluations to learn from")
                break
            if not self.allowance.pays_a_lesson():
                logger.info("the budget leaves no time to learn from FLORIS")
                break
            logger.info("promised %+.3f %% of AEP more than FLORIS finds: learning", optimism)
            self._learn(surrogate, solution, number)
            solution = self._search_again(surrogate, solution)
            again = self._judge({"final": solution.layout} | layouts_of_curve(solution))
            found = again["final"]
            judged |= {f"{name}, round {number}": one for name, one in again.items()}
            self._decide(judged, surrogate, solution)
        self.folder.learning.unlink(missing_ok=True)
        self._forget_states()

    def report(self, animate: bool = False) -> None:
        """Sum up, draw the figures: `summary.json`, `figures/`, `report.html`.

        Where it is asked for, the search is animated first: `figures/search.gif`.
        """
        self.need(self.folder.verdict, "verify")
        if animate:
            read_kept_layouts(self.folder, self.problem.n_turbines)  # refuses before it is metered
        self.sum_up(*self.outcome())  # the report shows it
        with self.stage("report", "drawing the report") as (_, progress):
            if animate:
                write_animation(self.folder, self.problem, progress)
            write_report(self.folder, self.problem)

    # -- its end ----------------------------------------------------------------------------

    def outcome(self) -> tuple[str, str]:
        """Tell how a run that went through ended, and why: as its search did."""
        reasons = {"budget": "the budget was spent", "stopped": "the search was interrupted"}
        reason = reasons.get(read_solution(self.folder).status, "")
        return ("stopped" if reason else "completed"), reason

    def sum_up(self, status: str, reason: str) -> dict[str, Any]:
        """Write the ledger's verdict, `summary.json` and `certificate.md`; returns the summary."""
        content = self.ledger.conclude(search_curve(self.folder))
        summary = write_summary(self.folder, self.problem, content, status, reason)
        if self.folder.verdict.exists():
            write_certificate(self.folder, summary)
        return summary

    # -- their parts ------------------------------------------------------------------------

    def need(self, artefact: Path, stage: str) -> None:
        """Refuse to go on without what another stage leaves."""
        if not artefact.exists():
            raise RunFolderError(
                f"run folder '{self.folder.path}' has no {artefact.name}; "
                f"run `windopt {stage} {self.folder.path}` first"
            )

    def _forget_states(self) -> None:
        KeptStates(self.folder.states).discard()

    def _unfinished(
        self, surrogate: Surrogate, carry_on: Solution | None
    ) -> tuple[StartResult, ...]:
        """Give the layouts that a killed search had found, where it can go on from them.

        In its climbs a search without a limit of time had better begin anew: so it ends as if
        nothing had happened. Searches for rows begin anew in any case.
        """
        how = self.problem.config.optimise
        if how.pattern == "regular" or any(how.neatness):
            return ()
        anyhow = self.allowance.budget.limits_time or carry_on is not None
        return read_unfinished(
            self.folder, self.problem, surrogate.fingerprint, 0.0 if anyhow else CLIMBED
        )

    def _search(
        self,
        surrogate: Surrogate,
        stage: Stage,
        progress: Progress | None,
        carry_on: Solution | None = None,
    ) -> Solution:
        found = self._unfinished(surrogate, carry_on)
        history = History(self.folder, go_on=carry_on is not None or bool(found))
        judged = len(self.problem.config.optimise.neatness)
        if carry_on is None:
            judged += 1 if self.problem.initial_layout is None else 2
        left_s = self._time_left(stage, judged)
        reference = None if carry_on is None else self._predicted_reference(surrogate, carry_on)
        watch = SearchWatch(self.problem, self.ledger, history, left_s, reference)
        self.observer.searching(watch.look)
        unfinished = UnfinishedSearch(self.folder, surrogate.fingerprint)

        def note(row: Improvement, layout: FloatArray) -> None:
            unfinished.improved(row, layout)
            if self.problem.fine_wind.value is not None:  # what improves is the revenue
                row = replace(row, aep=self._predict(surrogate, layout))
            watch.improved(row, layout)
            self.observer.improved(row.aep / 1e9, row.start)

        if found:
            logger.warning("going on with the search that was cut off, from its best layouts")
            seconds = GRID_SHARE * left_s() if left_s is not None else math.inf
            carry_on = self._gone_on(surrogate, found, carry_on, seconds)
            unfinished.share = CLIMBED  # of what is there now, nothing is to be begun anew
        solution = optimise(
            self.problem,
            surrogate,
            self.seed,
            left_s,
            self._workers(surrogate),
            unfinished.watched(progress),
            note,
            carry_on,
        )
        history.layouts.finish()
        stage.count(starts=len(solution.starts))
        write_solution(self.folder, solution, surrogate.facts.get(LESSONS, 0))
        unfinished.end()
        return solution

    def _gone_on(
        self,
        surrogate: Surrogate,
        found: Sequence[StartResult],
        carry_on: Solution | None,
        seconds: float,
    ) -> Solution:
        """Give what a search that was cut off has to go on with, in some time [s]."""
        if carry_on is None:
            workers = self._workers(surrogate)
            return solution_so_far(self.problem, surrogate, self.seed, found, workers, seconds)
        names = [start.name for start in found]
        earlier = [start for start in carry_on.starts if start.name not in names]
        return replace(carry_on, starts=(*found, *earlier))

    def _chosen(self, solution: Solution) -> Solution:
        """Give what is to be verified: what the search has found."""
        return solution

    def _workers(self, surrogate: Surrogate) -> Executor | None:
        """Give the workers for a search; None for a surrogate on a GPU, which they cannot share."""
        return self.pool if surrogate.compiles else None

    def _time_left(self, stage: Stage, judged: int) -> Callable[[], float] | None:
        """Give what tells how long the search may go on [s], the end of the run kept back.

        Parameters
        ----------
        judged : int
            Layouts to verify after the search.
        """
        if not self.allowance.budget.limits_time:
            return None
        return self.allowance.clock(judged * self.judging_cpu_s(stage))

    def judging_cpu_s(self, stage: Stage) -> float:
        """Tell what it takes to verify a layout [CPU-s]; the first time it is measured."""
        if self._judging_cpu_s is None:
            self._judging_cpu_s = self._measure_judging(stage)
        return self._judging_cpu_s

    @property
    def _largest_problem(self) -> LayoutProblem:
        """That with most turbines of those that may have to be verified."""
        return self.problem

    def _measure_judging(self, stage: Stage) -> float:
        """Measure on a sample of the rose what it takes to verify a layout [CPU-s]."""
        c = judged_wind(self.problem).conditions
        some = slice(None, None, max(1, len(c) // VERIFY_SAMPLE))
        problem = self._largest_problem
        layout = problem.joined(_rough_layout(problem))
        case = FarmCase(layout, c.wd[some], c.ws[some], c.ti[some], problem.all_types)
        (state,) = Simulator(self.problem, self.pool).simulate([case])
        stage.count(floris_evaluations=1, floris_conditions=len(case.wd))
        return state.cpu_s * len(c) / len(case.wd)

    def _keep(self, surrogate: Surrogate, made_by: list[StageKind]) -> None:
        """Save the surrogate, with its energy debt and the hash of its data on the card."""
        inherited = surrogate.facts.get(INHERITED) or {}
        own = self.ledger.asset(
            "surrogate",
            self.folder.surrogate,
            made_by,
            fingerprint=surrogate.fingerprint,
            retrained_from=inherited.get("from"),
        )
        before = inherited.get("debt_wh")
        debt = (energy_from_wh(own) + energy_from_wh(before)).to_wh() if before else own
        surrogate.facts["energy_debt_wh"] = debt
        if self.learns:
            data = self.folder.dataset.read_bytes()
            surrogate.facts["data_sha256"] = hashlib.sha256(data).hexdigest()
        surrogate.save(self.folder.surrogate)

    def _references(self, solution: Solution) -> dict[str, FloatArray]:
        references = {}
        if self.problem.initial_layout is not None:
            references["initial"] = repair(self.problem, self.problem.initial_layout, self.seed)
        if solution.grid is not None:
            references["grid"] = solution.grid
        return references

    def _predicted_reference(
        self, surrogate: Surrogate, solution: Solution
    ) -> tuple[str, float] | None:
        """Give the first reference and its predicted AEP [Wh], where there is one."""
        for kind, layout in self._references(solution).items():
            return kind, self._predict(surrogate, layout)
        return None

    def _judge(self, layouts: Mapping[str, FloatArray]) -> dict[str, JudgedLayout]:
        with (
            self.stage("verify", "verifying in FLORIS") as (stage, progress),
            self.floris(stage) as simulator,
        ):
            return judge(self.problem, layouts, simulator, progress)

    def _predict(self, surrogate: Surrogate, layout: FloatArray) -> float:
        return Objective(self.problem, surrogate).energy(layout)

    def _optimism(
        self, surrogate: Surrogate, judged: Mapping[str, JudgedLayout], found: JudgedLayout
    ) -> float:
        """Give the gain claimed by the surrogate less the one verified [% of what is maximised]."""
        claim = Objective(self.problem, surrogate).aep
        per_value = 1e6 / self.problem.fine_wind.mean_value if found.revenue is not None else 1.0
        claimed, verified = claim(found.layout), found.merit * per_value
        reference = judged.get("initial", judged.get("grid"))
        if reference is None:
            return 100.0 * (claimed / verified - 1.0)
        claimed, before = claimed - claim(reference.layout), reference.merit * per_value
        return 100.0 * (claimed - (verified - before)) / before

    def _decide(
        self, seen: Mapping[str, JudgedLayout], surrogate: Surrogate, solution: Solution
    ) -> JudgedLayout:
        """Hand the user the best layout FLORIS has seen, and write down how it compares."""
        problem = self.problem
        seen = _numbered_as_given(seen, problem)
        rows = measure_rows(problem, seen, known_lattices(solution))
        best = name_best(problem, seen, rows)
        if best in REFERENCES:
            logger.warning("FLORIS finds nothing better than the %s layout: it is kept", best)
        judged = {name: seen[name] for name in REFERENCES if name in seen} | {"final": seen[best]}
        predicted = {name: self._predict(surrogate, one.layout) for name, one in judged.items()}
        final = judged["final"]
        first = judged.get("initial", judged.get("grid", final))
        claim = surrogate.aep_difference(
            self.problem.joined(final.layout),
            self.problem.joined(first.layout),
            self.problem.fine_wind,
            self.problem.all_types,
            len(self.problem.counted_types),
        )
        types = self.problem.types if len(self.problem.turbines) > 1 else None
        curve = self._verified_curve(seen, rows, surrogate)
        if curve:
            write_curve(self.folder, curve, types)
        write_verdict(self.folder, problem, judged, predicted, claim, rows.get(best), curve)
        write_layout_files(self.folder, problem)
        History(self.folder, go_on=True).add(
            self.ledger.totals(),
            best if best in REFERENCES else "final",
            predicted["final"] / 1e9,
            final.aep / 1e9,
            final.feasibility.feasible,
        )
        for kind in REFERENCES:
            if kind in judged:
                self.ledger.gain(
                    reference=kind,
                    aep_wh=final.aep,
                    reference_aep_wh=judged[kind].aep,
                    feasible=final.feasibility.feasible,
                    predicted_aep_wh=predicted["final"],
                    wake_model=surrogate.wake_model,
                )
        return final

    def _verified_curve(
        self,
        seen: Mapping[str, JudgedLayout],
        rows: Mapping[str, NeatLayout],
        surrogate: Surrogate,
    ) -> list[VerifiedPoint]:
        """Give the best layout FLORIS has seen for each weight; none where nothing is weighed."""
        weights = self.problem.config.optimise.neatness
        if not any(weights):
            return []
        return [
            VerifiedPoint(
                weight,
                rows[name].departure_d,
                self._predict(surrogate, seen[name].layout),
                seen[name],
            )
            for weight, name in zip(weights, choose_curve(self.problem, rows), strict=True)
        ]

    def _learned_so_far(self, surrogate: Surrogate) -> tuple[int, dict[str, FloatArray]]:
        """Tell how many rounds a verification that was killed had learned, and its best layout.

        What surrogate and data had learned before is written down while it goes on.
        """
        begun = self.folder.learning
        if begun.exists():
            rounds = surrogate.facts.get(LESSONS, 0) - self.folder.read_json(begun)["surrogate"]
            best = {}
            if rounds > 0 and self.folder.verdict.exists():
                layout = self.folder.read_verdict()["layouts"]["final"]["layout"]
                best = {"final, before": np.array(layout)}
            return max(rounds, 0), best
        data = 0
        if self.learns and self.folder.dataset.exists():
            data = read_dataset(self.folder.dataset).attrs.get(LESSONS, 0)
        write_json(begun, {"surrogate": surrogate.facts.get(LESSONS, 0), "data": int(data)})
        return 0, {}

    def _lessons_of_solution(self) -> int:
        return int(self.folder.read_json(self.folder.solution).get(LESSONS, 0))

    def _search_again(self, surrogate: Surrogate, solution: Solution) -> Solution:
        """Polish on what the surrogate knows now."""
        with self.stage("optimise", "searching again") as (stage, progress):
            return self._search(surrogate, stage, progress, carry_on=solution)

    def _learn(self, surrogate: Surrogate, solution: Solution, number: int) -> None:
        """Teach the surrogate, for the `number`-th time, layouts that it was wrong about."""
        problem = self.problem
        with (
            self.stage("retrain", "learning from FLORIS") as (stage, progress),
            self.floris(stage) as simulator,
        ):
            dataset = read_dataset(self.folder.dataset)
            before = self.folder.read_json(self.folder.learning)
            if dataset.attrs.get(LESSONS, 0) < before["data"] + number:
                cases = self._lesson(surrogate, solution)
                # wakes are learned, which are the same in any wind: the dataset knows but one
                taught = replace(simulator, problem=simulator.problem.uniform)
                dataset = append_cases(dataset, cases, taught.simulate(cases, progress))
                dataset.attrs[LESSONS] = before["data"] + number
                write_dataset(dataset, self.folder.dataset)
            retrain(surrogate, dataset, problem, self.seed)
            doubt_surrogate(surrogate, dataset, problem.config.train.members, self.seed)
            surrogate.facts[LESSONS] = before["surrogate"] + number
        self._keep(surrogate, ["simulate", "train", "retrain"])

    def _lesson(self, surrogate: Surrogate, solution: Solution) -> list[FarmCase]:
        """Choose what to ask FLORIS: the best layouts, where the wakes cost most."""
        problem, cases = self.problem, []
        sampler = RoseSampler.of(problem, surrogate, solution.layout)
        best_first = sorted(solution.starts, key=lambda start: -start.aep_best)
        candidates = [start.layout for start in best_first[:CANDIDATES]]
        for k, layout in enumerate([*candidates, *self._references(solution).values()]):
            wd, ws, ti, _ = sampler.draw(LESSON_CONDITIONS, np.random.default_rng(k))
            wind = [column.double().numpy().ravel() for column in (wd, ws, ti)]
            farm = problem.joined(layout)
            cases.append(FarmCase(farm, wind[0], wind[1], wind[2], problem.all_types))
        return cases


def _numbered_as_given(
    seen: Mapping[str, JudgedLayout], problem: LayoutProblem
) -> dict[str, JudgedLayout]:
    """Give the layouts such that a turbine keeps, on its way, the number it had as given."""
    if "initial" not in seen:
        return dict(seen)
    given = seen["initial"].layout
    return {
        name: one.in_order(pair_turbines(given, one.layout, problem.types))
        for name, one in seen.items()
    }


def _rough_layout(problem: LayoutProblem) -> FloatArray:
    if problem.initial_layout is not None:
        return problem.initial_layout
    rng = np.random.default_rng(0)
    if problem.speed_up is not None:  # elsewhere nobody knows the wind
        return random_points(problem.site, problem.n_turbines, rng)
    return rng.uniform(0.0, 1e4, (problem.n_turbines, 2))
