"""The section that says how windopt and other optimisers are compared.

The description of each entry is also the cure that a fault shows.
"""

from typing import Annotated

from pydantic import Field, field_validator

from windopt.config.section import Section

MOST_SEEDS = 10_000


def names_code(method: object) -> bool:
    """Return whether a method is a search of one's own, as ``FILE.py:NAME``, which would be run."""
    return isinstance(method, str) and ":" in method


class CompareConfig(Section):
    """The comparison with other optimisers, each at the same processor time."""

    cpu_seconds: list[Annotated[float, Field(gt=0)]] = Field(
        default=[60.0],
        min_length=1,
        max_length=100,
        description="processor time of each optimiser [s]; of several, all are told the longest, "
        "and judged at each",
    )
    methods: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="who takes part, by name; FILE.py:NAME is a search of your own",
    )
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        default=[0, 1, 2],
        min_length=1,
        max_length=MOST_SEEDS,
        description="seeds, a list or their number; all methods have the same",
    )
    looks: int = Field(
        default=5,
        ge=0,
        le=50,
        description="times between the budgets at which FLORIS judges as well, for the curves",
    )

    @field_validator("cpu_seconds", mode="before")
    @classmethod
    def _one_or_several(cls, seconds: object) -> object:
        return seconds if isinstance(seconds, list | tuple) else [seconds]

    @field_validator("cpu_seconds")
    @classmethod
    def _rising(cls, seconds: list[float]) -> list[float]:
        return sorted(set(seconds))

    @field_validator("seeds", mode="before")
    @classmethod
    def _number_or_list(cls, seeds: object) -> object:
        if isinstance(seeds, int) and not isinstance(seeds, bool) and 0 < seeds <= MOST_SEEDS:
            return list(range(seeds))
        return seeds

    @field_validator("seeds")
    @classmethod
    def _differ(cls, seeds: list[int]) -> list[int]:
        return list(dict.fromkeys(seeds))
