"""`windopt watch`: a run under way, shown in a browser of this machine."""

from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.output import say


def watch(
    source: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")],
    port: Annotated[int, typer.Option(help="of the page; 0 is any that is free")] = 0,
) -> None:
    """Show a run as it grows, in a browser of this machine; Ctrl-C ends the page, not the run."""
    from windopt.live.server import LiveServer
    from windopt.pipeline import run_folder

    try:
        with LiveServer(run_folder(source), port) as server:
            say(f"live: {server.address}  (Ctrl-C ends it)")
            server.wait()
    except KeyboardInterrupt:
        say("the page has ended")
    except OSError as error:
        text = f"{port} cannot be used: {error.strerror or error}; leave it out for a free one"
        raise typer.BadParameter(text, param_hint="--port") from None
