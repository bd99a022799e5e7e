"""A constraint: what a layout must keep to be feasible, in the form that the whole search uses.

A constraint is a vector of slacks s(x) of the turbines' places x, and a layout keeps it where

    s_k(x) >= 0    for all k.

SQP refinement takes s and its Jacobian ds/dx of what a turbine may reach. Repair takes the least
step that mends the rows at fault to first order,

    dx = J^T (J J^T)^-1 (e - s)    over the rows with s < 0,

a Gauss-Newton step to the least slack e. Destroy-and-repair moves ask where one more turbine may
stand. Taking a turbine away must never break a constraint: repair counts on that.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from windopt.problem.layout import BoolArray, FloatArray, IntArray


class Standing(NamedTuple):
    """Turbines that stand, and the type of the one that is to join them.

    Parameters
    ----------
    layout : (k, 2) [m]
        Without the fixed turbines.
    types : (k,)
        Their types.
    newcomer : int
        The type of the turbine to be placed.
    """

    layout: FloatArray
    types: IntArray
    newcomer: int = 0

    @classmethod
    def nobody(cls, newcomer: int = 0) -> "Standing":
        """Return the state before the first turbine stands."""
        return cls(np.empty((0, 2)), np.empty(0, dtype=np.intp), newcomer)


@dataclass(frozen=True)
class Broken:
    """How a layout breaks a constraint.

    Attributes
    ----------
    name : str
        The constraint's.
    turbines : tuple[int, ...]
        Numbers, from 1, of those that the worst row depends on.
    short : float
        By how much that row falls short of 0.
    unit : str
        Of `short`.
    """

    name: str
    turbines: tuple[int, ...]
    short: float
    unit: str

    @property
    def in_words(self) -> str:
        """Such as ``turbines 2 and 5 break 'distance to the farmhouse' by 35 m``."""
        names = [str(number) for number in self.turbines]
        who = f"turbine {names[0]} breaks" if len(names) == 1 else "the layout breaks"
        if len(names) > 1:
            who = f"turbines {', '.join(names[:-1])} and {names[-1]} break"
        return f"{who} {self.name!r} by {self.short:.3g} {self.unit}"


class Constraint(ABC):
    """What a layout must keep; subclasses add `slack`, `jacobian` and `free`.

    Attributes
    ----------
    name : str
        As messages call it.
    unit : str
        Of the slack; D is diameters of the largest rotor.
    tolerance : float
        Shortfall of the slack that counts as none, in its unit.
    """

    name: str = "constraint"
    unit: str = "D"
    tolerance: float = 1e-6

    @abstractmethod
    def slack(self, layout: FloatArray) -> FloatArray:
        """Return what a layout (n, 2) [m] has to spare: (m,), at least 0 where it is feasible.

        The number of rows may depend on the number of turbines, not on where they stand.
        """

    @abstractmethod
    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives (m, n, 2) of the slack by the places of a layout (n, 2) [1/m]."""

    @abstractmethod
    def free(self, places: FloatArray, standing: Standing) -> BoolArray:
        """Return at which places (m, 2) [m] one more turbine keeps the constraint: (m,)."""

    def within_reach(self, layout: FloatArray, step_m: float) -> "Constraint":
        """Return what is felt of it while no turbine of a layout (n, 2) moves by more than a step.

        Parameters
        ----------
        layout : (n, 2) [m]
        step_m : float [m]
        """
        return self

    def keeps(self, layout: FloatArray) -> bool:
        """Return whether a layout (n, 2) [m] keeps it to the tolerance."""
        return bool((self.slack(layout) >= -self.tolerance).all())

    def project(self, layout: FloatArray, give: float = 0.0) -> FloatArray:
        """Move turbines the least way that mends what is broken, to first order: (n, 2) [m].

        Where nothing is broken, `layout` itself comes back.

        Parameters
        ----------
        layout : (n, 2) [m]
        give : float
            Slack beyond the tolerance to which it is mended, in its unit.
        """
        slack = self.slack(layout)
        broken = slack < 0
        if not broken.any():
            return layout
        rows = self.jacobian(layout)[broken].reshape(-1, layout.size)
        missing = self.tolerance + give - slack[broken]
        step = np.linalg.lstsq(rows, missing, rcond=1e-9)[0]
        moved: FloatArray = layout + step.reshape(layout.shape)
        return moved

    def crowded(self, layout: FloatArray, types: IntArray) -> list[int]:
        """Return the turbines without which the others of a layout (n, 2) [m] keep it.

        Parameters
        ----------
        layout : (n, 2) [m]
        types : (n,)
        """
        if self.keeps(layout):
            return []
        stay: list[int] = []
        leave: list[int] = []
        for i, kind in enumerate(types.tolist()):
            there = Standing(layout[stay], types[stay], kind)
            (stay if self.free(layout[i : i + 1], there)[0] else leave).append(i)
        return leave

    def broken(self, layout: FloatArray) -> Broken | None:
        """Return how a layout (n, 2) [m] breaks it; None where it keeps it."""
        if self.keeps(layout):
            return None
        slack = self.slack(layout)
        worst = int(np.argmin(slack))
        felt = np.flatnonzero(np.hypot(*self.jacobian(layout)[worst].T))
        numbers = tuple(int(i) + 1 for i in felt)
        return Broken(self.name, numbers, -float(slack[worst]), self.unit)
