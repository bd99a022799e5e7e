"""How the energy of a run was found, in words: figures of the meter, and where it was computed."""

from windopt.ledger.meters.facility import FACILITIES
from windopt.ledger.totals import LedgerContent, stated
from windopt.report.wording import energy
from windopt.words import significant


def metering_notes(content: LedgerContent) -> list[str]:
    """Return sentences on a run's meter and on power usage effectiveness; none without energy."""
    if not content.totals.energy.known:
        return []
    return [*_model(content), _facilities(content)]


def _model(content: LedgerContent) -> list[str]:
    model = stated(content.runs, "power_model")
    if not model:
        return []
    band = model["band"]
    said = (
        f"Power model: {model['processor']}, {model['idle_w_per_vcpu']:g} W at rest and "
        f"{model['full_w_per_vcpu']:g} W at full load per virtual processor ({model['source']}), "
        f"{model['memory_w_per_gb']:g} W per GB of the memory that goes with them; what others use "
        f"of the machine is not charged. Band {band['low']:.2g} to {band['high']:.2g} times"
    )
    if model["calibrated"]:
        ratio = significant(model["ratio"])
        return [f"{said}; multiplied by {ratio} after a calibration ({model['calibrated']})."]
    return [f"{said}; not calibrated (windopt meter --calibrate)."]


def _facilities(content: LedgerContent) -> str:
    """Say what the same run takes where the machine may stand."""
    pue = float(stated(content.runs, "pue") or 1.0)
    alone = content.totals.energy.scaled(1.0 / pue)
    said = [
        f"{energy(alone.scaled(one.pue).to_wh())[0]} in a room of PUE {one.pue:g} ({one.name})"
        for one in FACILITIES
    ]
    return f"Power usage effectiveness: this bill has {pue:g} (energy.pue). {', '.join(said)}."
