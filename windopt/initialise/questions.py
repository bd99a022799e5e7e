"""The questions of `windopt init`, each asked until its answer can be read."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from rich.prompt import Confirm, Prompt

from windopt.config.files import WINDIO_PREFIX
from windopt.errors import ConfigError
from windopt.initialise.guess import ROLES_IN_WORDS
from windopt.readers.crs import require_metres
from windopt.readers.identify import Role
from windopt.readers.windio.document import resolve
from windopt.terminal import PlainConsole

T = TypeVar("T")

console = PlainConsole()


class Fact(NamedTuple):
    """What a file may leave out: how to ask for it, and what it lies below."""

    question: str
    below: float


FACTS = {
    "turbulence_intensity": Fact("Turbulence intensity of the wind, such as 0.06 offshore", 1.0),
    "wind_shear": Fact(
        "Power-law exponent of the wind profile, such as 0.08 offshore or 0.14 on land", 1.0
    ),
    "roughness_length": Fact(
        "Roughness length of the ground all round in metres, such as 0.03; 0 at sea", 5.0
    ),
    "rotor_diameter": Fact("Rotor diameter in metres", 1000.0),
    "hub_height": Fact("Hub height in metres", 1000.0),
}
"""By the entry of the config that gives it, as `windopt.errors.Fault.lacks` has it."""


def ask_for_file(role: Role) -> str:
    """Ask for the file of a role, until there is one."""
    return _ask(f"File with the {ROLES_IN_WORDS[role]}", _existing)


def is_there_a_layout() -> bool:
    """Ask whether there is a layout to improve on."""
    return Confirm.ask("Is there a layout to improve on?")


def ask_for_number() -> int:
    """Ask for the number of turbines."""
    return _ask("Number of turbines", _positive)


def ask_for_distances(files: Sequence[str]) -> list[float]:
    """Ask for the distance to keep from the shapes of each file [m]."""
    return [_ask(f"Distance to keep from {one} in metres", float, "0") for one in files]


def ask_for_crs() -> str | None:
    """Ask for the coordinate reference system of all metres; None where nobody knows it."""
    question = "Coordinate reference system of its metres, as EPSG:25831 (empty: not known)"
    return _ask(question, lambda text: require_metres(text) if text else "", "") or None


def ask_for_fact(entry: str) -> float:
    """Ask for what a file leaves out, by the entry of the config that gives it."""
    question, below = FACTS[entry]
    return _ask(question, partial(_fact, below=below))


def ask_for_text(question: str, default: str) -> str:
    """Ask for any text."""
    return Prompt.ask(question, default=default)


def _ask(question: str, read: Callable[[str], T], default: str | None = None) -> T:
    """Ask until the answer can be read."""
    while True:
        text = Prompt.ask(question) if default is None else Prompt.ask(question, default=default)
        try:
            return read((text or "").strip())
        except (ValueError, ConfigError) as error:
            console.print(f"  {error}")


def _existing(path: str) -> str:
    if not path.startswith("floris:") and not resolve(path).expanduser().is_file():
        raise ValueError(f"there is no file {path!r}; {WINDIO_PREFIX}... names one of windIO's")
    return path


def _fact(text: str, below: float) -> float:
    number = float(text.replace(",", "."))
    if not 0 <= number < below:
        raise ValueError(f"{text} is not between 0 and {below:g}")
    return number


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(f"{text} is not above 0")
    return int(text)
