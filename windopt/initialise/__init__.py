"""`windopt init`: from the files that somebody has to a first config."""

from windopt.initialise.command import init
from windopt.initialise.draft import Draft, write_draft
from windopt.initialise.guess import guess_roles

__all__ = ["Draft", "guess_roles", "init", "write_draft"]
