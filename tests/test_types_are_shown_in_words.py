"""What a check and a report say of the turbines is text for people."""

from pathlib import Path

from windopt.config.reader import load_config
from windopt.readers.load import load_problem
from windopt.report.wording import problem_in_words


def test_turbines_are_named_with_power_and_size(small_config: Path) -> None:
    lines = problem_in_words(load_problem(load_config(small_config)))
    assert any("10 MW, D 198 m, hub 119 m" in line for line in lines)
    assert not any("<" in line or "method" in line for line in lines)
