"""The suite: published and real problems, from 5 to 279 turbines, and how long each is searched.

The configs are those of the repository's `configs/`. The core suite is what `results/benchmarks/`
publishes; its other problems have to be asked for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from windopt.config.faults import did_you_mean
from windopt.errors import ConfigError

CONFIGS = Path("configs")
METHODS = (
    "grid",
    "floris_scipy_tuned",
    "floris_scipy_full",
    "floris_random",
    "floris_random_full",
    "cma",
    "cma_tuned",
    "topfarm_smart",
    "topfarm_sgd",
    "windopt_analytic",
    "windopt_fitted",
    "windopt_cold",
    "windopt_reused",
    "windopt",
)
"""Compared in the suite."""


class Published(NamedTuple):
    """A result from elsewhere.

    Attributes
    ----------
    what : str
        And under which conditions, where they are others.
    aep_gwh : float
    source : str
    comparable : bool
        Whether the AEP is that of the same wind, wake formula and constraints.
    """

    what: str
    aep_gwh: float
    source: str
    comparable: bool = True


class SuiteProblem(NamedTuple):
    """A problem of the suite.

    Attributes
    ----------
    config : str
        Its file.
    overrides : mapping
        Config values by dotted key.
    cpu_seconds : tuple of float [s]
        Budgets: methods are told the last, and judged at each.
    seeds, looks : int
        As in the config's `compare`.
    published : tuple of Published
    core : bool
        Whether it is in the core suite.
    """

    config: str
    overrides: Mapping[str, object] = {}
    cpu_seconds: tuple[float, ...] = (60.0, 300.0)
    seeds: int = 10
    looks: int = 14
    published: tuple[Published, ...] = ()
    core: bool = False


LONG: dict[str, Any] = {"cpu_seconds": (60.0, 300.0, 900.0), "seeds": 5, "looks": 2}
"""81 turbines at 20 wind speeds: FLORIS takes minutes to judge one layout."""
EXAMPLE = "example layout of IEA Wind Task 37, recomputed on 1°"
TASK_37 = "IEA Wind Task 37 case studies, with the published formula"
THOMAS = "Thomas et al. 2023, Wind Energy Science 8:865"
CASE_4 = {
    "DEBO": 2913.2206,
    "OpenWind": 2910.5379,
    "SNOPT+WEC": 2910.1156,
    "ADREMOG": 2909.4893,
    "pseudo-gradients": 2907.6151,
    "GA-GB": 2907.5410,
    "CMA-ES": 2906.6076,
    "GPS": 2905.6464,
}
"""Best layouts of each method on case study 4 [GWh]."""


def _wake(base: str, model: str) -> dict[str, object]:
    return {"name": f"{base}_{model}", "wake.velocity_model": model}


SUITE = {
    "windwake5": SuiteProblem(
        "windwake5.yaml",
        core=True,
        published=(
            Published(
                "best known in FLORIS 2, where it is 75.0 GWh without wakes",
                72.72,
                "EXPObench, Bliek et al. 2021, arXiv:2106.04618",
                comparable=False,
            ),
        ),
    ),
    "quickstart": SuiteProblem("quickstart.yaml", core=True),
    "quickstart_cc": SuiteProblem("quickstart.yaml", _wake("quickstart", "cc"), core=True),
    "borssele": SuiteProblem("borssele.yaml", core=True, **LONG),
    "iea37_case1_16": SuiteProblem(
        "iea37_case1_16.yaml", published=(Published(EXAMPLE, 373.206645, TASK_37),)
    ),
    "iea37_case1_36": SuiteProblem(
        "iea37_case1_36.yaml", published=(Published(EXAMPLE, 758.670044, TASK_37),), core=True
    ),
    "iea37_case1_64": SuiteProblem(
        "iea37_case1_64.yaml", published=(Published(EXAMPLE, 1343.793386, TASK_37),), core=True
    ),
    "iea37_case3": SuiteProblem(
        "iea37_case3.yaml", published=(Published(EXAMPLE, 938.754297, TASK_37),)
    ),
    "iea37_case4": SuiteProblem(
        "iea37_case4.yaml",
        published=(
            *(Published(name, aep, THOMAS) for name, aep in CASE_4.items()),
            Published(EXAMPLE, 2851.096413, TASK_37),
        ),
        **LONG,
    ),
    "borssele_cc": SuiteProblem("borssele.yaml", _wake("borssele", "cc"), **LONG),
    "borssele_turboparkgauss": SuiteProblem(
        "borssele.yaml", _wake("borssele", "turboparkgauss"), **LONG
    ),
    "square100": SuiteProblem("square100.yaml", **LONG),
    "iea37_279": SuiteProblem(
        "iea37_279.yaml",
        cpu_seconds=(300.0, 1800.0),
        seeds=5,
        looks=3,
        published=(
            Published(
                "TopFarm smart start, mean, without a spacing constraint",
                5522.4,
                "Valotta Rodrigues et al. 2024, Wind Energy Science 9:321",
                comparable=False,
            ),
        ),
    ),
}


def chosen_problems(names: Sequence[str] | None) -> dict[str, SuiteProblem]:
    """Return the problems of some names, or the core suite.

    Raises
    ------
    ConfigError
        When one is not in the suite, or its config is not here.
    """
    if not names:
        chosen = {name: one for name, one in SUITE.items() if one.core}
    else:
        for name in names:
            if name not in SUITE:
                fault = f"{name!r} is not in the suite"
                raise ConfigError.of("--problem", fault, did_you_mean(name, SUITE))
        chosen = {name: SUITE[name] for name in names}
    for one in chosen.values():
        if not (CONFIGS / one.config).is_file():
            fault = f"there is no {CONFIGS / one.config} here"
            raise ConfigError.of("--suite", fault, "run it in the folder of windopt's repository")
    return chosen
