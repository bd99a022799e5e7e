"""A figure that rests on a sample of the rose says so, with its standard error."""

import pytest

from windopt.report.verified import (
    gain_in_words,
    is_sampled,
    rounded_error,
    verification_sentence,
    verified_in_words,
)

SAMPLED = {
    "aep_gwh": 960.0,
    "gain_pct": 1.1604,
    "verified": {
        "whole_rose": False,
        "conditions": 200,
        "of_conditions": 6120,
        "standard_error_pct": 0.0051,
        "gain_standard_error_pct": 0.0042,
    },
}
WHOLE = SAMPLED | {
    "verified": {
        "whole_rose": True,
        "conditions": 6120,
        "of_conditions": 6120,
        "standard_error_pct": 0.0,
        "gain_standard_error_pct": 0.0,
    }
}


def test_sampled_figures_carry_the_word_and_their_error() -> None:
    assert is_sampled(SAMPLED)
    said = verified_in_words(SAMPLED)
    assert said == "± 0.05 GWh, FLORIS on 200 of 6,120 wind conditions (sampled)"
    assert gain_in_words(SAMPLED) == "gain +1.160 ± 0.005 % (sampled)"
    sentence = verification_sentence(SAMPLED)
    assert "200 of 6,120 wind conditions" in sentence
    assert "0.006 %" in sentence
    assert "0.005 % of AEP" in sentence


def test_figures_of_the_whole_rose_stand_alone() -> None:
    assert not is_sampled(WHOLE)
    assert verified_in_words(WHOLE) == "verified by FLORIS"
    assert gain_in_words(WHOLE) == "gain +1.16 %"
    assert verification_sentence(WHOLE) == "FLORIS has simulated all 6,120 wind conditions."


def test_runs_of_earlier_versions_say_nothing_of_it() -> None:
    assert verified_in_words({"aep_gwh": 960.0}) == "verified by FLORIS"
    assert gain_in_words({"gain_pct": 0.5}) == "gain +0.50 %"
    assert gain_in_words({}) == ""
    assert verification_sentence({}) == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [(0.0042, "0.005"), (0.004, "0.004"), (0.031, "0.04"), (0.97, "1"), (2.2, "3"), (0.0, "0")],
)
def test_error_is_rounded_up_to_one_digit(error: float, said: str) -> None:
    assert rounded_error(error).rstrip("0").rstrip(".") in (said, said.rstrip("0")) or said == "0"
    assert float(rounded_error(error)) >= error
