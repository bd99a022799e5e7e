"""The Python on the pages of the documentation does what the pages say."""

import re
from pathlib import Path
from typing import Any

import pytest

import windopt
from windopt.readers import formats

ROOT = Path(__file__).parents[1]
MARKED = re.compile(r"<!-- runs -->\n```python\n(.*?)```", re.DOTALL)
PAGES = [
    page
    for page in sorted((ROOT / "docs").glob("*/*.md"))
    if MARKED.search(page.read_text("utf-8"))
]
IMPORT = re.compile(r"(from|import) ")
LIMIT_S = 1.0
"""Of a search here, whatever time the page gives it."""
LONGEST = 40
"""Lines of an example, imports and empty ones apart."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = windopt.optimise

    def soon(*given: Any, **how: Any) -> Any:
        return asked(*given, **how | {"max_seconds": min(how.get("max_seconds", 1e9), LIMIT_S)})

    monkeypatch.setattr(windopt, "optimise", soon)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(formats, "WIND", dict(formats.WIND))  # an example adds a reader
    names: dict[str, object] = {"__name__": f"example_of_{page.stem}"}
    text = page.read_text(encoding="utf-8")
    for block in MARKED.finditer(text):
        above = text[: block.start(1)].count("\n")
        exec(compile("\n" * above + block[1], str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_are_short(page: Path) -> None:
    for block in MARKED.findall(page.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line and not IMPORT.match(line)]
        assert len(lines) <= LONGEST


def test_there_are_examples() -> None:
    known = {page.stem for page in PAGES}
    assert {"objective", "constraints", "run", "surrogate", "add-a-reader"} <= known
