"""Everyday units, each worked out by hand, and the figures that go round."""

import pytest

from windopt.assessment.equivalences import CLAIMS, EQUIVALENCES, equivalences
from windopt.ledger.bounds import Bounds


def counted(energy_wh=0.0, gain=None, carbon=None):
    rows = equivalences(
        Bounds(energy_wh / 2, energy_wh, 2 * energy_wh),
        gain,
        None if carbon is None else Bounds(carbon, carbon, carbon),
    )
    return {row.equivalence.name: row for row in rows}


def test_energy_in_everyday_units():
    rows = counted(energy_wh=0.6)
    # 0.6 Wh = 2,160 J: 36 s of 60 W, two searches of 0.3 Wh, 0.26 ms of 8.3 MW
    assert rows["60 W bulb"].run.central == pytest.approx(36)
    assert rows["web search"].run.central == pytest.approx(2)
    assert rows["supercomputer of 8.3 MW"].run.central == pytest.approx(2.602e-4, rel=1e-3)
    # a dwelling takes 2,550 kWh in 31,557,600 s: 0.6 Wh last it 7.4 s
    assert rows["Dutch dwelling"].run.central == pytest.approx(7.425, rel=1e-3)


def test_a_gain_supplies_dwellings():
    # 10.2 GWh a year / 2,550 kWh a year
    assert counted(gain=10.2e9)["Dutch dwellings"].gain.central == pytest.approx(4000)
    assert "Dutch dwellings" not in counted(gain=None)
    assert "Dutch dwellings" not in counted(gain=-1e9)


def test_emissions_are_driven_only_where_they_are_known():
    assert counted(carbon=350.0)["petrol car"].run.central == pytest.approx(2000)  # metres
    assert "petrol car" not in counted(energy_wh=1.0)


def test_bounds_stay_in_order():
    bulb = counted(energy_wh=1.0)["60 W bulb"].run
    assert bulb.low < bulb.central < bulb.high


def test_every_equivalence_says_where_it_comes_from():
    for one in EQUIVALENCES:
        assert one.divisor > 0
        assert one.formula
        assert one.source
        assert (one.year is None) == (one.source == "its rating")


def test_what_is_said_stands_beside_the_same_sum():
    dwellings, network, search = CLAIMS
    # 8.3 MW x 8,766 h = 72,758 MWh; / 2,550 kWh = 28,532 dwellings, not 8,300
    assert (dwellings.said, round(dwellings.ours)) == (8300, 28_532)
    # 1,438 lb of one training x 0.4536 kg = 0.65 t, not the 626,155 lb of the search
    assert (network.said, network.ours) == (284, 0.65)
    # 60 W x 17 s = 1,020 J = 0.283 Wh, near Google's 0.3
    assert (search.said, search.ours) == (pytest.approx(0.2833, abs=1e-4), 0.3)
