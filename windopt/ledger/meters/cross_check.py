"""CodeCarbon beside the ledger: a second opinion on a whole run, never its meter.

It reads the machine's own counters where it can, and otherwise assumes a power for the name of the
processor; on virtual machines that is a guess that can be wrong by a factor of a hundred. So its
reading stands in a record of its own and in no total. It is kept off the network and out of the
log, and writes no file. What it takes itself is charged with the run.
"""

import importlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from windopt.errors import ConfigError
from windopt.ledger.ledger import Ledger

logger = logging.getLogger(__name__)

WH_PER_KWH = 1e3


class CodeCarbonCheck:
    """CodeCarbon's offline tracker, ready to start.

    Parameters
    ----------
    country : str
        ISO 3166 code of three letters; CodeCarbon takes it for its grams, which are not kept.

    Raises
    ------
    ConfigError
        When CodeCarbon is not installed.
    """

    def __init__(self, country: str) -> None:
        log = logging.getLogger("codecarbon")
        log.setLevel(logging.CRITICAL)
        log.disabled = True  # its first lines come before it sets its level
        try:
            self._module: Any = importlib.import_module("codecarbon")
        except ImportError as error:
            raise ConfigError.of(
                "energy.cross_check",
                f"true, but CodeCarbon cannot be imported ({error})",
                "pip install 'windopt[energy]', or set energy.cross_check: false",
            ) from error
        self.country = country

    @contextmanager
    def over(self, ledger: Ledger) -> Iterator[None]:
        """Watch while the context lasts, then write the reading into the ledger."""
        began, tracker = time.monotonic(), self._start()
        try:
            yield
        finally:
            if tracker is not None:
                self._stop(tracker, ledger, time.monotonic() - began)

    def _start(self) -> Any:
        try:
            tracker = self._module.OfflineEmissionsTracker(
                country_iso_code=self.country,
                save_to_file=False,
                save_to_api=False,
                log_level="critical",
                allow_multiple_runs=True,
                tracking_mode="machine",
            )
            tracker.start()
        except Exception as error:  # whatever it stumbles over, the run matters more
            logger.warning("CodeCarbon does not start, there is no cross-check: %s", error)
            return None
        return tracker

    def _stop(self, tracker: Any, ledger: Ledger, wall_s: float) -> None:
        try:
            tracker.stop()
            energy_wh = WH_PER_KWH * float(tracker.final_emissions_data.energy_consumed)
        except Exception as error:
            logger.warning("CodeCarbon has no reading, there is no cross-check: %s", error)
            return
        version = str(getattr(self._module, "__version__", "unknown"))
        ledger.cross_check(
            tool="CodeCarbon",
            version=version,
            energy_wh=energy_wh,
            wall_s=wall_s,
            country=self.country,
        )
