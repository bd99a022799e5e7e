import math

import pytest

from windopt.assessment.payback import payback_seconds


def test_a_year_of_gain_pays_back_in_a_year_of_operation():
    assert payback_seconds(5e6, 5e6) == pytest.approx(3600 * 8766)


def test_payback_of_a_typical_run():
    # 2 Wh of computing against 1 GWh a year: 2 Wh / 1e9 Wh of a year of 31,557,600 s
    assert payback_seconds(2.0, 1e9) == pytest.approx(0.0631152)


@pytest.mark.parametrize("gain_wh_per_year", [0.0, -1e9])
def test_without_a_gain_it_never_pays_back(gain_wh_per_year):
    assert payback_seconds(2.0, gain_wh_per_year) == math.inf
    assert payback_seconds(0.0, gain_wh_per_year) == math.inf


@pytest.mark.parametrize(("energy", "gain"), [(-1.0, 1.0), (math.nan, 1.0), (1.0, math.nan)])
def test_what_is_undefined_is_refused(energy, gain):
    with pytest.raises(ValueError, match="undefined"):
        payback_seconds(energy, gain)
