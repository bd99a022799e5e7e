"""The layouts of a search are kept: those that matter, in order, whatever stops the run."""

from pathlib import Path

import numpy as np
import pytest

from windopt.errors import RunFolderError
from windopt.runs.folder import RunFolder
from windopt.runs.kept_layouts import KeptLayouts, read_kept_layouts


def farm(seed: int, n_turbines: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).uniform(5e5, 5.1e5, (n_turbines, 2))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_layouts_read_back_to_the_centimetre_with_their_rows(folder: RunFolder) -> None:
    kept = KeptLayouts(folder.history_layouts, go_on=False)
    for row in range(3):
        kept.offer(row, 100.0 + row, farm(row))
    assert folder.history_layouts.read_text().splitlines()[0] == "row,turbine,x,y"
    rows, layouts = read_kept_layouts(folder.history_layouts, 5)
    assert rows.tolist() == [0, 1, 2]
    np.testing.assert_allclose(layouts, [farm(row) for row in rows], rtol=0, atol=0.00501)


def test_tiny_improvements_are_left_out_but_for_the_last(folder: RunFolder) -> None:
    kept = KeptLayouts(folder.history_layouts, go_on=False)
    for row, aep in enumerate((100.0, 100.0005, 100.0009, 100.01, 100.0101, 100.0102)):
        kept.offer(row, aep, farm(row))
    assert read_kept_layouts(folder.history_layouts, 5)[0].tolist() == [0, 3]
    kept.finish()
    kept.finish()
    rows, layouts = read_kept_layouts(folder.history_layouts, 5)
    assert rows.tolist() == [0, 3, 5]
    np.testing.assert_allclose(layouts[-1], farm(5), atol=0.00501)


def test_long_search_keeps_a_few_hundred(folder: RunFolder) -> None:
    kept = KeptLayouts(folder.history_layouts, go_on=False)
    for row in range(20_000):  # 20 % in steps that would all be worth keeping in a short search
        kept.offer(row, 100.0 + 0.0011 * row, np.zeros((1, 2)))
    kept.finish()
    rows, _ = read_kept_layouts(folder.history_layouts, 1)
    assert 200 < len(rows) < 500
    assert rows[-1] == 19_999


def test_killed_in_the_midst_of_a_line(folder: RunFolder) -> None:
    """What is whole is read; what comes later is not glued to the torn line."""
    kept = KeptLayouts(folder.history_layouts, go_on=False)
    kept.offer(0, 100.0, farm(0))
    kept.offer(1, 101.0, farm(1))
    text = folder.history_layouts.read_bytes()
    folder.history_layouts.write_bytes(text[:-4])
    assert read_kept_layouts(folder.history_layouts, 5)[0].tolist() == [0, 1]
    folder.history_layouts.write_bytes(text[:-25])
    assert read_kept_layouts(folder.history_layouts, 5)[0].tolist() == [0]
    again = KeptLayouts(folder.history_layouts, go_on=True)
    again.offer(2, 90.0, farm(2))
    rows, layouts = read_kept_layouts(folder.history_layouts, 5)
    assert rows.tolist() == [0, 2]
    np.testing.assert_allclose(layouts[-1], farm(2), atol=0.00501)


def test_new_search_begins_a_new_file(folder: RunFolder) -> None:
    KeptLayouts(folder.history_layouts, go_on=False).offer(0, 100.0, farm(0))
    KeptLayouts(folder.history_layouts, go_on=False)
    with pytest.raises(
        RunFolderError, match=r"kept no layouts .*history_layouts\.csv.*windopt opt"
    ):
        read_kept_layouts(folder.history_layouts, 5)
