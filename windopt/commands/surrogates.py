"""`windopt surrogates`: the kernels that ship with windopt, and the library of trained ones."""

from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.output import complaints, console, say

surrogates = typer.Typer(
    help="The kernels that ship with windopt, and the library of trained ones (WINDOPT_LIBRARY)."
)


@surrogates.command("list")
def list_surrogates() -> None:
    """Show what ships and the library: what each stands for, how good it is, what it cost."""
    from rich.table import Table

    from windopt.errors import KernelMisfitError
    from windopt.report.kernels import kernel_table
    from windopt.surrogate.library import default_library, library_entries
    from windopt.surrogate.shipped import shipped_kernels
    from windopt.terminal import plain
    from windopt.words import significant

    try:
        console.print(kernel_table(shipped_kernels()))
    except KernelMisfitError as error:
        complaints.print(f"{error}: install windopt again", soft_wrap=True)
    library = default_library()
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("surrogate", "wake model", "combination", "turbines"):
        table.add_column(heading)
    for heading in ("turbine power MAPE %", "Wh"):
        table.add_column(heading, justify="right")
    for entry in library_entries(library):
        wake = entry.card["wake"]
        debt = (entry.energy_debt_wh or {}).get("central")
        cells = (
            entry.path.name,
            f"{wake['velocity_model']}{' + gch' if wake['gch'] else ''}",
            wake["combination_model"],
            ", ".join(turbine["name"] for turbine in entry.card["turbines"]),
            f"{entry.mape_pct:.2f}",
            "unknown" if debt is None else significant(debt, 2),
        )
        table.add_row(*map(plain, cells))
    say(f"library {library}")
    console.print(table if table.row_count else "  is empty: `windopt surrogates add RUN_FOLDER`")


@surrogates.command("add")
def add_surrogate(
    source: Annotated[Path, typer.Argument(help="a run folder, or a surrogate's own")],
) -> None:
    """Copy a trained surrogate into the library, for `windopt run --train-from library`."""
    from windopt.surrogate.library import add_to_library, default_library

    entry = add_to_library(source, default_library())
    say(f"added {entry.path}")
