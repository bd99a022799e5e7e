"""Verification: FLORIS and the exact constraints decide."""

from windopt.verify.verdict import JudgedLayout, Verdict, judge, verify, wake_free_aep

__all__ = ["JudgedLayout", "Verdict", "judge", "verify", "wake_free_aep"]
