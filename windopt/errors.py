"""The exceptions of windopt.

A fault in the user's input is collected, not thrown one at a time: readers and checks gather
`Fault`s, and one `ConfigError` carries them all. Each fault names the culprit with its value, and
the cure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


LONGEST = 1000
"""Characters of a fault's problem that are shown."""
MOST_SHOWN = 100
"""Faults that are told one by one."""
MOST_KEPT = 10_000
"""Faults that are kept of those that are collected."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input.

    Parameters
    ----------
    where : str
        Config key, or file and key.
    problem : str
        The culprit and its value.
    cure : str
        What to do about it.
    lacks : str or None
        The entry of the config that gives what a file does not say, by its last key; None where the
        fault is another.
    """

    where: str
    problem: str
    cure: str
    lacks: str | None = None

    def __str__(self) -> str:
        # long texts are mostly those of other libraries
        where, said, cure = (
            text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
            for text in (self.where, self.problem, self.cure)
        )
        return f"{where}: {said}; {cure}"


class WindoptError(Exception):
    """Base of the errors that windopt raises on purpose; the command line returns `exit_code`."""

    exit_code = 1


class ConfigError(WindoptError):
    """The input is faulty; `faults` lists all that was found, `str()` numbers them line by line."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(dict.fromkeys(faults))  # each once
        lines = [f"{i}. {fault}" for i, fault in enumerate(self.faults[:MOST_SHOWN], 1)]
        if more := len(self.faults) - len(lines):
            lines.append(f"and {more:,} more")
        super().__init__("\n".join(lines))

    @classmethod
    def of(cls, where: str, problem: str, cure: str, lacks: str | None = None) -> "ConfigError":
        """Return the error of a single fault."""
        return cls([Fault(where, problem, cure, lacks)])


class SurrogateMismatchError(WindoptError):
    """A saved surrogate was asked for another wake model than it has learned."""


class KernelMisfitError(WindoptError):
    """No kernel that ships with windopt fits a problem; the text says why."""


class LayoutError(WindoptError):
    """A layout does not fit the problem it was given to."""


class InfeasibleError(WindoptError):
    """No layout that keeps the boundaries and the spacing was found."""


class WorkerDiedError(WindoptError):
    """Worker processes die, again and again, at the same piece of work."""


class WorkersError(WindoptError):
    """The workers that are asked for are not there, or compute otherwise than this process."""

    exit_code = 2


class MainGuardError(WindoptError):
    """A script starts worker processes outside ``if __name__ == "__main__":``."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "worker processes import the script that starts them, and this one does its work while "
            "it is imported: put what it does into a function main(), and call that at its end "
            'below the line  if __name__ == "__main__":'
        )


class RunFolderError(WindoptError):
    """A run folder cannot be read or written, or lacks what a stage needs."""

    exit_code = 2


class FaultCollector(list[Fault]):
    """Faults found so far, so that one pass over the input finds all of them."""

    def attempt(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return ``read(*args, **kwargs)``, or None, keeping the faults of its `ConfigError`."""
        try:
            return read(*args, **kwargs)
        except ConfigError as error:
            if len(self) < MOST_KEPT:  # files of noise have one in every line
                self.extend(error.faults)
            return None

    def raise_any(self) -> None:
        """Raise a `ConfigError` with all faults, if there are any."""
        if self:
            raise ConfigError(self)


def read_each(read: Callable[[str], T], *keys: str) -> list[T]:
    """Return ``read(key)`` for each key, or raise the faults of all keys in one `ConfigError`."""
    faults = FaultCollector()
    values = [faults.attempt(read, key) for key in keys]
    faults.raise_any()
    return [value for value in values if value is not None]
