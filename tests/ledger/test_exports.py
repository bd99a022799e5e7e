"""BoAmps reports, model card and RO-Crate: what their readers require, and nothing made up."""

import json
from datetime import UTC, datetime

import pytest
import yaml

from windopt.exports.boamps import boamps_reports
from windopt.exports.crate import FILES, ro_crate
from windopt.exports.model_card import model_card
from windopt.ledger.project import read_project
from windopt.runs.folder import RunFolder

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
NETHERLANDS = {
    "country": "NLD",
    "grid_g_per_kwh": {
        "low": 200.0,
        "central": 300.0,
        "high": 400.0,
        "year": 2024,
        "source": "a table",
        "country": "NLD",
    },
}


@pytest.fixture
def finish(make_up):
    """Make up a finished run and read it."""

    def make(name="run", **facts):
        machine = {"cpu_model": "Z80", "memory_gb": 25.3, "platform": "Linux-6", "python": "3.11.7"}
        run = make_up(name, versions={"windopt": "0.1.0", "torch": "2.4"}, **machine, **facts)
        run.stage("simulate", 4.0, counts={"floris_turbine_conditions": 800})
        run.stage("train", 6.0)
        run.surrogate(10.0)
        run.stage("report", 0.0)
        return run

    return make


def read(run):
    (found,) = read_project([run.folder]).runs
    return found


def front_matter(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_a_boamps_report_for_each_kind_of_stage_that_took_energy(finish):
    reports = boamps_reports(read(finish(**NETHERLANDS)), NOON)
    assert list(reports) == ["simulate", "train"]
    simulate, train = (json.loads(text) for text in reports.values())
    for report in (simulate, train):
        assert report["header"]["reportDatetime"] == "2026-05-06 12:00:00"
        assert report["header"]["formatVersion"] == "1.1.0"
        assert {"taskStage", "taskFamily", "algorithms", "dataset"} <= set(report["task"])
        (measure,) = report["measures"]
        assert {"measurementMethod", "powerConsumption"} <= set(measure)
        assert report["infrastructure"]["infraType"] == "other"
        for component in report["infrastructure"]["components"]:
            assert {"componentType", "nbComponent"} <= set(component)
        assert report["environment"] == {
            "country": "Netherlands",
            "powerSourceCarbonIntensity": 300.0,
        }
    assert simulate["task"]["taskStage"] == "datacreation"
    assert simulate["task"]["dataset"] == [
        {"dataUsage": "output", "dataType": "tabular", "dataQuantity": 800}
    ]
    assert train["task"]["taskStage"] == "training"
    assert train["task"]["algorithms"][0]["frameworkVersion"] == "2.4"
    (measure,) = train["measures"]
    assert measure["powerConsumption"] == pytest.approx(6e-3)  # kWh
    assert measure["measurementDuration"] == 10.0
    assert measure["averageUtilizationCpu"] == 0.75
    assert "between 3 and 12 Wh" in train["task"]["taskDescription"]
    assert train["quality"] == "low"


def test_a_boamps_report_without_a_country_has_no_environment(finish):
    for text in boamps_reports(read(finish()), NOON).values():
        assert "environment" not in json.loads(text)


def test_a_report_keeps_its_id(finish):
    run = read(finish())
    first, again = boamps_reports(run, NOON), boamps_reports(run)
    ids = [[json.loads(text)["header"]["reportId"] for text in r.values()] for r in (first, again)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_a_model_card_gives_emissions_in_grams(finish):
    card = model_card(read(finish(**NETHERLANDS)))
    assert front_matter(card)["co2_eq_emissions"] == {
        "emissions": 3.0,  # 10 Wh at 300 g/kWh
        "source": "windopt's energy ledger, a guess",
        "training_type": "pre-training",
        "geographical_location": "Netherlands",
        "hardware_used": "2 virtual processors of Z80",
    }
    assert "about 3.0 g CO2e, between 1.0 and 8.0 g" in card


def test_a_model_card_makes_up_no_emissions(finish, make_up):
    nowhere = front_matter(model_card(read(finish())))["co2_eq_emissions"]
    assert not {"emissions", "geographical_location"} & set(nowhere)
    reuser = make_up("reuser", **NETHERLANDS)
    reuser.surrogate(0.0, saved_wh=10.0, reused_from="gauss-12345678")
    assert list(front_matter(model_card(read(reuser)))["co2_eq_emissions"]) == ["source"]
    taught = make_up("taught", **NETHERLANDS)
    taught.surrogate(1.0, retrained_from="gauss-12345678")
    emissions = front_matter(model_card(read(taught)))["co2_eq_emissions"]
    assert emissions["training_type"] == "fine-tuning"
    assert "emissions" not in emissions
    without = make_up("without")
    without.stage("optimise", 1.0)
    assert model_card(read(without)) is None


def test_what_nothing_measured_has_no_figure(make_up):
    run = make_up("run", **NETHERLANDS)
    run.stage("train", None)
    run.surrogate(None)
    assert boamps_reports(read(run)) == {}
    card = model_card(read(run))
    assert "emissions" not in front_matter(card)["co2_eq_emissions"]
    assert "took an energy that nothing measured" in card


def test_a_model_card_tells_what_the_surrogates_own_card_does(finish):
    run = finish()
    (run.folder / "surrogate").mkdir()
    (run.folder / "surrogate" / "card.json").write_text(
        json.dumps(
            {
                "licence": "BSD-3-Clause",
                "wake": {"velocity_model": "gauss", "combination_model": "sosfs"},
                "facts": {"errors": {"turbine_power_mape_pct": 0.337}},
            }
        )
    )
    card = model_card(read(run))
    assert front_matter(card)["license"] == "bsd-3-clause"
    assert "turbine_power_mape_pct: 0.337" in card


def entities(run, *exports):
    graph = json.loads(ro_crate(run, exports))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_an_ro_crate_describes_the_files_that_are_there(finish):
    run = finish()
    for name in ("config.yaml", "layout.csv", "secret.txt"):
        (run.folder / name).write_text("x" * 7)
    (run.folder / "surrogate").mkdir()
    found = entities(read(run), "README.md")
    descriptor, root = found["ro-crate-metadata.json"], found["./"]
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert {"name", "description", "datePublished"} <= set(root)
    assert "author" not in root
    assert root["license"].startswith("not stated")  # RO-Crate insists on one
    parts = [part["@id"] for part in root["hasPart"]]
    assert parts[0] == "config.yaml"
    assert sorted(parts) == sorted(
        ["config.yaml", "ledger.jsonl", "surrogate/", "layout.csv", "README.md"]
    )
    assert found["layout.csv"]["contentSize"] == "7"
    assert found["surrogate/"]["@type"] == "Dataset"
    assert found["#windopt"]["softwareVersion"] == "0.1.0"
    assert found["https://pypi.org/project/torch/"]["softwareVersion"] == "2.4"


def test_an_ro_crate_has_an_action_for_each_session(make_up):
    first = make_up("run", session="one")
    first.stage("simulate", 1.0, status="failed", error="OSError: no space")
    make_up("run", session="two").stage("simulate", 1.0)
    found = entities(read(first))
    assert found["./"]["mentions"] == [{"@id": "#one"}, {"@id": "#two"}]
    failed, completed = found["#one"], found["#two"]
    assert failed["@type"] == completed["@type"] == "CreateAction"
    assert failed["startTime"] == "2026-01-02T03:04:00+00:00"
    assert failed["endTime"] == "2026-01-02T03:04:02+00:00"
    assert failed["actionStatus"].endswith("FailedActionStatus")
    assert failed["error"] == "OSError: no space"
    assert completed["actionStatus"].endswith("CompletedActionStatus")
    assert completed["instrument"] == {"@id": "#windopt"}


def test_an_ro_crate_says_nothing_of_the_end_of_a_run_at_work(ledger, path):
    with ledger.stage("train"):
        (run,) = read_project([path]).runs
        action = entities(run)[f"#{ledger.run_id}"]
    assert "startTime" in action
    assert not {"endTime", "actionStatus", "result"} & set(action)


def test_an_ro_crate_knows_every_artefact_of_a_run_folder():
    artefacts = {
        artefact.name for artefact in vars(RunFolder).values() if hasattr(artefact, "name")
    }
    known = {name.rstrip("/") for name in FILES} | {"floris.parts", "learning.json", "search.json"}
    assert {name for name in artefacts if "/" not in name} <= known  # those three pass away
