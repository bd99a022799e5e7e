"""Signs that a command is at work, at least every other second, from its first second on.

On a terminal something moves: a stage's bar, or this spinner where no stage is under way. A log
gets a line at the begin of each piece of work and two dots a second; after `DOTS` of them a new
line that says how far the work has come.
"""

import threading
from collections.abc import Callable
from typing import Any, Self

from rich.console import Console
from rich.status import Status

TICK_S = 0.5
"""Time between two dots."""
DOTS = 60
"""On a line."""


def nothing() -> str:
    """Return nothing."""
    return ""


class Alive:
    """Shows, as a context, that a command is at work.

    Parameters
    ----------
    console : Console
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._status: Status | None = None
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._dots, self._say = 0, nothing
        self._thread = threading.Thread(target=self._tick, name="windopt-alive", daemon=True)

    def __enter__(self) -> Self:
        if not self.console.is_terminal:
            self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self.end()

    def begin(self, text: str, say: Callable[[], str] = nothing) -> None:
        """Begin a piece of work.

        Parameters
        ----------
        text : str
            What it is called.
        say : callable
            Tells, whenever a log begins a new line, how far it is.
        """
        self.end()
        with self._lock:
            self._say = say
            if self.console.is_terminal:
                self._status = self.console.status(text)
                self._status.start()
            else:
                self._write(text + " ")

    def end(self, text: str = "") -> None:
        """End it, with a last word."""
        with self._lock:
            if self._status is not None:
                self._status.stop()
                self._status = None
            elif self._dots or text:
                self._write(f" {text}".rstrip() + "\n")
            self._dots, self._say = 0, nothing

    def _tick(self) -> None:
        while not self._ended.wait(TICK_S):
            with self._lock:
                if self._ended.is_set():
                    return
                self._dots += 1
                self._write(".")
                if self._dots % DOTS == 0:
                    self._write(f" {self._say()}".rstrip() + "\n")

    def _write(self, text: str) -> None:
        self.console.print(text, end="", soft_wrap=True)
        self.console.file.flush()
