"""`windopt init` with a time series, a rose across or a table of sectors."""

import pytest
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.config.reader import load_config

SERIES = "Lat=54.1 Lon=6.2 Hub-Height=90\n\nYYYYMMDD HHMM M(m/s) D(deg)\n" + "".join(
    f"20190101 {hour:02}00 {5 + hour / 4} {15 * hour}\n" for hour in range(24)
)
SECTORS = "sector,frequency,A,k\n" + "".join(f"{30 * k},{1 / 12:.9f},9,2\n" for k in range(12))


@pytest.mark.parametrize(("text", "is_series"), [(SERIES, True), (SECTORS, False)])
def test_table_of_the_wind_is_recognised(tmp_path, monkeypatch, text, is_series):
    (tmp_path / "wind.txt").write_text(text)
    (tmp_path / "site.csv").write_text("x,y\n0,0\n4000,0\n4000,3000\n0,3000\n")
    monkeypatch.chdir(tmp_path)
    given = ["wind.txt", "site.csv", "--turbine", "floris:nrel_5MW", "--n-turbines", "4"]
    ended = CliRunner().invoke(cli.app, ["init", *given, "--ti", "0.07", "--name", "farm"])
    assert ended.exit_code == 0, ended.output
    assert "--wind: wind.txt" in ended.output
    assert load_config("farm.yaml").wind_resource == str(tmp_path / "wind.txt")
    written = (tmp_path / "farm.yaml").read_text()
    for entry in ("date_format", "columns", "allow_wind_gaps", "month_weights"):
        assert (f"# {entry}: " in written) == is_series
