"""Verification: FLORIS and the exact constraints decide."""

from windopt.verify.examination import Bar, Examination, Predictor, examine
from windopt.verify.robustness import ask_wake_models, spread, under_wake_model
from windopt.verify.scores import BinScore, FarmScore, Ranking
from windopt.verify.unseen_farms import ExaminationPlan
from windopt.verify.verdict import (
    JudgedLayout,
    Verdict,
    judge,
    judged_wind,
    verify,
    wake_free_aep,
)

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
