"""Which meter to believe here.

A virtual machine mostly shows no counter at all, or one that stands still; a processor's counters
are often for the administrator only. Whatever is asked for is proved before a run spends anything.
"""

import logging
from pathlib import Path
from typing import Literal

from windopt.errors import ConfigError
from windopt.ledger.meters.base import Meter, NoMeter, VcpuMeter
from windopt.ledger.meters.nvml import with_gpus
from windopt.ledger.meters.rapl import POWERCAP, probe_rapl

logger = logging.getLogger(__name__)

MeterName = Literal["auto", "rapl", "vcpu", "none"]


def probe_meter(wanted: MeterName = "auto", powercap: Path = POWERCAP) -> Meter:
    """Return the meter that is asked for, with the graphics processors that can be read beside it.

    Parameters
    ----------
    wanted : "auto" is RAPL where that works, else the per-vCPU model; "none" leaves the energy
        unknown
    powercap : Path
        Folder of the powercap zones.

    Raises
    ------
    ConfigError
        When RAPL is asked for where it is of no use.
    """
    if wanted == "none":
        return NoMeter()
    rest: Meter | None = None if wanted == "vcpu" else probe_rapl(powercap)
    if rest is None and wanted == "rapl":
        raise ConfigError.of(
            "energy.meter",
            f"'rapl', but no counter below {powercap} is there, can be read and moves",
            "set energy.meter: auto or energy.meter: vcpu, or, on a machine that is no virtual "
            f"one, have its administrator make {powercap}/intel-rapl:*/energy_uj readable",
        )
    meter = with_gpus(rest or VcpuMeter())
    logger.info("energy is metered over the %s", meter.scope)
    return meter
