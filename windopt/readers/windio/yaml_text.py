"""Loading windIO's YAML, with the files that it includes.

windIO's own loader, in pure Python behind a validator of JSON schemas, would cost every process
seconds of its start; this is libyaml's. It is told YAML 1.2, as windIO's is: ``1e3`` is a number,
``on`` is a word, ``012`` is twelve.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from windopt.config.yaml_text import Reading, SafeLoader, load_yaml
from windopt.readers.netcdf import require_few_cells

MOST_IN_NETCDF = 2_000_000
"""Values of a netCDF file that is included; they become lists."""
NUMBER = r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
RESOLVED = {
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": ("[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+", "-+0123456789"),
    "float": (rf"{NUMBER}|\.(?:nan|NaN|NAN)", "-+.0123456789"),
}
"""Plain scalars of YAML 1.2's core schema, and their first characters."""


@dataclass(frozen=True)
class Unread:
    """What stands for an included file that cannot be read; a fault only where it is asked for."""

    problem: str


class _Loader(SafeLoader):
    """Of YAML 1.2, with files that it includes."""

    def include(self, node: yaml.ScalarNode) -> Any:
        file = self.folder / str(self.construct_scalar(node))
        if not file.is_file():
            return Unread(f"includes {file.name!r}, which is not in {file.parent}")
        if file.suffix.lower() in (".yaml", ".yml"):
            return load_yaml(file, _Loader, self.reading)
        if file.suffix.lower() == ".nc":
            with self.reading.of(file):
                return _of_netcdf(file, self.reading)
        return Unread(f"includes {file.name!r}, which is neither .yaml nor .nc")


_Loader.yaml_implicit_resolvers = {
    first: [(tag, how) for tag, how in known if tag.rsplit(":", 1)[1] not in RESOLVED]
    for first, known in _Loader.yaml_implicit_resolvers.items()
}
for _name, (_form, _first) in RESOLVED.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_form})$"), list(_first)
    )
_Loader.add_constructor("!include", _Loader.include)


def load_windio_yaml(file: Path) -> Any:
    """Return what a windIO file says, netCDF files that it includes as windIO has them.

    Raises
    ------
    yaml.YAMLError, ValueError, OSError, ConfigError
        When it cannot be read.
    """
    return load_yaml(file, _Loader)


def _of_netcdf(file: Path, reading: Reading) -> dict[str, Any]:
    """Give coordinates as lists, variables as data with their dimensions and attributes."""
    import xarray as xr

    require_few_cells(file, MOST_IN_NETCDF)
    with xr.open_dataset(file, engine="netcdf4") as dataset:
        content = dataset.to_dict()
    coordinates = {name: one["data"] for name, one in content["coords"].items()}
    variables = {
        name: {key: list(v) if isinstance(v, tuple) else v for key, v in one.items() if v != {}}
        for name, one in content["data_vars"].items()
    }
    return coordinates | variables
