"""The animation shows the layouts that the search has kept, and ends with FLORIS's verdict."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from windopt.errors import RunFolderError
from windopt.problem.problem import LayoutProblem
from windopt.report.animation import (
    GLIDE_D,
    HOLD,
    SCENES,
    STEPS,
    Scene,
    film,
    scenes,
    write_animation,
)
from windopt.report.html import write_report
from windopt.runs.folder import RunFolder
from windopt.runs.kept_layouts import KeptLayouts

MOST_FRAMES = 120


@pytest.fixture
def folder(finished_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A finished run that has kept no layouts."""
    shutil.copytree(finished_run.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def keep(folder: RunFolder, problem: LayoutProblem, count: int) -> None:
    """Let turbines drift from the given layout, and one of them jump now and then."""
    rng, layout = np.random.default_rng(0), problem.initial_layout
    assert layout is not None
    kept, layout = KeptLayouts(folder.history_layouts, go_on=False), layout.copy()
    for row in range(count):
        kept.offer(row, 1000.0 + row, layout)
        layout = layout + rng.normal(0.0, 40.0, layout.shape)
        layout[row % len(layout)] += rng.normal(0.0, 1000.0, 2)


def test_frames_are_few(borssele: LayoutProblem, folder: RunFolder) -> None:
    keep(folder, borssele, 100)
    assert (
        50
        < len(list(film(scenes(folder, borssele), GLIDE_D * borssele.rotor_diameter)))
        <= MOST_FRAMES
    )


def test_frames_come_into_one_small_file(borssele: LayoutProblem, folder: RunFolder) -> None:
    keep(folder, borssele, 5)
    frames = len(list(film(scenes(folder, borssele), GLIDE_D * borssele.rotor_diameter)))
    shares: list[float] = []
    path = write_animation(folder, borssele, shares.append)
    assert path == folder.path / "figures" / "search.gif"
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []
    assert path.stat().st_size < 2e6 * frames / MOST_FRAMES
    with Image.open(path) as picture:
        assert frames / 2 < getattr(picture, "n_frames", 1) <= frames
        assert picture.size[0] == 640
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_scenes_are_kept_layouts_with_their_aep_and_time(
    borssele: LayoutProblem, folder: RunFolder
) -> None:
    keep(folder, borssele, 100)
    shown = scenes(folder, borssele)
    history = folder.read_history()
    assert len(shown) == SCENES
    assert borssele.initial_layout is not None
    np.testing.assert_allclose(shown[0].layout, borssele.initial_layout, atol=0.00501)
    assert shown[0].title == f"{history['aep_predicted_gwh'][0]:,.2f} GWh predicted"
    assert shown[0].subtitle == "after 60 CPU-seconds, from start '0'"
    assert shown[-1].title == "1,379.80 GWh, verified by FLORIS"
    final = folder.read_verification()["layouts"]["final"]["layout"]
    np.testing.assert_array_equal(shown[-1].layout, final)


def test_near_turbines_glide_and_far_ones_jump() -> None:
    one = np.array([[0.0, 0.0], [0.0, 1000.0]])
    two = one + np.array([[30.0, 0.0], [900.0, 0.0]])
    frames = list(film([Scene(one, "", "", "a"), Scene(two, "", "", "a")], glide_m=400.0))
    move = frames[STEPS : 2 * STEPS]
    np.testing.assert_allclose([frame.layout[0, 0] for frame in move], [10.0, 20.0, 30.0])
    np.testing.assert_allclose([frame.layout[1, 0] for frame in move], [0.0, 0.0, 900.0])
    assert all(frame.jumping.tolist() == [False, True] for frame in move)
    assert len(frames) == 2 * STEPS + HOLD
    np.testing.assert_array_equal(frames[-1].layout, two)


def test_nothing_moves_from_one_start_to_another() -> None:
    one, two = np.zeros((3, 2)), np.full((3, 2), 50.0)
    frames = list(film([Scene(one, "", "", "a"), Scene(two, "", "", "b")], glide_m=400.0))
    for frame in frames[STEPS:]:
        np.testing.assert_array_equal(frame.layout, two)
        np.testing.assert_array_equal(frame.before, two)
        assert not frame.jumping.any()


def test_report_shows_the_animation_where_there_is_one(
    borssele: LayoutProblem, folder: RunFolder
) -> None:
    assert "image/gif" not in write_report(folder, borssele).read_text()
    keep(folder, borssele, 2)
    write_animation(folder, borssele)
    assert page_has_film(write_report(folder, borssele))


def page_has_film(page: Path) -> bool:
    return 'src="data:image/gif;base64,R0lGOD' in page.read_text()


def test_run_that_kept_nothing_is_told_so(borssele: LayoutProblem, folder: RunFolder) -> None:
    with pytest.raises(RunFolderError, match="kept no layouts"):
        write_animation(folder, borssele)
    assert not folder.animation.exists()
