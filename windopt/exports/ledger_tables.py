"""The ledger's table for other programs: every column with its unit, as CSV or JSON.

CO2 stands in columns of its own, emitted and avoided apart, and only where a country is known.
"""

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from windopt.assessment.summarise import LedgerRow

Cells = dict[str, Any]


def flat_rows(rows: Sequence[LedgerRow]) -> list[Cells]:
    """Return the rows of the table as flat columns, the same for all rows.

    What a row does not have is None, and so is what is infinite.
    """
    cells = [_flat(row) for row in rows]
    names = dict.fromkeys(name for row in cells for name in row)
    return [{name: _plain(row.get(name)) for name in names} for row in cells]


def to_csv(rows: Sequence[LedgerRow]) -> str:
    """Return the table as CSV with a heading; what is not known is empty."""
    flat = flat_rows(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, flat[0] if flat else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def to_json(rows: Sequence[LedgerRow]) -> str:
    """Return the table as a JSON list of objects; what is not known is null."""
    return json.dumps(flat_rows(rows), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _flat(row: LedgerRow) -> Cells:
    energy = row.energy_wh
    cells: Cells = {
        "run": row.run,
        "stage": row.stage,
        "status": row.status,
        "wall_s": row.wall_s,
        "cpu_s": row.cpu_s,
        "energy_low_wh": energy["low"],
        "energy_central_wh": energy["central"],
        "energy_high_wh": energy["high"],
        "energy_method": energy["method"],
        "waste_share": row.waste_share,
        "gain_wh_per_year": row.gain_wh_per_year,
        "gain_pct": row.gain_pct,
        "payback_s": row.payback_s,
        **_worth(row),
        **_carbon(row),
    }
    return cells | {f"count_{name}": number for name, number in row.counts.items()}


def _worth(row: LedgerRow) -> Cells:
    if (found := row.worth) is None:
        return {}
    returned = found.energy_return
    return {
        "ai_answer": row.answer,
        "gain_over_best_reference_wh_per_year": found.gain_wh_per_year,
        "best_reference": found.over,
        "energy_return_low": returned and returned.low,
        "energy_return_central": returned and returned.central,
        "energy_return_high": returned and returned.high,
        "effective_years": found.operation.effective_years,
        "attributable_gain_wh_per_year": found.attributable_wh_per_year,
        "spread_wh_per_year": found.spread_wh_per_year,
        "optimism_wh_per_year": found.optimism_wh_per_year,
        **{f"energy_per_farm_{n}_wh": wh for n, wh in found.energy_per_farm_wh.items()},
        "break_even_farms": found.break_even_farms,
    }


def _carbon(row: LedgerRow) -> Cells:
    if (carbon := row.carbon) is None:
        return {}
    figures = {
        "sci_{}_g_co2e_per_run": carbon.sci_g,
        "of_which_embodied_{}_g_co2e": carbon.embodied_g,
    }
    for scenario, tonnes in (carbon.avoided_t or {}).items():
        figures[f"avoided_{scenario}_{{}}_t_co2e"] = tonnes
    per_kwh = carbon.intensity
    return {
        "country": per_kwh["country"],
        **{f"intensity_{k}_g_co2e_per_kwh": per_kwh[k] for k in ("low", "central", "high")},
        "intensity_year": per_kwh["year"],
        "intensity_source": per_kwh["source"],
        **{
            name.format(bound): value
            for name, bounds in figures.items()
            for bound, value in vars(bounds).items()
        },
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
