"""`assessment.json`: which layout to use, and whether the AI was worth it, as two answers.

A gain is that over the given layout, or over the regular grid where none is given. Wake models are
named as in `differences.csv`; no two have the same name, whatever code they belong to.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from windopt.ledger.energy import EnergyWh
from windopt.runs.json_file import read_json, write_json

VERSION = 1
Answer = Literal["worth it", "equivalent", "worse", "undecided", "unknown"]


@dataclass(frozen=True)
class Candidate:
    """A layout that exists in the run folder.

    Attributes
    ----------
    name, label : str
        Such as "final" and "layout found".
    file : str
        In the run folder.
    learned : bool
        Whether the search that found it has used what was learned.
    gain_gwh, gain_error_gwh : mapping of str to float [GWh]
        Under every wake model that judged it, and its standard error: 0 on the whole rose.
    mean_gain_gwh : float [GWh]
        Mean over these wake models.
    mean_gain_pct : float [%]
        Mean over the wake models of the gain in per cent of the reference's AEP.
    """

    name: str
    label: str
    file: str
    learned: bool
    gain_gwh: Mapping[str, float]
    gain_error_gwh: Mapping[str, float]
    mean_gain_gwh: float
    mean_gain_pct: float

    @property
    def sampled(self) -> bool:
        """Whether any of its gains is an estimate by a sample of the wind conditions."""
        return any(error > 0 for error in self.gain_error_gwh.values())


@dataclass(frozen=True)
class LayoutChoice:
    """The first answer: which layout to use.

    Attributes
    ----------
    use, file : str
        Name of the candidate with the highest mean gain, and its file.
    best_under, of : int
        Wake models under which no other candidate yields more, and of how many.
    over : {"initial", "grid"}
        What gains count from: the given layout, or the regular grid.
    codes : mapping of str to str
        By wake model: the code that judged, such as "FLORIS".
    candidates : tuple of Candidate
        The best first.
    """

    use: str
    file: str
    best_under: int
    of: int
    over: str
    codes: Mapping[str, str]
    candidates: tuple[Candidate, ...]

    @property
    def used(self) -> Candidate:
        """The candidate to use."""
        return next(one for one in self.candidates if one.name == self.use)


@dataclass(frozen=True)
class AiShare:
    """The second answer: what the search with learning found more than the best one without.

    What is not known is None.

    Attributes
    ----------
    answer : str
        Worth it, equivalent, worse, undecided, or unknown.
    leaning : str or None
        Where undecided: the most probable of the three.
    rival : str or None
        The search without learning that came closest, such as "fitted".
    difference_mwh, difference_pct : float or None [MWh per year], [% of AEP]
        Mean over wake models and seeds.
    gain_mwh : float or None [MWh per year]
        What the search with learning gained, mean over wake models and seeds.
    delta_mwh : float or None [MWh per year]
        Materiality: what is less does not matter.
    delta_pct : float or None [% of AEP]
        The same, of the reference's AEP.
    p_better, p_material, p_equivalent, p_worse : float or None [-]
        Probability that one more wake model sees a difference above 0, above delta, within plus and
        minus delta, below minus delta.
    std_models_mwh, std_seeds_mwh, std_rose_mwh : float or None [MWh per year]
        Standard deviation over wake models, over seeds, and standard error of the sample of the
        wind conditions.
    models, seeds : int
        That were asked.
    codes : tuple of str
        Of the wake models.
    asking : str or None
        What would have to be done to know, and what it takes; None where all was done.
    """

    answer: Answer = "unknown"
    leaning: str | None = None
    rival: str | None = None
    difference_mwh: float | None = None
    difference_pct: float | None = None
    gain_mwh: float | None = None
    delta_mwh: float | None = None
    delta_pct: float | None = None
    p_better: float | None = None
    p_material: float | None = None
    p_equivalent: float | None = None
    p_worse: float | None = None
    std_models_mwh: float | None = None
    std_seeds_mwh: float | None = None
    std_rose_mwh: float | None = None
    models: int = 0
    codes: tuple[str, ...] = ()
    seeds: int = 0
    asking: str | None = None


@dataclass(frozen=True)
class Bill:
    """The third line: what it took.

    Attributes
    ----------
    energy_wh : EnergyWh
        Of the run, without the assessing.
    assessing_wh : EnergyWh or None
        Of the baselines, the other wake models and `windopt assess`.
    without_ai_wh : EnergyWh or None
        After which the best search without learning had nearly all that it found.
    without_ai_share_pct : float or None [%]
        What it had found by then, in per cent of the gain with learning.
    """

    energy_wh: EnergyWh
    assessing_wh: EnergyWh | None = None
    without_ai_wh: EnergyWh | None = None
    without_ai_share_pct: float | None = None


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder from the given layout to the kernels, each with more effort.

    Attributes
    ----------
    rung : str
        Given, grid, formula, fitted formula, kernel or kernels.
    label : str
        In words.
    learned : bool
    energy_wh : EnergyWh or None
        That it took; None where nothing measured it.
    cpu_s : float or None [CPU-s]
    gain_gwh : mapping of str to float [GWh]
        By wake model.
    mean_gain_gwh : float [GWh]
    marginal_gwh_per_wh : float or None [GWh/Wh]
        Mean gain over the best rung before, per energy that it took more than that; None where it
        took no more.
    share_pct : float or None [%]
        What it adds to the best rung before, in per cent of the highest rung's gain; 0 where it
        adds nothing, so that the shares of all rungs come to 100.
    """

    rung: str
    label: str
    learned: bool
    energy_wh: EnergyWh | None
    cpu_s: float | None
    gain_gwh: Mapping[str, float]
    mean_gain_gwh: float
    marginal_gwh_per_wh: float | None = None
    share_pct: float | None = None


@dataclass(frozen=True)
class Gate:
    """What was expected before anything was spent.

    Attributes
    ----------
    pays : bool
        Whether learning was expected to find more than the formula does.
    says : str
        The line that was printed.
    """

    pays: bool
    says: str


@dataclass(frozen=True)
class AssessmentRecord:
    """The assessment of a run.

    Attributes
    ----------
    layout : LayoutChoice or None
        None where FLORIS has not judged two layouts.
    ai : AiShare
    bill : Bill
    ladder : tuple of Rung
        From the given layout upwards; rungs that nobody has climbed are left out.
    gate : Gate or None
    """

    layout: LayoutChoice | None
    ai: AiShare
    bill: Bill
    ladder: tuple[Rung, ...] = ()
    gate: Gate | None = None
    version: int = field(default=VERSION, kw_only=True)

    @property
    def in_short(self) -> dict[str, Any]:
        """What ledger and `summary.json` have of it."""
        layout, ai = self.layout, self.ai
        return {
            "use": layout and layout.use,
            "file": layout and layout.file,
            "best_under": layout and layout.best_under,
            "of": layout and layout.of,
            "answer": ai.answer,
            "leaning": ai.leaning,
            "rival": ai.rival,
            "difference_mwh": ai.difference_mwh,
            "delta_mwh": ai.delta_mwh,
            "p_better": ai.p_better,
            "p_material": ai.p_material,
            "p_equivalent": ai.p_equivalent,
            "p_worse": ai.p_worse,
            "models": ai.models,
            "seeds": ai.seeds,
        }


def read_assessment(path: Path) -> AssessmentRecord:
    """Read what `write_assessment` wrote."""
    content = read_json(path)
    layout, gate = content["layout"], content["gate"]
    return AssessmentRecord(
        layout and _choice(layout),
        AiShare(**{**content["ai"], "codes": tuple(content["ai"]["codes"])}),
        Bill(**content["bill"]),
        tuple(Rung(**one) for one in content["ladder"]),
        gate and Gate(**gate),
        version=content["version"],
    )


def write_assessment(path: Path, content: AssessmentRecord) -> None:
    """Write the assessment of a run."""
    write_json(path, {"version": content.version, **asdict(content)})


def _choice(content: Mapping[str, Any]) -> LayoutChoice:
    candidates = tuple(Candidate(**one) for one in content["candidates"])
    return LayoutChoice(**{**content, "candidates": candidates})
