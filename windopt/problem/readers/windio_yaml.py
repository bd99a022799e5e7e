"""Loading windIO's YAML, with the files that it includes.

windIO's own loader, in pure Python behind a validator of JSON schemas, would cost every process
seconds of its start; this is libyaml's. It is told YAML 1.2, as windIO's is: ``1e3`` is a number,
``on`` is a word, ``012`` is twelve, and no key stands twice.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from windopt.config.yaml_text import read_bytes

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


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Of a file in `folder`."""

    folder: Path

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key, n in Counter(keys).items() if n > 1 and key != "<<"]:
            problem = f"key {min(twice)!r} stands twice"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        values: dict[Any, Any] = super().construct_mapping(node, deep)
        return values

    def include(self, node: yaml.ScalarNode) -> Any:
        file = self.folder / str(self.construct_scalar(node))
        if not file.is_file():
            return Unread(f"includes {file.name!r}, which is not in {file.parent}")
        if file.suffix.lower() in (".yaml", ".yml"):
            return load_windio_yaml(file)
        if file.suffix.lower() == ".nc":
            return _of_netcdf(file)
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
    """Give what a windIO file says, netCDF files that it includes as windIO has them.

    Raises
    ------
    yaml.YAMLError, ValueError, OSError, RecursionError
        When it cannot be read.
    """
    loader = _Loader(read_bytes(file, file.name))
    loader.folder = file.parent
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _of_netcdf(file: Path) -> dict[str, Any]:
    """Give coordinates as lists, variables as data with their dimensions and attributes."""
    import xarray as xr

    with xr.open_dataset(file) as dataset:
        content = dataset.to_dict()
    coordinates = {name: one["data"] for name, one in content["coords"].items()}
    variables = {
        name: {key: list(v) if isinstance(v, tuple) else v for key, v in one.items() if v != {}}
        for name, one in content["data_vars"].items()
    }
    return coordinates | variables
