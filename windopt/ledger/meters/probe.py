"""Which meter to believe here.

A virtual machine mostly shows no counter at all, or one that stands still; a processor's counters
are often for the administrator only. Whatever is asked for is proved before a run spends anything.
"""

import logging
from pathlib import Path
from typing import Literal

from windopt.errors import ConfigError
from windopt.ledger.meters.base import Meter, NoMeter, VcpuMeter
from windopt.ledger.meters.calibration import CalibrationFile
from windopt.ledger.meters.nvml import with_gpus
from windopt.ledger.meters.power_model import PowerModel
from windopt.ledger.meters.rapl import POWERCAP, probe_rapl

logger = logging.getLogger(__name__)

MeterName = Literal["auto", "rapl", "vcpu", "none"]


def probe_meter(
    wanted: MeterName = "auto", powercap: Path = POWERCAP, calibrated_in: Path | None = None
) -> Meter:
    """Return the meter that is asked for, with the graphics processors that can be read beside it.

    Parameters
    ----------
    wanted : "auto" is RAPL where that works, else the per-vCPU model; "none" leaves the energy
        unknown
    powercap : Path
        Folder of the powercap zones.
    calibrated_in : Path or None
        The folder of the user's files, in which a calibration of the model may be.

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
    meter = with_gpus(rest or VcpuMeter(model=power_model(calibrated_in)))
    logger.info("energy is metered over the %s", meter.scope)
    return meter


def power_model(calibrated_in: Path | None = None) -> PowerModel:
    """Return the power model of this machine, calibrated where somebody has done so."""
    model = PowerModel.here()
    known = None if calibrated_in is None else CalibrationFile(calibrated_in).calibration()
    return model if known is None else known.on(model)
