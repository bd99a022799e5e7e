"""The assessment on a page: `assessment.md`, and the same for the report.

For a developer of a wind farm who knows neither FLORIS nor statistics. All of it is rendered from
`assessment.json` and `summary.json`; what is not known is said, with what asking would take.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windopt.report.found_by import found_sentences
from windopt.report.ladder import ladder_in_words, ladder_rows, steps_in_words
from windopt.report.quotable import Quotable, quotable
from windopt.report.sureness import assumed_sentences, how_sure_sentences
from windopt.report.three_lines import Line, candidate_name, reference_name, three_lines
from windopt.runs.assessment_record import AssessmentRecord
from windopt.runs.folder import RunFolder, write_text
from windopt.words import significant

Cells = Sequence[str]
FIGURE = "figures/ladder.png"
MEANING = (
    "The first line says what to build, whatever found it. The second is about the next farm: "
    "what AI finds there that a search without it does not. A wake model computes how much wind "
    "turbines take from each other; *sampled* is what was computed for a sample of all winds, with "
    "the error that leaves. A GWh is a million kWh; a Wh is what a 60 W bulb takes in a minute."
)


@dataclass(frozen=True)
class AssessmentPage:
    """What a page shows of an assessment.

    Attributes
    ----------
    lines : tuple of Line
        Use, the AI's share, the bill.
    quotable : Quotable
    ladder, wake_models : sequence of Cells
        Tables with their headings in the first row; empty without content.
    steps : str
        What the steps of the ladder are.
    figure : str
        What the figure shows, in words; empty where there is none.
    sure, assumed : list of str
        Sentences.
    """

    lines: tuple[Line, ...]
    quotable: Quotable
    ladder: Sequence[Cells]
    steps: str
    figure: str
    wake_models: Sequence[Cells]
    sure: list[str]
    assumed: list[str]


def assessment_page(record: AssessmentRecord, summary: Mapping[str, Any]) -> AssessmentPage:
    """Put an assessment into words and tables.

    Parameters
    ----------
    record : AssessmentRecord
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    return AssessmentPage(
        lines=three_lines(record, summary),
        quotable=quotable(record, summary),
        ladder=ladder_rows(record, summary),
        steps=steps_in_words(record),
        figure=ladder_in_words(record, summary) if has_figure(record) else "",
        wake_models=_wake_models(record, summary),
        sure=how_sure_sentences(record, summary),
        assumed=assumed_sentences(record, summary),
    )


def has_figure(record: AssessmentRecord) -> bool:
    """Return whether there is something to draw: a rung above the layout that gains count from."""
    return len(record.ladder) > 1 and any(
        rung.cpu_s or (rung.energy_wh is not None and rung.energy_wh["central"])
        for rung in record.ladder
    )


def write_assessment(folder: RunFolder, summary: Mapping[str, Any]) -> None:
    """Write `assessment.md` of a run whose `assessment.json` is there.

    Parameters
    ----------
    folder : RunFolder
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    record = folder.read(RunFolder.assessment_record)
    write_text(folder.assessment, "\n\n".join(_parts(record, summary)) + "\n")


def _parts(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[str]:
    """Return the page in Markdown, paragraph by paragraph."""
    page = assessment_page(record, summary)
    parts = [f"# Which layout, and was the AI worth it? {summary['name']}"]
    parts += [f"**{line.label}**: {line.text}" for line in page.lines]
    parts.append(MEANING)
    if page.ladder:
        parts += ["## What each step found", _markdown(page.ladder)]
        parts += [page.steps] if page.steps else []
    if page.figure:
        parts.append(f"![{page.figure}]({FIGURE})")
    if found := found_sentences(summary):
        parts.append(f"How layout.csv was found: {found}")
    parts += ["## To quote", f"> {page.quotable.sentence}"]
    if page.quotable.origins:
        table = [("figure", "how it comes about", "from"), *page.quotable.origins]
        parts.append(_markdown(table, figures=False))
    if page.sure:
        parts += ["## How sure, and why", _listed(page.sure)]
    if page.wake_models:
        parts.append(_markdown(page.wake_models))
    parts += ["## What is assumed", _listed(page.assumed), "## Repeat it", *_repeat(summary)]
    return parts


def _repeat(summary: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {summary['versions'][name]}" for name in ("windopt", "floris"))
    return [
        "In this folder:",
        "```\n"
        "windopt run config.yaml --out again   # the run\n"
        "windopt assess .                      # with AI against without: how much more, how sure\n"
        "windopt ledger .                      # the electricity, stage by stage\n"
        "```",
        f"{versions}, config {summary['config_hash']}, seed {summary['seed']}. `assessment.json` "
        "has all figures of this page. The AI's share follows from `differences.csv`, where it is "
        "there, in twenty lines: `python -c \"help('windopt.assessment')\"`.",
    ]


def _wake_models(record: AssessmentRecord, summary: Mapping[str, Any]) -> list[Cells]:
    """List the gain of each layout by every wake model."""
    choice = record.layout
    if choice is None:
        return []
    own = [one for one in choice.candidates if " seed " not in one.name or one.name == choice.use]
    shown = [one for one in own if one.name != choice.over]  # other seeds are in assessment.json
    if not shown:
        return []
    over = reference_name(summary, record)
    heads = (candidate_name(one) for one in shown)
    rows: list[Cells] = [(f"gain over the {over} [GWh a year]", *heads)]
    for model, code in choice.codes.items():
        gains = (one.gain_gwh.get(model) for one in shown)
        name = model if model.lower().startswith(code.lower()) else f"{model} ({code})"
        rows.append((name, *("" if gain is None else _signed(gain) for gain in gains)))
    if choice.of > 1:
        rows.append(("mean", *(_signed(one.mean_gain_gwh) for one in shown)))
    return rows


def _signed(gain: float) -> str:
    sign = "−" if gain < 0 else "+"
    return f"{sign}{significant(abs(gain), 3)}"


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _markdown(table: Iterable[Cells], figures: bool = True) -> str:
    """Write a table, whose columns after the first hold figures or words."""
    head, *rows = table
    lines = [head, ["---", *["---:" if figures else "---"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
