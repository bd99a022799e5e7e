"""SCI for AI: the provider's score and the consumer's, and what neither of them holds."""

from collections.abc import Callable
from typing import Any

import pytest

from windopt.assessment.carbon import carbon_of
from windopt.assessment.scores import (
    EXCLUDED,
    Score,
    consequences,
    kernels_of,
    scores_of,
)
from windopt.ledger.bounds import Bounds
from windopt.ledger.totals import read_ledger
from windopt.report.scores import scores_section

MakeUp = Callable[..., Any]
GRID = {"low": 200.0, "central": 250.0, "high": 300.0, "year": 2023, "source": "Ember"} | {
    "country": "NLD"
}


def account(run: Any, name: str, wh: float, users: int, cpu_s: float | None = 3600.0) -> Any:
    return {
        "kernel": name,
        "provider_wh": run.energy(wh),
        "provider_cpu_s": cpu_s,
        "users": users,
    }


@pytest.fixture
def dutch(make_up: MakeUp) -> Any:
    """A run of 3 Wh in the Netherlands, with two kernels."""
    run = make_up("a", grid_g_per_kwh=GRID, vcpus=2)
    kernels = [account(run, "gauss", 40.0, 5), account(run, "cc", 8.0, 4)]
    run.surrogate(
        0.0,
        fingerprint="folded",
        reused_from="gauss",
        shipped="gauss",
        weights_sha256="5e" * 32,
        provider_wh=run.energy(40.0),
        users=5,
        share_wh=run.energy(8.0),
        kernels=kernels,
    )
    run.stage("optimise", 3.0)
    return run


def test_score_is_computed_by_hand() -> None:
    # (0.04 kWh x 250 g/kWh + 2 g) / 5 uses = 2.4 g per use
    one = Score(
        role="provider",
        of="kernel gauss",
        energy_kwh=Bounds(0.02, 0.04, 0.08),
        intensity=GRID,
        embodied_g=Bounds(1.0, 2.0, 6.0),
        units=5,
        unit="known use",
        boundary="",
    )
    assert one.sci_g is not None
    assert vars(one.sci_g) == pytest.approx({"low": 5.0 / 5, "central": 2.4, "high": 30.0 / 5})


def test_both_scores_of_a_run(dutch: Any) -> None:
    scores = scores_of(read_ledger(dutch.folder / "ledger.jsonl"))
    assert scores.consumer.sci_g is not None
    assert scores.consumer.energy_kwh is not None
    embodied = scores.consumer.embodied_g
    assert embodied is not None
    # 3 Wh at 250 g/kWh are 0.75 g, and the share in the machine comes on top
    assert scores.consumer.energy_kwh.central == pytest.approx(0.003)
    assert scores.consumer.sci_g.central == pytest.approx(0.75 + embodied.central)
    gauss, cc = scores.providers
    assert (gauss.of, gauss.units, cc.of, cc.units) == ("kernel gauss", 5, "kernel cc", 4)
    # an hour of one of 96 vCPUs over 4 years of 8,766 h: 1,350,000 / 96 / 35,064 = 0.40105 g
    machine = 1.35e6 / 96 / (4 * 8766)
    assert gauss.embodied_g is not None
    assert gauss.embodied_g.central == pytest.approx(machine)
    assert scores.provider_g is not None
    expected = (40e-3 * 250 + machine) / 5 + (8e-3 * 250 + machine) / 4
    assert scores.provider_g.central == pytest.approx(expected)
    assert gauss.intensity_assumed
    assert not scores.consumer.intensity_assumed


def test_an_earlier_ledger_has_its_one_kernel_without_its_machine(make_up: MakeUp) -> None:
    run = make_up("a", grid_g_per_kwh=GRID)
    run.surrogate(
        0.0,
        fingerprint="folded",
        shipped="gauss",
        provider_wh=run.energy(40.0),
        users=5,
        share_wh=run.energy(8.0),
    )
    run.stage("optimise", 3.0)
    content = read_ledger(run.folder / "ledger.jsonl")
    assert [one["kernel"] for one in kernels_of(content)] == ["gauss"]
    scores = scores_of(content)
    assert scores.providers[0].embodied_g is None
    assert scores.providers[0].sci_g is None
    assert scores.provider_g is None


def test_without_a_country_the_terms_stand_and_no_score(make_up: MakeUp) -> None:
    run = make_up("a")
    run.stage("optimise", 3.0)
    scores = scores_of(read_ledger(run.folder / "ledger.jsonl"))
    assert scores.consumer.sci_g is None
    assert scores.consumer.energy_kwh is not None
    told = scores.record() | {"consequences": []}
    section = scores_section({"scores": told})
    assert section is not None
    assert section.rows[0].value == "not given: a term is not known"
    assert "I not stated (energy.country)" in section.rows[0].remark
    assert "E 3.0 Wh" in section.rows[0].remark
    assert scores_section({}) is None


def test_consequence_tree_names_rebound_and_nets_nothing(dutch: Any) -> None:
    content = read_ledger(dutch.folder / "ledger.jsonl")
    scores = scores_of(content)
    before = scores.record()
    tree = consequences(scores, carbon_of(content, 1e10), 1e10, 25)
    assert [one.order for one in tree] == ["first"] * 2 + ["second"] * 3 + ["higher"] * 2
    assert tree[2].amount == "+10.00 GWh a year, if it is built and holds"
    assert "operation.country" in tree[3].amount
    assert "rebound" in tree[5].what
    assert scores.record() == before
    assert before["tier"]["tier"] == 3
    assert "No public claim" in before["tier"]["statement"]


def test_what_is_left_out_is_named(dutch: Any) -> None:
    told = scores_of(read_ledger(dutch.folder / "ledger.jsonl")).record()
    words = " ".join(told["excluded"])
    for one in ("water", "minerals", "end of life", "results/development"):
        assert one in words
    assert tuple(told["excluded"]) == EXCLUDED
    section = scores_section({"scores": told | {"consequences": []}})
    assert section is not None
    assert [row.label for row in section.rows] == [
        "consumer: this run",
        "provider: kernel gauss",
        "provider: kernel cc",
        "provider: all kernels",
    ]
    assert section.rows[1].value.startswith("at most 2.1 g CO2e per known use")
    assert "R 5 known uses" in section.rows[1].remark
