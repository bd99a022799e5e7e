"""What a comparison leaves to read: its JSON record, its tables, its figures, its HTML page."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from windopt.assessment.labels import LABELS, label
from windopt.compare.figures import write_figures
from windopt.compare.overview import overview_table
from windopt.compare.running_words import (
    ESTIMATOR,
    running_heads,
    running_rows,
    running_table,
)
from windopt.compare.wording import method_label, range_in_words
from windopt.problem.problem import LayoutProblem
from windopt.report.html import render
from windopt.runs.folder import write_json, write_text
from windopt.words import count_of, significant

Record = Mapping[str, Any]


def write_tables(folder: Path, content: Record) -> None:
    """Write `comparison.json` and `comparison.md`.

    Parameters
    ----------
    folder : Path
        Of the comparison.
    content : Record
        As `record.comparison_record` gives it.
    """
    write_json(folder / "comparison.json", content, indent=None)  # hundreds of looks
    write_text(folder / "comparison.md", "\n".join(_markdown(content)) + "\n")


def write_comparison(folder: Path, content: Record, problems: Mapping[str, LayoutProblem]) -> Path:
    """Draw the figures and write `comparison.html`, one file that needs nothing beside it."""
    images = {
        problem: {
            name: base64.b64encode(path.read_bytes()).decode() for name, path in drawn.items()
        }
        for problem, drawn in write_figures(folder, content, problems).items()
    }
    text = render(
        "windopt.compare",
        "comparison.html.jinja",
        content=content,
        images=images,
        label=label,
        estimator=ESTIMATOR,
        method_label=method_label,
        running={
            name: (running_heads(one), list(running_rows(one)))
            for name, one in content["problems"].items()
            if one["running_times"]
        },
        labels=LABELS,
        machines=machines(content),
        versions=versions(content),
        published_gain=published_gain,
        rows={name: list(table_rows(problem)) for name, problem in content["problems"].items()},
    )
    write_text(folder / "comparison.html", text)
    return folder / "comparison.html"


def machines(content: Record) -> str:
    """Write on which processors the cells were made, and how many on each."""
    counts: dict[str, int] = {}
    for problem in content["problems"].values():
        for cell in problem["cells"]:
            cores = count_of(cell["machine"]["vcpus"], "vCPU")
            name = f"{cell['machine']['cpu_model']}, {cores}"
            counts[name] = counts.get(name, 0) + 1
    each = [f"{name} ({count_of(number, 'cell')})" for name, number in counts.items()]
    return f"Made on {'; '.join(each)}." if each else ""


def versions(content: Record) -> str:
    """Write which versions the cells were made with; of several, all of them."""
    found: dict[str, list[str]] = {}
    for problem in content["problems"].values():
        for cell in problem["cells"]:
            for name, version in cell["versions"].items():
                if version not in found.setdefault(name, []):
                    found[name].append(version)
    told = [f"{name} {' and '.join(sorted(those))}" for name, those in found.items()]
    return f"With {', '.join(told)}." if told else ""


def table_rows(problem: Record) -> Iterator[dict[str, Any]]:
    """Yield the rows of a problem's table, best first at the largest budget.

    A row has the method's `name`, its `gains` in words by budget, `aep` [GWh] and `energy` [Wh] at
    the largest, in words, and `ours`, `first`.
    """
    budgets = list(problem["verdicts"])
    order = problem["verdicts"][budgets[-1]]["ranking"]
    others = [name for name in problem["results"] if name not in order]
    for name in [*order, *others]:
        by_budget = problem["results"][name]
        last = by_budget[budgets[-1]]
        aep, energy = last["aep_gwh"]["median"], last["found_energy_wh"]["median"]
        yield {
            "name": name,
            "gains": [range_in_words(by_budget[budget]["gain_pct"]) for budget in budgets],
            "aep": "" if aep is None else f"{aep:,.3f}",
            "energy": "" if energy is None else significant(energy, 2),
            "first": bool(order) and name == order[0],
        }


def markdown_table(problem: Record) -> Iterator[str]:
    """Yield a problem's table in Markdown, the published results below it."""
    facts, budgets = problem["facts"], list(problem["verdicts"])
    heads = [f"gain after {budget} CPU-s" for budget in budgets]
    yield f"| method | {' | '.join(heads)} | AEP, median [GWh] | found after [Wh] |"
    yield "|---" * (3 + len(budgets)) + "|"
    for row in table_rows(problem):
        words = method_label(row["name"], facts)
        words = f"**{words}**" if row["first"] else words
        yield f"| {words} | {' | '.join(row['gains'])} | {row['aep']} | {row['energy']} |"
    for one in facts["published"]:
        gain = published_gain(one, facts["reference"])
        cells = " | ".join([""] * (len(budgets) - 1) + [gain])
        yield f"| published: {one['what']} ({one['source']}) | {cells} | {one['aep_gwh']:,.3f} | |"


def published_gain(one: Record, reference: Record) -> str:
    """Write the gain of a published AEP over the reference; nothing where it is of another kind."""
    if not one["comparable"]:
        return ""
    return f"{100 * (one['aep_gwh'] / reference['aep_gwh'] - 1):+.3f} %"


def _markdown(content: Record) -> Iterator[str]:
    correction = content["correction"]
    yield "# Comparison"
    yield ""
    yield (
        "Every method had the same processor time, counted from its first byte with all its "
        "children; FLORIS judged what the referee held of it, on the fine rose with the problem's "
        "wake model. Medians and ranges are over seeds. Differences are paired by seed, with "
        f"Student's t interval; a difference is called established where its t test stays below "
        f"{100 * correction['level']:g} % after {correction['method']}'s correction for all "
        f"{correction['tested']} tests of this page."
    )
    yield ""
    yield ESTIMATOR
    if table := list(overview_table(content)):
        yield "\n## At a glance\n"
        yield from table
    for name, problem in content["problems"].items():
        yield from _problem_markdown(name, problem)
    missing = {name: one for name, one in content["methods"].items() if one["missing"]}
    if missing:
        yield "\n## Not installed\n"
        for name, one in missing.items():
            yield f"- {label(name)}: `{one['pip']}`"
    yield "\n## Methods\n"
    for name, one in content["methods"].items():
        yield f"- `{name}`, {label(name)}: {one['what']}"
    yield f"\n{machines(content)} {versions(content)}"


def _problem_markdown(name: str, problem: Record) -> Iterator[str]:
    facts = problem["facts"]
    reference = facts["reference"]
    yield f"\n## {name}\n"
    yield (
        f"{count_of(facts['n_turbines'], 'turbine')}, FLORIS {facts['wake_model']}, "
        f"{count_of(facts['conditions'], 'wind condition')}. Reference ({reference['kind']}): "
        f"{reference['aep_gwh']:,.3f} GWh.\n"
    )
    yield from markdown_table(problem)
    yield ""
    yield from running_table(problem)
    if debt := facts["shared_surrogate"]:
        wh = debt["energy_wh"]["central"]
        energy = "" if wh is None else f" and {significant(wh, 2)} Wh"
        yield (
            f"\nThe reused surrogate was trained beforehand, once, with seed {debt['seed']}: "
            f"{debt['cpu_s']:.0f} CPU-seconds{energy}, which are in no budget."
        )
    yield ""
    for sentence in problem["said"]:
        yield f"- {sentence}"
