"""Kernels that ship with windopt: none yet."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windopt.errors import KernelMisfitError
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate


@dataclass(frozen=True)
class ShippedKernel:
    """A kernel that ships with windopt: its folder and its card."""

    name: str
    folder: Path
    card: dict[str, Any]


def shipped_kernels() -> list[ShippedKernel]:
    """List the kernels that ship with windopt."""
    return []


def shipped_surrogate(problem: LayoutProblem) -> Surrogate:
    """Return the shipped kernel for a problem, folded.

    Raises
    ------
    KernelMisfitError
        When none serves it.
    """
    raise KernelMisfitError(f"no kernel ships for {problem.wake.velocity_model}")
