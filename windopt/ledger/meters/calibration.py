"""The power model held against a reading: by how much it has to be multiplied on this machine.

    ratio = E_reading / E_model        over the same work

The reading is the processor's counters, widened to the wall's energy by the centre of their band,
or a wall meter's figure that somebody types. What is found is kept beside the user's other files
for this host and this processor, and the model uses it from then on and says so.
"""

import json
import logging
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from windopt.atomic import write_text
from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import JOULES_PER_WH
from windopt.ledger.meters.base import COUNTER_BAND
from windopt.ledger.meters.power_model import PowerModel
from windopt.ledger.meters.rapl import find_rapl_zones
from windopt.ledger.meters.share import BACKGROUND, available_vcpus, busy_cpu_s
from windopt.ledger.meters.usage import Usage, UsageCounter
from windopt.workers.host import cpu_facts

logger = logging.getLogger(__name__)

CALIBRATION = "meter.json"
"""In the folder of the user's other files."""
WALL_BAND = Bounds(0.8, 1.0, 1.25)
"""Of the model calibrated by a wall meter: other loads than that one."""
COUNTERS_BAND = Bounds(
    COUNTER_BAND.low / COUNTER_BAND.central, 1.0, COUNTER_BAND.high / COUNTER_BAND.central
)
"""Of the model calibrated by counters."""
BURN = "while True:\n    sum(range(1000))"
CROWDED = 0.1
"""Of the machine's time: a calibration beside so much work of others is worth little."""


@dataclass(frozen=True)
class Load:
    """What a machine was made to do for a calibration.

    Attributes
    ----------
    wall_s : float [s]
    model_j : float [J]
        What the model, not calibrated, makes of it.
    counters_j : float or None [J]
        What the processor's counters saw; None where there are none that move.
    others_share : float [-]
        Of the machine's time, that others used meanwhile.
    """

    wall_s: float
    model_j: float
    counters_j: float | None
    others_share: float

    @property
    def crowded(self) -> bool:
        """Whether others were at work, so that a reading is not of this load alone."""
        return self.others_share > CROWDED


@dataclass(frozen=True)
class Calibration:
    """What the power model is multiplied by.

    Attributes
    ----------
    ratio : float [-]
    by : str
        "counters" or "wall meter".
    made : str
        The day (ISO 8601).
    model_wh, reading_wh : float [Wh]
        What was compared, both at the wall.
    """

    ratio: float
    by: str
    made: str
    model_wh: float
    reading_wh: float

    @classmethod
    def of(cls, model_j: float, reading_j: float, by: str) -> "Calibration":
        """Compare the model with a reading [J]."""
        made = datetime.now(UTC).date().isoformat()
        wh = model_j / JOULES_PER_WH, reading_j / JOULES_PER_WH
        return cls(reading_j / model_j, by, made, *wh)

    def on(self, model: PowerModel) -> PowerModel:
        """Return a power model that uses it."""
        band = WALL_BAND if self.by == "wall meter" else COUNTERS_BAND
        return model.calibrated_by(self.ratio, band, f"{self.by}, {self.made}")


def by_counters(load: Load) -> Calibration | None:
    """Return the calibration by the processor's counters; None where none has moved."""
    if not load.counters_j:
        return None
    return Calibration.of(load.model_j, COUNTER_BAND.central * load.counters_j, "counters")


def put_under_load(
    seconds: float, powercap: Path, wait: Callable[[float], None] = time.sleep
) -> Load:
    """Keep all virtual processors busy for a while, and return what that came to.

    Parameters
    ----------
    seconds : float [s]
    powercap : Path
        Folder of the powercap zones.
    wait : callable
        How to do nothing for a number of seconds.
    """
    vcpus, zones = available_vcpus(), find_rapl_zones(powercap)
    counter, began_j = UsageCounter(vcpus), sum(zone.read_j() for zone in zones)
    began, busy_s = counter.read(), busy_cpu_s()
    burning = [subprocess.Popen([sys.executable, "-S", "-c", BURN]) for _ in range(vcpus)]
    try:
        wait(seconds)
    finally:
        for process in burning:
            process.kill()
            process.wait()
    used = counter.read() - began
    others_s = busy_cpu_s() - busy_s - used.cpu_s
    model_j, _ = PowerModel.here().joules(used, vcpus)
    counters_j = sum(zone.read_j() for zone in zones) - began_j
    return Load(used.wall_s, model_j, counters_j or None, _share(others_s, used))


def _share(others_s: float, used: Usage) -> float:
    held_s = available_vcpus() * used.wall_s
    return max(0.0, others_s / held_s - BACKGROUND) if held_s > 0 else 0.0


class CalibrationFile:
    """Calibrations of the machines that share a home, and loads that wait for a wall's reading.

    Parameters
    ----------
    folder : Path
        Of the user's other files; made where missing.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / CALIBRATION

    def calibration(self) -> Calibration | None:
        """Return the calibration of this machine; None where there is none, or it is damaged."""
        try:
            return Calibration(**self._mine()["calibration"])
        except (KeyError, TypeError):
            return None

    def load(self) -> Load | None:
        """Return the load that waits for a wall meter's reading."""
        try:
            return Load(**self._mine()["load"])
        except (KeyError, TypeError):
            return None

    def keep(self, **what: Calibration | Load | None) -> None:
        """Keep a `calibration` or a `load` of this machine, or forget one that is None.

        Raises
        ------
        RunFolderError
            When it cannot be written.
        """
        all_ = self._read()
        mine = {**all_.get(this_machine(), {})}
        mine |= {name: None if one is None else asdict(one) for name, one in what.items()}
        text = json.dumps({**all_, this_machine(): mine}, indent=1)
        write_text(self.path, text + "\n")

    def _mine(self) -> Mapping[str, Any]:
        mine = self._read().get(this_machine(), {})
        return mine if isinstance(mine, dict) else {}

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be read, the meter is not calibrated: %s", self.path, error)
            return {}
        return known if isinstance(known, dict) else {}


def this_machine() -> str:
    """Return by what a calibration knows its machine again: host, processor, virtual processors."""
    name = cpu_facts().get("model name", "processor not known")
    return f"{platform.node()}, {name}, {available_vcpus()} vCPUs"
