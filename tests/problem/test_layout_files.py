"""Layouts as CSV files."""

import numpy as np

from windopt.problem.layout import read_layout_csv, write_layout_csv
from windopt.readers.load import load_problem


def test_written_layout_reads_back_to_the_micrometre(tmp_path):
    layout = np.random.default_rng(0).uniform(5e5, 6e6, (9, 2))
    write_layout_csv(tmp_path / "layout.csv", layout, aep_gwh=np.arange(9.0), parcel=["a"] * 9)
    np.testing.assert_allclose(read_layout_csv(tmp_path / "layout.csv"), layout, atol=1e-6)
    lines = (tmp_path / "layout.csv").read_text().splitlines()
    assert lines[0] == "x,y,aep_gwh,parcel"
    assert lines[3].endswith(",2.0,a")


def test_columns_are_found_by_name(tmp_path):
    path = tmp_path / "layout.csv"
    path.write_text("\ufeffid, y , x\nA,2,1\nB, 4, 3\n", encoding="utf-8")
    np.testing.assert_array_equal(read_layout_csv(path), [[1, 2], [3, 4]])


def test_csv_layout_starts_a_problem(case, write, tmp_path):
    write_layout_csv(tmp_path / "start.csv", np.array([[0.0, 0], [500, 500]]))
    problem = load_problem(write(case), {"layout": "start.csv"})
    assert problem.n_turbines == 2
    np.testing.assert_array_equal(problem.initial_layout, [[0, 0], [500, 500]])
