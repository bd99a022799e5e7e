"""Chooses features of a file by their attributes, as the config's `where:` says.

An attribute is found whatever the case of its name. Values are compared as people write them: text
without regard to case and to blanks around it, numbers as numbers even where one of the two is
written as text, yes and no in their usual spellings. Features must agree in all attributes; of a
list of values one suffices. A value that no feature has is a fault, since a parcel would be missing
in silence.
"""

import difflib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from windopt.errors import Fault, FaultCollector

logger = logging.getLogger(__name__)

Wanted = Mapping[str, object]
"""Values by attribute: one, or a list of them."""
YES, NO = frozenset({"yes", "true", "y", "t", "1"}), frozenset({"no", "false", "n", "f", "0"})
SHOWN = 8
"""Values and attributes that a fault lists."""


@dataclass
class Choice:
    """What is asked for, and what a file was found to hold.

    Attributes
    ----------
    wanted : Wanted
        Values by attribute; empty takes all features.
    key : str
        The config key that says so.
    """

    wanted: Wanted = field(default_factory=dict)
    key: str = "where"
    _seen: int = 0
    _taken: int = 0
    _attributes: dict[str, None] = field(default_factory=dict)
    _values: dict[str, dict[str, None]] = field(default_factory=dict)
    _met: dict[str, set[int]] = field(default_factory=dict)

    def takes(self, values: Mapping[str, object]) -> bool:
        """Return whether a feature with such attributes is asked for, and remember them."""
        if not self.wanted:
            return True
        self._seen += 1
        self._attributes |= dict.fromkeys(values)
        named = {plain_name(str(name)): value for name, value in values.items()}
        agrees = True
        for name, asked in self.wanted.items():
            if plain_name(name) not in named:
                agrees = False
                continue
            has = named[plain_name(name)]
            self._values.setdefault(name, {})[_shown(has)] = None
            met = {i for i, one in enumerate(_listed(asked)) if same_value(one, has)}
            self._met.setdefault(name, set()).update(met)
            agrees &= bool(met)
        self._taken += agrees
        return agrees

    def conclude(self, file: str) -> None:
        """Report how many features were taken, or raise the faults of what is asked for.

        Parameters
        ----------
        file : str
            Name of the file, all of whose features were looked at.
        """
        if not self.wanted or not self._seen:
            return
        faults = FaultCollector()
        for name, asked in self.wanted.items():
            where = f"{self.key}.{name}"
            if name not in self._values:
                known = [str(one) for one in self._attributes]
                cure = _did_you_mean(name, known) or (
                    "name one of them" if known else "leave it out, or name a file that has some"
                )
                has = _list_of(known) if known else "none"
                faults.append(
                    Fault(where, f"is no attribute of {file}, whose features have {has}", cure)
                )
                continue
            known = list(self._values[name])
            for i, one in enumerate(_listed(asked)):
                if i not in self._met[name]:
                    problem = f"no feature of {file} has {_shown(one)!r}; there is "
                    cure = _did_you_mean(_shown(one), known) or "name one of them"
                    if isinstance(one, int):
                        cure += ", in quotes where it begins with 0"
                    faults.append(Fault(where, problem + _list_of(known), cure))
        if not faults and not self._taken:
            problem = f"no feature of {file} has all of " + " and ".join(self.wanted)
            faults.append(Fault(self.key, problem, "ask for less"))
        faults.raise_any()
        logger.warning(
            "%s: takes %d of the %d feature%s of %s",
            self.key,
            self._taken,
            self._seen,
            "" if self._seen == 1 else "s",
            file,
        )


def plain_name(name: str) -> str:
    """Return an attribute's name without what writers change: case, blanks, hyphens."""
    return re.sub(r"[\s\-./]+", "_", name.strip().lower()).strip("_")


def same_value(asked: object, has: object) -> bool:
    """Return whether a feature's value is the one that is asked for."""
    one, other = _text(asked), _text(has)
    if one == other:
        return True
    if isinstance(asked, bool) or isinstance(has, bool):
        return any(one in words and other in words for words in (YES, NO))
    if isinstance(asked, int | float) or isinstance(has, int | float):
        try:
            return float(one.replace(",", ".")) == float(other.replace(",", "."))
        except ValueError:
            return False
    return False


def _listed(asked: object) -> list[object]:
    return list(asked) if isinstance(asked, list | tuple) else [asked]


def _text(value: object) -> str:
    return " ".join(str(value).split()).casefold()


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _list_of(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(map(repr, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def _did_you_mean(name: str, known: list[str]) -> str:
    folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[close[0]]!r}?" if close else ""
