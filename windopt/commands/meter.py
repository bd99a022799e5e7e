"""`windopt meter`: how energy is metered on this machine, and how sure that is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windopt.commands.output import say
from windopt.errors import ConfigError

if TYPE_CHECKING:
    from windopt.ledger.meters.calibration import Calibration, CalibrationFile, Load
    from windopt.ledger.meters.power_model import PowerModel

SECONDS = 20.0


def meter(
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="compare the power model with a reading, and keep that"),
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(help="time for which all cores are kept busy for that [20]", min=1),
    ] = None,
    reading: Annotated[
        float | None,
        typer.Option(help="what a wall meter has counted in that time [Wh]"),
    ] = None,
) -> None:
    """Say how energy is metered here, by what figures and from what source."""
    from windopt.ledger.meters.calibration import CalibrationFile
    from windopt.surrogate.library import default_library

    kept = CalibrationFile(default_library())
    if reading is not None:
        _take_reading(kept, reading)
    elif calibrate:
        _calibrate(kept, seconds)
    elif seconds is not None:
        raise typer.BadParameter("is for --calibrate", param_hint="--seconds")
    else:
        _tell(kept)


def _tell(kept: "CalibrationFile") -> None:
    from windopt.ledger.meters.facility import FACILITIES
    from windopt.ledger.meters.probe import power_model, probe_meter

    used = probe_meter("auto", calibrated_in=kept.path.parent)
    say(f"metered here: {used.scope}")
    for line in _model_lines(power_model(kept.path.parent)):
        say(f"  {line}")
    say("power usage effectiveness (energy.pue of the config, 1.0 by default):")
    for one in FACILITIES:
        say(f"  {one.name}: {one.pue:g}, {one.why}")


def _model_lines(model: "PowerModel") -> list[str]:
    """Return the power model in words."""
    from windopt.ledger.meters.power_model import MEMORY_W_PER_GB

    row = model.processor
    lines = [
        f"power model: {row.name}, {row.idle_w:g} W at rest and {row.full_w:g} W at full load "
        f"per virtual processor ({row.source})",
        f"memory: {MEMORY_W_PER_GB:g} W per GB, {model.memory_gb_per_vcpu:.1f} GB with each "
        "virtual processor",
        f"band: {model.band.low:.2g} to {model.band.high:.2g} times what the model says",
    ]
    if model.calibrated:
        lines.append(f"calibrated: multiplied by {model.ratio:.3g} ({model.calibrated})")
    else:
        lines.append("not calibrated: windopt meter --calibrate")
    return lines


def _calibrate(kept: "CalibrationFile", seconds: float | None) -> None:
    """Hold the model against the processor's counters, or make ready for a wall meter."""
    from windopt.ledger.energy import JOULES_PER_WH
    from windopt.ledger.meters.calibration import by_counters, put_under_load
    from windopt.ledger.meters.nvml import find_gpus
    from windopt.ledger.meters.rapl import POWERCAP, find_rapl_zones

    cards = len(find_gpus())
    if cards:
        say(f"graphics cards: {cards} counted by NVML, whose readings are used as they are")
    if not find_rapl_zones(POWERCAP) and seconds is None:
        say(
            "nothing to compare with: this machine shows no energy counter of its processor "
            f"(RAPL, below {POWERCAP}). The power model stays as it is."
        )
        say(
            "With a wall meter: note what it shows, `windopt meter --calibrate --seconds 600`, "
            "note it again, and give the difference: `windopt meter --calibrate --reading WH`"
        )
        return
    seconds = SECONDS if seconds is None else seconds
    say(f"keeping all cores busy for {seconds:g} s")
    load = put_under_load(seconds, Path(POWERCAP))
    say(f"the power model makes {load.model_j / JOULES_PER_WH:.3g} Wh of it")
    if _too_crowded(load):
        return
    found = by_counters(load)
    if found is None:
        kept.keep(load=load)
        say(
            "no counter of this machine has moved: read your wall meter now, and give what it has "
            "counted: `windopt meter --calibrate --reading WH`"
        )
        return
    _keep(kept, found)


def _too_crowded(load: "Load") -> bool:
    if load.crowded:
        say(
            f"others used {100 * load.others_share:.0f} % of this machine meanwhile, so that no "
            "reading is of this work alone: nothing is kept; try again when it is quiet"
        )
    return load.crowded


def _take_reading(kept: "CalibrationFile", reading_wh: float) -> None:
    """Hold the last load against what a wall meter has counted.

    Raises
    ------
    ConfigError
        When there is no such load, or the reading cannot be.
    """
    from windopt.ledger.energy import JOULES_PER_WH
    from windopt.ledger.meters.calibration import Calibration

    load = kept.load()
    if load is None:
        raise ConfigError.of(
            "--reading",
            f"{reading_wh:g} Wh, but no load waits for a reading on this machine",
            "call `windopt meter --calibrate --seconds 600` first",
        )
    if not 0 < reading_wh < float("inf"):
        raise ConfigError.of("--reading", f"{reading_wh:g} Wh", "give what the meter has counted")
    _keep(kept, Calibration.of(load.model_j, reading_wh * JOULES_PER_WH, "wall meter"))


def _keep(kept: "CalibrationFile", found: "Calibration") -> None:
    kept.keep(calibration=found, load=None)
    say(
        f"{found.by}: {found.reading_wh:.3g} Wh at the wall, {found.ratio:.3g} times the model; "
        f"the model is multiplied by that from now on (kept in {kept.path})"
    )
