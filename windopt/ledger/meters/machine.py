"""What is known of the machine a run was made on, and of the code; it travels with the run."""

import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from windopt.ledger.meters.share import available_vcpus
from windopt.workers.host import cpu_facts

PACKAGE = Path(__file__).parents[1]


def describe_machine() -> dict[str, Any]:
    """Return host, processor model, vCPUs, memory [GB], virtualisation, and the code's revision.

    What cannot be known is None, not a guess.
    """
    facts = cpu_facts()
    return {
        "host": platform.node(),
        "pid": os.getpid(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cpu_model": facts.get("model name") or None,
        "vcpus": available_vcpus(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "virtualised": "hypervisor" in facts["flags"].split() if "flags" in facts else None,
        "git_revision": git_revision(PACKAGE),
    }


@cache
def git_revision(package: Path) -> str | None:
    """Return the last revision that changed a package, with ``-dirty`` where files differ from it.

    None where the package is no part of a git checkout: a user's own project that has windopt
    installed in its environment says nothing of windopt.
    """
    revision = _git(package, "log", "-1", "--format=%h", "--", ".")
    if not revision:
        return None
    return f"{revision}-dirty" if _git(package, "status", "--porcelain", "--", ".") else revision


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()
