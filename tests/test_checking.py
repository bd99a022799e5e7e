"""`windopt check` draws what a config says, so that an error is seen on the map."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml
from matplotlib.image import imread
from typer.testing import CliRunner, Result

from windopt.commands import cli
from windopt.errors import ConfigError, Fault, FaultCollector, RunFolderError
from windopt.readers.load import Parts, read_parts
from windopt.report.site_check import Drawn, figure_check, outside, remarks, too_close

BOX = shapely.MultiPolygon([shapely.box(0.0, 0.0, 3000.0, 2000.0)])


@pytest.fixture
def folder(small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return small_config.parent


@pytest.fixture
def write(folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write the small config with other entries."""

    def config(**entries: Any) -> Path:
        values = yaml.safe_load((folder / "small.yaml").read_text()) | entries
        for key in ("site", "wind_resource", "layout"):
            if isinstance(values.get(key), str) and (folder / values[key]).exists():
                values[key] = str(folder / values[key])
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in values.items() if v is not None}))
        return path

    return config


def check(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["check", *map(str, arguments)])


def parts_of(config: Path, **overrides: Any) -> tuple[Parts, FaultCollector]:
    faults = FaultCollector()
    parts = read_parts(config, overrides, faults)
    assert parts is not None
    return parts, faults


def texts(drawn: Drawn) -> str:
    figure = figure_check(drawn)
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    found += [
        t.get_text() for axes in figure.axes if (k := axes.get_legend()) for t in k.get_texts()
    ]
    return " ".join(" ".join(found).split())


def test_check_draws_into_the_folder_one_is_in(write: Callable[..., Path], tmp_path: Path) -> None:
    ended = check(write(name="my farm"))
    assert ended.exit_code == 0
    assert "drawn in my_farm.check.png" in ended.output
    picture = imread(tmp_path / "my_farm.check.png")
    assert picture[..., :3].std() > 0.05
    assert check(write(name="my farm")).exit_code == 0  # its own picture it draws anew


def test_check_never_writes_over_what_others_have_made(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    config, mine = write(), tmp_path / "mine.check.png"
    mine.write_text("a photograph")
    ended = check(config)
    assert ended.exit_code == 0
    assert "exists and was not drawn by windopt check" in ended.output
    asked = check(config, "--figure", mine)
    assert isinstance(asked.exception, RunFolderError)
    assert mine.read_text() == "a photograph"
    assert check(config, "--figure", config).exit_code == 2
    assert config.read_text().startswith("layout:")
    assert not check(config, "--no-draw").output.count("drawn in")


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_check_draws_other_kinds_of_picture_and_knows_its_own(
    write: Callable[..., Path], tmp_path: Path, kind: str
) -> None:
    picture = tmp_path / f"site.{kind}"
    for _ in range(2):
        assert check(write(), "--figure", picture).exit_code == 0
    assert picture.stat().st_size > 5000
    assert sorted(os.listdir(tmp_path)) == ["mine.yaml", picture.name]


def test_faulty_config_is_drawn_as_far_as_it_can_be_read(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    config = write(wind_resource="nowhere.yaml", n_turbines=10)
    ended = check(config)
    assert isinstance(ended.exception, ConfigError)
    assert len(ended.exception.faults) == 2
    assert (tmp_path / "mine.check.png").exists()
    parts, faults = parts_of(config)
    assert parts.wind is None
    assert parts.site is not None
    said = texts(Drawn(parts, parts.site.area, faults))
    assert "The wind cannot be shown." in said
    assert "2 faults in the config:" in said
    assert "but the layout has 9 turbines" in said


def test_faulty_boundary_is_drawn_as_repaired(write: Callable[..., Path], tmp_path: Path) -> None:
    bow = {"x": [0, 4000, 4000, 0], "y": [0, 4000, 0, 4000]}
    (tmp_path / "bow.yaml").write_text(
        yaml.safe_dump({"name": "bow", "boundaries": {"polygons": [bow]}})
    )
    ended = check(write(site="bow.yaml"))
    assert isinstance(ended.exception, ConfigError)
    assert "self-intersecting" in str(ended.exception)
    assert (tmp_path / "mine.check.png").exists()


def test_nothing_is_drawn_of_nothing(write: Callable[..., Path], tmp_path: Path) -> None:
    ended = check(write(site="nowhere.yaml"))
    assert isinstance(ended.exception, ConfigError)
    assert os.listdir(tmp_path) == ["mine.yaml"]


def given(config: Path, layout: Sequence[Sequence[float]]) -> Drawn:
    csv = config.with_name("given.csv")
    csv.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in layout))
    parts, faults = parts_of(config, layout=str(csv), n_turbines=len(layout))
    assert parts.site is not None
    return Drawn(parts, parts.site.area, faults)


def test_turbines_out_of_place_are_named(write: Callable[..., Path]) -> None:
    places = [[100.0, 100.0], [200.0, 100.0], [3000.0, 3500.0], [100.0, -0.5], [100.0, 3000.0]]
    drawn = given(write(), places)
    assert np.flatnonzero(outside(drawn)).tolist() == [2]  # half a metre is a boundary's thickness
    assert outside(drawn)[2] == pytest.approx(1000.0)
    assert sorted(map(sorted, too_close(drawn).tolist())) == [[0, 1], [0, 3], [1, 3]]
    first, second = remarks(drawn)
    assert first.startswith("1 of 5 given turbines stands where none may, up to 1,000 m off")
    assert second.startswith("3 pairs are closer than the spacing allows")
    axes = figure_check(drawn).axes[0]
    (crossed,) = (line for line in axes.lines if line.get_marker() == "X")
    np.testing.assert_allclose(crossed.get_xydata(), [places[2]])


def test_turbines_in_another_country_do_not_shrink_the_map(write: Callable[..., Path]) -> None:
    drawn = given(write(), [[100.0, 100.0], [6e5, 5.7e6]])
    low, high = figure_check(drawn).axes[0].get_xlim()
    assert high - low < 10_000
    assert "1 given turbine is off this map, around (600,000, 5,700,000)" in texts(drawn)


def test_set_backs_fixed_turbines_and_a_start_are_shown(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("x,y\n2500,1200\n2500,1700\n")
    config = write(
        layout=None,
        n_turbines=9,
        exclusions=[{"line": [[0, 3000], [2000, 3000]], "distance_m": 150}],
        fixed_turbines={"layout": str(tmp_path / "old.csv")},
    )
    parts, faults = parts_of(config)
    assert not faults
    assert parts.site is not None
    drawn = Drawn(parts, BOX, faults, np.array([[500.0, 500.0], [1500.0, 500.0]]))
    said = texts(drawn)
    for words in ("excluded, set-backs included", "2 fixed turbines", "a random start"):
        assert words in said
    lines = [line.get_xydata().tolist() for line in figure_check(drawn).axes[0].lines]
    assert [[0.0, 3000.0], [2000.0, 3000.0]] in lines
    assert "drawn in" in check(config).output


def test_long_lists_of_faults_are_cut(write: Callable[..., Path]) -> None:
    parts, _ = parts_of(write())
    assert parts.site is not None
    many = [Fault(f"key{i}", "is wrong", "mend it") for i in range(12)]
    said = texts(Drawn(parts, parts.site.area, many))
    assert "12 faults in the config" in said
    assert "and 4 more" in said
