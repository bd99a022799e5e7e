"""What is known of a run's worth, as one record: the verdict, its reasons, every figure."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from windopt.assessment.bounds import Bounds
from windopt.assessment.worth import FlipFactors, Operation, Stop, energy_per_farm

FARMS = (1, 10, 100)
Value = Literal["gain", "loss", "indistinguishable", "unknown"]


@dataclass(frozen=True)
class Assessment:
    """A verdict with its reasons and figures.

    Attributes
    ----------
    value : Value
        Gain, loss, indistinguishable or unknown.
    reasons : tuple[str, ...]
        Why, the deciding one first.
    gain_wh_per_year, gain_pct, over : float or None
        G, FLORIS's and net of losses, over the better of the references, and which that is; None
        where FLORIS has not judged a layout beside another.
    operation : Operation
        How the farm is taken to run.
    energy_return : EROC [-]; None where the energy was not measured
    attributable_wh_per_year, spread_wh_per_year : float or None
        G_attr and s, None where not known.
    baseline : str or None
        The search without learning that did best; None where none was made.
    agreeing : tuple[int, int] or None
        Wake models that see a lead over that baseline, and how many were asked; None where none
        was.
    use : str
        What to use: the layout `found`, initial, grid or the name of a baseline.
    optimism_wh_per_year : float or None
        AEP predicted less verified, None where not known.
    shared_wh, project_wh : float [Wh]
        E_shared of the surrogate and E_project of the rest, nan where not measured.
    break_even_farms : float or None
        N*, None where no search without learning was made.
    marginal_return, stop : float or None
        Of the search; None where not known.
    flip : None without a gain, or where the energy was not measured
    payback_s : float or None
        Operation that returns the energy [s]; None where not known.
    """

    value: Value
    reasons: tuple[str, ...]
    operation: Operation
    shared_wh: float
    project_wh: float
    gain_wh_per_year: float | None = None
    gain_pct: float | None = None
    over: str | None = None
    energy_return: Bounds | None = None
    attributable_wh_per_year: float | None = None
    spread_wh_per_year: float | None = None
    baseline: str | None = None
    agreeing: tuple[int, int] | None = None
    use: str = "found"
    optimism_wh_per_year: float | None = None
    break_even_farms: float | None = None
    marginal_return: float | None = None
    stop: Stop | None = None
    flip: FlipFactors | None = None
    payback_s: float | None = None

    @property
    def energy_per_farm_wh(self) -> dict[int, float]:
        """E_n by number of farms that share the surrogate [Wh]."""
        return {n: energy_per_farm(self.shared_wh, self.project_wh, n) for n in FARMS}

    @property
    def energy_return_is_short(self) -> bool:
        """Whether the gain does not return its energy, by any bound of the meter."""
        return self.energy_return is not None and self.energy_return.high < 1

    def record(self) -> dict[str, Any]:
        """Return the verdict as ledger and summary keep it; what is infinite becomes None."""
        returned, stop, flip = self.energy_return, self.stop, self.flip
        return {
            "value": self.value,
            "reasons": list(self.reasons),
            "gain_wh_per_year": self.gain_wh_per_year,
            "gain_pct": self.gain_pct,
            "over": self.over,
            "operation": vars(self.operation),
            "effective_years": self.operation.effective_years,
            "energy_return": returned and {k: _finite(v) for k, v in vars(returned).items()},
            "attributable_wh_per_year": self.attributable_wh_per_year,
            "spread_wh_per_year": self.spread_wh_per_year,
            "baseline": self.baseline,
            "agreeing": self.agreeing and list(self.agreeing),
            "use": self.use,
            "optimism_wh_per_year": self.optimism_wh_per_year,
            "energy_per_farm_wh": {
                str(n): _finite(wh) for n, wh in self.energy_per_farm_wh.items()
            },
            "break_even_farms": _finite(self.break_even_farms),
            "marginal_return": self.marginal_return,
            "stop": stop and stop._asdict(),
            "flip": flip
            and {
                "meter": _finite(flip.meter),
                "gain": _finite(flip.gain),
                "weaker": flip.weaker,
            },
            "payback_s": _finite(self.payback_s),
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
