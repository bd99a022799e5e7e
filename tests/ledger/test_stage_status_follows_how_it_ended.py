import pytest

from windopt.ledger.totals import read_ledger


def only_stage(path):
    (stage,) = read_ledger(path).stages
    return stage


def break_off(ledger, meter, kind, error, cpu_s):
    with ledger.stage(kind):
        meter.use(cpu_s_self=cpu_s)
        raise error


def test_a_stage_that_returns_is_completed(ledger, path):
    with ledger.stage("train"):
        pass
    assert only_stage(path).status == "completed"
    assert only_stage(path).error is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no such turbine"), "failed"),
        (KeyboardInterrupt(), "cancelled"),
        (SystemExit(143), "cancelled"),
    ],
)
def test_a_stage_that_breaks_off_is_charged_and_the_error_goes_on(
    ledger, path, meter, error, status
):
    with pytest.raises(type(error)):
        break_off(ledger, meter, "train", error, cpu_s=7.0)
    assert only_stage(path).status == status
    assert only_stage(path).error == f"{type(error).__name__}: {error}"
    assert only_stage(path).cost.cpu_s == 7.0
    assert read_ledger(path).totals.waste_share == 1.0


def test_an_open_stage_is_running_and_charged_up_to_now(ledger, path, meter):
    with ledger.stage("train"):
        meter.use(cpu_s_self=2.0)
        assert ledger.totals().cpu_s == 2.0
        assert only_stage(path).status == "running"
        assert ledger.totals().waste_share == 0.0


def test_failures_and_tuning_are_the_waste(ledger, meter):
    with ledger.stage("simulate"):
        meter.use(cpu_s_self=60.0)
    with ledger.stage("tuning"):
        meter.use(cpu_s_self=10.0)
    with pytest.raises(RuntimeError):
        break_off(ledger, meter, "train", RuntimeError(), cpu_s=30.0)
    assert ledger.totals().waste_share == pytest.approx(0.4)
