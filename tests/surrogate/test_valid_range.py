"""Outside the range of its training a surrogate warns, once of each thing, and answers."""

import logging

import pytest
import torch

from windopt.surrogate.valid_range import ValidRange

D = 100.0
PAIR = torch.tensor([[[0.0, 0.0], [500.0, 0.0]]])
TI = torch.tensor([0.05, 0.12])


@pytest.mark.parametrize(
    ("spread", "ti", "said"),
    [
        (1.0, TI + 0.19, "turbulence intensity 0.31 lies outside the range 0.03 to 0.2"),
        (1.0, TI - 0.03, "turbulence intensity 0.02 lies outside"),
        (0.3, TI, "spacing 1.5 lies outside the range 2 to 60"),
        (20.0, TI, "spacing 100 lies outside"),
    ],
)
def test_what_lies_outside_is_named_once(
    caplog: pytest.LogCaptureFixture, spread: float, ti: torch.Tensor, said: str
) -> None:
    valid = ValidRange()
    with caplog.at_level(logging.WARNING, "windopt"):
        for _ in range(3):
            valid.check(spread * PAIR, ti, D)
    (record,) = caplog.records
    assert said in record.getMessage()
    assert "of the surrogate's training; trust only FLORIS's figures" in record.getMessage()


def row_of(n: int) -> torch.Tensor:
    return torch.stack([torch.arange(n), torch.zeros(n)], dim=1)[None] * 500.0


def test_farms_of_other_sizes_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "windopt"):
        ValidRange().check(row_of(501), TI, D)
    (record,) = caplog.records
    assert "number of turbines 501 lies outside the range 2 to 500" in record.getMessage()


def test_a_turbine_alone_has_no_wake_to_warn_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "windopt"):
        ValidRange().check(row_of(1), TI, D)
    assert not caplog.records


def test_each_thing_is_warned_of_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    valid = ValidRange()
    with caplog.at_level(logging.WARNING, "windopt"):
        valid.check(PAIR, TI + 0.19, D)
        valid.check(0.3 * PAIR, TI + 0.19, D)
    assert ["spacing" in record.getMessage() for record in caplog.records] == [False, True]
    assert valid.warned == {"turbulence intensity", "spacing"}
    assert valid == ValidRange()  # what was said is not part of the range


@pytest.mark.parametrize("spread", [0.4, 1.0, 12.0])
def test_inside_nothing_is_said(caplog: pytest.LogCaptureFixture, spread: float) -> None:
    """The ends belong to it: 2 D, and 60 D."""
    with caplog.at_level(logging.WARNING, "windopt"):
        ValidRange().check(spread * PAIR, torch.tensor([0.03, 0.2]), D)
        ValidRange().check((PAIR * 0.4).double(), TI, D)
    assert not caplog.records
