"""What people call layouts and searches: the one table of their names.

Files and options have short names for them: the layouts that are evaluated beside the one found,
the baselines of a run, and the methods of a comparison.
"""

from collections.abc import Mapping
from typing import NamedTuple

REFERENCES = ("initial", "grid")
"""Layouts that every verification evaluates beside the one found."""
BASELINES = ("analytic", "fitted", "floris")
"""Searches without learning, with the processor time of the run."""


class Label(NamedTuple):
    """What people call a layout or a search.

    Attributes
    ----------
    name : str
        In tables and legends.
    short : str
        Where there is little room.
    phrase : str
        In a sentence.
    """

    name: str
    short: str = ""
    phrase: str = ""


LABELS: Mapping[str, Label] = {
    "final": Label("optimised layout"),
    "initial": Label("given layout", "given", "the given layout"),
    "grid": Label("regular grid", "regular grid", "a regular grid by a wake formula"),
    "single": Label("layout for one wake model", "one wake model", "the layout for one wake model"),
    "random": Label("random layouts", phrase="a random layout"),
    "analytic": Label(
        "same search on a wake formula",
        "the wake formula",
        "an ordinary wake formula",
    ),
    "fitted": Label(
        "same search on a fitted formula",
        "the fitted formula",
        "a wake formula fitted to this farm",
    ),
    "floris": Label(
        "search by trial in FLORIS",
        "trial in FLORIS",
        "trial and error in FLORIS",
    ),
    "windopt": Label("windopt"),
    "windopt_cold": Label("windopt, cold"),
    "windopt_reused": Label("windopt, reused surrogate"),
    "windopt_analytic": Label("windopt on a wake formula"),
    "windopt_fitted": Label("windopt on a fitted formula"),
    "windopt_floris": Label("windopt by trial in FLORIS"),
    "floris_scipy": Label("FLORIS scipy"),
    "floris_scipy_tuned": Label("FLORIS scipy, tuned"),
    "floris_scipy_full": Label("FLORIS scipy, tuned, full rose"),
    "floris_random": Label("FLORIS random search"),
    "floris_random_full": Label("FLORIS random search, full rose"),
    "floris_gridded": Label("FLORIS gridded"),
    "topfarm_slsqp": Label("TopFarm SLSQP"),
    "topfarm_smart": Label("TopFarm smart start + SLSQP"),
    "topfarm_random": Label("TopFarm random search"),
    "topfarm_sgd": Label("TopFarm SGD"),
    "cma": Label("CMA-ES"),
    "cma_tuned": Label("CMA-ES, tuned"),
}


def label(name: str, repaired: bool = False) -> str:
    """Return what people call it; a search that somebody has brought has its own name.

    Parameters
    ----------
    name : str
        In files and options.
    repaired : bool
        Whether it is the given layout made feasible, for it broke the rules.
    """
    known = LABELS[name].name if name in LABELS else name
    return f"{known}, repaired" if repaired else known
