"""YAML from elsewhere is read, or refused by a limit, before it can harm the process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from windopt.config import yaml_text
from windopt.config.floris_input import load_floris_yaml
from windopt.config.reader import load_config
from windopt.config.yaml_text import MOST_VALUES, count_values, safe_yaml
from windopt.errors import ConfigError
from windopt.readers.windio.document import open_document

READERS: list[Callable[[Path], Any]] = [
    load_config,
    lambda path: load_floris_yaml(path, "wake"),
    lambda path: open_document(str(path), "site"),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: " + "[" * 50_000, "nested too deeply"),
        ("- " * 100_000, "nested too deeply"),
        ("? " * 50_000, "nested too deeply"),
        ("a:\n" + "\n".join(" " * i + "k:" for i in range(1, 300)), "nested too deeply"),
        ("a: ']]]]'\nb: " + "[']'," * 300, "nested too deeply"),
        (f"a: [{'1, ' * MOST_VALUES}]\n", "more than 300,000 values"),
        ("".join(f"k{i}: 1\n" for i in range(MOST_VALUES)), "more than 300,000 values"),
        ("n: 0x" + "f" * 3600 + "\n", "number of 3,602 characters"),
        ("n: 0b" + "1" * 9000 + "\n", "number of"),
        ("n: 1" + ":59" * 5000 + "\n", "number of"),
        ("n: !!int " + "1" * 5000 + "\n", "number of"),
        ("n: 0xffffffffffffffffffff\n", "too large a number"),
        ("name: one\nb: 2\nname: two\n", "'name' stands twice"),
        ("a: {b: 1, b: 2}\n", "'b' stands twice"),
        ("%TAG ! tag:x\n" * 100_000, "begin with %"),
        ("a: !!python/name:os.system\n", "could not determine a constructor"),
        ("a: \x00\n", "control characters"),
        ("<<: 1\n", "merging"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)  # fmt: skip
def test_what_means_harm_is_a_fault(
    read: Callable[[Path], Any], text: str, said: str, tmp_path: Path
) -> None:
    in_yaml_1_1 = text.startswith(("n: 0b", "n: 1:"))
    if in_yaml_1_1 and read is READERS[2]:
        pytest.skip("a word in YAML 1.2")
    path = tmp_path / "file.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
@pytest.mark.parametrize("read", READERS)
def test_other_encodings_are_named(
    read: Callable[[Path], Any], encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes("name: é\n".encode(encoding))
    with pytest.raises(ConfigError, match="UTF-8"):
        read(path)


@pytest.mark.parametrize(("text", "base"), [("1:30", "60"), ("025", "8"), ("1:30.5", "60")])
def test_numbers_by_accident_are_refused(text: str, base: str) -> None:
    with pytest.raises(ValueError, match=f"to the base {base} in YAML: put it in quotes"):
        safe_yaml(f"name: {text}")
    assert safe_yaml(f"name: '{text}'") == {"name": text}


@pytest.mark.parametrize(
    "text",
    ["a: [1, {b: [2, 3]}]", "a: &a [1, 2]\nb: [*a, *a]", "", "~"],
)
def test_values_are_counted_with_their_aliases(text: str) -> None:
    def count(value: Any) -> int:
        parts = [p for pair in value.items() for p in pair] if isinstance(value, dict) else value
        return 1 + sum(map(count, parts)) if isinstance(parts, list) else 1

    found = yaml.safe_load(text)
    expected = count(found) if text else 0
    assert count_values(text) == expected


# -- files that include others --------------------------------------------------------------------

SPELLINGS = [
    "!include {}",
    "!include '{}'",
    '!include "{}"',
    "!<!include> {}",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("stem", ["inner", "in ner"])
def test_files_that_include_many_are_refused_however_it_is_written(
    spelling: str, stem: str, tmp_path: Path
) -> None:
    for i in range(8):
        line = spelling.format(f"{stem}{i + 1}.yaml")
        (tmp_path / f"{stem}{i}.yaml").write_text("".join(f"k{j}: {line}\n" for j in range(12)))
    (tmp_path / f"{stem}8.yaml").write_text("a: 1\n")
    for read in READERS[1:]:
        with pytest.raises(ConfigError, match="includes more than 200 files"):
            read(tmp_path / f"{stem}0.yaml")


def test_files_that_go_round_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("wake: !include sub/../b.yaml\n")
    (tmp_path / "b.yaml").write_text("x: !<!include> ./a.yaml\n")
    (tmp_path / "sub").mkdir()
    for read in READERS[1:]:
        with pytest.raises(ConfigError, match=r"a\.yaml includes itself"):
            read(tmp_path / "a.yaml")


def test_values_of_included_files_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MOST_VALUES", 1000)
    (tmp_path / "a.yaml").write_text("".join(f"k{i}: !include b.yaml\n" for i in range(2)))
    (tmp_path / "b.yaml").write_text(f"a: [{'1, ' * 900}]\n")
    with pytest.raises(ConfigError, match="values"):
        READERS[2](tmp_path / "a.yaml")


def test_what_is_included_is_a_file(tmp_path: Path) -> None:
    for name in ("/dev/zero.yaml", "/dev/zero", ".", "gone.yaml"):
        (tmp_path / "a.yaml").write_text(f"a: !include {name}\n")
        with pytest.raises(ConfigError, match=r"a\.yaml"):
            load_floris_yaml(tmp_path / "a.yaml", "wake")
        document = open_document(str(tmp_path / "a.yaml"), "site")
        with pytest.raises(ConfigError, match=r"a\.yaml"):  # windIO's, where it is asked for
            document.child("a")
