"""A chain: one line of iterated local search."""

from dataclasses import dataclass

from windopt.problem.layout import FloatArray


@dataclass(frozen=True, eq=False)
class Chain:
    """Where one line of iterated local search stands, and the best that it has seen.

    Attributes
    ----------
    number : int
    name : str
        Of the start that it comes from.
    best : (n_turbines, 2) [m]
        The best layout it has seen, feasible.
    best_aep : float [Wh]
        Its prediction on the whole rose.
    best_score : float [W]
        Its mean power on the condensed rose; 0 before the first iteration.
    layout : (n_turbines, 2) [m]
        Where the chain stands, feasible.
    score : float [W]
        Its mean power on the condensed rose.
    at_optimum : bool
        Whether local search has gained nothing there.
    iterations, stale : int
        In all, and since it last gained something.
    relocated : int
        Turbines that the relocation pass has been over.
    cpu_s : float [s]
        Of the last iteration.
    """

    number: int
    name: str
    best: FloatArray
    best_aep: float
    best_score: float
    layout: FloatArray
    score: float
    at_optimum: bool = False
    iterations: int = 0
    stale: int = 0
    relocated: int = 0
    cpu_s: float = 0.0

    @classmethod
    def start(
        cls, number: int, name: str, layout: FloatArray, aep: float, relocated: int = 0
    ) -> "Chain":
        """Begin at a layout."""
        return cls(number, name, layout, aep, 0.0, layout, 0.0, relocated=relocated)

    @property
    def in_relocation_pass(self) -> bool:
        """Whether there are turbines that have not been relocated once."""
        return self.relocated < len(self.layout)
