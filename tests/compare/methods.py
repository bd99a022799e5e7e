"""Methods that misbehave, each in its own way; compared as ``methods.py:NAME``."""

import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from windopt.compare.method import Method, Propose, Time
from windopt.errors import LayoutError
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

FEASIBLE = [[300.0 + 600.0 * i, 300.0 + 1400.0 * j] for i in range(3) for j in range(2)] + [
    [3900.0, 300.0],
    [3900.0, 1700.0],
    [2600.0, 300.0],
]
"""A layout of the site in `tests/conftest.py` (9, 2) [m]."""
BURN = "while True: pass"


def _layout() -> FloatArray:
    return np.array(FEASIBLE)


def honest(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Propose a layout and a better one; claim nothing."""
    for north in (0.0, 10.0):
        propose(_layout() + np.array([0.0, north + seed]), None)


def liar(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Claim ten times too much for a bad layout, then the truth for a better one."""
    crowded = np.array([[100.0 + 420.0 * i, 100.0] for i in range(9)])
    propose(crowded, 1e13)
    propose(_layout(), 4e11)


def sloppy(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Propose whatever does not count, and one good layout in between."""
    propose(_layout(), 1.0)
    propose(_layout() * np.nan, 2.0)
    propose(_layout()[:5], 3.0)
    propose(np.zeros((9, 2)), 4.0)
    propose(_layout() + 1e5, 5.0)
    propose(_layout() - 5.0, float("nan"))


def crasher(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Propose, then fall over."""
    propose(_layout(), None)
    raise RuntimeError("out of luck")


def decliner(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Say that the problem is not for it."""
    raise LayoutError("nine turbines are too many")


def sleeper(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Propose, leave a folder behind and do nothing for ever."""
    propose(_layout(), None)
    print(tempfile.mkdtemp(), flush=True)
    time.sleep(1e6)


def glutton(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Burn all cores in children, one of them in a process group of its own; never look up."""
    propose(_layout(), None)
    for group in (False, True):
        child = subprocess.Popen(
            [sys.executable, "-S", "-c", BURN], process_group=0 if group else None
        )
        print(child.pid, flush=True)
    print(os.getpid(), flush=True)
    while True:
        propose(_layout(), left_s())


METHODS = {
    function.__name__: Method(function.__doc__ or "", function)
    for function in (honest, liar, sloppy, crasher, decliner, sleeper, glutton)
} | {
    "uninstalled": Method("never installed", honest, ("no-such-distribution",)),
}
