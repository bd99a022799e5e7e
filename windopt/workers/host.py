"""What a machine is, as the ledger has to know it: its name, processor and memory."""

import os
import platform
from functools import cache
from pathlib import Path
from typing import NamedTuple

CPUINFO = Path("/proc/cpuinfo")
TELLING = ("model name", "cpu family", "model", "stepping", "flags")
"""What tells a processor's generation."""


class Host(NamedTuple):
    """A machine that works for a run.

    Attributes
    ----------
    name : str
    facts : dict of str to str
        Of its first processor, as /proc/cpuinfo has them.
    memory_gb_per_vcpu : float [GB]
    """

    name: str
    facts: dict[str, str]
    memory_gb_per_vcpu: float


@cache
def this_host() -> Host:
    """Return the machine of this process."""
    facts = {key: value for key, value in cpu_facts().items() if key in TELLING}
    return Host(platform.node(), facts, memory_gb() / (os.cpu_count() or 1))


def memory_gb() -> float:
    """Return the machine's memory [GB]."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def cpu_facts(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """Return what the system says of its first processor; a name alone without /proc."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return {"model name": platform.processor()} if platform.processor() else {}
    facts: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            facts.setdefault(key.strip(), value.strip())
    return facts
