"""Verification: FLORIS and the exact constraints decide."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from windopt.verify.alone import judged_wind, wake_free_aep
from windopt.verify.judged import JudgedLayout
from windopt.verify.robustness import ask_wake_models, spread, under_wake_model
from windopt.verify.scores import BinScore, FarmScore, Ranking
from windopt.verify.unseen_farms import ExaminationPlan
from windopt.verify.verdict import Verdict, judge, verify

if TYPE_CHECKING:
    from windopt.verify.examination import Bar, Examination, Predictor, examine

__all__ = [
    "Bar",
    "BinScore",
    "Examination",
    "ExaminationPlan",
    "FarmScore",
    "JudgedLayout",
    "Predictor",
    "Ranking",
    "Verdict",
    "ask_wake_models",
    "examine",
    "judge",
    "judged_wind",
    "spread",
    "under_wake_model",
    "verify",
    "wake_free_aep",
]

_OF_SURROGATES = ("Bar", "Examination", "Predictor", "examine")
"""Imported when they are first asked for: a judge of layouts needs no PyTorch."""


def __getattr__(name: str) -> Any:
    if name not in _OF_SURROGATES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("windopt.verify.examination"), name)
