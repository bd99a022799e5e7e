"""The table of what `evaluate.py` has found, README.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = """\
# How well the shipped kernels know FLORIS

`python results/kernels/evaluate.py` holds every shipped kernel against FLORIS; with `--model NAME`
one of them. A kernel is made once for all parameters of its wake model; nothing below was simulated
or trained for the problem at hand. Bold: misses its bar. CPU-seconds are those of the examination:
FLORIS and four short searches.

"""
FARMS = """\

*Farms*: 14 with FLORIS's defaults and 14 with parameters of velocity and turbulence model drawn
from the kernel's ranges, all superpositions among them: random farms, jittered grids and displaced
regular grids of 9 to 200 turbines, 3.5 to 7 D apart on average, down to 2 D; Vestas V80, NREL 5 MW,
IEA 22 MW and IEA 3.35 MW, in four farms of a group two types; hubs at 0.8 to 1.4 times their
height, wind shear up to 0.2, in four farms a thrust coefficient of 0.89 all over below rated power;
turbulence 0.03 to 0.20 in half of the conditions. Wind from the rose of the quickstart, 360
directions, in large farms as few as FLORIS can do in 6 CPU-seconds (cc: 0.8; gauss_gch: 1), but 24.
Errors as `windopt validate` defines them. gauss_gch is the kernel of gauss in farms with FLORIS's
GCH; its random parameters are those of the deflection as well.

*Rank*: Spearman's correlation over 100 layouts whose turbines stand 0.5, 0.2, 0.05 D (standard
deviation in each coordinate) off an optimum of the quickstart, on 90 directions (gauss_gch:
36), each at one of the three speeds at which wakes cost most. *Claim*: gain of a search of 15
CPU-seconds by the kernel less FLORIS's, the worst of the sites below.
"""
EXACT = """\

## What the networks add

The same farms with FLORIS's own wake functions in the place of the networks, folded as they are:
what is left is the kernel's structure, its low rank and its tables. AEP error in the median and at
worst, turbine power MAPE [%].

"""
CLAIMS = """\

## Claimed and verified gain

Gain in AEP over the given layout, or the best regular grid where none is given (ridge, square100).
FLORIS corrects the kernel on 250 conditions drawn from the rose of 360 directions (cc and
gauss_gch: 150; [how](../verification/README.md)); the standard error of the difference stands
behind ±.

"""
LIMITS = """\

## Where FLORIS does not agree with itself

FLORIS's wakes jump: `jensen` has a hard edge; added turbulence counts rotor points with more than
0.05 m/s of deficit and ends at a box of 15 D by 2 D; `cc` takes turbines side by side in the order
of their x. So FLORIS is held against FLORIS: 20 layouts of the last rank correlation, 0.05 D (10 m
in the quickstart) off the optimum, moved once more by 1 cm and by 10 cm (standard deviation), as a
kernel does that has an edge so far off; and three farms with the wind turned by 0.001°. Beside it
the kernel against itself.

"""


def write_readme(folder: Path, names: Sequence[str]) -> None:
    """Write README.md of all kernels that have their file."""
    files = [folder / f"{name}.json" for name in names if (folder / f"{name}.json").exists()]
    if not files:
        return
    results = [json.loads(file.read_text("utf-8")) for file in files]
    text = HEAD + _bars(results) + FARMS.rstrip("\n") + "\n" + _trained_per_problem(folder)
    text += EXACT + _exact(results)
    text += CLAIMS + _claims(results) + LIMITS + _limits(results)
    done = [
        one["name"] for one in results if len(one.get("claims", [])) == len(one["plan"]["sites"])
    ]
    if missing := [name for name in names if name not in done]:
        text += f"\nNot examined yet, or not in all respects: {', '.join(missing)}.\n"
    for one in results:
        if "note" in one:
            text += f"\n{one['name']}: {one['note']}.\n"
    (folder / "README.md").write_text(text, "utf-8")


def _bars(results: Sequence[Mapping[str, Any]]) -> str:
    known = [bar["figure"] for bar in results[0]["bars"]]
    rows = [["kernel", "CPU-s", *known], ["---"] * (2 + len(known))]
    limits = []
    for bar in results[0]["bars"]:
        other = ""
        if "MAPE" in bar["figure"]:
            bar, other = {**bar, "limit": 0.25}, "; cc, GCH, empirical_gauss 0.4"
        limits.append(f"{'≥' if bar['at_least'] else '≤'} {bar['limit']:g}{other}")
    rows.append(["*bar*", "", *limits])
    for one in results:
        name = f"[{one['name']}]({one['name']}.json)"
        values = [_value(bar) for bar in one["bars"]]
        rows.append([name, f"{sum(one['cpu_s'].values()):.0f}", *values])
    return _table(rows)


def _value(bar: Mapping[str, Any]) -> str:
    if bar["value"] is None:
        return "-"
    text = _number(bar["value"], 4 if bar["at_least"] else 3)
    return text if bar["met"] else f"**{text}**"


def _trained_per_problem(folder: Path) -> str:
    """Say in a line what surrogates reach that are trained for one problem."""
    found = [
        json.loads(file.read_text("utf-8"))
        for file in sorted((folder.parent / "surrogates").glob("*.json"))
    ]
    found = [one for one in found if "turbine_power_mape_pct" in one]
    if not found:
        return ""

    def between(key: str) -> str:
        values = [one[key] for one in found]
        return f"{min(values):.3f} to {max(values):.3f} %"

    return (
        "\nSurrogates that are simulated and trained for one problem, 54 to 130 CPU-seconds each,"
        f" reach an AEP error of {between('aep_error_median_pct')} in the median and"
        f" {between('aep_error_worst_pct')} at worst and a turbine power MAPE of"
        f" {between('turbine_power_mape_pct')}, on that problem's turbine and parameters"
        " ([results/surrogates](../surrogates/README.md)).\n"
    )


def _exact(results: Sequence[Mapping[str, Any]]) -> str:
    heads = ["kernel"]
    for group in results[0]["groups"]:
        heads += [f"{group['group']}: as shipped", "FLORIS's own wakes"]
    rows = [heads, ["---"] * len(heads)]
    keys = ("aep_error_median_pct", "aep_error_worst_pct", "turbine_power_mape_pct")
    for one in results:
        cells = [one["name"]]
        for group in one["groups"]:
            for figures in (group, group["exact_wakes"]):
                told = "-" if figures is None else ", ".join(f"{figures[k]:.3f}" for k in keys)
                cells.append(told)
        rows.append(cells)
    return _table(rows)


def _claims(results: Sequence[Mapping[str, Any]]) -> str:
    sites = list(dict.fromkeys(claim["site"] for one in results for claim in one.get("claims", [])))
    rows = [["kernel", *(f"{site}: claimed, verified [%]; difference" for site in sites)]]
    rows.append(["---"] * len(rows[0]))
    for one in results:
        told = {claim["site"]: claim for claim in one.get("claims", [])}
        cells = []
        for site in sites:
            if (claim := told.get(site)) is None:
                cells.append("-")
                continue
            off = _number(claim["overclaim_pct"], 3) + f" ± {claim['standard_error_pct']:.3f}"
            if abs(claim["overclaim_pct"]) > 0.02:
                off = f"**{off}**"
            gains = f"{claim['claimed_gain_pct']:.3f}, {claim['verified_gain_pct']:.3f}"
            cells.append(f"{gains}; {off}")
        rows.append([one["name"], *cells])
    return _table(rows)


def _limits(results: Sequence[Mapping[str, Any]]) -> str:
    results = [one for one in results if "turned" in one]
    if not results:
        return "Not examined yet.\n"
    moves = [f"{100 * moved['by_m']:g} cm" for moved in results[0]["ranking"]["moved"]]
    heads = ["wake model"]
    for model in ("FLORIS", "kernel"):
        for move in moves:
            heads.append(f"{model}, moved by {move}: rank correlation; change of AEP, mean [%]")
        heads.append(f"{model}, turned: change of AEP, largest; of turbine power, mean [%]")
    rows = [heads, ["---"] * len(heads)]
    for one in results:
        cells = [one["name"]]
        for model in ("floris", "kernel"):
            for moved in one["ranking"]["moved"]:
                own = moved[model]
                cells.append(f"{own['spearman']:.4f}; {own['change_pct']:.4f}")
            turned = one["turned"][model]
            energy, power = (
                _largest(turned, key) for key in ("aep_error_pct", "turbine_power_mape_pct")
            )
            cells.append(f"{energy:.4f}; {power:.4f}")
        rows.append(cells)
    return _table(rows)


def _largest(scores: Iterable[Mapping[str, Any]], key: str) -> float:
    return max(abs(score[key]) for score in scores)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _table(rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
