"""What all sections of the config have in common."""

import re

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

LARGEST = 1e15
"""Magnitude of any number in a config; of whole numbers `LARGEST_WHOLE`, for there are seeds."""
LARGEST_WHOLE = 10**20
LONGEST_TEXT = 10_000
"""Characters of any text in a config."""
REFUSED = "refused"
"""The type of pydantic's error where a validator of a section refuses a value."""


def refusal(problem: str, cure: str) -> PydanticCustomError:
    """Return the error of a validator that refuses a value: a fault without its place.

    Parameters
    ----------
    problem : str
        The culprit and its value.
    cure : str
        What to do about it.
    """
    return PydanticCustomError(REFUSED, "{problem}; {cure}", {"problem": problem, "cure": cure})


class Section(BaseModel):
    """A part of the config: immutable, and strict about its keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _yes_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        kind = repr(cls.model_fields[str(info.field_name)].annotation)
        if re.search(r"\b(int|float)\b", kind) and not re.search(r"\b(bool|Any|object)\b", kind):
            refuse_yes(value)
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _has_measure(cls, value: object) -> object:
        _require_measure(value)
        return value


def refuse_yes(value: object) -> None:
    """Refuse yes and no, which Python takes for 1 and 0, in numbers and lists of numbers."""
    if isinstance(value, bool):
        raise refusal(f"{'yes' if value else 'no'} is no number", "write a number")
    if isinstance(value, list | tuple):
        for one in value:
            refuse_yes(one)


def _require_measure(value: object) -> None:
    """Refuse numbers and texts that can stand for nothing, however deep in a value."""
    if isinstance(value, float):
        if not abs(value) <= LARGEST:
            raise refusal(f"{value:g} is beyond all measure", f"give a magnitude up to {LARGEST:g}")
    elif isinstance(value, int):
        if abs(value) > LARGEST_WHOLE:
            raise refusal("has more than 20 digits", f"give a magnitude up to {LARGEST_WHOLE:g}")
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise refusal(f"{value[:20]!r}... has {len(value):,} characters", "shorten it")
    elif isinstance(value, dict):
        for key, one in value.items():
            _require_measure(key)
            _require_measure(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _require_measure(one)
