"""The report in a real browser without a window: light and dark, on a desk and on a phone."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from windopt.problem.problem import LayoutProblem
from windopt.report.html import SECTIONS, write_report
from windopt.runs.assessment_record import AssessmentRecord
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.robust import ModelRecord, RobustRecord, Under

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
SCHEMES = {"dark": 0, "light": 1}
MEASURE = """<script>
addEventListener("load", () => {
  const wide = [...document.querySelectorAll("main *, header *")].filter(one =>
    !one.closest(".scroll, svg, pre") && one.getBoundingClientRect().right > innerWidth + 1);
  const asked = performance.getEntriesByType("resource").map(one => one.name);
  document.body.dataset.measured = JSON.stringify({
    width: innerWidth, page: document.documentElement.scrollWidth,
    sections: [...document.querySelectorAll("[id]")].map(one => one.id),
    wide: wide.map(one => one.outerHTML.slice(0, 80)),
    spilt: [...document.querySelectorAll(".card, .card *, h1, h2")].filter(
      one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map(one => one.innerText),
    asked: asked.filter(name => !name.startsWith("data:")),
    broken: [...document.images].filter(one => !one.naturalWidth).length,
    letters: [...document.querySelectorAll(".map text")].map(
      one => one.getBoundingClientRect().height),
  });
});
</script>"""
PHONE = """<!doctype html><body><iframe width="360" height="800" style="border:0" srcdoc="{page}"
onload="document.body.dataset.measured = this.contentDocument.body.dataset.measured"></iframe>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


def browse(folder: Path, page: Path, *options: str) -> str:
    """Open a page in a fresh browser and give what it prints."""
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={folder / 'profile'}", *options]
    ended = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=180, check=True)
    return ended.stdout.decode()


@pytest.fixture(scope="module")
def page(
    borssele: LayoutProblem,
    finished_run: RunFolder,
    assessed: AssessmentRecord,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A report that has everything: turbine by turbine, moves, one more, other wake models."""
    shutil.copytree(finished_run.path, tmp_path_factory.mktemp("browser") / "run")
    folder = RunFolder(tmp_path_factory.getbasetemp() / "browser0" / "run")
    folder.write(RunFolder.assessment_record, assessed)
    verdict = folder.read_verification()
    n = borssele.n_turbines
    for one in verdict["layouts"].values():
        one["turbine_aep_gwh"] = np.linspace(50.0, 60.0, n)
        one["turbine_wake_loss_pct"] = np.linspace(12.0, 2.0, n)
    write_json(folder.verification, verdict)
    places = np.array([[7000.0 + 100 * i, 3500.0 + 100 * j] for i in range(9) for j in range(9)])
    moves = [{"turbine": i, "gain_gwh": 1.5 - 0.1 * i, "taken_by": None} for i in range(1, n)]
    write_json(
        folder.what_if,
        {
            "conditions": 97,
            "of": 7200,
            "error_gwh": 0.01,
            "gain_gwh": 17.4,
            "moves": [{"turbine": 0, "gain_gwh": None, "taken_by": 3}, *moves],
            "not_asked": [],
            "type": borssele.turbine.name,
            "places": [{"x": 7400.0, "y": 3900.0, "gain_gwh": 43.21}],
            "map": {"places": places, "values": np.arange(81.0), "step_m": 100.0},
        },
    )
    aep = {"initial": 1360.0, "grid": 1366.0, "final": 1380.0}
    models = ("gauss", "jensen", "cc", "turboparkgauss")
    write_json(
        folder.robustness,
        {
            "own": "gauss",
            "aep_gwh": {model: aep for model in models},
            "gain_gwh": {key: dict.fromkeys(models, 14.0) for key in ("initial", "grid")},
            "spread_gwh": {"initial": 1.0, "grid": 1.0},
        },
    )
    folder.write(
        RunFolder.robust,
        RobustRecord(
            "mean",
            "initial",
            {model: ModelRecord(1 / len(models), True) for model in models},
            {
                name: dict.fromkeys(models, Under(one, 0.0, gain, gain and 0.0, 7200, True))
                for (name, one), gain in zip(aep.items(), (None, 0.4, 1.5), strict=True)
            },
        ),
    )
    return write_report(folder, borssele)


@pytest.fixture(scope="module")
def phone(page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a phone's browser makes of the page."""
    folder = tmp_path_factory.mktemp("phone")
    watched = folder / "page.html"
    measuring = page.read_text().replace("</body>", f"{MEASURE}</body>")
    # in a frame: windows of the browser itself are never narrower than 500 pixels
    watched.write_text(PHONE.format(page=html.escape(measuring)))
    dom = browse(folder, watched, "--dump-dom", "--virtual-time-budget=5000")
    (measured,) = re.findall(r'<body data-measured="([^"]*)"', dom)
    return dict(json.loads(html.unescape(measured)))


def test_page_fits_a_phone(phone: dict[str, Any]) -> None:
    assert phone["width"] == 360
    assert phone["wide"] == []
    assert phone["spilt"] == []
    assert phone["page"] <= 360
    assert min(phone["letters"]) >= 9  # pixels, the height of letters on maps


def test_page_asks_the_network_for_nothing(phone: dict[str, Any], page: Path) -> None:
    assert phone["asked"] == []
    assert phone["broken"] == 0
    sources = re.findall(r'(?:src|srcset|href|url\()[="(]*([^")\s>]+)', page.read_text())
    assert all(source.startswith(("data:", "#")) for source in sources)


def test_page_has_all_its_parts(phone: dict[str, Any]) -> None:
    # of the physical section this summary of before knows nothing, and there are no neighbours
    absent = {"physical", "neighbours"}
    assert {anchor for anchor, _ in SECTIONS} - absent <= set(phone["sections"])


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (360, "dark")])
def test_page_can_be_seen_in_light_and_dark(
    page: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    picture = tmp_path / "page.png"
    browse(
        tmp_path,
        page,
        f"--screenshot={picture}",
        f"--window-size={width},1600",
        "--hide-scrollbars",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
    )
    seen = imread(picture)[..., :3].mean(axis=2)
    assert seen.shape == (1600, width)
    assert seen.std() > 0.05
    paper = np.median(seen)
    assert paper > 0.9 if scheme == "light" else paper < 0.2
    letters = np.abs(seen[700:] - paper) > 0.35
    assert 0.002 < letters.mean() < 0.6
