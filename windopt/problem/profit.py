"""Profit: what a farm's energy earns in a year, less what its turbines cost.

    profit(x) = v (1 - losses) AEP(x) - c N

with the value v of the energy, the yearly cost c of a turbine and their number N. It is an
objective of flat worth with a term that counts turbines: of the same number, the layout with the
highest AEP has the highest profit.
"""

from windopt.problem.farm import FarmModel
from windopt.problem.measure import PROFIT
from windopt.problem.neighbours import over_build_outs
from windopt.problem.objective import WH_PER_MWH, FlatWorth, Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import Scenario
from windopt.problem.term import TurbineCost


def profit_objective(problem: LayoutProblem, model: FarmModel | None = None) -> Objective:
    """Return the profit of a problem's layouts, by its config's economics.

    Parameters
    ----------
    problem : LayoutProblem
        With `economics` in its config.
    model : FarmModel, optional
        Without one, only layouts of known AEP can be weighed.
    """
    economics, share = problem.economics, problem.net_share
    assert economics is not None
    return Objective(
        problem,
        ()
        if model is None
        else (Scenario(over_build_outs(model, problem.neighbourhood), problem.wind),),
        FlatWorth(share * economics.value_per_mwh / WH_PER_MWH),
        (TurbineCost(economics.yearly_cost),),
        measure=PROFIT,
    )
