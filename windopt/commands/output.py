"""What commands write to: one console for answers, another for complaints."""

from windopt.terminal import PlainConsole

console = PlainConsole()
complaints = PlainConsole(stderr=True)


def say(line: str) -> None:
    """Print a line, however long: the terminal wraps it."""
    console.print(line, soft_wrap=True)
