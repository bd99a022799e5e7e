"""Yes and no are no numbers: Python takes them for 1 and 0, and nobody means that."""

from typing import Any

import pytest

from windopt.config.reader import load_config
from windopt.errors import ConfigError

QUICKSTART = "configs/quickstart.yaml"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_turbines", True),
        ("n_turbines", {"min": True, "max": 30}),
        ("min_spacing_d", True),
        ("seed", False),
        ("site_setback", {"m": True}),
        ("losses.other_pct", True),
        ("exclusions", [{"point": [True, 2.0], "distance_m": 100}]),
        ("budget.seconds", True),
    ],
)
def test_yes_and_no_are_refused_where_a_number_belongs(key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(QUICKSTART, {key: value})
    (fault,) = caught.value.faults
    assert key in fault.where
    assert fault.problem.endswith("is no number")
    assert fault.cure == "write a number"


def test_switches_and_attributes_may_be_yes() -> None:
    config = load_config(
        QUICKSTART, {"wake.gch": True, "repair_boundaries": True, "where": {"leased": True}}
    )
    assert config.wake.gch
    assert config.repair_boundaries
    assert config.where == {"leased": True}
