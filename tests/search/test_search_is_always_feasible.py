"""However a search ends, its answer is feasible; where turbines do not fit it says so.

The sites are drawn, the wake model is a formula, and feasibility is judged here, by plain geometry
on what was drawn, not by windopt's own check.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import shapely
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from windopt.errors import ConfigError, InfeasibleError
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.search.patterns import optimise
from windopt.search.solution import Improvement, Solution
from windopt.surrogate.analytic import analytic_surrogate

DIAMETER = 198.0
QUICK: dict[str, Any] = {
    "wake": {"velocity_model": "iea37", "turbulence_model": "none", "combination_model": "sosfs"},
    "layout": None,
    "refine_wind": False,
    "wind_resource": "drawn_rose.yaml",
    "optimise": {"starts": 3, "steps": 4, "chains": 1, "patience": 1},
}
ROSE = {
    "name": "rose",
    "wind_resource": {
        "wind_direction": [20.0, 95.0, 200.0, 260.0],
        "wind_speed": [8.0],
        "probability": {
            "data": [[0.1], [0.2], [0.3], [0.4]],
            "dims": ["wind_direction", "wind_speed"],
        },
        "turbulence_intensity": {"data": 0.07, "dims": []},
    },
}
DARTS = 3000


@dataclass(frozen=True)
class Drawn:
    """A problem as drawn: parcels less holes, exclusions with their set-back, the spacing rule."""

    parcels: list[FloatArray]
    holes: list[FloatArray]
    exclusions: list[dict[str, Any]]
    n_turbines: int
    along_d: float
    across_d: float
    wind_direction: float
    fixed: FloatArray

    def outside_m(self, layout: FloatArray) -> float:
        """How far the worst turbine is outside a parcel or inside what is excluded [m]."""
        points = shapely.points(layout)
        parcels = shapely.union_all([shapely.Polygon(ring) for ring in self.parcels])
        worst = float(shapely.distance(points, parcels).max())
        for hole in map(shapely.Polygon, self.holes):
            inside = shapely.contains(hole, points)
            depth = np.where(inside, shapely.distance(points, hole.exterior), 0.0)
            worst = max(worst, float(depth.max()))
        for exclusion in self.exclusions:
            if "point" in exclusion:
                shape = shapely.Point(exclusion["point"])
            elif "line" in exclusion:
                shape = shapely.LineString(exclusion["line"])
            else:
                shape = shapely.Polygon(exclusion["polygon"])
            short = exclusion["distance_m"] - shapely.distance(points, shape)
            worst = max(worst, float(short.max()))
        return worst

    def apart_d(self, one: FloatArray, others: FloatArray) -> FloatArray:
        """Distances of one turbine from others in the units of the rule's ellipse, along it [D]."""
        angle = np.deg2rad(self.wind_direction)
        gap = (others - one) / DIAMETER
        along = gap @ [np.sin(angle), np.cos(angle)]
        across = gap @ [np.cos(angle), -np.sin(angle)]
        longest = max(self.along_d, self.across_d)
        return longest * np.hypot(along / self.along_d, across / self.across_d)

    def short_d(self, layout: FloatArray) -> float:
        """By how much the worst pair breaks the spacing rule [D]."""
        longest, worst = max(self.along_d, self.across_d), 0.0
        for i, one in enumerate(layout):
            others = np.vstack([layout[i + 1 :], self.fixed])
            if len(others):
                worst = max(worst, float(longest - self.apart_d(one, others).min()))
        return worst

    def fits_by_chance(self) -> bool:
        """Whether turbines thrown at the site one by one, 5 % farther apart, find a place."""
        rng, layout = np.random.default_rng(0), np.empty((0, 2))
        corners = np.vstack(self.parcels)
        longest = max(self.along_d, self.across_d)
        for dart in rng.uniform(corners.min(axis=0), corners.max(axis=0), (DARTS, 2)):
            standing = np.vstack([layout, self.fixed])
            far = not len(standing) or self.apart_d(dart, standing).min() > 1.05 * longest
            if far and self.outside_m(dart[None]) <= 0:
                layout = np.vstack([layout, dart])
            if len(layout) == self.n_turbines:
                return True
        return False

    def load(self, config: Path) -> LayoutProblem:
        """Write the site beside the config of the small problem, and read it all."""

        def columns(rings: list[FloatArray]) -> list[dict[str, list[float]]]:
            return [{"x": ring[:, 0].tolist(), "y": ring[:, 1].tolist()} for ring in rings]

        site: dict[str, Any] = {"name": "drawn", "boundaries": {"polygons": columns(self.parcels)}}
        if self.holes:
            site["exclusions"] = {"polygons": columns(self.holes)}
        config.with_name("drawn.yaml").write_text(yaml.safe_dump(site))
        parts = yaml.safe_load(config.read_text()) | QUICK | {"site": "drawn.yaml"}
        parts |= {"n_turbines": self.n_turbines, "exclusions": self.exclusions}
        parts["spacing"] = {"along_d": self.along_d, "across_d": self.across_d}
        parts["spacing"]["wind_direction"] = self.wind_direction
        if self.along_d == self.across_d:
            parts["spacing"] = {"min_d": self.along_d}
        if len(self.fixed):
            rows = ["x,y", *(f"{x!r},{y!r}" for x, y in self.fixed.tolist())]
            config.with_name("drawn.csv").write_text("\n".join(rows) + "\n")
            parts["fixed_turbines"] = {"layout": "drawn.csv"}
        path = config.with_name("drawn_config.yaml")
        path.write_text(yaml.safe_dump(parts))
        return load_problem(path)


def draw_problem(rng: np.random.Generator, n_turbines: int) -> Drawn:
    """One to three parcels of any form, 0.3 to 3 km across, some with a hole or exclusions."""

    def star(centre: FloatArray, least: float, most: float) -> FloatArray:
        m = int(rng.integers(4, 10))
        angle = 2 * np.pi * (np.arange(m) + rng.uniform(0, 0.7, m)) / m
        ray = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return np.asarray((centre + rng.uniform(least, most, m)[:, None] * ray).round(1))

    size = 400 * np.sqrt(n_turbines) * rng.uniform(0.7, 1.5)
    centres = np.array([[2.2 * size * k, 0.0] for k in range(rng.integers(1, 4))])
    exclusions: list[dict[str, Any]] = []
    for kind in rng.choice(["point", "line", "polygon"], rng.integers(0, 3)).tolist():
        shape = star(rng.choice(centres) + rng.normal(0, 0.4 * size, 2), 30, 150).tolist()
        value = {"point": shape[0], "line": shape[:3], "polygon": shape}[kind]
        exclusions.append({kind: value, "distance_m": float(rng.uniform(20, 150))})
    along = float(rng.uniform(1.2, 3.0))
    elliptic = rng.random() < 0.5
    n_fixed = rng.choice([0, 0, 1, 3])
    return Drawn(
        parcels=[star(centre, 0.3 * size, size) for centre in centres],
        holes=[star(centres[0], 40, 0.25 * size)] if rng.random() < 0.5 else [],
        exclusions=exclusions,
        n_turbines=n_turbines,
        along_d=along,
        across_d=max(1.0, along * float(rng.uniform(0.4, 1.0))) if elliptic else along,
        wind_direction=float(rng.uniform(0, 360)) if elliptic else 0.0,
        fixed=np.arange(n_fixed)[:, None] * [500.0, 0.0] + rng.normal(0, 0.5 * size, 2),
    )


@dataclass(frozen=True)
class Ending:
    """How a search is to end: by itself, after some seconds, or at a call by Ctrl-C."""

    seconds: float | None = None
    interrupted: str = ""
    at_call: int = 0


ENDINGS = st.one_of(
    st.just(Ending()),
    st.sampled_from([Ending(seconds) for seconds in (0.0, 0.05, 0.5)]),
    st.builds(
        Ending,
        interrupted=st.sampled_from(["value", "rates", "rate_and_gradient", "place_values"]),
        at_call=st.integers(1, 80),
    ),
    st.builds(Ending, interrupted=st.just("on_improvement"), at_call=st.integers(1, 6)),
)


def search(problem: LayoutProblem, seed: int, ending: Ending, told: list[FloatArray]) -> Solution:
    """Search, and end it as it is to end; `told` collects the improvements."""
    calls = 0

    def call(name: str) -> None:
        nonlocal calls
        calls += name == ending.interrupted
        if calls == ending.at_call and name == ending.interrupted:
            raise KeyboardInterrupt

    def improved(_: Improvement, layout: FloatArray) -> None:
        told.append(layout)
        call("on_improvement")

    surrogate = analytic_surrogate(problem)
    if ending.interrupted in ("", "on_improvement"):
        return optimise(problem, surrogate, seed, ending.seconds, on_improvement=improved)
    method = getattr(Objective, ending.interrupted)

    def counted(*arguments: object) -> object:
        call(ending.interrupted)
        return method(*arguments)

    with patch.object(Objective, ending.interrupted, counted):
        return optimise(problem, surrogate, seed, on_improvement=improved)


@pytest.fixture(scope="module")
def config(small_config: Path) -> Path:
    """The config of the small problem, with a rose of four conditions beside it."""
    small_config.with_name(QUICK["wind_resource"]).write_text(yaml.safe_dump(ROSE))
    return small_config


@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), n_turbines=st.integers(1, 12), ending=ENDINGS)
@example(seed=323654, n_turbines=1, ending=Ending())  # one turbine has no room
def test_answer_is_feasible_or_refused_with_a_reason(
    config: Path, seed: int, n_turbines: int, ending: Ending
) -> None:
    drawn = draw_problem(np.random.default_rng(seed), n_turbines)
    told: list[FloatArray] = []
    reason = ""
    try:
        solution = search(drawn.load(config), seed % 1000, ending, told)
    except (ConfigError, InfeasibleError) as refused:
        reason = str(refused)
    except KeyboardInterrupt:
        assert ending.interrupted
        assert not told
        return
    if reason:
        assert re.search("(does|do) not fit on|no place for turbine", reason)
        assert not told
        assert not drawn.fits_by_chance()
        return
    assert solution.layout.shape == (drawn.n_turbines, 2)
    for layout in (solution.layout, *told, *(start.layout for start in solution.starts)):
        assert drawn.outside_m(layout) <= 1e-3
        assert drawn.short_d(layout) <= 1e-6
