"""Who watches a run: a console, a notebook, nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from windopt.floris.simulator import Progress
from windopt.runs.folder import RunFolder
from windopt.runs.search_watch import SearchState


class Observer(Protocol):
    """Somebody who watches a run: a console, a notebook, nobody."""

    def stage(self, name: str) -> AbstractContextManager[Progress | None]:
        """Announce a stage; what it gives is told the share of the work done."""
        ...

    def opened(self, folder: RunFolder) -> None:
        """Hear in which folder the run keeps what it finds."""
        ...

    def limited(self, left_s: Callable[[], float]) -> None:
        """Hear that the run's time is limited; `left_s` tells at any time what is left [s]."""
        ...

    def told(self, line: str) -> None:
        """Hear what kind of run it is, in a line."""
        ...

    def asked(self, question: str) -> bool:
        """Answer whether a run goes on; who cannot be asked says yes."""
        ...

    def searching(self, look: Callable[[], SearchState | None]) -> None:
        """Hear that a search begins; `look` tells at any time how it stands, in a few ms."""
        ...

    def improved(self, gwh: float, start: str) -> None:
        """Hear of a better layout: its predicted AEP."""
        ...


class Silent:
    """The observer that is nobody."""

    def stage(self, name: str) -> AbstractContextManager[Progress | None]:
        """Return nothing."""
        return nullcontext()

    def opened(self, folder: RunFolder) -> None:
        """Report nothing."""

    def limited(self, left_s: Callable[[], float]) -> None:
        """Report nothing."""

    def told(self, line: str) -> None:
        """Report nothing."""

    def asked(self, question: str) -> bool:
        """Return yes."""
        return True

    def searching(self, look: Callable[[], SearchState | None]) -> None:
        """Report nothing."""

    def improved(self, gwh: float, start: str) -> None:
        """Report nothing."""
