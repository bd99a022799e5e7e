"""The config of a run."""

from windopt.config.economics import EconomicsConfig, TurbineRange
from windopt.config.faults import did_you_mean
from windopt.config.files import FLORIS_PREFIX, WINDIO_PREFIX, is_packaged, require_file
from windopt.config.floris_input import HUB as FLORIS_HUB
from windopt.config.floris_input import SECTIONS as FLORIS_SECTIONS
from windopt.config.floris_input import (
    floris_section,
    is_floris_input,
    load_floris_yaml,
    refuse_flow,
    unknown_floris_keys,
)
from windopt.config.placement import ExclusionConfig, SetbackConfig, SpacingConfig
from windopt.config.reader import config_hash, dump_config, load_config, read_config
from windopt.config.schema import Config
from windopt.config.search import BudgetConfig
from windopt.config.wake import WakeConfig

__all__ = [
    "FLORIS_HUB",
    "FLORIS_PREFIX",
    "FLORIS_SECTIONS",
    "WINDIO_PREFIX",
    "BudgetConfig",
    "Config",
    "EconomicsConfig",
    "ExclusionConfig",
    "SetbackConfig",
    "SpacingConfig",
    "TurbineRange",
    "WakeConfig",
    "config_hash",
    "did_you_mean",
    "dump_config",
    "floris_section",
    "is_floris_input",
    "is_packaged",
    "load_config",
    "load_floris_yaml",
    "read_config",
    "refuse_flow",
    "require_file",
    "unknown_floris_keys",
]
