"""What a shared surrogate costs each farm, and whether it has paid for itself.

    E_n = E_shared / n + sum of E_project / n        n* = E_shared / (E_without - E_project)

E_shared [Wh] is what simulating its data and training it took, failures included; E_project [Wh]
what each run took besides. n counts the farms: runs that used the surrogate and came to a layout
that FLORIS has judged; E_shared of a kernel that ships is spread over all runs that the machine
knows of. A run that was killed before that is no farm, and its energy is shared by the others.
E_without is what it took a search without learning to come to the same yield; it is not known
unless one ran.

Maker and users are matched by the fingerprint of the weights, users of a kernel that ships with
windopt by the hash of its weights: its makers are not among the runs, and E_shared is the
provider's. What a surrogate took that was taught on is in its own account, not in that of the one
it became.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from windopt.assessment.labels import REFERENCES
from windopt.assessment.worth import farms_to_break_even
from windopt.ledger.energy import Energy
from windopt.ledger.project import ProjectRun
from windopt.ledger.records import Record


@dataclass(frozen=True)
class SurrogateAccount:
    """The account of one surrogate over several runs.

    Attributes
    ----------
    name : str
        Its name in the library, else its fingerprint.
    makers, reusers : tuple[str, ...]
        Names of the runs that made it, and of those that took it from the library.
    farms : int
        N, how many of them came to a layout that FLORIS has judged.
    debt : Energy
        E_shared; of several makers the sum, for each has spent it.
    project : Energy
        Sum of E_project over all of these runs.
    saved : Energy
        What the reusers would have spent on making it anew.
    users : int
        Of one that ships with windopt, the runs that the machine knew of; 0 of any other. Its debt
        is its provider's.
    without_wh : float or None
        E_without, mean over the runs where a search without learning came so far [Wh]; infinite
        where such searches never did, None where none was made.
    """

    name: str
    makers: tuple[str, ...]
    reusers: tuple[str, ...]
    farms: int
    debt: Energy
    project: Energy
    saved: Energy
    without_wh: float | None
    users: int = 0

    @property
    def sharers(self) -> int:
        """Over how many uses its debt is spread: all that are known."""
        return max(self.farms, self.users)

    @property
    def runs(self) -> int:
        """How many runs used it."""
        return len(self.makers) + len(self.reusers)

    @property
    def per_farm(self) -> Energy | None:
        """E_n; None before the first farm."""
        if not self.farms:
            return None
        return self.debt.scaled(1.0 / self.sharers) + self.project.scaled(1.0 / self.farms)

    @property
    def break_even_farms(self) -> float | None:
        """n* against a search without learning; None where none was made or none was measured."""
        shared, project = self.debt.to_wh()["central"], self.project.to_wh()["central"]
        if not self.farms or shared is None or project is None:
            return None
        if self.without_wh == math.inf:
            return 1.0
        return farms_to_break_even(shared, project / self.farms, self.without_wh)

    @property
    def paid_off(self) -> bool | None:
        """Whether n has reached n*; None where that is not known."""
        needed = self.break_even_farms
        return None if needed is None else self.sharers >= needed


def surrogate_accounts(runs: Iterable[ProjectRun]) -> list[SurrogateAccount]:
    """Return the account of each surrogate that a run ended with or that was reused.

    Those that were reused come first.
    """
    uses = [use for run in runs for use in _uses(run)]
    reused = {use.key for use in uses if use.reused_from}
    keys = dict.fromkeys(use.key for use in uses if use.last or use.key in reused)
    accounts = [_account([use for use in uses if use.key == key]) for key in keys]
    return sorted(accounts, key=lambda account: not account.reusers)


@dataclass(frozen=True)
class _Use:
    """That a run made or reused the surrogate of a key; `last`: it ended with it."""

    key: str
    run: ProjectRun
    asset: Record
    last: bool

    @property
    def reused_from(self) -> str | None:
        name: str | None = self.asset.get("reused_from")
        return name

    @property
    def debt(self) -> Energy:
        """What the run itself spent on it."""
        return Energy.from_wh(self.asset["energy_debt_wh"])

    @property
    def saved(self) -> Energy | None:
        """What it had cost other runs, and so saved this one; None where no card says it.

        Nobody would have made a kernel that ships for a single run: it saves no such sum.
        """
        saved_wh = self.asset.get("saved_wh")
        return Energy.from_wh(saved_wh) if saved_wh else None


def _uses(run: ProjectRun) -> list[_Use]:
    """Return what a run made or reused, the last record of each."""
    assets = [asset for asset in run.content.assets if asset["kind"] == "surrogate"]
    found: dict[str, _Use] = {}
    for number, asset in enumerate(assets, 1):
        # folded for a problem, a kernel that ships has other weights in every run
        key = str(asset.get("weights_sha256") or asset["fingerprint"])
        found[key] = _Use(key, run, asset, number == len(assets))
    return list(found.values())


def _account(uses: list[_Use]) -> SurrogateAccount:
    makers = [use for use in uses if not use.reused_from]
    reusers = [use for use in uses if use.reused_from]
    saved = [energy for use in reusers if (energy := use.saved) is not None]
    debt = sum((use.debt for use in makers), Energy())
    if not makers and saved:
        debt = saved[-1]  # whoever made it is not among these runs; its card says what it took
    shipped = [use.asset for use in uses if use.asset.get("shipped")]
    if shipped:
        debt = Energy.from_wh(shipped[-1]["provider_wh"])
    name = reusers[0].reused_from if reusers else None
    return SurrogateAccount(
        name=name or uses[0].key,
        makers=tuple(use.run.name for use in makers),
        reusers=tuple(use.run.name for use in reusers),
        farms=sum(use.run.verified for use in uses),
        debt=debt,
        project=sum((_besides(use) for use in uses), Energy()),
        saved=sum(saved, Energy()),
        users=max((asset["users"] for asset in shipped), default=0),
        without_wh=_mean_without_learning_wh(use.run for use in uses),
    )


def _besides(use: _Use) -> Energy:
    """Return E_project of a run."""
    made = Energy() if use.reused_from else use.debt
    return use.run.content.totals.energy.without(made)


def _mean_without_learning_wh(runs: Iterable[ProjectRun]) -> float | None:
    """Return E_without, the mean over the runs where a search without learning came so far [Wh].

    Infinite where such searches never did, None where none was made.
    """
    known = [wh for run in runs if (wh := _without_learning_wh(run)) is not None]
    finite = [wh for wh in known if math.isfinite(wh)]
    return sum(finite) / len(finite) if finite else max(known, default=None)


def _without_learning_wh(run: ProjectRun) -> float | None:
    """Return the least that took such a search to the yield of the run's layout [Wh]."""
    gains = run.content.gains
    found = [gain["aep_wh"] for gain in gains if gain["reference"] in REFERENCES]
    known = [
        gain
        for gain in gains
        if gain["reference"] == "baseline" and gain.get("energy_wh") is not None
        if found and math.isclose(gain["aep_wh"], found[-1], rel_tol=1e-9)  # of this layout
    ]
    if not known:
        return None
    equalled = (gain.get("equalled_wh") for gain in known)
    return min((wh for wh in equalled if wh is not None), default=math.inf)
