"""CO2: what is known of a country, what a run emits, what its gain may avoid."""

from typing import Any

import pytest

from windopt.assessment.carbon import (
    DECLINES,
    avoided_g,
    carbon_intensity,
    carbon_of,
    embodied_g,
    remaining_share,
)
from windopt.assessment.worth import Operation
from windopt.config.energy import EnergyConfig, OperationConfig
from windopt.config.reader import config_hash
from windopt.config.schema import Config
from windopt.electricity import countries, nearest_countries
from windopt.ledger.bounds import Bounds
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger

DUTCH = {"low": 186, "central": 268, "high": 350, "year": 2023, "source": "Ember", "country": "NLD"}


def ordered(bounds: Bounds) -> bool:
    return bounds.low <= bounds.central <= bounds.high


def finished_run(path, meter, facts):
    ledger = Ledger.open(path, facts, meter=meter)
    with ledger.stage("optimise"):
        meter.use(wall_s=3600.0, cpu_s_self=3600.0)
    ledger.gain(reference="initial", aep_wh=1.01e12, reference_aep_wh=1e12, feasible=True)
    return read_ledger(path)


def test_the_table_names_a_year_and_a_source_for_every_country():
    assert len(countries()) >= 40
    for code, country in countries().items():
        figure = country.intensity
        assert len(code) == 3
        assert 0 <= figure.low < figure.central < figure.high < 1000
        assert 2019 <= (figure.year or 0) <= 2024
        assert "Ember" in figure.source


def test_the_table_holds_the_published_dutch_norwegian_and_polish_figures():
    # Ember's yearly data for 2023, as Our World in Data gives them: 267.6, 30.1 and 661.9 g/kWh
    central = [countries()[code].intensity.central for code in ("NLD", "NOR", "POL")]
    assert central == [268, 30, 662]


def test_a_name_or_a_code_of_two_letters_finds_its_country():
    assert nearest_countries("Denmark")[0].iso3 == "DNK"
    assert "NLD" in [country.iso3 for country in nearest_countries("NL")]


def test_an_unknown_country_is_no_default():
    assert EnergyConfig().intensity() is None
    assert OperationConfig().facts()["displaced_g_per_kwh"] is None


def test_a_country_outside_the_table_needs_its_figure():
    own: Any = {"low": 1, "central": 2, "high": 3}
    with pytest.raises(ValueError, match="'XKX' has no carbon intensity"):
        EnergyConfig(country="XKX")
    with pytest.raises(ValueError, match="for another give displaced_g_per_kwh"):
        OperationConfig(country="XKX")
    given = EnergyConfig(country="XKX", grid_g_per_kwh=own).intensity()
    assert given == own | {"year": None, "source": "the config", "country": "XKX"}


def test_the_configs_own_figure_overrides_the_countrys():
    own: Any = {"low": 1, "central": 2, "high": 3}
    assert EnergyConfig(country="NLD").intensity()["central"] == 268
    assert EnergyConfig(country="NLD", grid_g_per_kwh=own).intensity()["central"] == 2


def test_the_country_is_part_of_what_a_config_says():
    files = {"name": "a", "site": "s", "wind_resource": "w", "turbine": "t", "n_turbines": 3}
    dutch = Config.model_validate(files | {"energy": {"country": "NLD"}})
    assert config_hash(Config.model_validate(files)) != config_hash(dutch)


def test_sci_is_energy_times_intensity_and_the_share_in_the_machine():
    # (2 kWh x 300 g/kWh + 40 g) / 1 run = 640 g; over 4 runs 160 g
    energy, per_kwh, machine = Bounds(1, 2, 3), Bounds(200, 300, 400), Bounds(10, 40, 90)
    assert carbon_intensity(energy, per_kwh, machine) == Bounds(210, 640, 1290)
    assert carbon_intensity(energy, per_kwh, machine, units=4).central == 160


def test_the_share_in_the_machine_is_that_of_time_and_processors():
    # all 96 vCPUs for 4 years of 8,766 h: the whole server of 1,350 kg, between
    # 800 kg x 4/6 and 4,300 kg x 4/3
    whole = embodied_g(96, 4 * 8766)
    assert whole.central == pytest.approx(1.35e6)
    assert whole.low == pytest.approx(0.8e6 * 4 / 6)
    assert whole.high == pytest.approx(4.3e6 * 4 / 3)
    # 2 of 96 vCPUs for an hour: 1,350,000 g / (4 x 8,766) / 48 = 0.802 g
    assert embodied_g(2, 1.0).central == pytest.approx(0.802, abs=5e-4)


@pytest.mark.parametrize(
    ("scenario", "year", "share"),
    [
        ("none", 2060, 1.0),
        ("linear_2050", 2020, 1.0),
        ("linear_2050", 2035, 0.5),  # half-way from 2020 to 2050
        ("linear_2050", 2051, 0.0),
        ("fast_2040", 2035, 0.25),  # a quarter of the twenty years is left
        ("fast_2040", 2040, 0.0),
    ],
)
def test_what_is_displaced_declines(scenario, year, share):
    assert remaining_share(scenario, year, 2020) == pytest.approx(share)
    assert remaining_share("fast_2040", 2046, 2045) == 0.0


def test_avoided_emissions_are_gain_times_factor_in_each_year():
    # 100 kWh/yr, two years from 2045 on, ageing 10 %: 90 + 81 kWh at 400 g = 68,400 g as it is;
    # from 2040 to 2050 half is left in 2045 and 0.4 in 2046: 90 x 200 + 81 x 160 = 30,960 g
    farm = Operation(first_year=2045, years=2, degradation=0.1)
    factor = Bounds(200, 400, 800)
    still = avoided_g(100, factor, farm, "none", base_year=2040)
    assert [still.low, still.central, still.high] == pytest.approx([34_200, 68_400, 136_800])
    assert avoided_g(100, factor, farm, "linear_2050", 2040).central == pytest.approx(30_960)
    assert avoided_g(100, factor, farm, "fast_2040", 2030).central == 0


def test_a_loss_avoids_less_than_nothing_and_its_bounds_stay_in_order():
    lost = avoided_g(-100, Bounds(200, 400, 800), Operation(years=1, degradation=0.0), "none")
    assert (lost.low, lost.central, lost.high) == (-80_000, -40_000, -20_000)


def test_a_run_in_no_known_country_has_no_co2(path, meter):
    assert carbon_of(finished_run(path, meter, {"country": None}), 1e9) is None


def test_what_is_avoided_stands_apart_from_what_is_emitted(path, meter):
    displaced = {"displaced_g_per_kwh": DUTCH}
    operation = OperationConfig(country="NLD").facts() | displaced
    content = finished_run(path, meter, {"grid_g_per_kwh": DUTCH, "operation": operation})
    carbon, loss = carbon_of(content, 1e10), carbon_of(content, -1e10)
    assert carbon is not None
    assert loss is not None
    assert carbon.sci_g == loss.sci_g == carbon.operational_g + carbon.embodied_g
    assert carbon.avoided_t is not None
    assert list(carbon.avoided_t) == list(DECLINES)
    assert all(map(ordered, [carbon.sci_g, carbon.embodied_g, *carbon.avoided_t.values()]))
    still, slow, fast = (tonnes.central for tonnes in carbon.avoided_t.values())
    assert still > slow > fast > 0


def test_without_the_farms_country_nothing_is_said_to_be_avoided(path, meter):
    operation = OperationConfig().facts()
    content = finished_run(path, meter, {"grid_g_per_kwh": DUTCH, "operation": operation})
    carbon = carbon_of(content, 1e10)
    assert carbon is not None
    assert carbon.avoided_t is None
