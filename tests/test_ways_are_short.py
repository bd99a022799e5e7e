"""The way of a run through the code stays short: a stage reads, computes and writes by itself.

Who gets a `Run` can read and write any file, spend the budget and book energy. So only the stages
get one; what they call gets the values it works with.

How it is counted, from the source alone: the way begins at the parameter `run` of a stage's
function. It goes on into every function or class of windopt that is called with `run`, or with a
part of it that is state: `run.folder`, `run.ledger`, `run.allowance`, `run.observer`, whatever they
are called there (`folder = run.folder`), their bound methods and what these return under such a
name. Values do not count: `run.problem`, `run.seed`, `run.pool`, a path, what an artefact holds.
The methods that are called on `run` and its parts count as well, with the file that defines them.
The length of the way is the number of files.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import windopt

ROOT = Path(windopt.__file__).parent
STATE = {
    "Run": "windopt.runs.session",
    "RunFolder": "windopt.runs.folder",
    "Ledger": "windopt.ledger.ledger",
    "Allowance": "windopt.runs.budget.allowance",
    "Observer": "windopt.runs.observer",
}
"""The classes of a run and of those parts of it that are state, with their modules."""
PARTS = {
    "folder": "RunFolder",
    "ledger": "Ledger",
    "allowance": "Allowance",
    "observer": "Observer",
}
"""The attributes of a run that are state."""


class Place(NamedTuple):
    """A function, by its module and its dotted name there."""

    module: str
    name: str


@cache
def source(module: str) -> ast.Module:
    path = ROOT.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imported(module: str) -> dict[str, Place]:
    """Tell what the names are that a module imports from windopt, at its top or in a function."""
    return {
        one.asname or one.name: Place(node.module, one.name)
        for node in ast.walk(source(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("windopt.")
        for one in node.names
        if node.module is not None
    }


@cache
def defined(module: str) -> dict[str, ast.FunctionDef]:
    """Tell the functions of a module, and the methods of its classes by `Class.method`."""
    found: dict[str, ast.FunctionDef] = {}
    for node in source(module).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            found |= {f"{node.name}.{one.name}": one for one in methods}
    return found


def state_of(annotation: ast.expr | None) -> str:
    """Name the class of a run's state that an annotation speaks of, if any."""
    if annotation is None:
        return ""
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return next((name for name in STATE if name in names), "")


def part_of(node: ast.expr, known: dict[str, str]) -> str:
    """Name the class of the run's state that an expression is, if any."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = part_of(node.value, known)
        if owner == "Run" or (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return PARTS.get(node.attr, "Run" if node.attr == "run" else "")
    return ""


def given_names(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Pair the names with the values that a statement gives them."""
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        return [(node.optional_vars, node.context_expr)]
    pairs: list[tuple[ast.expr, ast.expr]] = []
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs += zip(target.elts, node.value.elts, strict=True)
            else:
                pairs.append((target, node.value))
    return pairs


def calls(place: Place) -> Iterator[Place]:
    """Yield what a function calls with a run or its state, and the methods it calls on them."""
    function = defined(place.module)[place.name]
    known = {
        one.arg: state
        for one in [*function.args.args, *function.args.kwonlyargs]
        if (state := state_of(one.annotation))
    }
    for node in ast.walk(function):  # what is given another name
        for name, value in given_names(node):
            if isinstance(name, ast.Name) and (state := part_of(value, known)):
                known[name.id] = state
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and (owner := part_of(node.value, known)):
            yield Place(STATE[owner], f"{owner}.{node.attr}")
        if isinstance(node, ast.Call):
            given = [*node.args, *(one.value for one in node.keywords)]
            if any(part_of(one, known) for one in given):
                yield called(node.func, place)


def called(function: ast.expr, place: Place) -> Place:
    """Tell which function an expression names in a module."""
    if isinstance(function, ast.Name):
        return imported(place.module).get(function.id, Place(place.module, function.id))
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        if function.value.id in ("self", "cls"):
            return Place(place.module, f"{place.name.partition('.')[0]}.{function.attr}")
        owner = imported(place.module).get(function.value.id)
        if owner is not None:
            return Place(owner.module, f"{owner.name}.{function.attr}")
    return Place("", "")


def way(module: str, name: str) -> list[str]:
    """Follow a run from a stage's function; return the modules on its way."""
    seen, ahead = set[Place](), [Place(module, name)]
    while ahead:
        place = ahead.pop()
        if place in seen or not place.module:
            continue
        seen.add(place)
        functions = [place] if place.name in defined(place.module) else []
        if not functions:  # a class: all that it does with what it is given
            inside = [one for one in defined(place.module) if one.startswith(f"{place.name}.")]
            functions = [Place(place.module, one) for one in inside]
        for one in functions:
            ahead += calls(one)
    return sorted({place.module for place in seen})


WAYS = {
    ("windopt.stages.verify", "verify_layout"): 16,
    ("windopt.stages.optimise", "search_layout"): 13,
    ("windopt.stages.report", "draw_report"): 14,
}
"""The files that the way of a run may lead through, by the function of the stage."""


@pytest.mark.parametrize(("stage", "longest"), WAYS.items())
def test_the_way_of_a_run_is_short(stage: tuple[str, str], longest: int) -> None:
    files = way(*stage)
    assert stage[0] in files
    assert len(files) <= longest, files


def test_a_way_is_followed_under_other_names_and_into_classes() -> None:
    """`watch` gets the ledger, and asks it in a method; `History` writes through its folder."""
    files = way("windopt.stages.optimise", "search_layout")
    assert {"windopt.runs.search_watch", "windopt.runs.history"} <= set(files)


if __name__ == "__main__":
    for stage in WAYS:
        print(stage[1], len(files := way(*stage)), *files, sep="\n  ")
