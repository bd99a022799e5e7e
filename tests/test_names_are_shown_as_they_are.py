"""Names from elsewhere are text: no markup of the terminal, of a page, or of a formula."""

import io
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from rich.logging import RichHandler
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.console import ConsoleObserver
from windopt.report.study_table import study_table
from windopt.terminal import PlainConsole, VisibleFormatter, plain, visible

NAMES = [
    "a[/b]",
    "T[/i]",
    "[bold]x",
    "[link=https://example.org]x[/link]",
    ":warning:",
    "$x^{$",
    "a\\[b]",
    "<script>alert(1)</script>",
    "&amp;",
    "%s {0} {x!r} %(y)d",
]


def study(name: str) -> dict[str, Any]:
    """Make up the content of a study's `study.json`."""
    known = {"status": name, "reason": name, "ai_answer": None, "energy_wh": None}
    unknown = dict.fromkeys(["aep_gwh", "gain_pct", "cpu_s", "wall_s"])
    total = {"done": 0, "jobs": 1, "failed": 0, "cpu_s": 0.0, "wall_s": 0.0, "energy_wh": None}
    return {"name": name, "jobs": [{"job": name, **known, **unknown}], "total": total}


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.app, [*map(str, arguments)])


@pytest.fixture
def named(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Write the small config with its site and its turbine named so, in a folder named so."""

    def write(name: str) -> Path:
        folder = tmp_path / "out[old] [/x]"
        folder.mkdir(parents=True)
        for part in ("site", "rose", "farm", "small"):
            content = yaml.safe_load((small_config.parent / f"{part}.yaml").read_text())
            if part != "small":
                content["name"] = name
            else:
                content["turbine"] = "turbine.yaml"
            (folder / f"{part}.yaml").write_text(yaml.safe_dump(content))
        turbine = load_problem(small_config).turbine
        curve = {
            "name": name,
            "hub_height": turbine.hub_height,
            "rotor_diameter": turbine.rotor_diameter,
            "performance": {
                "power_curve": {
                    "power_values": turbine.power.tolist(),
                    "power_wind_speeds": turbine.wind_speed.tolist(),
                },
                "Ct_curve": {
                    "Ct_values": turbine.thrust_coefficient.tolist(),
                    "Ct_wind_speeds": turbine.wind_speed.tolist(),
                },
            },
        }
        (folder / "turbine.yaml").write_text(yaml.safe_dump(curve))
        monkeypatch.chdir(folder)
        return folder / "small.yaml"

    return write


@pytest.mark.parametrize("name", NAMES)
def test_check_says_names_as_they_are(named: Callable[..., Path], name: str) -> None:
    ended = run("check", named(name), "--no-draw")
    assert ended.exit_code == 0, ended.output
    said = " ".join(ended.output.split())
    assert "out[old] [/x]/small.yaml: no faults" in said.replace("\n", "")
    assert f"site {name}:" in said
    assert f"9 turbines, {name}: " in said


def test_check_draws_names_as_they_are(named: Callable[..., Path]) -> None:
    ended = run("check", named("a"), "--set", "name=a[-b] $x^{$")
    assert ended.exit_code == 0, ended.output
    assert "drawn in" in ended.output


def test_faults_say_names_as_they_are(named: Callable[..., Path]) -> None:
    config = named("a")
    (config.parent / "site.yaml").write_text("'[/red]': 1\n")
    ended = run("check", config, "--set", "site=gone[/b].yaml", "--no-draw")
    assert "gone[/b].yaml" in str(ended.exception)
    assert ended.exit_code != 0


def test_a_wrong_option_is_told_as_it_is(tmp_path: Path) -> None:
    for arguments in (
        ["run", "a[/b]", "--resume", "c[/d]"],
        ["check", "a[/b]", "--figure", "x[/y].gif"],
        ["compare", "a[/b]", "--problem", "[/p]"],
        ["check", "a", "--set", "[/x]"],
        ["baseline", "a", "--method", "[/x]"],
        ["run", "a", "--seed", "[/x]"],
    ):
        ended = run(*arguments)
        assert ended.exit_code == 2, ended.output
        assert "[/" in ended.output or arguments[0] in ("run", "compare")


def test_init_says_names_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configs = Path(__file__).parents[1] / "configs"
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "site[" / "b].csv"
    site.parent.mkdir()
    site.write_text("parcel,x,y\na,0,0\na,4000,0\na,4000,3000\na,0,3000\n")
    wind = sorted(configs.rglob("*.tab"))[0]
    ended = run(
        *(
            "init",
            site,
            wind,
            "--turbine",
            "floris:iea_10MW",
            "--n-turbines",
            4,
            "--ti",
            0.07,
            "--shear",
            0.1,
        ),
        *("--name", "a[-b]", "--out", "site[/b].yaml"),
    )
    assert ended.exit_code == 0, ended.output
    assert "written to site[/b].yaml" in ended.output


@pytest.mark.parametrize("name", NAMES)
def test_tables_show_names_as_they_are(name: str, small: LayoutProblem) -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    console.print(study_table(study(name)))
    assert name in out.getvalue()


def test_the_ledger_shows_names_as_they_are(make_up: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("out[old]", "a[b"):
        one = make_up(name)
        one.stage("simulate", 4.0)
        one.surrogate(10.0, fingerprint="[red]")
        one.stage("verify", 1.0)
    ended = run("ledger", tmp_path / "runs", "--csv", tmp_path / "t[/x]")
    assert isinstance(ended.exception, OSError | type(None)) or ended.exit_code == 0
    ended = run("ledger", tmp_path / "runs", "--csv", tmp_path / "t[old].csv")
    assert ended.exit_code == 0, ended.exception
    assert "out[old]" in ended.output
    assert "t[old].csv" in ended.output.replace("\n", "")


def test_bars_show_names_as_they_are() -> None:
    console = PlainConsole()
    console.file = io.StringIO()
    with ConsoleObserver(console).stage("[/b] :warning:") as tell:
        tell(0.5)
    assert "[/b] :warning:" in console.file.getvalue()


def test_control_characters_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert visible("a\x1b]0;b\x07\r\u202ec\udcff\n\tü") == "a\\x1b]0;b\\x07\\r\\u202ec\\udcff\n\tü"
    console = PlainConsole()
    console.print("\x1b[2J", "\udcff")
    console.print(plain("\x1b[2J"))
    assert capsys.readouterr().out == "\\x1b[2J \\udcff\n\\x1b[2J\n"
    handler = RichHandler(console=console, show_time=False, show_path=False, show_level=False)
    handler.setFormatter(VisibleFormatter("%(message)s"))
    handler.emit(logging.makeLogRecord({"msg": "[/b] \x1b[2J", "levelno": 30}))
    assert "[/b] \\x1b[2J" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes")
def test_a_file_whose_name_is_no_text_is_told(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.yaml"
    Path(os.fsdecode(path)).write_text("site: x\n")
    ended = run("check", os.fsdecode(path))
    assert ended.exit_code != 0
    visible(str(ended.exception)).encode()
