from windopt.ledger.ledger import Ledger
from windopt.ledger.records import read_records


def events(path, stage_id):
    records = read_records(path).records
    return [record for record in records if record.get("id") == stage_id]


def test_every_open_stage_is_written_down_while_it_lasts(path, meter, wait_until):
    ledger = Ledger.open(path, meter=meter, heartbeat_s=0.01)
    with ledger.stage("verify") as outer:
        meter.use(cpu_s_self=1.0)
        with ledger.stage("retrain") as inner:
            meter.use(cpu_s_self=2.0)
            inner.count(floris_conditions=360)
            wait_until(lambda: len(events(path, inner.id)) > 2 and len(events(path, outer.id)) > 2)
    assert events(path, inner.id)[-2]["cpu_s_self"] == 2.0
    assert events(path, inner.id)[-2]["counts"] == {"floris_conditions": 360}
    assert events(path, outer.id)[-2]["cpu_s_self"] == 3.0
    assert events(path, inner.id)[-1]["parent"] == outer.id


def test_the_end_is_the_last_word(path, meter, wait_until):
    ledger = Ledger.open(path, meter=meter, heartbeat_s=0.001)
    ids = []
    for _ in range(20):
        with ledger.stage("train") as stage:
            wait_until(lambda stage=stage: len(events(path, stage.id)) > 1)
        ids.append(stage.id)
    with ledger.stage("train") as stage:
        wait_until(lambda: len(events(path, stage.id)) > 3)
    for stage_id in ids:
        assert [record["event"] for record in events(path, stage_id)].count("end") == 1
        assert events(path, stage_id)[-1]["event"] == "end"


def test_peak_memory_is_the_largest_seen_in_the_stage(path, meter):
    ledger = Ledger.open(path, meter=meter, heartbeat_s=1e6)
    meter.use(memory_gb=9.0)
    ledger.totals()
    meter.use(memory_gb=-8.0)
    with ledger.stage("train") as stage:
        meter.use(memory_gb=2.0)
        ledger.totals()
        meter.use(memory_gb=-2.0)
    assert events(path, stage.id)[-1]["peak_rss_gb"] == 3.0
