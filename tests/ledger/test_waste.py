"""What a search used after its best rose by less than what anybody would notice."""

from pathlib import Path
from typing import Any

import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.project import read_project
from windopt.ledger.totals import read_ledger
from windopt.ledger.waste import late_wh, waste_in

AEP_WH = [900e9, 990e9, 999.6e9, 1000e9]
CURVE = {"energy_wh": [1.0, 2.0, 3.0, 5.0], "aep_wh": AEP_WH, "ended_wh": 8.0}


def spent_wh(ledger: Ledger) -> float:
    wh = ledger.totals().energy_wh["central"]
    assert wh is not None
    return wh


@pytest.mark.parametrize(
    ("materiality_pct", "wh"),
    [(0.05, 5.0), (0.01, 3.0), (0.0, 3.0), (1.5, 6.0), (50.0, 7.0)],
)
def test_late_is_what_came_after_the_best_was_as_good_as_its_end(
    materiality_pct: float, wh: float
) -> None:
    """0.05 % of 1,000 GWh is 0.5 GWh: the third improvement was near enough."""
    assert late_wh(CURVE, materiality_pct) == pytest.approx(wh)


@pytest.fixture
def searched(ledger: Ledger, path: Path, meter: Any) -> Path:
    with ledger.stage("simulate"):
        meter.use(wall_s=100.0)
    with ledger.stage("optimise"):
        curve = []
        for _ in range(4):
            meter.use(wall_s=100.0)
            curve.append(spent_wh(ledger))
        meter.use(wall_s=100.0)
        ledger.search(curve, AEP_WH)
    return path


def test_waste_of_a_run_is_its_late_search(searched: Path) -> None:
    waste = waste_in(read_ledger(searched))
    assert waste.lost_share == 0.0
    assert waste.late_share == waste.share == pytest.approx(2 / 6)
    assert waste.late is not None
    assert waste.late.low < waste.late.central < waste.late.high
    assert waste_in(read_ledger(searched), 1e-6).late_share == pytest.approx(1 / 6)


def test_materiality_is_what_the_search_has_declared(
    ledger: Ledger, path: Path, meter: Any
) -> None:
    with ledger.stage("optimise"):
        meter.use(wall_s=100.0)
        begun = spent_wh(ledger)
        meter.use(wall_s=100.0)
        ledger.search([0.0, begun], [990e9, 1000e9], materiality_pct=2.0)
    waste = waste_in(read_ledger(path))
    assert waste.materiality_pct == 2.0
    assert waste.late_share == pytest.approx(1.0)
    assert waste_in(read_ledger(path), 0.05).late_share == pytest.approx(0.5)


def test_what_failed_is_lost_beside_it_and_not_twice(searched: Path, meter: Any) -> None:
    def fail() -> None:
        with Ledger.open(searched, meter=meter).stage("verify"):
            meter.use(wall_s=600.0)
            raise ValueError("no such farm")

    with pytest.raises(ValueError, match="no such farm"):
        fail()
    waste = waste_in(read_ledger(searched))
    assert waste.late_share == pytest.approx(2 / 12)
    assert waste.lost_share == pytest.approx(6 / 12)
    assert waste.record()["share"] == pytest.approx(8 / 12)


def test_project_adds_it_up(searched: Path) -> None:
    totals = read_project([searched]).totals
    assert list(totals.wasted) == ["late search"]
    assert totals.waste_share == pytest.approx(2 / 6)


def test_without_a_curve_or_a_meter_it_is_not_known(make_up: Any) -> None:
    run = make_up("old")
    run.stage("optimise", 3.0)
    waste = waste_in(read_ledger(run.folder / "ledger.jsonl"))
    assert (waste.late, waste.late_share, waste.share) == (None, None, 0.0)
    run.stage("verify", None)
    assert waste_in(read_ledger(run.folder / "ledger.jsonl")).share is None
