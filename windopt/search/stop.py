"""When a search stops: nothing gained for a while, or no time left."""

import sys
from dataclasses import dataclass

from windopt.search.clock import Clock


@dataclass
class NoGain:
    """Stop when so many iterations in a row have gained nothing.

    Attributes
    ----------
    patience : int
    tolerance : float
        Share of the best: iterations that gain less, all together, have gained nothing.
    best : float
        The best before the first iteration, then the last that was a gain.
    since : int
        Iterations since the last gain.
    most : int
        Iterations after which it is enough, whatever they have gained.
    done : int
        Iterations so far.
    """

    patience: int
    tolerance: float
    best: float = 0.0
    since: int = 0
    most: int = sys.maxsize
    done: int = 0

    def look(self, best: float, iterations: int) -> None:
        """Take note of the best after some more iterations."""
        gained = best > self.best * (1.0 + self.tolerance)
        if gained:
            self.best = best
        self.count(gained, iterations)

    def count(self, gained: bool, iterations: int) -> None:
        """Take note of some more iterations, and whether they have gained anything."""
        self.since = 0 if gained else self.since + iterations
        self.done += iterations

    @property
    def met(self) -> bool:
        """Whether to stop."""
        return self.since >= self.patience or self.done >= self.most

    @property
    def share(self) -> float:
        """How near that is: 1 where it is met."""
        if not self.patience:
            return 1.0
        return min(1.0, max(self.since / self.patience, self.done / self.most))

    def reason(self, of: str = "AEP, all together", what: str = "iterations") -> str:
        """Return in words why a search has stopped that gained less than a share `of` something."""
        if not self.patience:
            return f"optimise.patience is 0: no {what} followed"
        if self.since < self.patience:
            return f"{self.done} {what} are enough where no budget asks for more"
        return f"the last {self.since} {what} gained less than {100 * self.tolerance:.3g} % of {of}"


@dataclass
class OutOfTime:
    """Stop when no more time is left than is to be kept.

    Attributes
    ----------
    left_s : Clock
    given_s : float [s]
        Time left when the search began.
    kept_s : float [s]
    """

    left_s: Clock
    given_s: float
    kept_s: float = 0.0

    @property
    def met(self) -> bool:
        """Whether to stop."""
        return self.left_s() <= self.kept_s

    @property
    def share(self) -> float:
        """Share of the time that is over; 0 where it is not limited."""
        return 1.0 - self.left_s() / self.given_s if self.given_s < float("inf") else 0.0


@dataclass
class FirstOf:
    """Stop when the first of two criteria is met.

    Attributes
    ----------
    no_gain : NoGain
    out_of_time : OutOfTime
    """

    no_gain: NoGain
    out_of_time: OutOfTime

    @property
    def met(self) -> bool:
        """Whether to stop."""
        return self.no_gain.met or self.out_of_time.met

    @property
    def share(self) -> float:
        """How near the end is, by the criterion that is nearer: 1 at most."""
        return min(1.0, max(self.no_gain.share, self.out_of_time.share))
