"""Waste: energy that came to nothing, or that brought less than anybody would notice.

Lost is what failed, cancelled, killed and tuning stages used. Late is what a search used after its
best had come within the materiality δ of its end,

    E_late = E(end of the search) - min { E : AEP_end - AEP(E) < δ },     δ = materiality_pct of AEP

by the curve that the search leaves in the ledger (a record `search`): the AEP of the best so far,
predicted by the surrogate; FLORIS evaluates its end. Nobody knew so at the time: it says what a
rule that stops in time could have saved.
"""

from dataclasses import dataclass, field
from typing import Any

from windopt.ledger.energy import JOULES_PER_WH, Energy
from windopt.ledger.records import Record
from windopt.ledger.totals import LedgerContent, own_costs, waste_of

MATERIALITY_PCT = 0.05
"""Of the AEP, what is not worth looking for, where no config says otherwise."""
LATE = "late search"


@dataclass(frozen=True)
class Waste:
    """The waste of a run.

    Attributes
    ----------
    used : Energy [J]
        Of the whole run.
    lost : Energy [J]
        Of failed, cancelled, killed and tuning stages.
    late : Energy or None [J]
        Of searching on; None where no search has left its curve.
    materiality_pct : float [%]
        δ.
    """

    used: Energy = field(default_factory=Energy)
    lost: Energy = field(default_factory=Energy)
    late: Energy | None = None
    materiality_pct: float = MATERIALITY_PCT

    @property
    def share(self) -> float | None:
        """Its share of the energy [-]; None where that is not known."""
        return self._share_of(self.lost + (self.late or Energy()))

    @property
    def late_share(self) -> float | None:
        """The share of searching on [-]; None where it is not known."""
        return None if self.late is None else self._share_of(self.late)

    @property
    def lost_share(self) -> float | None:
        """The share of what failed, was cancelled or killed, or tuned [-]."""
        return self._share_of(self.lost)

    def record(self) -> dict[str, Any]:
        """Return what `summary.json` keeps of it."""
        return {
            "share": self.share,
            "lost_share": self.lost_share,
            "late_share": self.late_share,
            "late_wh": None if self.late is None else self.late.to_wh(),
            "materiality_pct": self.materiality_pct,
        }

    def _share_of(self, part: Energy) -> float | None:
        if not (self.used.known and part.known):
            return None
        return part.central / self.used.central if self.used.central > 0 else 0.0


def waste_in(content: LedgerContent, materiality_pct: float | None = None) -> Waste:
    """Return the waste of a run.

    Parameters
    ----------
    content : LedgerContent
    materiality_pct : float or None [%]
        Of the AEP, what is not worth looking for; as the search says, where it does, when None.
    """
    if materiality_pct is None:
        said = [one["materiality_pct"] for one in content.searches if "materiality_pct" in one]
        materiality_pct = said[-1] if said else MATERIALITY_PCT
    apart = content.totals.apart
    lost, searched = Energy(), Energy()
    for stage, own in own_costs(content.stages):
        if stage.kind in apart:
            continue
        if waste_of(stage):
            lost += own.energy
        elif stage.kind == "optimise":
            searched += own.energy
    late = None
    if content.searches and searched.known and searched.central > 0:
        late_j = JOULES_PER_WH * late_wh(content.searches[-1], materiality_pct)
        late = searched.scaled(min(1.0, late_j / searched.central))
    return Waste(content.totals.energy, lost, late, materiality_pct)


def late_wh(search: Record, materiality_pct: float = MATERIALITY_PCT) -> float:
    """Return E_late [Wh] of a search.

    Parameters
    ----------
    search : Record
        ``energy_wh`` and ``aep_wh`` of each improvement, (n,) [Wh], and ``ended_wh`` [Wh], when the
        search had ended; energies are of the whole run until then.
    materiality_pct : float [%]
    """
    end = search["aep_wh"][-1]
    delta = materiality_pct / 100.0 * abs(end)
    near = (
        float(wh)
        for wh, aep in zip(search["energy_wh"], search["aep_wh"], strict=True)
        if end - aep < delta or aep == end
    )
    return max(0.0, float(search["ended_wh"]) - next(near))
