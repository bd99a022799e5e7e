"""The result as input of FLORIS: a YAML file, and the wind rose as a table beside it.

Whoever loads both gets the AEP that windopt states. The rose is the one that layouts are judged on,
all of its conditions, with FLORIS's column names. The YAML's head says how to set them: FLORIS's
reader ``WindRose.read_csv_long`` takes speeds to multiples of their step (3.5, 4.5, ... m/s become
4, 5, ...; 7, 10 and 13 m/s become 6, 9 and 12), and ``WindRose`` refuses uneven ones. Where the
wind varies over the site, a second table has the speed-up at every node of its grid, a column for
each direction.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from windopt.floris.adapter import IEA37, floris_configuration
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.runs.folder import write_text
from windopt.words import count_of

WIND_COLUMNS = ("wind_directions", "wind_speeds", "turbulence_intensities", "frequencies")


def write_floris_layout(
    path: Path, wind_path: Path, problem: LayoutProblem, layout: FloatArray
) -> None:
    """Write a layout (n_turbines, 2) [m] as FLORIS's input file, and its wind rose.

    Fixed turbines stand behind the others.

    Parameters
    ----------
    path, wind_path : Path
        Of the YAML file, and of the CSV file in the same folder; a speed-up comes beside them.
    """
    speed_up_path = wind_path.with_name(wind_path.name.replace("wind", "speed_up"))
    if problem.speed_up is not None:
        write_text(speed_up_path, _speed_up_csv(problem.speed_up))
    write_text(wind_path, _wind_csv(problem))
    input_, definitions = _input(problem)
    everyone = problem.joined(layout)
    kinds = problem.all_types if len(problem.turbines) > 1 else [0]
    input_["farm"] = {
        "layout_x": everyone[:, 0].tolist(),
        "layout_y": everyone[:, 1].tolist(),
        "turbine_type": [definitions[kind] for kind in kinds],
    }
    input_["description"] = f"{count_of(problem.n_turbines, 'turbine')} placed by windopt"
    text = yaml.safe_dump(input_, sort_keys=False, default_flow_style=None, width=100)
    write_text(path, _how_to(problem, path.name, wind_path.name, speed_up_path.name) + text)


class FlorisTemplate(NamedTuple):
    """FLORIS's input file of a layout that is not known yet, as the report's page writes it.

    Attributes
    ----------
    head : str
        All but the section ``farm``.
    types : tuple of str
        Each turbine type's definition as a flow mapping of YAML, in one line.
    """

    head: str
    types: tuple[str, ...]


def floris_template(
    problem: LayoutProblem, name: str, wind_name: str, speed_up_name: str
) -> FlorisTemplate:
    """Return what FLORIS's input files of a problem's layouts share.

    Parameters
    ----------
    name, wind_name, speed_up_name : str
        Of the YAML file, the wind rose and the speed-up beside it.
    """
    input_, definitions = _input(problem)
    del input_["farm"]
    input_["description"] = "turbines placed in a report of windopt"
    text = yaml.safe_dump(input_, sort_keys=False, default_flow_style=None, width=100)
    lines = [
        yaml.safe_dump(one, sort_keys=False, default_flow_style=True, width=float("inf")).strip()
        for one in definitions
    ]
    return FlorisTemplate(_how_to(problem, name, wind_name, speed_up_name) + text, tuple(lines))


def _input(problem: LayoutProblem) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return FLORIS's input, and the definitions of the turbine types in it."""
    input_ = _plain(floris_configuration(problem.uniform))
    definitions: list[dict[str, Any]] = input_["farm"]["turbine_type"]
    for definition, turbine in zip(definitions, problem.turbines, strict=True):
        definition["turbine_type"] = f"{definition['turbine_type']}_{turbine.name}".rstrip("_")
    return input_, definitions


def _wind_csv(problem: LayoutProblem) -> str:
    """Return all conditions of the rose, those that never occur too: FLORIS wants a whole table."""
    wind = problem.wind
    wd, ws = np.meshgrid(wind.wind_direction, wind.wind_speed, indexing="ij")
    columns = (wd, ws, wind.turbulence_intensity, wind.probability)
    rows = np.column_stack([column.ravel() for column in columns]).tolist()
    lines = [",".join(WIND_COLUMNS), *(",".join(map(repr, row)) for row in rows)]
    return "\n".join(lines) + "\n"


def _speed_up_csv(speed_up: SpeedUp) -> str:
    """Return the speed-up at every node, by direction."""
    nodes = np.column_stack([speed_up.nodes, speed_up.factor.reshape(len(speed_up.factor), -1).T])
    header = ["x", "y", *(f"{direction:.10g}" for direction in speed_up.wind_direction)]
    lines = [",".join(header), *(",".join(map(repr, row)) for row in nodes.tolist())]
    return "\n".join(lines) + "\n"


def _how_to(problem: LayoutProblem, name: str, wind_name: str, speed_up_name: str) -> str:
    """Return in comments how to get the AEP from the two files."""
    flow = "wind_directions=wind.wind_directions, wind_speeds=wind.wind_speeds, "
    flow += "turbulence_intensities=wind.turbulence_intensities"
    inflow = []
    if problem.speed_up is not None:
        flow += ", heterogeneous_inflow_config=inflow"
        inflow = [
            f'grid = pandas.read_csv("{speed_up_name}")',
            "known = [float(direction) for direction in grid.columns[2:]]",
            "factors = [numpy.interp(wind.wind_directions, known, f, period=360) "
            "for f in grid.to_numpy()[:, 2:]]",
            'inflow = {"x": grid.x.to_numpy(), "y": grid.y.to_numpy(), '
            '"speed_multipliers": numpy.array(factors).T}',
        ]
    weights = ""
    if len(problem.fixed_layout) and not problem.fixed_counted:
        weights = f", turbine_weights=[1.0] * {problem.n_turbines} + [0.0] * "
        weights += f"{len(problem.fixed_layout)}"
    lines = [
        "FLORIS input, written by windopt. Its AEP [Wh]:",
        "",
        *(["import numpy"] if inflow else []),
        "import pandas",
        "from floris import FlorisModel",
        *(
            ["import windopt.floris.iea37  # adds IEA Wind Task 37's wake model to FLORIS"]
            if problem.wake.velocity_model == IEA37
            else []
        ),
        f'wind = pandas.read_csv("{wind_name}")',
        *inflow,
        f'farm = FlorisModel("{name}")',
        f"farm.set({flow})",
        "farm.run()",
        f"farm.get_farm_AEP(freq=wind.frequencies, hours_per_year={problem.hours_per_year:.12g}"
        f"{weights})",
    ]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _plain(value: Any) -> Any:
    """Make arrays lists, and numbers of numpy numbers of Python."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
