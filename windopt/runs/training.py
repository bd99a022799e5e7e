"""How well a run's surrogate was trained, as its card tells."""

from collections.abc import Mapping
from typing import Any


def training_facts(
    card: Mapping[str, Any], final: Mapping[str, Any], wake_free_gwh: float | None
) -> dict[str, Any]:
    """Return how many training steps there were of those asked for, and how far AEP may be off.

    Parameters
    ----------
    card : mapping of str to Any
        The surrogate's; nothing is known without one, and of that of a formula.
    final : mapping of str to Any
        The verified layout; empty before there is one.
    wake_free_gwh : float or None
        Its AEP without wakes, which the surrogate cannot get wrong.
    """
    facts, share = card.get("facts", {}), card.get("wake_error")
    told = {}
    if asked := facts.get("training_steps_asked"):
        told["training"] = {"steps": facts["training_steps"], "of": asked}
    if share and final and wake_free_gwh:
        told["aep_predicted_error_pct"] = 100.0 * share * (wake_free_gwh / final["aep_gwh"] - 1.0)
    return told
