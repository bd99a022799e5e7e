"""The kernels that ship with windopt as a table: where they hold, how good they are, their cost."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from windopt.ledger.energy import Energy
from windopt.surrogate.shipped import ShippedKernel
from windopt.terminal import plain
from windopt.words import significant


def kernel_table(kernels: Iterable[ShippedKernel]) -> Table:
    """Tabulate kernels for a terminal."""
    table = Table(title="ships with windopt", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("kernel", "wake model", "ranges", "errors"):
        table.add_column(heading)
    for heading in ("wake error %", "Wh"):
        table.add_column(heading, justify="right")
    for kernel in kernels:
        table.add_row(*map(plain, _cells(kernel)))
    if not table.row_count:
        table.caption = "none"
    return table


def _cells(kernel: ShippedKernel) -> tuple[str, ...]:
    card = kernel.card
    made = sum((Energy.from_wh(stage) for stage in card["energy_wh"].values()), Energy())
    wh = made.to_wh()["central"]
    return (
        kernel.name,
        card["velocity_model"],
        _listed(card["ranges"]),
        _listed(card["errors"]),
        f"{100 * card['wake_error']:.2g}",
        "unknown" if wh is None else significant(wh, 2),
    )


def _listed(facts: Mapping[str, Any]) -> str:
    """Write figures and ranges, one a line; what is neither is left out."""
    lines = []
    for name, value in facts.items():
        if isinstance(value, list | tuple) and len(value) == 2:
            lines.append(f"{name} {value[0]:g} to {value[1]:g}")
        elif isinstance(value, int | float):
            lines.append(f"{name} {value:.2g}")
    return "\n".join(lines)
