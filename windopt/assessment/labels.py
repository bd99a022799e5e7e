"""What people call the layouts and searches that a layout is held against.

Reference layouts, baselines of a run and methods of a comparison have short names in files; the
tables here are the only ones that say what those names mean.
"""

REFERENCES = {
    "initial": "given layout",
    "grid": "best regular grid",
}
"""Layouts that every verification evaluates beside the one found."""
BASELINES = {
    "analytic": "same search on a wake formula",
    "floris": "search by trial in FLORIS",
}
"""Searches without learning, at the processor time of the run."""
METHODS = REFERENCES | {
    "windopt": "windopt, cold",
    "windopt_reused": "windopt, reused surrogate",
    "windopt_analytic": "windopt on a wake formula",
    "windopt_floris": "windopt by trial in FLORIS",
    "floris_scipy": "FLORIS scipy",
    "floris_scipy_tuned": "FLORIS scipy, tuned",
    "floris_random": "FLORIS random search",
    "floris_gridded": "FLORIS gridded",
    "topfarm_slsqp": "TopFarm SLSQP",
    "topfarm_smart": "TopFarm smart start + SLSQP",
    "topfarm_random": "TopFarm random search",
    "topfarm_sgd": "TopFarm SGD",
    "random": "random layouts",
    "cma": "CMA-ES",
}
"""Methods of a comparison."""


def name_reference(kind: str, repaired: bool = False) -> str:
    """Name a reference; a given layout that broke the rules is compared as it was repaired."""
    return f"{REFERENCES[kind]}, repaired" if repaired else REFERENCES[kind]


def name_method(name: str) -> str:
    """Name a method of a comparison; one that somebody has brought has its own name."""
    return METHODS.get(name, name)
