"""A turbine without neighbours yields the same on the rose given and on the rose refined."""

import logging
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from windopt.floris.alone import wake_free_aep, wake_free_power
from windopt.problem.wind_resource import WindResource, spread
from windopt.readers.load import load_problem

SPEED = np.arange(0.5, 30.0)
POWER = np.interp(SPEED, [3.0, 11.0, 25.0, 25.001], [0.0, 5e6, 5e6, 0.0])


def random_rose(seed: int, sectors: int, offset: float, silent: int) -> WindResource:
    """Make a rose as steep as roses get, with TI and value of each wind, and silent sectors."""
    rng = np.random.default_rng(seed)
    probability = rng.gamma(0.3, size=(sectors, len(SPEED)))
    probability *= np.exp(-((SPEED - rng.uniform(3, 15, (sectors, 1))) ** 2) / 8)
    probability[rng.choice(sectors, silent, replace=False)] = 0.0
    return WindResource.scaled(
        offset + 360.0 / sectors * np.arange(sectors),
        SPEED,
        probability,
        rng.uniform(0.03, 0.2, probability.shape),
        rng.uniform(0.0, 100.0, probability.shape),
    )


def sums(wind: WindResource) -> list[float]:
    """Power, mean speed, its third power, value, revenue, turbulence of a rose; and its whole."""
    assert wind.value is not None
    p, value = wind.probability, wind.value
    return [
        (p @ POWER).sum(),
        wind.mean_wind_speed,
        (p @ wind.wind_speed**3).sum(),
        (p * value).sum(),
        ((p * value) @ POWER).sum(),
        (p * wind.turbulence_intensity).sum(),
        p.sum(),
    ]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sectors=st.integers(4, 72),
    offset=st.one_of(st.sampled_from([0.0, 2.5, 7.5, 11.25, 15.0]), st.floats(0.0, 359.0)),
    empty=st.floats(0.0, 0.7),
)
def test_every_sum_over_the_rose_is_kept(
    seed: int, sectors: int, offset: float, empty: float
) -> None:
    wind = random_rose(seed, sectors, offset, int(empty * sectors))
    fine = wind.refined()
    assert len(fine.wind_direction) == 360
    np.testing.assert_allclose(sums(fine), sums(wind), rtol=1e-12)
    np.testing.assert_allclose(fine.probability.sum(axis=0), wind.probability.sum(axis=0), 1e-12)
    assert (fine.probability >= 0).all()
    for ours, theirs in (
        (fine.turbulence_intensity, wind.turbulence_intensity),
        (fine.value, wind.value),
    ):
        assert ours is not None
        assert theirs is not None
        assert theirs.min() * (1 - 1e-12) <= ours.min()
        assert ours.max() <= theirs.max() * (1 + 1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sectors=st.sampled_from([8, 11, 12, 16, 20, 24, 32, 36, 48, 64, 72]),
    offset=st.sampled_from([0.0, 3.75, 7.5, 15.0]),
    data=st.data(),
)
def test_sectors_left_out_are_sectors_without_wind(
    seed: int, sectors: int, offset: float, data: st.DataObject
) -> None:
    whole = random_rose(seed, sectors, offset, 0)
    first = data.draw(st.integers(0, sectors - 1))
    blows = np.roll(np.arange(sectors), first)[: data.draw(st.integers(3, sectors - 1))]
    probability = np.zeros_like(whole.probability)
    probability[blows] = whole.probability[blows]
    total, there = probability.sum(), np.isin(np.arange(sectors), blows)
    assert whole.value is not None
    rows = (probability / total, whole.turbulence_intensity, whole.value)
    with_zeros = WindResource(whole.wind_direction, SPEED, *rows)
    without = WindResource(whole.wind_direction[there], SPEED, *(row[there] for row in rows))
    np.testing.assert_allclose(
        without.refined().probability, with_zeros.refined().probability, rtol=1e-9, atol=1e-16
    )
    np.testing.assert_allclose(sums(without.refined()), sums(without), rtol=1e-12)


@pytest.mark.parametrize("sectors", [7, 11, 16, 32, 48, 64, 72, 200])
@pytest.mark.parametrize("offset", [0.0, 7.5, 1.3])
def test_an_even_rose_stays_even(sectors: int, offset: float) -> None:
    centre = offset + 360.0 / sectors * np.arange(sectors)
    share = spread(np.arange(360.0), centre, 360.0 / sectors)
    np.testing.assert_allclose(share.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(share.sum(axis=1), sectors / 360.0, rtol=1e-12)


@pytest.mark.parametrize("sectors", [4, 12, 20, 36, 72])
def test_where_sectors_divide_the_directions_the_joint_table_is_linear(sectors: int) -> None:
    wind = random_rose(0, sectors, 0.0, 0)
    expected = [
        np.interp(np.arange(360.0), wind.wind_direction, column, period=360)
        for column in wind.probability.T
    ]
    fine = wind.refined().probability
    np.testing.assert_allclose(fine, np.stack(expected, axis=1) * sectors / 360, atol=1e-15)


def test_directions_in_whole_degrees_are_those_of_sixteen_sectors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    exact = random_rose(1, 16, 0.0, 0)
    rounded = WindResource(
        np.rint(exact.wind_direction),
        SPEED,
        exact.probability,
        exact.turbulence_intensity,
        exact.value,
    )
    assert len(rounded.refined().wind_direction) == 360
    assert "up to 0.5" in caplog.text or "up to 0.25" in caplog.text
    np.testing.assert_allclose(sums(rounded.refined()), sums(exact), rtol=1e-12)


def test_what_is_left_out_or_not_refined_is_said(caplog: pytest.LogCaptureFixture) -> None:
    wind = random_rose(2, 12, 0.0, 0)

    def of(directions: list[int]) -> WindResource:
        k = np.array(directions) // 30
        share = wind.probability[k] / wind.probability[k].sum()
        return WindResource(np.array(directions, float), SPEED, share, wind.turbulence_intensity[k])

    with caplog.at_level(logging.WARNING):
        assert len(of([0, 30, 60, 120, 330]).refined().wind_direction) == 360
        assert "5 of 12 sectors" in caplog.text
        assert "90, 150, 180, 210, 240, 270 ..." in caplog.text
        caplog.clear()
        few = of([0, 180])
        assert few.refined() is few
        assert "2 wind directions are no even rose" in caplog.text
        assert "4.8 %" in caplog.text


CONFIGS = Path(__file__).parents[2] / "configs"
READERS = {
    "hornsrev": {},  # .tab, 12 sectors
    "weibull": {},  # windIO
    "from_floris": {},  # CSV with ti
    "multidim": {},  # CSV by ti
    "value": {},  # with values
    "atlas": {"speed_map": None},  # .lib
    "iea37_case1_16": {  # 16 directions, which do not divide 360
        "wind_resource": "windIO:plant_energy_resource/IEA37_case_study_1_2_energy_resource.yaml"
    },
}


@pytest.mark.parametrize("config", READERS)
def test_lone_turbines_yield_the_same_whatever_the_file(config: str) -> None:
    fine = load_problem(CONFIGS / f"{config}.yaml", READERS[config])
    assert len(fine.given_wind.wind_direction) < len(fine.wind.wind_direction) == 360
    given = replace(fine, wind=fine.given_wind)
    assert wake_free_aep(fine) == pytest.approx(wake_free_aep(given), rel=1e-12)
    revenue, expected = (
        (wake_free_power(one, one.wind) * (1.0 if one.wind.value is None else one.wind.value)).sum()
        for one in (fine, given)
    )
    assert revenue == pytest.approx(expected, rel=1e-12)


TRADE = """\
name: lone
site: square.csv
wind_resource: rose.csv
turbine: floris:nrel_5MW
atmosphere: {turbulence_intensity: 0.07}
n_turbines: 1
"""


def test_lone_turbine_yields_by_floris_the_same_on_either_rose(tmp_path: Path) -> None:
    """Trade wind: one sector far windier than its neighbours. 7.5 % were lost to refining."""
    scale = np.array([4.0, 6.0, 11.0, 5.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0])
    often = np.array([0.05, 0.2, 0.5, 0.1, *[0.01875] * 8])
    edges = np.arange(31.0)
    share = -np.diff(np.exp(-((edges / scale[:, None]) ** 2.2)), axis=1)
    share = share / share.sum(axis=1, keepdims=True) * often[:, None]
    rows = [
        f"{30 * i},{u},{float(share[i, j])!r}"
        for i in range(12)
        for j, u in enumerate(SPEED.tolist())
    ]
    (tmp_path / "rose.csv").write_text("wd,ws,freq_val\n" + "\n".join(rows) + "\n")
    (tmp_path / "square.csv").write_text("x,y\n0,0\n3000,0\n3000,3000\n0,3000\n")
    (tmp_path / "lone.yaml").write_text(TRADE)
    fine = load_problem(tmp_path / "lone.yaml")
    given = load_problem(tmp_path / "lone.yaml", {"refine_wind": False})
    assert len(fine.wind.wind_direction) == 360
    assert len(fine.given_wind.wind_direction) == len(given.wind.wind_direction) == 12
    assert wake_free_aep(fine) == pytest.approx(wake_free_aep(given), rel=1e-12)
