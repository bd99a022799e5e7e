"""The search as an animation: the turbines move from one improvement to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.animation import PillowWriter
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from windopt.atomic import replacing
from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.report.site_map import FIXED, draw_site, origin_km
from windopt.report.style import FINAL, LAYOUTS, MARK, MUTED, RC, set_titles
from windopt.runs.folder import RunFolder
from windopt.runs.kept_layouts import read_kept_layouts

SCENES, STEPS, HOLD = 36, 3, 8
"""Layouts shown at most, frames from one to the next, frames for which the last one stays."""
GLIDE_D = 2.0
"""A turbine that moves less far glides, another one jumps."""
FRAMES_PER_S = 8
WIDTH_IN, DPI = 6.4, 100
TRAIL: dict[str, Any] = {"color": FINAL, "lw": 1.2, "alpha": 0.7}
JUMP: dict[str, Any] = {"color": MARK, "lw": 1.2}


@dataclass(frozen=True, eq=False)
class Scene:
    """A layout (n_turbines, 2) [m] with what is said of it, and the start it came from."""

    layout: FloatArray
    title: str
    subtitle: str
    start: str


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture on the way to a scene.

    Attributes
    ----------
    scene : Scene
    layout : (n_turbines, 2) [m]
        Where the turbines stand.
    before : (n_turbines, 2) [m]
        Where they stood in the scene before.
    jumping : (n_turbines,)
        Whether they are on their way through the air.
    """

    scene: Scene
    layout: FloatArray
    before: FloatArray
    jumping: NDArray[np.bool_]


def write_animation(
    folder: RunFolder, problem: LayoutProblem, progress: Progress | None = None
) -> Path:
    """Draw the search of a finished run as `figures/search.gif` and return the file's path.

    Parameters
    ----------
    folder : RunFolder
        With history, kept layouts and verdict.
    problem : LayoutProblem
        What the run's config describes.
    progress : Progress or None
        Told the share of the work done.

    Raises
    ------
    RunFolderError
        When the search has kept no layouts.
    """
    frames = list(film(scenes(folder, problem), GLIDE_D * problem.rotor_diameter))
    with replacing(folder.animation) as partial, rc_context(RC):
        stage = _Stage(problem)
        writer = PillowWriter(fps=FRAMES_PER_S)
        with writer.saving(stage.figure, str(partial), DPI):
            for done, frame in enumerate(frames, start=1):
                stage.show(frame)
                writer.grab_frame()
                if progress is not None:
                    progress(done / len(frames))
    return folder.animation


def scenes(folder: RunFolder, problem: LayoutProblem) -> list[Scene]:
    """Choose what is shown: kept layouts, evenly through the search, and FLORIS's verdict."""
    history = folder.read_history()
    rows, layouts = read_kept_layouts(folder.history_layouts, problem.n_turbines)
    count = min(SCENES - 1, len(rows))
    chosen = np.linspace(0, len(rows) - 1, count).round().astype(int)
    found = [
        Scene(
            layout,
            f"{history['aep_predicted_gwh'][row]:,.2f} GWh predicted",
            f"after {history['cpu_s'][row]:,.0f} CPU-seconds, from start '{history['start'][row]}'",
            str(history["start"][row]),
        )
        for row, layout in zip(rows[chosen], layouts[chosen], strict=True)
    ]
    final = folder.read_verification()["layouts"]["final"]
    layout = np.asarray(final["layout"])
    sample = "" if final.get("whole_rose", True) else " (sampled)"
    # FLORIS may have preferred another layout than the last one: turbines do not go there
    same = np.abs(layout - found[-1].layout).max() < GLIDE_D * problem.rotor_diameter
    end = Scene(
        layout,
        f"{final['aep_gwh']:,.2f} GWh, verified by FLORIS{sample}",
        f"after {history['cpu_s'][-1]:,.0f} CPU-seconds, the layout handed over",
        found[-1].start if same else "",
    )
    return [*found, end]


def film(shown: list[Scene], glide_m: float) -> Iterator[Frame]:
    """Yield all frames: turbines that move less than `glide_m` [m] glide, the others jump.

    From one start to another the whole farm changes at once.
    """
    no_jumps = np.zeros(len(shown[0].layout), dtype=bool)
    yield from [Frame(shown[0], shown[0].layout, shown[0].layout, no_jumps)] * STEPS
    for one, two in pairwise(shown):
        if one.start != two.start:
            yield from [Frame(two, two.layout, two.layout, no_jumps)] * STEPS
            continue
        way = two.layout - one.layout
        far = np.hypot(*way.T) >= glide_m
        for step in range(1, STEPS + 1):
            share = step / STEPS
            shift = np.where(far, float(step == STEPS), share)
            yield Frame(two, one.layout + shift[:, None] * way, one.layout, far)
    last = shown[-1]
    yield from [Frame(last, last.layout, last.layout, no_jumps)] * HOLD


class _Stage:
    """The map on which the frames are shown, one after the other."""

    def __init__(self, problem: LayoutProblem) -> None:
        self.origin = origin_km(problem)
        self.figure = Figure(figsize=(WIDTH_IN, WIDTH_IN), layout="constrained")
        self.axes: Axes = self.figure.add_subplot()
        draw_site(self.axes, problem, self.origin)
        (low, high), (left, right) = self.axes.get_ylim(), self.axes.get_xlim()
        aspect = float(np.clip((high - low) / (right - left), 0.2, 1.4))
        self.figure.set_size_inches(WIDTH_IN, round(WIDTH_IN * aspect + 1.3, 1))
        set_titles(self.axes, " ", " ")
        self.subtitle = self.axes.texts[-1]
        if len(problem.fixed_layout):
            self.axes.plot(*(problem.fixed_layout / 1e3 - self.origin).T, **FIXED)
        self.trails = LineCollection([], **TRAIL)
        self.axes.add_collection(self.trails, autolim=False)
        look = LAYOUTS["final"].marker
        (self.turbines,) = self.axes.plot([], [], **look, label="turbine")
        (self.gone,) = self.axes.plot(
            [], [], **look | {"mfc": "white", "mec": MUTED}, label="where it stood"
        )
        self.figure.legend(
            handles=[
                self.turbines,
                Line2D([], [], **TRAIL, label="way it has moved"),
                Line2D([], [], **JUMP, marker=">", label="removed, placed elsewhere"),
            ],
            loc="outside lower center",
            ncols=3,
        )
        self.arrows: list[Artist] = []
        self.figure.draw_without_rendering()  # settles the layout, once for all frames
        self.figure.set_layout_engine("none")

    def show(self, frame: Frame) -> None:
        """Draw a frame over the one before."""
        now, before = (xy / 1e3 - self.origin for xy in (frame.layout, frame.before))
        self.axes.set_title(frame.scene.title, pad=24)
        self.subtitle.set_text(frame.scene.subtitle)
        self.turbines.set_data(*now.T)
        self.trails.set_segments(list(np.stack([before, now], axis=1)[~frame.jumping]))
        self.gone.set_data(*before[frame.jumping].T)
        for arrow in self.arrows:
            arrow.remove()
        there = frame.scene.layout / 1e3 - self.origin
        self.arrows = [
            self.axes.annotate("", there[i], before[i], arrowprops={"arrowstyle": "-|>", **JUMP})
            for i in np.flatnonzero(frame.jumping)
        ]
