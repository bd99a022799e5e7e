"""Pages of reference that are written from the program: its commands, and the entries of a config.

They are written anew at every build, so they cannot lag behind.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx

NOTE = "<!-- written by docs/_ext/reference_pages.py: do not edit -->"


def commands_page() -> str:
    """Write the page of all commands, with arguments and options."""
    from windopt.commands.cli import app

    lines = [NOTE, "# Commands", ""]
    lines += ["Exit codes: 0 done, 1 failed, 2 bad input (nothing was spent), 130 interrupted."]
    lines += ["The same text is in `windopt COMMAND --help`.", ""]
    for name, command in _leaves(typer.main.get_command(app), "windopt"):
        lines += [f"## {name}", "", inspect.cleandoc(command.help or ""), ""]
        described = list(_parameters(command))
        if described:
            lines += ["| argument or option | what it says |", "|---|---|", *described, ""]
    return "\n".join(lines)


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(child, f"{path} {name}")


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            name = (parameter.metavar or parameter.name).upper()
            name = name if parameter.required else f"[{name}]"
        else:
            name = ", ".join(parameter.opts)
            name += "" if parameter.is_flag else " ..."
        yield f"| `{name}` | {_cell(parameter.help or '')} |"


def config_page() -> str:
    """Write the page of all entries of a config, section by section."""
    from windopt.config.schema import Config

    lines = [NOTE, "# Entries of a config", ""]
    lines += ["`--set section.entry=value` overrides any of them for one run. Of an entry without"]
    lines += ["a default, the file that `system` names may bring the value.", ""]
    lines += ["## At the top level", "", *_table(Config)]
    for name, field in Config.model_fields.items():
        for section in _sections(field.annotation):
            lines += ["", f"## {name}", ""]
            if len(list(_sections(field.annotation))) > 1 or name == "n_turbines":
                lines += [f"As a section, `{section.__name__}`.", ""]
            lines += [inspect.cleandoc(section.__doc__ or "").split("\n\n")[0], ""]
            lines += _table(section)
    return "\n".join([*lines, ""])


def _table(section: type[BaseModel]) -> list[str]:
    rows = ["| entry | kind | default | what it says |", "|---|---|---|---|"]
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if default is PydanticUndefined:
            shown = "must be given"
        elif isinstance(default, BaseModel):
            shown = "see below"
        else:
            shown = f"`{_yaml(default)}`"
        own = next(_sections(field.annotation), None)
        said = field.description or ((inspect.getdoc(own) or "").split("\n")[0] if own else "")
        rows.append(
            f"| `{field.alias or name}` | {_kind(field.annotation)} | {shown} | {_cell(said)} |"
        )
    return rows


def _yaml(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _sections(part)


def _kind(annotation: Any) -> str:
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in words:
        return words[annotation]
    if annotation is type(None):
        return "null"
    if origin is Annotated:
        return _kind(parts[0])
    if origin is Literal:
        return " or ".join(f"`{_yaml(value)}`" for value in parts)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_kind(part) for part in parts if part is not type(None)))
    if origin is list:
        return f"list of {_kind(parts[0])}"
    if origin is dict:
        return "mapping"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "section"
    return "any"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def write_pages(app: Sphinx) -> None:
    """Write the pages into the sources, where they have changed."""
    folder = Path(app.srcdir) / "reference"
    for name, text in (("commands.md", commands_page()), ("config.md", config_page())):
        page = folder / name
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for sources."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
