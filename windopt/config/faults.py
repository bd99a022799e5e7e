"""From pydantic's errors to faults with culprit, value and cure."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from windopt.config.schema import PATH_KEYS, Config
from windopt.config.section import REFUSED
from windopt.errors import Fault
from windopt.words import as_written

LONGEST_NAME = 200
"""Characters of a name that is compared with known ones."""
LONGEST_VALUE = 300
"""Characters of a value that are shown."""


def shown(value: object) -> str:
    """Return a value as a fault shows it: not in all its length, nor of a number's digits."""
    try:
        text = as_written(value[:LONGEST_VALUE] if isinstance(value, str | list | tuple) else value)
    except ValueError:  # Python writes out no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return the cure for an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name)[:LONGEST_NAME], names, n=1, cutoff=0.7)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"


def translate(details: ErrorDetails, label: str, root: type[BaseModel] = Config) -> Fault:
    """Turn an error of pydantic about a section `root` into a fault; `label` names the file."""
    path = ".".join(str(part)[:LONGEST_NAME] for part in details["loc"])
    where, last, value = f"{label}: {path}", details["loc"][-1], details["input"]
    section, description = _schema_of(details["loc"], root)
    meaning = f" ({description})" if description else ""
    if details["type"] == REFUSED:  # by a validator of ours
        return Fault(where, details["ctx"]["problem"], details["ctx"]["cure"])
    match details["type"]:
        case "extra_forbidden":
            return Fault(where, f"unknown key {shown(last)}", did_you_mean(last, _fields(section)))
        case "missing":
            return Fault(where, "is missing", f"add '{last}: ...'{meaning}")
        case "literal_error":
            known = re.findall("'([^']+)'", details["ctx"]["expected"])
            return Fault(where, f"unknown name {shown(value)}", did_you_mean(value, known))
        case "model_type":
            cure = f"write its keys below it: {', '.join(_fields(section))}"
            return Fault(where, f"{shown(value)} is not a section", cure)
        case _:
            cure = re.sub(r"^\w+ should", "it should", details["msg"]) + meaning
            return Fault(where, f"{shown(value)} is refused", cure)


def _schema_of(loc: tuple[int | str, ...], root: type[BaseModel]) -> tuple[type[BaseModel], str]:
    """Return the innermost section of the schema at `loc`, and what describes the entry there."""
    section = root
    description = ""
    for part in loc:
        if isinstance(part, int):  # an item of a list is described as the list is
            continue
        field = _fields(section).get(str(part))
        if field is None:
            break
        description = field.description or ""
        inner = (field.annotation, *get_args(field.annotation))
        models = [t for t in inner if isinstance(t, type) and issubclass(t, BaseModel)]
        section = models[0] if models else section
    return section, description


def _fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the entries of a section by the names that a config has for them."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def prune(raw: dict[str, Any], details: ErrorDetails) -> None:
    """Remove the entry of `raw` that `details` complains about; a path becomes empty."""
    if details["loc"] and details["loc"][0] in PATH_KEYS:
        raw[str(details["loc"][0])] = ""
        return
    node: Any = raw
    for part, following in zip(details["loc"], (*details["loc"][1:], None), strict=True):
        if not isinstance(node, dict) or part not in node:
            return
        child = node[part]
        if not isinstance(child, dict) or following not in child:
            del node[part]
            return
        node = child
