"""The artefacts of a run folder, each declared once.

What is written into a run folder stands here and nowhere else: the stages name these artefacts as
what they need and leave, the RO-Crate describes them, the report states the hashes of some, and
`docs/reference/run-folder.md` lists them.
"""

from collections.abc import Sequence
from typing import Any

from windopt.problem.layout import FloatArray, read_layout_csv, write_layout_csv
from windopt.runs.artefact import Artefact, TypedArtefact
from windopt.runs.assessment_record import AssessmentRecord, read_assessment, write_assessment
from windopt.runs.baselines import Baselines, read_baselines, write_baselines
from windopt.runs.differences import Difference, read_differences, write_differences
from windopt.runs.history_table import Columns, read_columns, write_columns
from windopt.runs.json_file import read_json, write_json
from windopt.runs.judged import Asked, read_asked, write_asked
from windopt.runs.learning import RoundsBefore, read_rounds, write_rounds
from windopt.runs.physical import PhysicalRow, read_physical, write_physical
from windopt.runs.robust import RobustRecord, read_robust, write_robust
from windopt.runs.robust_pareto import (
    FoundForSpread,
    ParetoRow,
    read_found_for_spread,
    read_robust_pareto,
    write_found_for_spread,
    write_robust_pareto,
)
from windopt.runs.robustness import Robustness, read_robustness, write_robustness
from windopt.runs.second_opinion import (
    SecondOpinion,
    read_second_opinion,
    write_second_opinion,
)
from windopt.runs.single import SingleLayouts, read_single, write_single
from windopt.runs.solution import KeptSolution, read_solution, write_solution
from windopt.runs.turbine_count import (
    CountRow,
    SizedLayouts,
    read_sized_layouts,
    read_turbine_count,
    write_sized_layouts,
    write_turbine_count,
)
from windopt.runs.uncertainty import UncertaintyRow, read_uncertainty, write_uncertainty
from windopt.runs.verification import VerificationRecord, read_verification, write_verification

CSV, JSON, YAML, PNG = "text/csv", "application/json", "text/yaml", "image/png"
GEOJSON = "application/geo+json"


class Artefacts:
    """What a run folder may hold, in the order in which a run comes to it.

    Of those that a stage leaves, the one that tells that it is done comes first.
    """

    config = Artefact("config.yaml", "run", "the problem and all settings", YAML)
    warm_start: TypedArtefact[FloatArray] = TypedArtefact(
        "warm_start.csv",
        "run",
        "where time is limited: a first layout, searched on a wake formula",
        CSV,
        read=read_layout_csv,
        write=write_layout_csv,
    )
    states = Artefact("floris.parts/", "run", "what FLORIS has said so far", passing=True)
    dataset = Artefact(
        "dataset.nc",
        "simulate",
        "farms simulated in FLORIS, to learn from",
        "application/x-netcdf",
        hashed=True,
    )
    surrogate = Artefact(
        "surrogate/",
        "train",
        "the surrogate: weights (safetensors) and card",
        hashed=True,
        whole_with="card.json",
    )
    search = Artefact("search.json", "optimise", "what a search has so far", JSON, passing=True)
    solution: TypedArtefact[KeptSolution] = TypedArtefact(
        "solution.json",
        "optimise",
        "what the search found, what became of every start, and why it ended",
        JSON,
        read=read_solution,
        write=write_solution,
    )
    single: TypedArtefact[SingleLayouts] = TypedArtefact(
        "single.json",
        "optimise",
        "of a robust run: the layouts found under single wake models",
        JSON,
        read=read_single,
        write=write_single,
    )
    found_for_spread: TypedArtefact[FoundForSpread] = TypedArtefact(
        "robust_pareto.json",
        "optimise",
        "of a robust run with `pareto`: the layouts found for each weight of the spread",
        JSON,
        read=read_found_for_spread,
        write=write_found_for_spread,
    )
    history: TypedArtefact[Columns] = TypedArtefact(
        "history.csv",
        "optimise",
        "anytime curve: energy spent, best AEP so far, who found it; with `value:` the revenue too",
        CSV,
        read=read_columns,
        write=write_columns,
    )
    history_layouts = Artefact("history_layouts.csv", "optimise", "layouts of the search", CSV)
    sizing: TypedArtefact[SizedLayouts] = TypedArtefact(
        "turbine_count.json",
        "optimise",
        "where the number of turbines is free: the layout of each number",
        JSON,
        read=read_sized_layouts,
        write=write_sized_layouts,
    )
    learning: TypedArtefact[RoundsBefore] = TypedArtefact(
        "learning.json",
        "verify",
        "how much had been learned when the verification began",
        JSON,
        passing=True,
        read=read_rounds,
        write=write_rounds,
    )
    verification: TypedArtefact[VerificationRecord] = TypedArtefact(
        "verification.json",
        "verify",
        "FLORIS's account of the layouts, the surrogate's beside it",
        JSON,
        hashed=True,
        read=read_verification,
        write=write_verification,
    )
    lessons = Artefact(
        "lessons.nc",
        "verify",
        "where the surrogate was not trained here: farms that FLORIS has taught it since",
        "application/x-netcdf",
        hashed=True,
    )
    robust: TypedArtefact[RobustRecord] = TypedArtefact(
        "robust.json",
        "verify",
        "of a robust run: the layouts under every wake model, by FLORIS",
        JSON,
        hashed=True,
        read=read_robust,
        write=write_robust,
    )
    robust_pareto: TypedArtefact[list[ParetoRow]] = TypedArtefact(
        "robust_pareto.csv",
        "verify",
        "of a robust run with `pareto`: mean gain against its spread over wake models, verified",
        CSV,
        read=read_robust_pareto,
        write=write_robust_pareto,
    )
    robust_pareto_layouts = Artefact("robust_pareto/", "verify", "the layouts of its weights")
    turbine_count: TypedArtefact[list[CountRow]] = TypedArtefact(
        "turbine_count.csv",
        "verify",
        "where the number of turbines is free: what each number earns",
        CSV,
        read=read_turbine_count,
        write=write_turbine_count,
    )
    curve = Artefact(
        "pareto.csv", "verify", "where regularity is weighed: AEP against it, verified", CSV
    )
    curve_layouts = Artefact("pareto/", "verify", "the layouts of that curve")
    layout = Artefact("layout.csv", "verify", "the layout, verified by FLORIS", CSV, hashed=True)
    layout_initial = Artefact(
        "layout_initial.csv",
        "verify",
        "the layout it is held against: the given one, repaired",
        CSV,
    )
    layout_grid = Artefact("layout_grid.csv", "verify", "the regular grid", CSV)
    layout_windio = Artefact(
        "layout.windio.yaml", "verify", "the layout as a windIO wind farm", YAML
    )
    layout_floris = Artefact(
        "layout.floris.yaml", "verify", "the layout as an input of FLORIS", YAML
    )
    wind_floris = Artefact("layout.floris_wind.csv", "verify", "the wind beside it", CSV)
    speed_up_floris = Artefact(
        "layout.floris_speed_up.csv",
        "verify",
        "where the wind varies over the site: how it does, beside them",
        CSV,
    )
    layout_geojson = Artefact("layout.geojson", "verify", "the layout as a map", GEOJSON)
    site_geojson = Artefact("site.geojson", "verify", "the parcels as a map", GEOJSON)
    baselines: TypedArtefact[Baselines] = TypedArtefact(
        "baselines.json",
        "baseline",
        "what searches without learning found",
        JSON,
        read=read_baselines,
        write=write_baselines,
    )
    baseline_layouts = Artefact("baselines/", "baseline", "their layouts")
    robustness: TypedArtefact[Robustness] = TypedArtefact(
        "robustness.json",
        "robustness",
        "what other wake models say",
        JSON,
        read=read_robustness,
        write=write_robustness,
    )
    second_opinion: TypedArtefact[Sequence[SecondOpinion]] = TypedArtefact(
        "second_opinion.json",
        "robustness",
        "what other codes, PyWake and foxes, say",
        JSON,
        read=read_second_opinion,
        write=write_second_opinion,
    )
    report = Artefact(
        "report.html",
        "report",
        "all that is for people, in one file without a network",
        "text/html",
    )
    what_if: TypedArtefact[dict[str, Any]] = TypedArtefact(
        "what_if.json",
        "report",
        "what moves gained, and one more turbine would",
        JSON,
        read=read_json,
        write=write_json,
    )
    given_spacing: TypedArtefact[dict[str, Any]] = TypedArtefact(
        "given_spacing.json",
        "run",
        "where it is asked for: what a short search finds at the given layout's least spacing",
        JSON,
        read=read_json,
        write=write_json,
    )
    neighbours: TypedArtefact[dict[str, Any]] = TypedArtefact(
        "neighbours.json",
        "run",
        "where there are neighbours: what farms cost each other, and the regret of ignoring them",
        JSON,
        read=read_json,
        write=write_json,
    )
    ledger = Artefact(
        "ledger.jsonl", "run", "energy ledger: every stage with its cost", "application/jsonl"
    )
    summary: TypedArtefact[dict[str, Any]] = TypedArtefact(
        "summary.json",
        "run",
        "the result in figures, for programs",
        JSON,
        read=read_json,
        write=write_json,
    )
    uncertainty: TypedArtefact[list[UncertaintyRow]] = TypedArtefact(
        "uncertainty.csv",
        "run",
        "where any of it is known: the uncertainty budget of AEP, with P50, P75, P90 and P99",
        CSV,
        read=read_uncertainty,
        write=write_uncertainty,
    )
    physical: TypedArtefact[list[PhysicalRow]] = TypedArtefact(
        "physical.csv",
        "run",
        "physical sense of the gain: yield gross and net, spacing, turbulence, before and after",
        CSV,
        read=read_physical,
        write=write_physical,
    )
    assessment = Artefact("assessment.md", "run", "the assessment on a page", "text/markdown")
    assessment_record: TypedArtefact[AssessmentRecord] = TypedArtefact(
        "assessment.json",
        "run",
        "the assessment: which layout, whether the AI was worth it, and what it took",
        JSON,
        read=read_assessment,
        write=write_assessment,
    )
    asked: TypedArtefact[Asked] = TypedArtefact(
        "assess.json",
        "assess",
        "searches of other seeds, with and without learning, and what a panel of judges says",
        JSON,
        read=read_asked,
        write=write_asked,
    )
    assess_layouts = Artefact("assess/", "assess", "their layouts")
    differences: TypedArtefact[list[Difference]] = TypedArtefact(
        "differences.csv",
        "assess",
        "what the search with learning found more than the one without, by wake model and seed",
        CSV,
        read=read_differences,
        write=write_differences,
    )
    figures = Artefact("figures/", "report", "the pictures of the report")
    animation = Artefact(
        "figures/search.gif", "report", "the search as a film, where it is asked for", "image/gif"
    )
    validation = Artefact("validation.json", "validate", "the surrogate held against FLORIS", JSON)
    validation_figure = Artefact("validation.png", "validate", "the same as a picture", PNG)


def all_artefacts() -> list[Artefact]:
    """Return what a run folder may hold, in the order of the table above."""
    return [one for one in vars(Artefacts).values() if isinstance(one, Artefact)]


def lasting_artefacts() -> list[Artefact]:
    """Return those that are there when a run is done."""
    return [one for one in all_artefacts() if not one.passing]


def left_by(command: str) -> tuple[Artefact, ...]:
    """Return the artefacts that a command leaves; the first tells that it is done."""
    return tuple(one for one in lasting_artefacts() if one.stage == command)


def markdown_table() -> str:
    """Return the table of `docs/reference/run-folder.md`."""
    rows = [
        f"| `{one.file}` | `{one.stage}` | {one.holds}{'; gone when that is done' * one.passing} |"
        for one in all_artefacts()
    ]
    return "\n".join(["| file | written by | holds |", "|---|---|---|", *rows]) + "\n"
