"""Settings of the config that are given on the command line."""

from collections.abc import Iterable

import typer


def parse_overrides(pairs: Iterable[str] | None) -> dict[str, object]:
    """Read the values of ``--set KEY=VALUE``, by dotted key."""
    overrides: dict[str, object] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--set")
        overrides[key] = value
    return overrides
