"""The report of a run: one HTML file that needs nothing beside it."""

import base64
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from windopt.errors import RunFolderError
from windopt.floris.simulator import Progress
from windopt.ledger.totals import read_ledger
from windopt.problem.measure import measures_of
from windopt.problem.problem import LayoutProblem
from windopt.report import measures as shown
from windopt.report import style, wording
from windopt.report.assessment import assessment_page
from windopt.report.cost import cost_section
from windopt.report.figures import write_figures
from windopt.report.found_by import found_row, found_sentences
from windopt.report.live.page import LiveMap, live_map
from windopt.report.neighbours import neighbour_rows, neighbour_section
from windopt.report.physical import physical_section
from windopt.report.provenance import provenance_rows
from windopt.report.robust import robust_card, robust_table
from windopt.report.robust_pareto import pareto_section
from windopt.report.scores import scores_section
from windopt.report.second_code import second_rows, second_sentences, second_tables
from windopt.report.turbine_section import turbine_section
from windopt.report.uncertainty import uncertainty_section
from windopt.report.verified import (
    error_in_words,
    is_sampled,
    verification_sentence,
    verified_in_words,
)
from windopt.report.wording import Row, gain_pct, label_of, references
from windopt.runs.artefacts import all_artefacts
from windopt.runs.folder import RunFolder, write_text
from windopt.runs.history import energy_curve
from windopt.surrogate.checkpoint import load_surrogate

logger = logging.getLogger(__name__)

SECTIONS = (
    ("layout", "layout"),
    ("robust", "every wake model"),
    ("moves", "moves and their gain"),
    ("one-more", "one more turbine"),
    ("wake-loss", "wake loss"),
    ("search", "AEP over cost"),
    ("neighbours", "farms among farms"),
    ("physical", "physical sense"),
    ("uncertainty", "uncertainty of AEP"),
    ("energy", "energy by stage"),
    ("assessment", "how sure, and why"),
    ("wake-models", "wake models"),
    ("second-code", "other codes"),
    ("figures", "all figures"),
    ("provenance", "provenance"),
)
"""Anchors of the report's parts, and what leads there; "robust" is one of robust runs."""


def write_report(
    folder: RunFolder,
    problem: LayoutProblem,
    left_s: Callable[[], float] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Draw the figures of a finished run, write its `report.html` and return the file's path.

    Parameters
    ----------
    folder : RunFolder
        With config, summary, verification, history, layout and ledger; the starts' table and the
        animation of the search are shown where there is a solution and a `figures/search.gif`.
    problem : LayoutProblem
        What the run's config describes.
    left_s : callable or None
        Tells how long this may go on [s]; figures for which there is no time are left out.
    """
    summary, verdict = folder.read_summary(), folder.read_verification()
    kept, second = folder.find(RunFolder.solution), folder.find(RunFolder.second_opinion)
    layouts, own = verdict["layouts"], problem.wake.velocity_model
    robust = robust_table(folder.find(RunFolder.robust), own, layouts)
    content = read_ledger(folder.ledger)
    curve = energy_curve(folder.find(RunFolder.history))
    assessed = folder.find(RunFolder.assessment_record)
    text = render(
        "windopt.report",
        "report.html.jinja",
        wording=wording,
        shown=shown,
        measures=measures_of(layouts["final"]),
        problem=problem,
        summary=summary,
        rows=[
            *wording.summary_rows(summary),
            *second_rows(summary.get("second_opinion")),
            *neighbour_rows(summary),
            *found_row(summary),
        ],
        cards=_cards(summary, layouts),
        layouts=layouts,
        sampled=is_sampled(summary),
        verification=verification_sentence(summary),
        as_given=verdict.get("as_given"),
        curve=verdict.get("curve", []),
        sections=_sections(
            robust is not None,
            summary.get("neighbours") is not None,
            summary.get("physical") is not None,
        ),
        robust=robust,
        searched=_searched(summary),
        robust_pareto=pareto_section(
            folder.find(RunFolder.robust_pareto), layouts, problem.wake.velocity_model
        ),
        live=_live(folder, problem, layouts, is_sampled(summary)),
        turbines=turbine_section(problem, layouts, folder.find(RunFolder.what_if)),
        provenance=provenance_rows(problem.config, summary, content, folder.path, _written(folder)),
        neighbours=neighbour_section(summary),
        physical=physical_section(summary),
        scores=scores_section(summary),
        uncertainty=uncertainty_section(summary),
        totals=content.totals,
        cost=cost_section(content, curve),
        assessment=None if assessed is None else assessment_page(assessed, summary),
        found_by=found_sentences(summary),
        second_sentences=second_sentences(second, layouts),
        second_tables=second_tables(second, layouts),
        images={
            name: base64.b64encode(path.read_bytes()).decode()
            for name, path in write_figures(folder, problem, left_s, progress).items()
            if name not in ("layout", "one_more")  # the page has its own maps
        },
        film=_film(folder),
        solution=None if kept is None else kept.solution,
        config=folder.read_text(folder.config),
        layout_csv=folder.read_text(folder.layout),
    )
    write_text(folder.report, text)
    return folder.report


def _live(
    folder: RunFolder, problem: LayoutProblem, layouts: Mapping[str, Any], sampled: bool
) -> LiveMap | None:
    """Return the working map; None where the run has no surrogate that the page can have."""
    if not folder.surrogate.exists():
        return None
    if problem.wake.gch:
        logger.info("the report has no map with turbines to move: the page does not know gch")
        return None
    try:
        surrogate = load_surrogate(folder.surrogate, problem)
    except RunFolderError as error:
        logger.warning("the report has no map with turbines to move: %s", error)
        return None
    robust = folder.find(RunFolder.robust)
    judged: dict[str, dict[str, float]] = {}
    for key, by_model in ({} if robust is None else robust.layouts).items():
        for model, under in by_model.items():
            judged.setdefault(model, {})[key] = under.aep_gwh
    return live_map(problem, surrogate, layouts, judged, sampled)


def render(package: str, template: str, **values: Any) -> str:
    """Fill a package's template, in the style of all pages; whatever it lacks is an error."""
    environment = Environment(
        loader=PackageLoader(package, "."), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["inline"] = _inline
    return environment.get_template(template).render(style=style, **values)


def _inline(text: str) -> Markup:
    """Return a sentence with the marks of Markdown that it may have as HTML: code, bold, italic."""
    marked = str(escape(text))
    for mark, tag in (("`", "code"), (r"\*\*", "b"), (r"\*", "i")):
        marked = re.sub(f"{mark}(.+?){mark}", rf"<{tag}>\1</{tag}>", marked)
    return Markup(marked)


def _sections(robust: bool, neighbours: bool, physical: bool) -> list[tuple[str, str]]:
    """Return the parts that a report has."""
    absent = {"robust": not robust, "neighbours": not neighbours, "physical": not physical}
    return [one for one in SECTIONS if not absent.get(one[0])]


def _searched(summary: Mapping[str, Any]) -> str:
    """Return which wake models the search asked; nothing is known of runs of earlier versions."""
    told = summary.get("searched_under")
    return "" if told is None else wording.searched_in_words(told)


def _written(folder: RunFolder) -> list[Path]:
    """Return the files whose hashes are stated; of a folder, those in it."""
    paths = [folder.path / one.name for one in all_artefacts() if one.hashed]
    return [file for path in paths for file in [path, *sorted(path.glob("*"))] if file.is_file()]


def _film(folder: RunFolder) -> str:
    """Return the animation of the search in base64; nothing where there is none."""
    if not folder.animation.exists():
        return ""
    return base64.b64encode(folder.animation.read_bytes()).decode()


def _cards(summary: Mapping[str, Any], layouts: Mapping[str, Any]) -> list[Row]:
    """Choose the figures that lead the report."""
    rows = {row.label: row for row in wording.summary_rows(summary)}
    robust = [Row(*said)] if (said := robust_card(summary)) else []
    others = measures_of(layouts["final"])[:-1]
    aim = [rows[measure.name] for measure in others]
    cards = [rows["AEP"], rows["wake loss"], rows["energy"]]
    if against := references(layouts):
        before, gain = layouts[against[0]], gain_pct(layouts, "final")
        over = f"over the {label_of(layouts, against[0])}{error_in_words(summary)}"
        gained = Row("gain", f"{gain:+.2f} %", over)
        lost = Row("wake loss", rows["wake loss"].value, f"before: {before['wake_loss_pct']:.2f} %")
        cards[1:2] = [gained, *robust, lost]
        if aim:
            more = gain_pct(layouts, "final", others[0])
            cards[:2] = [
                aim[0]._replace(
                    remark=f"a year, {more:+.2f} % over the {label_of(layouts, against[0])}"
                ),
                cards[0]._replace(remark=f"{gain:+.2f} %; {verified_in_words(summary)}"),
            ]
            return cards
    return aim + cards
