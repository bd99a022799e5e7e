"""What is known of a run's worth, as one record: the verdict, its grounds, every figure."""

import math
from dataclasses import dataclass
from typing import Any

from windopt.assessment.figures import Figures
from windopt.assessment.grounds import Ground
from windopt.assessment.rules import Value
from windopt.assessment.wording import in_words


@dataclass(frozen=True, kw_only=True)
class Assessment(Figures):
    """A verdict with its grounds and figures.

    Attributes
    ----------
    value : Value
        Gain, loss, indistinguishable or unknown.
    grounds : tuple of Ground
        Why, the deciding one first.
    use : str
        What to use: the layout `found`, initial, grid or the name of a baseline.
    """

    value: Value = "unknown"
    grounds: tuple[Ground, ...] = ()
    use: str = "found"

    @property
    def reasons(self) -> tuple[str, ...]:
        """The grounds in words."""
        return tuple(map(in_words, self.grounds))

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
            "provider": self.provider and self.provider.record(),
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
