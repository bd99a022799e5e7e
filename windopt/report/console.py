"""What a run shows on the console: bars, how the search stands, the table that ends it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from windopt.report.certificate import answer
from windopt.report.found_by import found_row
from windopt.report.search_watch import SearchState
from windopt.report.wording import grid_sentence, search_sentence, summary_rows
from windopt.terminal import plain
from windopt.words import count_of

LOOK_S = 1.0
"""How often the search is asked how it stands: that costs it a few ms."""
LOG_S = 60.0
"""How often that becomes a line of a log, where there is no terminal."""
TELLING_SHARE = 0.05
"""Of the work: before that, its pace says nothing about its end."""

Look = Callable[[], SearchState | None]


class ConsoleObserver:
    """Shows a run: a bar for every stage, and below it how the search stands.

    Where the console is no terminal, a stage leaves its bar at its end, and a long search a line
    every minute.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._stage: _StageBar | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Show a bar while a stage lasts."""
        with _StageBar(self.console, name) as self._stage:
            try:
                yield self._stage.tell
                self._stage.tell(1.0)
            finally:
                self._stage.end()

    def searching(self, look: Look) -> None:
        """Show how the search stands, which `look` tells."""
        if self._stage is not None:
            self._stage.look = look

    def improved(self, gwh: float, start: str) -> None:
        """Log it where it is time for a line."""
        if self._stage is not None:
            self._stage.report()


class _StageBar(Progress):
    """The bar of one stage, with a line below it while a layout is searched."""

    look: Look | None

    def __init__(self, console: Console, name: str) -> None:
        self.look, self._line, self._looked, self._logged = None, "", 0.0, time.monotonic()
        self._ended = False
        super().__init__(
            TextColumn("{task.description:<28}", markup=False),
            BarColumn(30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=4,
        )
        self._bar = self.add_task(name, total=1.0)

    def tell(self, share: float) -> None:
        """Hear of the share of the work done."""
        self.update(self._bar, completed=share)
        self.report()

    def report(self) -> None:
        """Leave a line in a log that has not had one for a while."""
        if self.look is None or self.console.is_terminal:
            return
        if time.monotonic() - self._logged > LOG_S and (line := self.line()):
            self._logged = time.monotonic()
            share = f"{100 * self._task.completed:.0f} %"
            self.console.print(
                f"{self._task.description}, {share}: {line}", soft_wrap=True, highlight=False
            )

    def end(self) -> None:
        """Take the last look, while what it looks at is still there."""
        self._looked, self._ended = 0.0, True
        self.line()
        self._looked = float("inf")

    def line(self) -> str:
        """Tell how the search stands, or stood a moment ago."""
        if self.look is not None and time.monotonic() - self._looked > LOOK_S:
            self._looked = time.monotonic()
            state = self.look()
            if state is not None:
                self._line = search_sentence(state, None if self._ended else self._left_s(state))
        return self._line

    @property
    def _task(self) -> Task:
        return self.tasks[0]

    def _left_s(self, state: SearchState) -> float:
        """Give the time left: the budget's, else what the pace so far promises, else nan [s]."""
        share, elapsed = self._task.completed, self._task.elapsed
        paced = float("nan")
        if elapsed is not None and share > TELLING_SHARE:
            paced = elapsed * (1.0 - share) / share
        return paced if state.left_s is None else state.left_s

    def get_renderables(self) -> Iterable[RenderableType]:
        """Give the bar, and the line where there is one."""
        yield self.make_tasks_table(self.tasks)
        if line := self.line():
            yield Text(f"  {line}", style="green", no_wrap=True, overflow="ellipsis")


def summary_table(summary: Mapping[str, Any]) -> Table:
    """Tabulate a run's summary for a terminal.

    Parameters
    ----------
    summary : the content of `summary.json`
    """
    table = Table(
        title=plain(_title(summary), "bold"),
        title_justify="left",
        caption=plain(_caption(summary), "yellow"),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=False,
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in [*summary_rows(summary), *found_row(summary)]:
        table.add_row(*map(plain, row))
    return table


def _title(summary: Mapping[str, Any]) -> str:
    n = summary["n_turbines"]  # unknown where a run that was to choose it has failed
    turbines = "" if n is None else f", {count_of(n, 'turbine')}"
    return f"{summary['name']}: {summary['status']}{turbines}"


def _caption(summary: Mapping[str, Any]) -> str:
    """Say what to use, and what the user should know about regular grids."""
    judged = summary.get("aep_gwh") is not None and "verdict" in summary
    sentences = [answer(summary["verdict"], summary.get("found_by"))] if judged else []
    return " ".join(filter(None, [*sentences, grid_sentence(summary)]))
