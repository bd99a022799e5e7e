"""What is known of the machine a run was made on; it travels with the run record."""

import os
import platform
from pathlib import Path
from typing import Any

from windopt.ledger.meters import available_vcpus

CPUINFO = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, Any]:
    """Return host, processor model, vCPUs, memory [GB] and whether a hypervisor was seen.

    What cannot be known is None, not a guess.
    """
    try:
        cpuinfo = CPUINFO.read_text()
    except OSError:
        cpuinfo = ""
    fields = [line.partition(":") for line in cpuinfo.splitlines()]
    facts = {key.strip(): value.strip() for key, _, value in fields}
    return {
        "host": platform.node(),
        "pid": os.getpid(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cpu_model": facts.get("model name") or platform.processor() or None,
        "vcpus": available_vcpus(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "virtualised": "hypervisor" in facts["flags"].split() if "flags" in facts else None,
    }
