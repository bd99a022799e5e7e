"""Pages with nothing but the map whose turbines can be moved."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from tests.report.devtools import Browser
from windopt.problem.problem import LayoutProblem
from windopt.report import style as colours
from windopt.report.html import render
from windopt.report.live.page import live_map
from windopt.surrogate.surrogate import Surrogate

READY = "document.querySelector('#live').dataset.ready"


def write_page(
    folder: Path, problem: LayoutProblem, surrogate: Surrogate, layouts: Mapping[str, Any]
) -> Path:
    """Write a page; `layouts` are as in `verification.json`."""
    live = live_map(problem, surrogate, layouts, {}, sampled=False)
    page = folder / "page.html"
    report = files("windopt.report").joinpath("report.html.jinja").read_text()
    head, _, rest = report.partition("<title>")
    style = rest[rest.index("<style>") : rest.index("</style>")]
    dressed = Environment(undefined=StrictUndefined).from_string(f"{head}{style}</style><main>")
    drawn = render("windopt.report", "live.html.jinja", live=live, problem=problem)
    page.write_text(dressed.render(style=colours) + drawn)
    return page


def open_page(
    window: Browser,
    folder: Path,
    problem: LayoutProblem,
    surrogate: Surrogate,
    layouts: Mapping[str, Any],
) -> Path:
    """Write a page and open it."""
    page = write_page(folder, problem, surrogate, layouts)
    window.open(page, READY)
    return page


def in_wind_of(problem: LayoutProblem, other: LayoutProblem, directions: int) -> LayoutProblem:
    """The problem in few directions of another's rose, at all its speeds."""
    wind = other.wind
    some = slice(None, None, len(wind.wind_direction) // directions)
    probability = wind.probability[some] / wind.probability[some].sum()
    fewer = replace(
        wind,
        wind_direction=wind.wind_direction[some],
        probability=probability,
        turbulence_intensity=wind.turbulence_intensity[some],
    )
    return replace(problem, wind=fewer)
