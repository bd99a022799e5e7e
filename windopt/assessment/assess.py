"""The assessment of a run: whether the energy that it took has paid, as far as its ledger tells.

The ledger's records give the figures (`figures`), rules weigh them (`rules`), and the grounds are
said in words (`wording`).
"""

from windopt.assessment.assessment import Assessment
from windopt.assessment.figures import figures_of
from windopt.assessment.rules import decide, what_to_use
from windopt.assessment.worth import Curve
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import LedgerContent


def assess(content: LedgerContent, curve: Curve | None = None) -> Assessment:
    """Return the assessment of a ledger's run.

    Parameters
    ----------
    content : LedgerContent
        The ledger.
    curve : Curve or None
        What the search found, and with what energy; None leaves its marginal return unknown.
    """
    figures = figures_of(content, curve)
    value, grounds = decide(figures)
    use = what_to_use(value, figures)
    return Assessment(**vars(figures), value=value, grounds=grounds, use=use)


def conclude(ledger: Ledger, curve: Curve | None = None) -> LedgerContent:
    """Write the verdict on the run so far into its ledger; returns the content it rests on.

    Parameters
    ----------
    ledger : Ledger
        Of the run.
    curve : Curve or None
        What the search found with what energy, if it is known.
    """
    content = ledger.content()
    ledger.note("verdict", assess(content, curve).record())
    return content
