"""The assessment: whether learning was worth it here, what to use if not, and the reasons.

"AI not worth it here: use this grid" is an answer like any other. All yields are FLORIS's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windopt.assessment.labels import label
from windopt.problem.measure import ENERGY, measures_of
from windopt.report.found_by import LEARNED, found_sentences, name_layout
from windopt.report.robust import RobustTable, robust_table
from windopt.report.verified import verification_sentence
from windopt.report.wording import LABELS, given_sentences, label_of, provider_sentence
from windopt.runs.folder import RunFolder, write_text
from windopt.words import significant

USE = {
    "initial": ("keep the given layout", "layout_initial.csv"),
    "grid": ("use the regular grid", "layout_grid.csv"),
}
Cells = Sequence[str]


@dataclass(frozen=True)
class AssessmentInWords:
    """An answer with its reasons.

    Attributes
    ----------
    answer : str
        In a sentence.
    found : str
        Which part of the run found the layout; empty if unknown.
    reasons : tuple[str, ...]
        The deciding one first.
    layouts, wake_models : list[Cells]
        Tables with their headings in the first row; empty without content.
    next_steps : tuple[str, ...]
        Commands that would tell more.
    """

    answer: str
    found: str
    reasons: tuple[str, ...]
    layouts: list[Cells]
    wake_models: list[Cells]
    next_steps: tuple[str, ...]


def assessment_of(
    folder: RunFolder, summary: Mapping[str, Any], verdict: Mapping[str, Any]
) -> AssessmentInWords:
    """Put a verified run's verdict and what it rests on into words.

    Parameters
    ----------
    folder : RunFolder
        With a verdict.
    summary : mapping of str to Any
        The content of `summary.json`.
    verdict : mapping of str to Any
        The ledger's, as `windopt.assessment.assessment.Assessment.record` gives it.
    """
    baselines = read_baselines(folder)
    opinions = folder.read_json(folder.robustness) if folder.robustness.exists() else {}
    layouts, own = folder.read_verification()["layouts"], summary.get("wake_model", "")
    robust = robust_table(folder.find(RunFolder.robust), own, layouts)
    open_ = (
        []
        if verdict["value"] != "unknown" or measures_of(summary) != [ENERGY]
        else [
            stage
            for stage, known in (("baseline", baselines), ("robustness", opinions or robust))
            if not known
        ]
    )
    return AssessmentInWords(
        answer=answer(verdict, summary.get("found_by")),
        found=found_sentences(summary),
        reasons=tuple(verdict["reasons"]),
        layouts=_layouts(folder, summary, baselines),
        wake_models=_wake_models(opinions, layouts) or _robust(robust),
        next_steps=tuple(f"windopt {stage} {folder.path}" for stage in open_),
    )


def answer(verdict: Mapping[str, Any], found_by: str | None = None) -> str:
    """Answer in a sentence; `verdict` and `found_by` are those of `summary.json`."""
    use = verdict.get("use", "found")
    if verdict["value"] == "gain" and found_by is not None and found_by not in LEARNED:
        return "The layout found was worth it here (layout.csv), but learning has no share in it."
    if verdict["value"] == "gain":
        return "Yes, the AI was worth it here: use the layout found (layout.csv)."
    if use == "found":
        return "Not known yet. The best layout that FLORIS has seen is layout.csv."
    if use in USE:
        what, file = USE[use]
        if use == "initial" and str(verdict.get("over")).endswith("repaired"):
            what = f"{what}, repaired"
        return f"AI not worth it here: {what} ({file})."
    return (
        "AI not worth it here: as far as wake models can tell, a search without learning does as "
        f"well; use its layout (baselines/{use}.csv)."
    )


def read_baselines(folder: RunFolder) -> dict[str, Any]:
    """Read the results of the searches without learning; empty if none was made."""
    if not folder.baselines.exists():
        return {}
    baselines: dict[str, Any] = folder.read_json(folder.baselines)["baselines"]
    return baselines


def write_assessment(folder: RunFolder, summary: Mapping[str, Any]) -> None:
    """Write `assessment.md`."""
    one = assessment_of(folder, summary, summary["verdict"])
    parts = [
        f"# Was the AI worth it here? {summary['name']}",
        f"**{one.answer}** Verdict: {summary['verdict']['value']}.",
        "\n".join(f"- {reason}" for reason in one.reasons),
    ]
    parts += [" ".join(said) for said in [[one.found], given_sentences(summary)] if any(said)]
    if provider := provider_sentence(summary["verdict"]):
        parts.append(provider)
    if one.next_steps:
        told = " and ".join(f"`{command}`" for command in one.next_steps)
        parts.append(f"To know more, run {told}.")
    for table in filter(None, (one.layouts, one.wake_models)):
        parts.append(_markdown(table))
    floris, windopt = (summary["versions"][name] for name in ("floris", "windopt"))
    parts.append(
        f"AEP by FLORIS {floris}, 360 directions where the rose is refined. "
        f"{verification_sentence(summary)} windopt {windopt}, "
        f"config {summary['config_hash']}, seed {summary['seed']}. Energy: "
        f"{summary['energy_wh']['method']}. Repeat it with `windopt run config.yaml`."
    )
    write_text(folder.assessment, "\n\n".join(parts) + "\n")


def _layouts(
    folder: RunFolder, summary: Mapping[str, Any], baselines: Mapping[str, Any]
) -> list[Cells]:
    """List the layouts that were compared."""
    judged = folder.read_verification()["layouts"]
    final = judged["final"]["aep_gwh"]
    rows: list[Cells] = [
        ("layout", "AEP [GWh]", "lead of the result", "CPU-s", "energy [Wh]"),
        (
            name_layout(summary.get("found_by")),
            f"{final:,.2f}",
            "",
            f"{summary['cpu_s']:,.0f}",
            _wh(summary["energy_wh"]["central"]),
        ),
    ]
    for name, one in baselines.items():
        more = _more(final, one["aep_gwh"])
        cpu = f"{one['cpu_s']:,.0f}"
        rows.append((label(name), f"{one['aep_gwh']:,.2f}", more, cpu, _wh(one["energy_wh"])))
    for name in ("grid", "initial"):
        if name in judged:
            aep = judged[name]["aep_gwh"]
            rows.append((label_of(judged, name), f"{aep:,.2f}", _more(final, aep), "", ""))
    if (aep := summary.get("aep_as_given_gwh")) and summary.get("given_feasible") is False:
        rows.append(("given layout, against the rules", f"{aep:,.2f}", _more(final, aep), "", ""))
    return rows


def _wake_models(opinions: Mapping[str, Any], layouts: Mapping[str, Any]) -> list[Cells]:
    """List the gain over each of the other layouts by every wake model."""
    if not opinions:
        return []
    against = list(opinions["gain_gwh"])
    names = [label_of(layouts, name) if name in LABELS else label(name) for name in against]
    rows: list[Cells] = [("gain by wake model", *(f"over the {name}" for name in names))]
    for model, aep in opinions["aep_gwh"].items():
        gains = (_more(aep["final"], aep[name]) for name in against)
        own = " (the run's)" if model == opinions["own"] else ""
        rows.append((f"{model}{own}", *gains))
    aep = opinions["aep_gwh"][opinions["own"]]
    spreads = (f"{100 * opinions['spread_gwh'][n] / aep[n]:.2g} %" for n in against)
    rows.append(("standard deviation", *spreads))
    return rows


def _robust(table: RobustTable | None) -> list[Cells]:
    """List the gain of each layout of a robust run by every wake model."""
    told = [] if table is None else [one for one in table.columns if one.gain is not None]
    if table is None or not told:
        return []
    gains = [[f"{cell} %" for cell in table.rows(one)[1]] for one in told]
    head = (f"gain over the {table.over} by wake model", *(one.name for one in told))
    names = [name.replace(" *", ", which judges only") for name in table.row_names]
    return [head, *zip(names, *gains, strict=True)]


def _more(aep: float, than: float) -> str:
    return f"{100 * (aep / than - 1):+.2f} %"


def _wh(energy: float | None) -> str:
    return "not measured" if energy is None else significant(energy, 2)


def _markdown(table: Iterable[Cells]) -> str:
    head, *rows = table
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
