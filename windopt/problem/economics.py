"""Net energy and money: what losses leave of the energy, and what a turbine costs and earns.

Each loss takes its share of what those before have left, as is usual in yield assessments:

    net AEP = gross AEP x (1 - availability) x (1 - electrical) x (1 - other)

The yearly cost c of a turbine is given, or the annuity of its capital C at the discount rate r over
the n years of its life, and the operation on top:

    c = C r / (1 - (1 + r)^-n) + operation     (C / n + operation where r = 0)

[the capital recovery factor; Short, Packey and Holt 1995, NREL/TP-462-5173, eq. 2-8]
"""

import math
from dataclasses import dataclass

from windopt.config.economics import EconomicsConfig, LossesConfig


@dataclass(frozen=True)
class Economics:
    """What a year's energy is worth, and what a turbine costs a year.

    Attributes
    ----------
    value_per_mwh : float [currency/MWh]
        Of the net energy.
    yearly_cost : float [currency]
        Of a turbine.
    currency : str
    net_share : float [-]
        Share of the gross energy that is sold.
    """

    value_per_mwh: float
    yearly_cost: float
    currency: str
    net_share: float = 1.0

    @classmethod
    def of(cls, config: EconomicsConfig, net_share: float) -> "Economics":
        """Return the economics that a config states."""
        return cls(config.value_per_mwh, yearly_cost(config), config.currency, net_share)

    @property
    def break_even_mwh(self) -> float:
        """Gross energy a year that pays for a turbine, losses allowed for [MWh]."""
        return self.yearly_cost / (self.net_share * self.value_per_mwh)


def net_share_of(losses: LossesConfig) -> float:
    """Return the share of the gross AEP that losses leave [-]."""
    shares = (losses.availability_pct, losses.electrical_pct, losses.other_pct)
    return math.prod(1.0 - lost / 100.0 for lost in shares)


def stated_losses(losses: LossesConfig) -> dict[str, float]:
    """Return the losses that the config states, by name [% of what is left]; 0 states nothing."""
    return {name: lost for name, lost in losses.model_dump().items() if lost > 0}


def yearly_cost(config: EconomicsConfig) -> float:
    """Return the cost of a turbine a year [currency]."""
    if config.cost_per_turbine is not None:
        return config.cost_per_turbine
    capital, rate, years = config.capital_per_turbine, config.discount_rate, config.lifetime_years
    assert capital is not None
    assert rate is not None
    assert years is not None
    recovery = rate / (1.0 - (1.0 + rate) ** -years) if rate else 1.0 / years
    return capital * recovery + (config.opex_per_turbine_year or 0.0)
