"""What README and docs/ name is there: files, commands, configs, notebooks, Python names."""

import json
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import typer
import yaml

import windopt
from windopt.commands.cli import app
from windopt.config.schema import Config

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WRITTEN_BY_BUILD = {"reference/commands", "reference/config"}
PAGES = [
    ROOT / "README.md",
    *sorted(p for p in DOCS.rglob("*.md") if "generated" not in p.parts),
]


def everything() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


def bullet(title: str) -> str:
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    return next(line for line in readme if line.startswith(f"- **{title}.**"))


def commands() -> Iterator[str]:
    for name, command in typer.main.get_command(app).commands.items():
        children = getattr(command, "commands", None)
        yield from (f"{name} {child}" for child in children) if children else (name,)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target
    for target in re.findall(r"\{doc\}`([^`]+)`", text):
        there = page.parent / f"{target}.md"
        named = there.resolve().relative_to(DOCS).with_suffix("").as_posix()
        assert there.exists() or named in WRITTEN_BY_BUILD, target


def test_every_page_is_in_the_contents() -> None:
    index = (DOCS / "index.md").read_text("utf-8").splitlines()
    for page in PAGES[1:]:
        name = page.relative_to(DOCS).with_suffix("").as_posix()
        assert name == "index" or name in index, name


def test_no_command_goes_unsaid() -> None:
    text = everything()
    stages = re.search(r"`windopt simulate`, .*", text)
    assert stages is not None
    for name in commands():
        assert f"windopt {name}" in text or f"`{name}`" in stages[0], name


def test_every_config_that_ships_is_listed() -> None:
    listed = (DOCS / "reference" / "configs.md").read_text("utf-8")
    needed = {name for name, field in Config.model_fields.items() if field.is_required()}
    for path in ROOT.joinpath("configs").glob("*.yaml"):
        content = yaml.safe_load(path.read_text("utf-8"))
        if needed <= {*content} or "system" in content:
            assert f"`{path.stem}`" in listed or f"`_{path.stem.rpartition('_')[2]}`" in listed


def test_all_notebooks_are_listed() -> None:
    page = (DOCS / "notebooks.md").read_text("utf-8")
    for path in ROOT.joinpath("notebooks").glob("*.ipynb"):
        assert f"(../notebooks/{path.name})" in page


def test_readme_is_read_within_a_minute() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) <= 60
    before_documentation = readme.partition("## Documentation")[0]
    assert len(before_documentation.split()) <= 420


def test_readme_leads_to_every_part_of_the_documentation() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for page in ("index.md", "notebooks.md", "choosing.md", "reference/python.md"):
        assert f"(docs/{page})" in readme


@pytest.mark.parametrize("name", ["quickstart", "borssele"])
def test_gains_in_the_readme_are_the_published_ones(name: str) -> None:
    line = bullet("More energy")
    summary = json.loads((ROOT / "results" / name / "summary.json").read_text("utf-8"))
    for figure in (
        f"{summary['gain_pct']:+.2f} % ",
        f"{summary['n_turbines']} turbines",
        f"{summary['wall_s'] / 60:.0f} minutes",
        f"{summary['energy_wh']['central']:.2g} Wh",
        f"`windopt run configs/{name}.yaml",
    ):
        assert figure in line, figure


def test_the_answer_in_the_readme_is_the_published_one() -> None:
    line = bullet("An honest answer")
    ai = json.loads(
        (ROOT / "results" / "quickstart_robust" / "assessment.json").read_text("utf-8")
    )["ai"]
    lead, gain = ai["difference_mwh"] / 1e3, ai["gain_mwh"] / 1e3
    page = (ROOT / "results" / "quickstart_robust" / "assessment.md").read_text("utf-8")
    for figure in (f"{100 * (1 - lead / gain):.0f} %", f"{lead:.2g} of {gain:.2g} GWh a year"):
        assert figure in line, figure
    how_sure = line.partition("GWh a year, ")[2].partition(" (")[0]
    assert how_sure
    assert how_sure in page


def test_the_lead_in_the_readme_is_the_published_one() -> None:
    line = bullet("More than other optimisers find")
    published = json.loads((ROOT / "results/benchmarks/comparison.json").read_text("utf-8"))
    leads = {}
    for name, problem in published["problems"].items():
        against = list(problem["verdicts"].values())[-1]["against"]
        leads[name] = against["windopt" if problem["facts"]["formula"] else "windopt_cold"]
    assert leads.pop("windwake5")["mean"] < 0.01  # "all equal"
    means = [lead["mean"] for lead in leads.values()]
    assert f"{min(means):.2g} to {max(means):.2g} % of AEP" in line
    assert len(leads) == 5
    assert "five of six benchmark problems" in line
    assert sum(one["facts"]["formula"] for one in published["problems"].values()) == 2
    assert "two with a known wake formula" in line
    assert {lead["n"] for lead in leads.values()} == {3}
    assert not any(lead["established"] for lead in leads.values())
    assert "Three seeds establish none of these leads" in line


def test_what_is_said_of_the_benchmark_is_published() -> None:
    published = json.loads((ROOT / "results/benchmarks/comparison.json").read_text("utf-8"))
    problems, tested = published["problems"], published["correction"]["tested"]
    page = (DOCS / "choosing.md").read_text("utf-8")
    summary = (ROOT / "results" / "README.md").read_text("utf-8")
    assert f"after correction for all {tested} tests of that page" in page
    assert f"after Holm's correction for all {tested} tests of the page" in summary
    learning = {
        name: list(problem["verdicts"].values())[-1]["learning"].get("windopt_cold")
        for name, problem in problems.items()
    }
    established = [name for name, one in learning.items() if one and one["established"]]
    assert established == ["quickstart_cc"]
    assert f"it establishes {learning['quickstart_cc']['mean']:+.2f} % of AEP" in page
    added = [learning[name]["mean"] for name in ("quickstart", "quickstart_cc", "borssele")]
    assert (
        "learning adds {:+.2f} % on `quickstart`, {:+.2f} % with cc (established) and {:+.2f} % on "
        "`borssele`".format(*added)
        in summary
    )
    times = {name: problem["running_times"]["by_method"] for name, problem in problems.items()}
    half = [times["quickstart"][name]["50"]["cpu_s"] for name in ("windopt_cold", "topfarm_smart")]
    first, second = (f"{one['expected']:.0f}" for one in half)
    assert f"windopt, cold, {first} CPU-seconds on `quickstart`, where" in page
    assert f"TopFarm's smart start takes {second}" in page
    # five turbines apart
    most = [times[n]["windopt_cold"]["90"]["cpu_s"]["expected"] for n in learning if learning[n]]
    assert (
        "{:.0f}, {:.0f} and {:.0f} CPU-seconds".format(*most[1:]) in summary
    )  # five turbines apart


def test_python_interface_is_documented() -> None:
    page = (DOCS / "reference" / "python.md").read_text("utf-8").split()
    assert {*windopt.__all__} <= {*page}


def test_every_extra_is_named() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    section = project.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    install = (DOCS / "install.md").read_text("utf-8")
    extras = re.findall(r"^(\w+) = \[", section, flags=re.MULTILINE)
    assert len(extras) >= 6
    assert all(f"| `{extra}` |" in install for extra in extras)


def test_comparison_in_the_documentation_is_the_published_one() -> None:
    published = (ROOT / "results/benchmarks/comparison.md").read_text("utf-8").splitlines()
    page = (DOCS / "choosing.md").read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(page) if line.startswith("| median gain"))
    rows = list(takewhile(lambda line: line.startswith("|"), page[first:]))
    assert len(rows) > 3
    assert [row for row in rows if row not in published] == []


def test_modules_that_are_named_are_there() -> None:
    for page in (*PAGES, ROOT / "CONTRIBUTING.md"):
        for name in re.findall(r"`(windopt/[\w/]+(?:\.\w+)?/?)`", page.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in re.findall(r"`([a-z]+/(?:[\w/]+(?:\.\w+)+)?)`", contributing):
        if not name.startswith(("windopt/", "docs/", "tests/", "results/")):
            assert (ROOT / "windopt" / name).exists(), name
