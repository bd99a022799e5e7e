"""Write docs/gallery.md: the published runs, each with picture, command, minutes, energy and gain.

python results/gallery.py
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent
PAGE = RESULTS.parent / "docs" / "gallery.md"


class Shown(NamedTuple):
    """A published run, and what it shows."""

    folder: str
    command: str
    title: str
    text: str


SHOWN = (
    Shown(
        "quickstart_robust",
        "windopt run quickstart --set energy.country=NLD",
        "25 turbines, several wake models at once",
        "Borssele IIIa off the Dutch coast, one concave parcel. The layout is searched under four "
        "wake models; gains in the table are those under gauss, the page of the run has all.",
    ),
    Shown(
        "quickstart",
        "windopt run quickstart --set robust=null",
        "25 turbines, one wake model",
        "The same farm under gauss alone: more gain there, less under the others.",
    ),
    Shown(
        "onshore",
        "windopt run onshore --set energy.country=NLD",
        "Onshore, two turbine types",
        "A made-up square of 9 km² with 12 sectors of wind, 10 turbines of 3.35 MW and 6 of 5 MW, "
        "no given layout: the gain is over the best regular grid.",
    ),
    Shown(
        "borssele",
        "windopt run borssele",
        "81 turbines in five parcels",
        "Borssele III and IV: parcels that a shipping lane and cables divide.",
    ),
)
OTHERS = (
    (
        "neighbours",
        "an extension beside turbines that stand, with a pipeline and a wreck",
    ),
    ("ridge", "16 turbines on a ridge, where the wind differs from place to place"),
    ("large", "300 turbines in 165 km²"),
    ("thousand", "1,000 turbines in four parcels of 422 km²"),
    ("mixed", "two turbine types at sea"),
    ("rows", "what standing in rows costs"),
    ("how_many", "how many turbines earn most"),
)


def main() -> None:
    """Write the page."""
    parts = [
        "# Gallery",
        "",
        "Runs that are published in `results/`, as they were made on a virtual machine with two "
        "shared cores. Energy is that of the computing, with the band of its method; gains are "
        "FLORIS's. `python results/gallery.py` writes this page from the runs' folders.",
        "",
    ]
    for shown in SHOWN:
        folder = RESULTS / shown.folder
        if (folder / "summary.json").is_file():
            parts += _entry(shown, json.loads((folder / "summary.json").read_text()))
    parts += [
        "## More configs that ship",
        "",
        "No run of these is published; each takes minutes, `large` half an hour and `thousand` "
        "hours of processor time.",
        "",
        "| command | site |",
        "|---|---|",
        *(f"| `windopt run {name}` | {text} |" for name, text in OTHERS),
        "",
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _entry(shown: Shown, summary: dict[str, Any]) -> list[str]:
    energy, over = summary["energy_wh"], "given layout"
    gain = summary["gain_pct"]
    if gain is None:
        gain = 100 * (summary["aep_gwh"] / summary["aep_grid_gwh"] - 1)
        over = "best regular grid"
    return [
        f"## {shown.title}",
        "",
        f"![{shown.title}](../results/{shown.folder}/figures/layout.png)",
        "",
        shown.text,
        "",
        "| command | minutes | CPU-seconds | energy [Wh] | AEP [GWh] | gain |",
        "|---|---:|---:|---:|---:|---:|",
        f"| `{shown.command}` | {summary['wall_s'] / 60:.1f} | {summary['cpu_s']:.0f} | "
        f"{energy['central']:.2g} ({energy['low']:.2g} to {energy['high']:.2g}) | "
        f"{summary['aep_gwh']:,.1f} | {gain:+.2f} % over the {over} |",
        "",
    ]


if __name__ == "__main__":
    main()
