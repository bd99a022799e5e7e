"""A robust run's layouts under every wake model, in words and tables.

All figures are FLORIS's. Mean, spread and P90 are those of `windopt.assessment.gain_spread`; of AEP
by the same formula, in GWh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from windopt.assessment.gain_spread import GainSpread
from windopt.report.verified import places, rounded_error
from windopt.report.wording import label_of
from windopt.runs.robust import RobustRecord
from windopt.runs.robust_summary import spread_of
from windopt.words import count_of

ORDER = ("initial", "grid", "single", "final")
EXCEEDED = (
    "P50 and P90 are exceeded with a probability of 50 % and of 90 %, as far as these wake models "
    "tell."
)
JUDGES_ONLY = "* judges only: not searched with, not in mean, spread and P90"


class LayoutColumn(NamedTuple):
    """A layout in the table.

    Attributes
    ----------
    key, name, short : str
        Of the record, in a sentence, and in the head of a narrow table.
    aep : GainSpread
        Over the wake models [GWh].
    gain : GainSpread or None
        Over the reference [%]; None of the reference itself.
    """

    key: str
    name: str
    short: str
    aep: GainSpread
    gain: GainSpread | None


@dataclass(frozen=True)
class RobustTable:
    """What every wake model says of every layout.

    Attributes
    ----------
    record : RobustRecord
    columns : tuple of LayoutColumn
    over : str
        What people call the layout that gains count from.
    """

    record: RobustRecord
    columns: tuple[LayoutColumn, ...]
    over: str

    @classmethod
    def of(cls, record: RobustRecord, own: str, layouts: Mapping[str, Any]) -> "RobustTable":
        """Put the table together.

        Parameters
        ----------
        record : RobustRecord
        own : str
            The wake model that the config's `wake` names.
        layouts : mapping of str to Any
            Those of `verification.json`; they tell whether the given one was repaired.
        """
        names = {
            "initial": (label_of(layouts, "initial"), "given layout"),
            "grid": (label_of(layouts, "grid"), "regular grid"),
            "single": (f"layout for {own} alone", f"for {own} alone"),
            "final": ("robust layout", "robust layout"),
        }
        columns = tuple(
            LayoutColumn(key, *names[key], _aep(record, key), spread_of(record, key))
            for key in ORDER
            if key in record.layouts
        )
        over, _ = names.get(record.reference, names["final"])
        return cls(record, columns, over)

    @property
    def gain_error(self) -> float:
        """Largest standard error of a gain [%]; 0 on the whole rose."""
        told = (one.gain_error_pct for of in self.record.layouts.values() for one in of.values())
        return max((error or 0.0 for error in told), default=0.0)

    @property
    def sampled(self) -> bool:
        """Whether any figure is of a sample of the rose."""
        every = (one for of in self.record.layouts.values() for one in of.values())
        return any(not one.whole_rose for one in every)

    @property
    def judges_only(self) -> bool:
        """Whether there are wake models that were not searched with."""
        return any(not one.searched for one in self.record.models.values())

    def model_name(self, model: str) -> str:
        """Name a wake model, with its weight where they differ."""
        one = self.record.models[model]
        if not one.searched:
            return f"{model} *"
        weights = [other.weight for other in self.record.models.values() if other.searched]
        alike = np.allclose(weights, weights[0])
        return model if alike else f"{model} ({100 * one.weight:.3g} %)"

    def percent(self, gain: float | None) -> str:
        """Write a gain with the decimal places that its error leaves."""
        return "" if gain is None else f"{gain:+.{places(self.gain_error)}f}"

    def rows(self, column: LayoutColumn) -> tuple[list[str], list[str]]:
        """Return a layout's cells, AEP [GWh] and gain [%]: by wake model, mean, spread, P90."""
        under = self.record.layouts[column.key]
        aep = [f"{under[model].aep_gwh:,.1f}" for model in self.record.models]
        gain = [self.percent(under[model].gain_pct) for model in self.record.models]
        aep += [f"{column.aep.mean:,.1f}", _spread(column.aep.spread, 1)]
        aep.append(f"{column.aep.exceeded(0.9):,.1f}")
        if column.gain is None:
            return aep, [*gain, "", "", ""]
        gain += [self.percent(column.gain.mean)]
        gain += [_spread(column.gain.spread, places(self.gain_error))]
        return aep, [*gain, self.percent(column.gain.exceeded(0.9))]

    @property
    def row_names(self) -> list[str]:
        """Names of the rows: wake models, then what is said of all of them."""
        return [*map(self.model_name, self.record.models), "mean (P50)", "spread", "P90"]

    @property
    def caption(self) -> str:
        """What is to be known beside the figures, in short sentences."""
        said = [EXCEEDED]
        if self.sampled:
            error = rounded_error(self.gain_error)
            said.insert(0, f"FLORIS, sampled: standard error of a gain at most {error} %.")
        else:
            said.insert(0, "FLORIS, on the whole wind rose.")
        if self.judges_only:
            said.append(f"{JUDGES_ONLY}.")
        return " ".join(said)

    @property
    def sentence(self) -> str:
        """Return how the robust layout compares with that of one wake model."""
        columns = {one.key: one for one in self.columns}
        final = columns["final"]
        if final.gain is None:
            return ""
        n = sum(one.weight > 0 for one in self.record.models.values())
        mean = f"On average over {count_of(n, 'wake model')} the robust layout gains "
        said = f"{mean}{self.percent(final.gain.mean)} % over the {self.over}"
        single = columns.get("single")
        if single is None or single.gain is None:
            return f"{said}."
        more = final.gain.mean - single.gain.mean
        told = f"{self.percent(abs(more))[1:]} points {'more' if more >= 0 else 'less'}"
        return f"{said}, {told} than the {single.name} ({self.percent(single.gain.mean)} %)."


def robust_table(
    record: RobustRecord | None, own: str, layouts: Mapping[str, Any]
) -> RobustTable | None:
    """Return what every wake model says of a run's layouts; None where one alone was asked.

    Parameters as of `RobustTable.of`.
    """
    return None if record is None else RobustTable.of(record, own, layouts)


def robust_card(summary: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return label, value and remark of the mean gain over wake models; None of one model."""
    told = summary.get("robust")
    if not told or not told["models"]:
        return None
    over = count_of(len(told["models"]), "wake model")
    remark = f"mean over {over}, P90 {told['gain_p90_pct']:+.2f} %"
    return "robust gain", f"{told['mean_gain_pct']:+.2f} %", remark


def _aep(record: RobustRecord, layout: str) -> GainSpread:
    """Return the AEP of a layout over the wake models of the risk measure [GWh]."""
    weighed = [name for name, model in record.models.items() if model.weight > 0]
    under = [record.layouts[layout][name] for name in weighed]
    return GainSpread.of(
        [one.aep_gwh for one in under],
        [record.models[name].weight for name in weighed],
        [one.aep_error_gwh for one in under],
    )


def _spread(value: float, decimals: int) -> str:
    return "" if np.isnan(value) else f"{value:.{decimals}f}"
