"""What is known of a run's worth, as one record: the verdict, its reasons, every figure."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from windopt.ledger.bounds import Bounds
from windopt.ledger.worth import FlipFactors, Operation, Stop

Value = Literal["gain", "loss", "indistinguishable", "unknown"]


@dataclass(frozen=True)
class Appraisal:
    """A verdict with its reasons and figures.

    Attributes
    ----------
    value : gain, loss, indistinguishable or unknown
    reasons : why, the deciding one first
    gain_wh_per_year, gain_pct, over : G, FLORIS's and net of losses, over the better of the
        references, and which that is; None where FLORIS has not judged a layout beside another
    operation : how the farm is taken to run
    energy_return : EROC [-]; None where the energy was not measured
    attributable_wh_per_year, spread_wh_per_year : G_attr and s, None where not known
    optimism_wh_per_year : AEP predicted less verified, None where not known
    energy_per_farm_wh : E_n by number of farms, nan where not measured [Wh]
    break_even_farms : n*, None where no search without learning was made
    marginal_return, stop : of the search; None where not known
    flip : None without a gain, or where the energy was not measured
    payback_s : operation that returns the energy [s]; None where not known
    """

    value: Value
    reasons: tuple[str, ...]
    operation: Operation
    energy_per_farm_wh: dict[int, float]
    gain_wh_per_year: float | None = None
    gain_pct: float | None = None
    over: str | None = None
    energy_return: Bounds | None = None
    attributable_wh_per_year: float | None = None
    spread_wh_per_year: float | None = None
    optimism_wh_per_year: float | None = None
    break_even_farms: float | None = None
    marginal_return: float | None = None
    stop: Stop | None = None
    flip: FlipFactors | None = None
    payback_s: float | None = None

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
