"""What windopt says on a terminal: every text as it is.

Names of sites, turbines and files come from elsewhere. Square brackets in them are no markup here
and colons no emoji, and control characters, with which a name could take over the terminal, are
shown by their codes.
"""

import logging
import re
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and new line, those that turn the direction of writing, and bytes of a
file's name that are no text."""


def visible(text: str) -> str:
    r"""Return a text with its control characters written out, as ``\\x1b``."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def plain(text: object, style: str = "") -> Text:
    """Return a text for a cell or a line of any console, as it is."""
    return Text(visible(str(text)), style=style)


class PlainConsole(Console):
    """A console that takes texts as they are."""

    def __init__(self, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text of a string, all of it to be seen."""
        return super().render_str(visible(text), **options)


class VisibleFormatter(logging.Formatter):
    """Formats messages with their control characters written out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message of a record."""
        return visible(super().format(record))


def write_what_can_be_written() -> None:
    """Write characters that the terminal's encoding lacks as codes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
