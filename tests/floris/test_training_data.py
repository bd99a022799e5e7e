"""The training data: reproducible, within the surrogate's range, and truly FLORIS's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

import windopt
from windopt.errors import ConfigError
from windopt.floris import dataset as dataset_module
from windopt.floris.adapter import wake_model_hash
from windopt.floris.dataset import (
    FEWEST,
    FEWEST_HELD_OUT,
    append_cases,
    read_dataset,
    simulate_dataset,
    write_dataset,
)
from windopt.floris.kept_states import KeptStates
from windopt.floris.sampling import (
    MIN_SPACING_D,
    TURBULENCE_INTENSITY,
    jittered_grid,
    random_farm,
    training_cases,
    with_other_thrusts,
)
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem


@pytest.fixture(scope="module")
def dataset(small: LayoutProblem) -> xr.Dataset:
    return simulate_dataset(small, Simulator(small), seed=3)


def test_same_seed_same_data(small: LayoutProblem, dataset: xr.Dataset) -> None:
    again = simulate_dataset(small, Simulator(small), seed=3)
    xr.testing.assert_identical(again, dataset)
    other = next(training_cases(small, 1, 1, 5, 12, seed=4))
    assert not np.array_equal(other.layout, dataset["layout"][0, : len(other.layout)])


def test_farms_that_fit_into_the_time_are_the_first_of_all(
    small: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 27 farms to learn from at least two of each kind; those held out are always there."""
    monkeypatch.setattr(dataset_module, "available_cores", lambda: 1)
    more = load_problem(small.config, {"simulate.farms": 30, "simulate.max_turbines": 4})
    whole = simulate_dataset(more, Simulator(more), seed=3)
    ample = simulate_dataset(more, Simulator(more), seed=3, left_s=lambda: np.inf)
    xr.testing.assert_identical(ample, whole)
    asked = 0

    def until_asked_once() -> float:
        nonlocal asked
        asked += 1
        return np.inf if asked == 1 else -1.0

    for left_s, farms in ((lambda: -1.0, FEWEST), (until_asked_once, None)):
        floris = Simulator(more)
        part = simulate_dataset(more, floris, seed=3, left_s=left_s)
        learned = int((~part["held_out"]).sum())
        assert learned == farms or (farms is None and FEWEST < learned < 27)
        kept_out = max(FEWEST_HELD_OUT, round(learned / 9))  # a tenth of all
        assert floris.counts.evaluations == part.sizes["farm"] == learned + kept_out
        expected = whole.isel(farm=[*range(learned), *range(27, 27 + kept_out)])
        width = part.sizes["turbine"]
        xr.testing.assert_identical(part, expected.isel(turbine=slice(width)))


def test_farms_that_floris_has_simulated_before_take_no_time(
    small: LayoutProblem, tmp_path: Path
) -> None:
    """A stage that was killed and has no time left takes what is there."""
    more = load_problem(small.config, {"simulate.farms": 30, "simulate.max_turbines": 4})
    kept = KeptStates(tmp_path)
    whole = simulate_dataset(more, Simulator(more, kept=kept), seed=3)
    kept.save()
    again = Simulator(more, kept=KeptStates(tmp_path))
    xr.testing.assert_identical(simulate_dataset(more, again, 3, left_s=lambda: 1.0), whole)
    assert again.counts.evaluations == 0


def test_data_survive_their_file(dataset: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "dataset.nc")
    back = read_dataset(tmp_path / "dataset.nc")
    xr.testing.assert_identical(back, dataset)
    assert back["held_out"].dtype == bool
    assert back["power"].attrs["units"] == "W"


def test_data_say_where_they_come_from(small: LayoutProblem, dataset: xr.Dataset) -> None:
    assert dataset.attrs["wake_model"] == wake_model_hash(small)
    assert dataset.attrs["seed"] == 3
    assert dataset.attrs["turbine"] == small.turbine.name


@pytest.mark.parametrize("farm", [0, 5, 11])
def test_every_farm_holds_what_floris_says_of_it(
    small: LayoutProblem, dataset: xr.Dataset, farm: int
) -> None:
    one = dataset.isel(farm=farm).dropna("turbine", subset=["layout"])
    conditions = (
        one[name].to_numpy() for name in ("wind_direction", "wind_speed", "turbulence_intensity")
    )
    pushing = replace(small, turbines=with_other_thrusts(small.turbines))
    types = one["turbine_type"].to_numpy()
    power = windopt.simulate_power(pushing, one["layout"].to_numpy(), *conditions, types)
    np.testing.assert_allclose(one["power"], power, rtol=1e-12)


def test_data_have_the_size_asked_for(dataset: xr.Dataset) -> None:
    assert dataset.sizes["farm"] == 12
    assert dataset.sizes["condition"] == 300 // 12
    turbines = np.isfinite(dataset["layout"][..., 0]).sum("turbine")
    few, large = turbines[5::6][:-1], np.concatenate([turbines[2::6], turbines[3::6]])
    assert few.max() <= 4
    assert large.max() > 24
    assert turbines.max() <= 36
    assert 6 <= turbines[-1] <= 12  # held out
    np.testing.assert_array_equal(
        np.isfinite(dataset["power"]).sum("turbine"), turbines.values[:, None].repeat(25, axis=1)
    )


@pytest.mark.parametrize(("farms", "held_out"), [(2, 1), (5, 1), (20, 2)])
def test_a_tenth_of_the_farms_and_one_at_least_is_held_out(
    small_config: Path, farms: int, held_out: int
) -> None:
    overrides = {"simulate.farms": farms, "simulate.conditions": 100, "simulate.max_turbines": 2}
    problem = load_problem(small_config, overrides)
    flags = simulate_dataset(problem, Simulator(problem), seed=0)["held_out"].to_numpy()
    assert flags.tolist() == [False] * (farms - held_out) + [True] * held_out


def test_more_farms_than_conditions_are_refused(small_config: Path) -> None:
    with pytest.raises(ConfigError, match="100 conditions do not go round 101 farms; raise"):
        load_problem(small_config, {"simulate.conditions": 100, "simulate.farms": 101})


def test_farms_keep_the_spacing_and_conditions_the_range(borssele: LayoutProblem) -> None:
    cases = list(training_cases(borssele, 60, 54, 50, 36, seed=0))
    diameter = borssele.turbine.rotor_diameter
    assert min(pdist(case.layout).min() for case in cases) >= MIN_SPACING_D * diameter * (1 - 1e-9)
    assert {len(case.layout) for case in cases} <= {2, 3, 4, *range(18, 109)}
    assert {len(case.layout) for case in cases[54:]} <= set(range(18, 37))
    mean_spacing = [np.sqrt(np.ptp(c.layout, axis=0).prod() / len(c.layout)) for c in cases]
    assert min(mean_spacing) < 4 * diameter
    assert max(mean_spacing) > 10 * diameter
    wd, ws, ti = (np.concatenate([getattr(c, name) for c in cases]) for name in ("wd", "ws", "ti"))
    assert 0 <= wd.min() < 5
    assert 355 < wd.max() < 360
    assert 4 <= ws.min() < 4.2
    assert 24 < ws.max() <= 25
    assert np.mean(ws < 1.2 * 11) == pytest.approx(0.86, abs=0.03)
    assert TURBULENCE_INTENSITY[0] <= ti.min()
    assert ti.max() <= TURBULENCE_INTENSITY[1]
    assert np.mean(np.isin(ti, borssele.wind.turbulence_intensity)) == pytest.approx(0.5, abs=0.04)


def test_half_of_the_learned_farms_push_harder_or_less_hard(borssele: LayoutProblem) -> None:
    cases = list(training_cases(borssele, 300, 270, 1, 4, seed=0))
    own = [int(case.types[0]) for case in cases if case.types is not None]
    assert all((case.types == own[i]).all() for i, case in enumerate(cases))
    assert np.bincount(own[:270]) / 270 == pytest.approx([0.5, 0.25, 0.25], abs=0.08)
    assert set(own[270:]) == {0}
    turbine, strong, weak = with_other_thrusts(borssele.turbines)
    assert strong.thrust_coefficient.max() == 0.95
    np.testing.assert_allclose(weak.thrust_coefficient, 0.75 * turbine.thrust_coefficient)
    np.testing.assert_array_equal(strong.power, turbine.power)


def test_few_turbines_stand_in_each_others_wakes(borssele: LayoutProblem) -> None:
    """In most conditions one of them has another upstream of it, less than two D aside."""
    cases = list(training_cases(borssele, 300, 300, 20, 36, seed=0))[5::6]
    waked, farthest = 0, 0.0
    for case in cases:
        layout = case.layout / borssele.rotor_diameter
        way = np.deg2rad(270.0 - case.wd)[:, None, None]
        dx, dy = np.moveaxis(layout[None] - layout[:, None], -1, 0)
        along, aside = dx * np.cos(way) + dy * np.sin(way), dy * np.cos(way) - dx * np.sin(way)
        close = (along > 0) & (abs(aside) < 0.5 + 0.1 * along)
        waked += close.any(axis=(1, 2)).sum()
        farthest = max(farthest, along[close].max())
    assert waked > 0.8 * 20 * len(cases)
    assert farthest > 35


def test_mixed_farms_have_the_problems_share_of_types(borssele: LayoutProblem) -> None:
    files = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (3.35, 15)]
    problem = load_problem(borssele.config, {"turbine": files, "turbine_counts": [20, 5]})
    cases = list(training_cases(problem, 60, 54, 50, 36, seed=0))
    types = np.concatenate([case.types % 2 for case in cases if case.types is not None])
    assert len(types) == sum(len(case.layout) for case in cases)
    assert np.mean(types == 1) == pytest.approx(0.2, abs=0.03)
    assert np.mean(types == 0) == pytest.approx(0.8, abs=0.03)
    least = min(pdist(case.layout).min() for case in cases)
    assert least >= MIN_SPACING_D * 240 * (1 - 1e-9)
    ws = np.concatenate([case.ws for case in cases])
    assert 3 - 1e-6 <= ws.min() < 3.2  # the 15 MW turbine's cut-in
    assert 24 < ws.max() <= 25 + 1e-6


@pytest.mark.parametrize("draw", [random_farm, jittered_grid])
@pytest.mark.parametrize("spacing_d", [2.0, 3.0, 12.0])
def test_a_jammed_draw_ends_with_all_turbines_apart(draw: object, spacing_d: float) -> None:
    for seed in range(5):
        layout = draw(36, spacing_d, np.random.default_rng(seed))  # type: ignore[operator]
        assert layout.shape == (36, 2)
        assert pdist(layout).min() >= MIN_SPACING_D * (1 - 1e-12)


def test_grids_are_turned_every_way() -> None:
    """Rows, where wake errors pile up, lie at all angles; without jitter they are straight."""
    angles = []
    for seed in range(40):
        layout = jittered_grid(9, 6.0, np.random.default_rng(seed))
        along = layout[2] - layout[0]
        angles.append(np.degrees(np.arctan2(along[1], along[0])) % 180)
    assert np.histogram(angles, bins=4, range=(0, 180))[0].min() >= 4


@pytest.mark.parametrize(("turbines", "conditions"), [(12, 40), (5, 10), (14, 25)])
def test_lessons_are_added_whatever_their_size(
    small: LayoutProblem, dataset: xr.Dataset, turbines: int, conditions: int
) -> None:
    rng = np.random.default_rng(0)
    case = FarmCase(
        2000.0 * np.stack(np.divmod(np.arange(turbines), 4), axis=1),
        rng.uniform(0, 360, conditions),
        np.full(conditions, 9.0),
        np.full(conditions, 0.07),
    )
    (state,) = Simulator(small).simulate([case])
    joined = append_cases(dataset, [case], [state])
    assert joined.attrs == dataset.attrs
    assert joined["held_out"].to_numpy().tolist() == [*dataset["held_out"].to_numpy(), False]
    last = joined.isel(farm=-1)
    np.testing.assert_array_equal(last["power"][:conditions, :turbines], state.power)
    assert np.isfinite(last["power"]).sum() == turbines * conditions
    np.testing.assert_array_equal(last["layout"][:turbines], case.layout)
    kept = joined.isel(farm=slice(12), condition=slice(25), turbine=slice(dataset.sizes["turbine"]))
    xr.testing.assert_equal(kept, dataset)


@pytest.fixture(scope="module")
def mixed_dataset(mixed: LayoutProblem) -> xr.Dataset:
    return simulate_dataset(mixed, Simulator(mixed), seed=3)


def test_data_hold_the_turbines_types(
    dataset: xr.Dataset, mixed: LayoutProblem, mixed_dataset: xr.Dataset, tmp_path: Path
) -> None:
    write_dataset(mixed_dataset, tmp_path / "dataset.nc")
    back = read_dataset(tmp_path / "dataset.nc")
    xr.testing.assert_identical(back, mixed_dataset)
    for one, known in ((dataset, {-1, 0, 1, 2}), (back, {-1, 0, 1, 2, 3, 4, 5})):
        types = one["turbine_type"].to_numpy()
        assert one["turbine_type"].dims == ("farm", "turbine")
        assert np.issubdtype(types.dtype, np.integer)
        assert set(np.unique(types)) == known
        held_out = types[one["held_out"].to_numpy()]
        assert held_out.max() < len(known) // 3  # turbines as they are
        np.testing.assert_array_equal(types == -1, np.isnan(one["layout"][..., 0]))
    assert back.attrs["turbine"] == ", ".join(turbine.name for turbine in mixed.turbines)
    farm = back.isel(farm=5).dropna("turbine", subset=["layout"])
    names = ("layout", "wind_direction", "wind_speed", "turbulence_intensity", "turbine_type")
    pushing = replace(mixed, turbines=with_other_thrusts(mixed.turbines))
    power = windopt.simulate_power(pushing, *(farm[name].to_numpy() for name in names))
    np.testing.assert_allclose(farm["power"], power, rtol=1e-12)


@pytest.mark.parametrize("turbines", [4, 15])
def test_lessons_keep_their_types(
    mixed: LayoutProblem, mixed_dataset: xr.Dataset, turbines: int
) -> None:
    layout = 2000.0 * np.stack(np.divmod(np.arange(turbines), 4), axis=1)
    types = np.arange(turbines) % 2
    wind = (np.full(3, 270.0), np.full(3, 9.0), np.full(3, 0.07))
    case = FarmCase(layout, *wind, types)
    joined = append_cases(mixed_dataset, [case], Simulator(mixed).simulate([case]))
    assert joined["turbine_type"].dtype == mixed_dataset["turbine_type"].dtype
    last = joined["turbine_type"][-1].to_numpy()
    np.testing.assert_array_equal(last[:turbines], types)
    assert (last[turbines:] == -1).all()
    width = mixed_dataset.sizes["turbine"]
    before = joined["turbine_type"][:-1].to_numpy()
    np.testing.assert_array_equal(before[:, :width], mixed_dataset["turbine_type"])
    assert (before[:, width:] == -1).all()
