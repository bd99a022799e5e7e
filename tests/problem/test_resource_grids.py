"""A WAsP resource grid becomes a rose and a speed-up; what is wrong with it is said."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from floris import WindRoseWRG
from floris.core.flow_field import FlowField
from scipy.special import gamma

import windopt
from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.readers.wind.weibull_grid import WeibullGrid, loss_of_yield
from windopt.readers.wind.wrg import read_weibull_grid

sys.path.insert(0, str(Path(__file__).parent))
import ridge

CONFIG = Path("configs/ridge.yaml")
GRID = Path("configs/ridge/ridge.wrg")
LINES = ridge.ridge_wrg().splitlines()


@pytest.fixture(scope="module")
def problem() -> LayoutProblem:
    """The example."""
    return windopt.load_problem(CONFIG)


@pytest.fixture(scope="module")
def grid() -> WeibullGrid:
    """Its grid."""
    return read_weibull_grid(GRID)[0]


def test_example_is_what_its_formulas_give() -> None:
    assert GRID.read_text(encoding="utf-8") == ridge.ridge_wrg()


def test_grid_is_that_of_floris(grid: WeibullGrid) -> None:
    floris = WindRoseWRG(str(GRID))
    for ours, theirs in (
        (grid.frequency, floris.sector_freq),
        (grid.scale, floris.weibull_A),
        (grid.shape, floris.weibull_k),
    ):
        np.testing.assert_allclose(np.moveaxis(ours, 0, -1), theirs, rtol=1e-12)
    np.testing.assert_array_equal(grid.x, floris.x_array)
    np.testing.assert_array_equal(grid.y, floris.y_array)


def test_grid_is_that_of_windkit(grid: WeibullGrid) -> None:
    read_rsf = pytest.importorskip(
        "windkit.io.wasp.rsf", reason="windkit is not installed"
    ).read_rsf
    theirs = read_rsf(GRID)
    x, y = theirs["coords"]["west_east"], theirs["coords"]["south_north"]
    i, j = np.searchsorted(grid.x, x), np.searchsorted(grid.y, y)
    np.testing.assert_allclose(grid.scale[:, i, j].T, theirs["A"])
    np.testing.assert_allclose(grid.shape[:, i, j].T, theirs["k"])
    np.testing.assert_allclose(grid.frequency[:, i, j].T, theirs["wdfreq"], atol=1e-12)


def test_every_node_keeps_its_mean_speed_in_every_sector(
    problem: LayoutProblem, grid: WeibullGrid
) -> None:
    """0.05 % are the bins of 1 m/s."""
    wind = problem.given_wind
    assert wind.speed_up is not None
    reference = (wind.probability @ wind.wind_speed) / wind.sector_probability
    nodes = np.stack(np.meshgrid(grid.x, grid.y, indexing="ij"), -1).reshape(-1, 2)
    nodes = nodes[~wind.speed_up.beyond(nodes)]
    factor = wind.speed_up.at(nodes, grid.wind_direction)
    i, j = np.searchsorted(grid.x, nodes[:, 0]), np.searchsorted(grid.y, nodes[:, 1])
    expected = grid.scale * gamma(1 + 1 / grid.shape)
    np.testing.assert_allclose(factor * reference[:, None], expected[:, i, j], rtol=1e-3)


def test_rose_is_the_mean_over_the_site(problem: LayoutProblem, grid: WeibullGrid) -> None:
    weight = grid.on_site(problem.site)
    assert 200 < weight.sum() < grid.scale[0].size
    mean = (grid.frequency * weight).sum(axis=(1, 2)) / weight.sum()
    np.testing.assert_allclose(problem.given_wind.sector_probability, mean, rtol=1e-9)


def test_a_uniform_grid_has_no_speed_up(grid: WeibullGrid, problem: LayoutProblem) -> None:
    even = replace(
        grid,
        **{
            name: np.broadcast_to(getattr(grid, name)[:, 3:4, 3:4], grid.scale.shape)
            for name in ("frequency", "scale", "shape")
        },
    )
    wind = even.resource(None, 0.08)
    assert wind.speed_up is not None
    np.testing.assert_allclose(wind.speed_up.factor, 1.0, rtol=1e-12)
    assert abs(loss_of_yield(even, wind, problem.turbine)).max() < 0.004  # bins of 1 m/s


def test_what_is_lost_are_frequencies_and_shapes(grid: WeibullGrid, problem: LayoutProblem) -> None:
    """Up to 0.7 % where frequencies differ by 30 % and k by 5 %; bins alone vary by 0.1 %."""
    wind = grid.resource(problem.site, 0.08)
    lost = loss_of_yield(grid, wind, problem.turbine)
    assert 0.004 < abs(lost).max() < 0.01
    same = replace(
        grid,
        frequency=np.broadcast_to(grid.frequency[:, :1, :1], grid.scale.shape),
        shape=np.broadcast_to(grid.shape[:, :1, :1], grid.scale.shape),
    )
    loss = loss_of_yield(same, same.resource(problem.site, 0.08), problem.turbine)
    assert loss.std() < 0.0012 < 0.7 * lost.std()


def test_speed_up_is_interpolated_as_by_floris(problem: LayoutProblem) -> None:
    speed_up = problem.speed_up
    assert speed_up is not None
    rng = np.random.default_rng(1)
    low, high = (np.array([axis[k] for axis in (speed_up.x, speed_up.y)]) for k in (0, -1))
    places, wd = rng.uniform(low, high, (200, 2)), rng.uniform(0, 360, 5)
    x, y = speed_up.nodes.T
    for direction, ours in zip(wd, speed_up.at(places, wd), strict=True):
        factor = speed_up.towards(np.array([direction]))[0]
        theirs = FlowField.interpolate_multiplier_xy(x, y, factor.ravel())
        np.testing.assert_allclose(ours, theirs(*places.T), rtol=1e-12)


def test_direction_is_interpolated_round_the_compass() -> None:
    factor = np.array([1.0, 1.2, 0.9, 1.1])[:, None, None] * np.ones((4, 2, 2))
    axis = np.array([0.0, 100.0])
    speed_up = SpeedUp(axis, axis, 90.0 * np.arange(4), factor)
    found = speed_up.at(np.array([[50.0, 20.0]]), np.array([0.0, 45.0, 315.0, 359.0, 360.0, -9.0]))
    expected = [1.0, 1.1, 1.05, 1.0 + 0.1 / 90, 1.0, 1.01]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-12)


def apart(lines: list[str]) -> list[str]:
    """Numbers apart by one blank, as other programs write them."""
    return [" ".join(line.split()) for line in lines]


def backwards(lines: list[str]) -> list[str]:
    return [lines[0], *lines[:0:-1]]


@pytest.mark.parametrize("change", [apart, backwards, lambda lines: lines[1:]])
def test_other_spellings_are_the_same_grid(
    change: Callable[[list[str]], list[str]], grid: WeibullGrid, tmp_path: Path
) -> None:
    path = tmp_path / "grid.rsf"
    path.write_text("\n".join(change(LINES)), encoding="cp1252")
    other, height = read_weibull_grid(path)
    assert height == 90.0
    for name in ("x", "y", "frequency", "scale", "shape"):
        np.testing.assert_array_equal(getattr(other, name), getattr(grid, name))


def test_glued_columns_are_told_apart(tmp_path: Path, grid: WeibullGrid) -> None:
    """With 1000 per mille or 100 m the numbers touch."""
    lines = [LINES[0], *(line[:38] + "100.5" + line[43:] for line in LINES[1:])]
    assert lines[1][37:44] == "1100.5 "
    path = tmp_path / "grid.wrg"
    path.write_text("\n".join(lines))
    other, height = read_weibull_grid(path)
    assert height == 100.5
    np.testing.assert_array_equal(other.scale, grid.scale)


def moved(dx: float, dy: float, swap: bool = False) -> list[str]:
    lines = [LINES[0]]
    for line in LINES[1:]:
        x, y = float(line[10:20]) + dx, float(line[20:30]) + dy
        x, y = (y, x) if swap else (x, y)
        lines.append(f"{line[:10]}{x:10.1f}{y:10.1f}{line[30:]}")
    if swap:
        lines[0] = " 18 23 0 0 200"
    return lines


WRONG = {
    "missing node": ([LINES[0], *LINES[1:100], *LINES[101:]], "lacks 1 of 23 x 18 nodes"),
    "doubled node": ([*LINES, LINES[50]], "twice"),
    "missing row": (LINES[:-23], "promises 23 x 18 nodes"),
    "beside": (moved(30_000, 0), "one CRS"),
    "swapped": (moved(0, 0, swap=True), "x and y swapped its nodes would lie on the site"),
    "too small": (moved(-600, 0), "covers the whole site"),
    "ends at the site": (moved(300, 0), "ends less than 31.47 m"),
    "sum": ([LINES[0], LINES[1].replace("  50  73", " 150  73"), *LINES[2:]], "1100 per mille"),
    "still": ([LINES[0], LINES[1].replace("  50  73", "  50   0"), *LINES[2:]], "A is 0"),
    "units": ([LINES[0], LINES[1].replace("  50  73", "  50 730"), *LINES[2:]], "A is 73"),
    "height": (
        [LINES[0], *(line[:38] + "   50" + line[43:] for line in LINES[1:])],
        "holds at 50 m, but the hub is at 90 m",
    ),
    "heights": ([LINES[0], LINES[1][:38] + "   50" + LINES[1][43:], *LINES[2:]], "50 to 90 m"),
    "sectors": ([LINES[0], LINES[1], *(line[:70] + " 4" + line[72:124] for line in LINES[2:])],
                "has 4 sectors, the first node 12"),
    "words": ([*LINES[:9], "what is this", *LINES[10:]], "line 10"),
    "header": (["1 1 0 0 100", *LINES[1:]], "is no header of a grid"),
    "empty": ([LINES[0]], "holds no nodes"),
    "nothing": ([], "holds no nodes"),
    "nan": ([LINES[0], LINES[1].replace("  50  73", "  50 nan"), *LINES[2:]], "not finite"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
def test_mistakes_are_named(mistake: str, tmp_path: Path) -> None:
    lines, words = WRONG[mistake]
    path = tmp_path / "grid.wrg"
    path.write_text("\n".join(lines))
    with pytest.raises(ConfigError) as caught:
        windopt.load_problem(CONFIG, {"wind_resource": str(path), "atmosphere.wind_shear": 0.0})
    assert words in str(caught.value), str(caught.value)
    assert len(caught.value.faults) == 1, str(caught.value)


def test_turbulence_must_be_told() -> None:
    with pytest.raises(ConfigError, match=r"set atmosphere.turbulence_intensity"):
        windopt.load_problem(CONFIG, {"atmosphere.turbulence_intensity": None})


def test_fixed_turbines_must_stand_on_the_grid(tmp_path: Path) -> None:
    path = tmp_path / "standing.csv"
    path.write_text("x,y\n502000,5604900\n")
    with pytest.raises(ConfigError, match=r"stand beyond the grid"):
        windopt.load_problem(CONFIG, {"fixed_turbines": {"layout": str(path)}})


def test_wind_is_refined_with_its_speed_up(problem: LayoutProblem) -> None:
    assert problem.wind.speed_up is problem.speed_up
    assert problem.uniform.speed_up is None


@pytest.mark.parametrize("dims", [["x", "y", "wind_direction"], ["wind_direction", "y", "x"]])
def test_windio_grid_is_the_same_as_the_wrg(
    dims: list[str], grid: WeibullGrid, problem: LayoutProblem, tmp_path: Path
) -> None:
    own = ["wind_direction", "x", "y"]

    def variable(values: np.ndarray) -> dict[str, object]:
        axes = [own.index(dim) for dim in dims]
        return {"data": np.transpose(values, axes).tolist(), "dims": dims}

    resource = {
        "wind_direction": grid.wind_direction.tolist(),
        "x": grid.x.tolist(),
        "y": grid.y.tolist(),
        "reference_height": 90.0,
        "sector_probability": variable(grid.frequency),
        "weibull_a": variable(grid.scale),
        "weibull_k": variable(grid.shape),
        "turbulence_intensity": {"data": 0.09, "dims": []},
    }
    path = tmp_path / "grid.yaml"
    path.write_text(yaml.safe_dump({"wind_resource": resource}))
    other = windopt.load_problem(CONFIG, {"wind_resource": str(path)})
    np.testing.assert_allclose(other.wind.probability, problem.wind.probability, atol=1e-15)
    np.testing.assert_allclose(other.speed_up.factor, problem.speed_up.factor)  # type: ignore[union-attr]
    resource["x"] = resource["x"][::-1]  # type: ignore[index]
    path.write_text(yaml.safe_dump({"wind_resource": resource}))
    with pytest.raises(ConfigError, match=r"x: does not increase"):
        windopt.load_problem(CONFIG, {"wind_resource": str(path)})


@pytest.mark.parametrize("name", ["speed.tif", "speed.asc", "site.pwc"])
def test_other_files_of_atlases_are_told_what_to_become(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")
    with pytest.raises(ConfigError, match=r"give .*(\.wrg|\.lib)|make a \.wrg"):
        windopt.load_problem(CONFIG, {"wind_resource": str(path)})


def test_only_the_wind_about_the_site_is_kept(tmp_path: Path, problem: LayoutProblem) -> None:
    """Here a parcel in the middle of the grid, two rotors around it and a cell more."""
    path = tmp_path / "small.yaml"
    polygon = {"x": [502000, 503000, 503000], "y": [5601500, 5601500, 5602500]}
    path.write_text(yaml.safe_dump({"name": "small", "boundaries": {"polygons": [polygon]}}))
    small = windopt.load_problem(CONFIG, {"site": str(path), "n_turbines": 3})
    assert small.speed_up is not None
    assert (small.speed_up.x[0], small.speed_up.x[-1]) == (501400.0, 503600.0)
    assert (small.speed_up.y[0], small.speed_up.y[-1]) == (5601000.0, 5603000.0)
    assert not small.speed_up.beyond(np.array(small.site.area.bounds).reshape(2, 2), 250.0).any()
    assert small.speed_up.factor.mean() != pytest.approx(problem.speed_up.factor.mean())  # type: ignore[union-attr]
