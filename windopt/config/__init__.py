"""The config of a run."""

from windopt.config.economics import EconomicsConfig, TurbineRange
from windopt.config.faults import did_you_mean
from windopt.config.placement import ExclusionConfig, SpacingConfig
from windopt.config.reader import (
    WINDIO_PREFIX,
    config_hash,
    dump_config,
    load_config,
    read_config,
    require_file,
)
from windopt.config.schema import BudgetConfig, Config, WakeConfig

__all__ = [
    "WINDIO_PREFIX",
    "BudgetConfig",
    "Config",
    "EconomicsConfig",
    "ExclusionConfig",
    "SpacingConfig",
    "TurbineRange",
    "WakeConfig",
    "config_hash",
    "did_you_mean",
    "dump_config",
    "load_config",
    "read_config",
    "require_file",
]
