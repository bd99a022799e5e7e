"""What a run shows on the console: bars, how the search stands, the table that ends it."""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.prompt import Confirm
from rich.table import Table
from rich.text import Text

from windopt.alive import Alive
from windopt.report.found_by import found_row
from windopt.report.neighbours import neighbour_rows
from windopt.report.robust import RobustTable
from windopt.report.second_code import second_rows
from windopt.report.terminal_map import terminal_map
from windopt.report.three_lines import three_lines
from windopt.report.wording import grid_sentence, search_sentence, summary_rows
from windopt.runs.folder import RunFolder
from windopt.runs.search_watch import SearchState
from windopt.terminal import plain
from windopt.words import count_of

LOOK_S = 2.0
"""How often the search is asked how it stands: that costs it a few ms."""
TELLING_SHARE = 0.05
"""Of the work: before that, its pace says nothing about its end."""

Look = Callable[[], SearchState | None]


class ConsoleObserver:
    """Shows a run: a bar for every stage, and below it how the search stands, with a map.

    Where the console is no terminal, a stage has a line with dots (see `Alive`), one more each
    half minute, and how the search stood at its end.

    Parameters
    ----------
    console : Console
    alive : Alive, optional
        Shows that work is done between stages; without it stages alone are shown.
    live : callable, optional
        Shows the run's folder elsewhere from now on, and returns where.
    """

    def __init__(
        self,
        console: Console,
        alive: Alive | None = None,
        live: Callable[[RunFolder], str] | None = None,
    ) -> None:
        self.console, self._alive, self._live = console, alive, live
        self._stage: _StageBar | None = None
        self._run_left_s: Callable[[], float] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Show a bar while a stage lasts."""
        with ExitStack() as opened:
            alive = self._alive or opened.enter_context(Alive(self.console))
            self._stage = bar = _StageBar(self.console, name, self._run_left_s)
            if self.console.is_terminal:
                alive.end()
                opened.enter_context(bar)
            else:
                alive.begin(name, bar.sentence)
            try:
                yield bar.tell
                bar.tell(1.0)
            finally:
                bar.end()
                if not self.console.is_terminal:
                    alive.end(f"{100 * bar.share:.0f}%, {bar.elapsed}")
                    if line := bar.line():
                        self.console.print(f"  {line}", soft_wrap=True, highlight=False)
        if self._alive is not None and self.console.is_terminal:
            self._alive.begin("one moment")

    def limited(self, left_s: Callable[[], float]) -> None:
        """Show in every stage how long the run may still go on."""
        self._run_left_s = left_s

    def opened(self, folder: RunFolder) -> None:
        """Have the run shown elsewhere, where that is asked for, and print where."""
        if self._live is not None:
            self.told(self._live(folder))

    def told(self, line: str) -> None:
        """Print what kind of run it is."""
        if self._alive is not None:
            self._alive.end("done")
        self.console.print(line, soft_wrap=True, highlight=False)
        if self._alive is not None and self.console.is_terminal:
            self._alive.begin("one moment")

    def asked(self, question: str) -> bool:
        """Ask on a terminal, yes being the default; elsewhere nobody can be asked."""
        if not (self.console.is_terminal and sys.stdin.isatty()):
            return True
        if self._alive is not None:
            self._alive.end("done")
        return Confirm.ask(plain(question), console=self.console, default=True)

    def searching(self, look: Look) -> None:
        """Show how the search stands, which `look` returns."""
        if self._stage is not None:
            self._stage.look = look

    def improved(self, gwh: float, start: str) -> None:
        """Do nothing: the bar reads how the search stands itself."""


class _StageBar(Progress):
    """The bar of one stage, with a line below it while a layout is searched."""

    look: Look | None

    def __init__(
        self, console: Console, name: str, run_left_s: Callable[[], float] | None = None
    ) -> None:
        self.look, self._line, self._looked, self._ended = None, "", 0.0, False
        self._run_left_s, self._map = run_left_s, list[str]()
        super().__init__(
            TextColumn("{task.description:<28}", markup=False),
            BarColumn(30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            _RunLeft(run_left_s),
            console=console,
            refresh_per_second=4,
        )
        self._bar = self.add_task(name, total=1.0)

    @property
    def share(self) -> float:
        """Of the work that is done."""
        return float(self._task.completed)

    @property
    def elapsed(self) -> str:
        """Time since the stage began."""
        return str(timedelta(seconds=round(self._task.elapsed or 0.0)))

    def tell(self, share: float) -> None:
        """Show the share of the work done."""
        self.update(self._bar, completed=share)

    def sentence(self) -> str:
        """Return how far the work is and how the search stands."""
        said = f"{100 * self.share:.0f} %"
        if self._run_left_s is not None:
            said += f", {_in_time(self._run_left_s())} left"
        line = self.line()
        return f"{said}: {line}" if line else said

    def end(self) -> None:
        """Read how the search stands a last time, before it is gone."""
        self._looked, self._ended = 0.0, True
        self.line()
        self._looked = float("inf")

    def line(self) -> str:
        """Return how the search stands, or stood a moment ago."""
        if self.look is not None and time.monotonic() - self._looked > LOOK_S:
            self._looked = time.monotonic()
            state = self.look()
            if state is not None:
                whole_run = self._run_left_s is not None  # which the bar says already
                left_s = None if self._ended or whole_run else self._left_s(state)
                self._line = search_sentence(state, left_s)
                if state.problem is not None and state.layout is not None:
                    self._map = terminal_map(state.problem, state.layout)
        return self._line

    @property
    def _task(self) -> Task:
        return self.tasks[0]

    def _left_s(self, state: SearchState) -> float:
        """Return the time left: the budget's, else what the pace so far promises, else nan [s]."""
        share, elapsed = self._task.completed, self._task.elapsed
        paced = float("nan")
        if elapsed is not None and share > TELLING_SHARE:
            paced = elapsed * (1.0 - share) / share
        return paced if state.left_s is None else state.left_s

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return the bar, and the line where there is one."""
        yield self.make_tasks_table(self.tasks)
        if line := self.line():
            yield Text(f"  {line}", style="green", no_wrap=True, overflow="ellipsis")
            for row in self._map:
                yield Text(f"  {row}", no_wrap=True)


class _RunLeft(ProgressColumn):
    """How long the whole run may still go on, where that is limited."""

    max_refresh = 0.5

    def __init__(self, left_s: Callable[[], float] | None) -> None:
        self.left_s = left_s
        super().__init__()

    def render(self, task: Task) -> Text:
        """Return the time left."""
        return Text("" if self.left_s is None else f"{_in_time(self.left_s())} left")


def _in_time(seconds: float) -> str:
    return "-" if not math.isfinite(seconds) else str(timedelta(seconds=round(seconds)))


def summary_table(summary: Mapping[str, Any]) -> Table:
    """Tabulate a run's summary for a terminal.

    Parameters
    ----------
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    table = Table(
        title=plain(_title(summary), "bold"),
        title_justify="left",
        caption=plain(grid_sentence(summary), "yellow"),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=False,
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    second = second_rows(summary.get("second_opinion"))
    for row in [*summary_rows(summary), *second, *neighbour_rows(summary), *found_row(summary)]:
        table.add_row(*map(plain, row))
    return table


def robust_console(told: RobustTable) -> Table:
    """Tabulate what every wake model says of a robust run's layouts, within 80 columns."""
    table = Table(
        title=plain(f"gain over the {told.over} under every wake model", "bold"),
        title_justify="left",
        caption=plain(told.caption, "dim"),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column(plain("wake model"), no_wrap=True)
    columns = [told.row_names]
    for one in told.columns:
        aep, gain = told.rows(one)
        if one.gain is None or one.key == "final":
            table.add_column(plain(f"{one.short}\nAEP [GWh]"), justify="right")
            columns.append(aep)
        if one.gain is not None:
            table.add_column(plain(f"{one.short}\ngain [%]"), justify="right")
            columns.append(gain)
    said = len(told.row_names) - len(told.record.models)
    for number, row in enumerate(zip(*columns, strict=True), 1):
        last_model = number == len(told.row_names) - said
        table.add_row(*map(plain, row), end_section=last_model)
    return table


def _title(summary: Mapping[str, Any]) -> str:
    n = summary["n_turbines"]  # unknown where a run that was to choose it has failed
    turbines = "" if n is None else f", {count_of(n, 'turbine')}"
    return f"{summary['name']}: {summary['status']}{turbines}"


def three_lines_table(folder: RunFolder, summary: Mapping[str, Any]) -> Table:
    """Return what a run ends with: which layout to use, the AI's share, the bill.

    Parameters
    ----------
    folder : RunFolder
        With an assessment; nothing is in the table where there is none.
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    record = folder.find(RunFolder.assessment_record)
    for line in () if record is None else three_lines(record, summary):
        table.add_row(*map(plain, line))
    return table
