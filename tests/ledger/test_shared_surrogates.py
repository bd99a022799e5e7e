"""What a shared surrogate costs each farm: computed by hand from three or four runs."""

import math

import pytest

from windopt.assessment.shared import surrogate_accounts
from windopt.ledger.project import read_project


def accounts(*paths):
    return surrogate_accounts(read_project(paths).runs)


def central(energy):
    return energy.to_wh()["central"]


def test_energy_per_farm_of_maker_reuser_and_killed_run(shared_runs):
    (account,) = accounts(shared_runs)
    assert account.name == "gauss-12345678"
    assert (account.makers, account.reusers) == (("a",), ("b", "c"))
    assert (account.runs, account.farms) == (3, 2)  # the killed one came to no layout
    assert account.debt.to_wh() == {"low": 5.0, "central": 10.0, "high": 20.0, "method": "a guess"}
    assert central(account.project) == pytest.approx(3.0 + 4.0 + 2.0)
    per_farm = account.per_farm.to_wh()
    assert per_farm["central"] == pytest.approx((10.0 + 9.0) / 2)
    assert (per_farm["low"], per_farm["high"]) == pytest.approx((4.75, 19.0))
    assert central(account.saved) == pytest.approx(20.0)


def test_it_has_paid_off_once_as_many_farms_have_used_it_as_that_takes(shared_runs, make_up):
    (account,) = accounts(shared_runs)
    assert account.without_wh == 9.0
    assert account.break_even_farms == pytest.approx(10.0 / (9.0 - 4.5))  # 2.2 farms
    assert account.paid_off is False
    d = make_up("d")
    d.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    d.stage("optimise", 3.5)
    d.stage("verify", 1.0)
    (account,) = accounts(shared_runs)
    assert central(account.per_farm) == pytest.approx((10.0 + 13.5) / 3)
    assert account.break_even_farms == pytest.approx(10.0 / (9.0 - 4.5))
    assert account.paid_off is True


def test_whether_it_paid_is_not_known_without_a_search_without_learning(shared_runs):
    (account,) = accounts(shared_runs / "a", shared_runs / "c")
    assert (account.break_even_farms, account.paid_off) == (None, None)
    assert central(account.per_farm) == pytest.approx(10.0 + 3.0 + 2.0)


def test_learning_pays_at_once_where_no_search_without_it_comes_so_far(shared_runs, make_up):
    e = make_up("e")
    e.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    e.stage("verify", 1.0)
    e.baseline(None)
    (account,) = accounts(shared_runs / "a", e.folder)
    assert account.without_wh == math.inf
    assert (account.break_even_farms, account.paid_off) == (1.0, True)
    (account,) = accounts(shared_runs)  # one that did come so far counts
    assert account.without_wh == 9.0


def test_a_comparison_with_an_earlier_layout_counts_no_more(shared_runs):
    file = shared_runs / "b" / "ledger.jsonl"
    text = file.read_text()
    *_, judged, _ = text.splitlines()
    file.write_text(text + judged.replace("1000000000000.0", "1100000000000.0") + "\n")
    (account,) = accounts(shared_runs)
    assert account.without_wh is None


def test_of_a_surrogate_made_elsewhere_its_card_says_the_debt(shared_runs):
    (account,) = accounts(shared_runs / "b", shared_runs / "c")
    assert account.makers == ()
    assert central(account.debt) == 10.0
    assert central(account.per_farm) == pytest.approx(10.0 + 4.0 + 2.0)


def test_runs_that_shared_nothing_have_an_account_each_without_what_came_before(make_up, tmp_path):
    for name in ("a", "b"):
        run = make_up(name)
        run.stage("train", 6.0)
        run.surrogate(6.0, fingerprint=f"before-{name}")
        run.stage("retrain", 1.0)
        run.surrogate(7.0, fingerprint=f"after-{name}")
    found = accounts(tmp_path)
    assert [(one.name, one.runs, central(one.debt)) for one in found] == [
        ("after-a", 1, 7.0),
        ("after-b", 1, 7.0),
    ]
    assert [one.per_farm for one in found] == [None, None]


def test_a_surrogate_taken_before_its_maker_taught_it_more_owes_what_it_had_cost(make_up, tmp_path):
    maker, user = make_up("maker"), make_up("user")
    maker.stage("train", 6.0)
    maker.surrogate(6.0, fingerprint="before")
    maker.stage("retrain", 1.0)
    maker.surrogate(7.0, fingerprint="after")
    user.surrogate(0.0, saved_wh=6.0, fingerprint="before", reused_from="gauss-before")
    shared, own = accounts(tmp_path)
    assert (shared.name, shared.makers, shared.reusers) == ("gauss-before", ("maker",), ("user",))
    assert central(shared.debt) == 6.0
    assert (own.name, own.reusers) == ("after", ())
