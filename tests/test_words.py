"""Numbers agree with their nouns."""

from datetime import date
from pathlib import Path

import pytest

from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.words import as_written, count_of, metres


@pytest.mark.parametrize(
    ("number", "noun", "plural", "words"),
    [
        (1, "turbine", None, "1 turbine"),
        (0, "turbine", None, "0 turbines"),
        (1200, "wind condition", None, "1,200 wind conditions"),
        (2, "time series", "time series", "2 time series"),
        (1, "Wake", "Wakes", "1 Wake"),
    ],
)
def test_a_number_agrees_with_its_noun(
    number: int, noun: str, plural: str | None, words: str
) -> None:
    assert count_of(number, noun, plural) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [(2828.4, "2,828 m"), (12.34, "12.3 m"), (0.0653, "0.0653 m"), (float("inf"), "inf m")],
)
def test_short_distances_keep_three_digits(distance: float, words: str) -> None:
    assert metres(distance) == words


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        ({"a": [1, 2.5], "b": "ö"}, '{"a": [1, 2.5], "b": "ö"}'),
        ("text", "'text'"),
        (Path("a") / "b", '"a/b"'),
        (date(2020, 1, 2), '"2020-01-02"'),
    ],
)
def test_a_value_is_written_as_a_file_has_it(value: object, written: str) -> None:
    assert as_written(value) == written


def test_faults_of_a_config_show_no_python(tmp_path: Path) -> None:
    config = tmp_path / "odd.yaml"
    config.write_text(
        "site: {a: [true, null]}\nturbine: [1, {b: null}]\nlosses: [null]\nseed: yes\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    for sign in ("None", "True", "{'"):
        assert sign not in str(caught.value)
