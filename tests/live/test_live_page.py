"""A growing run is shown on loopback, to whoever has its address, and its search can be stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.config.reader import dump_config
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import VcpuMeter
from windopt.live.server import LiveServer
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.runs.folder import RunFolder
from windopt.runs.history import History

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from devtools import Browser, browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def layout(small: LayoutProblem) -> FloatArray:
    return random_layout(small, np.random.default_rng(5))


@pytest.fixture
def growing(small: LayoutProblem, layout: FloatArray, tmp_path: Path) -> Iterator[RunFolder]:
    """A run whose search has found two layouts, and goes on in this process."""
    folder = RunFolder.create(tmp_path / "run")
    dump_config(small.config, folder.config)
    ledger = Ledger.open(folder.ledger, {"name": "small", "pue": 1.0}, meter=VcpuMeter(2))
    history = History(folder, go_on=False)
    with ledger.stage("simulate"):
        pass
    with ledger.stage("optimise"):
        for gwh, where in ((300.0, layout + 1.0), (301.0, layout)):
            totals = ledger.totals()
            history.add(totals, "random-1", gwh, "learned search", layout=where)
        yield folder


def ask(
    server: LiveServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Send a request as any program may, and return status, body and headers."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.headers)


def test_page_tells_how_the_run_stands(growing: RunFolder, layout: FloatArray) -> None:
    with LiveServer(growing) as server:
        status, text, _ = ask(server, f"/{server.token}/state.json")
        _, outline, _ = ask(server, f"/{server.token}/outline.json")
    state = json.loads(text)
    assert status == 200
    assert (state["status"], state["stage"]) == ("running", "optimise")
    assert state["aep_gwh"] == pytest.approx(301.0)
    assert state["curve"][-1][1] == pytest.approx(301.0)
    assert not state["verified"]
    assert np.allclose(state["layout"], layout, atol=0.01)
    assert state["energy_wh"]["central"] >= 0.0
    assert any(line.startswith("simulate: completed") for line in state["log"])
    assert len(json.loads(outline)) == 3  # two parcels, one with a hole


def test_who_has_not_the_address_learns_nothing(growing: RunFolder) -> None:
    with LiveServer(growing) as server:
        own = f"/{server.token}/state.json"
        refused = [
            ask(server, "/"),
            ask(server, "/state.json"),
            ask(server, f"/{'x' * len(server.token)}/state.json"),
            ask(server, own, Host="evil.example"),
            ask(server, own, Host=f"evil.example:{server.port}"),
            ask(server, own, Origin="http://evil.example"),
            ask(server, f"/{server.token}/stop", "POST", Sec_Fetch_Site="cross-site"),
        ]
        status, _, headers = ask(server, f"/{server.token}/")
    assert {one[0] for one in refused} == {403}
    assert not any("aep" in one[1] for one in refused)
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers


def test_stop_is_the_only_thing_that_can_be_done(
    growing: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, what: what and sent.append((pid, what)))
    with LiveServer(growing) as server:
        assert ask(server, f"/{server.token}/stop")[0] == 404
        assert ask(server, f"/{server.token}/state.json", "POST")[0] == 404
        assert ask(server, f"/{server.token}/../stop", "POST")[0] == 404
        assert not sent
        own = f"http://127.0.0.1:{server.port}"
        status, text, _ = ask(server, f"/{server.token}/stop", "POST", Origin=own)
    assert (status, json.loads(text)) == (200, {"stopped": True})
    assert sent == [(os.getpid(), signal.SIGINT)]


def test_run_that_is_over_cannot_be_stopped(growing: RunFolder) -> None:
    records = growing.ledger.read_text().replace(f'"pid": {os.getpid()}', '"pid": 999999999')
    growing.ledger.write_text(records)
    with LiveServer(growing) as server:
        assert not json.loads(ask(server, f"/{server.token}/state.json")[1])["can_stop"]
        assert json.loads(ask(server, f"/{server.token}/stop", "POST")[1]) == {"stopped": False}


def test_stopped_run_keeps_its_best_layout_and_has_it_verified(
    small_config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-c", "from windopt.commands.cli import main; main()", "run"]
    settings = ("--live", "--set", "report.cpu_seconds=0", "--set", "budget.seconds=600")
    with subprocess.Popen(
        [*command, str(small_config), "--out", str(out), *settings],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"live: http://127.0.0.1:(\d+)/([\w-]+)/", said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        port, token = int(found[1]), found[2]

        def request(method: str, what: str) -> Any:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(method, f"/{token}/{what}")
            return json.loads(connection.getresponse().read())

        for _ in range(600):
            state = request("GET", "state.json")
            if state["can_stop"] and state["layout"]:
                break
            time.sleep(0.2)
        assert request("POST", "stop") == {"stopped": True}
        said += process.stdout.read()
    summary = RunFolder(out).read_summary()
    assert summary["aep_gwh"] > 0.0
    assert summary["feasible"]
    assert summary["wall_s"] < 500
    assert (out / "layout.csv").is_file()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_page_is_drawn_in_a_browser(
    growing: RunFolder, layout: FloatArray, tmp_path: Path, width: int
) -> None:
    with LiveServer(growing) as server, browser(str(CHROMIUM), tmp_path / "profile") as page:
        page.size(width, 800, "dark" if width < 800 else "light", phone=width < 800)
        _go(page, server.address)
        page.wait("document.querySelectorAll('[data-turbine]').length > 0")
        page.wait("document.querySelector('#map path') !== null")
        assert page.value("document.querySelectorAll('[data-turbine]').length") == len(layout)
        assert page.value("document.querySelector('#aep').textContent") == "301.000 GWh"
        assert page.value("document.querySelector('#stop').disabled") is False
        assert page.value("document.documentElement.scrollWidth") <= width
        page.picture(tmp_path / "live.png")
        assert all(address.startswith(server.address) for address in page.asked)
    assert page.said == []


def _go(page: Browser, address: str) -> None:
    page.call("Page.navigate", url=address)
    page.wait("document.readyState === 'complete'")
