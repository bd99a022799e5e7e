"""Reading YAML that somebody else has written: safely, with all that can be wrong with it said.

Whatever is YAML goes through here: configs, studies, FLORIS's files and windIO's. A file is looked
through as a stream of events before anything is made of it, for libyaml's own way of nesting ends
in a crash of the whole process. What it holds is limited: depth, values (those that aliases repeat
included), digits of a number, and the files that it includes. Only plain values come of it (YAML's
safe tags), and no key stands twice.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from windopt.config.files import require_file
from windopt.errors import ConfigError

LARGEST_FILE = 256 * 2**20
"""Bytes that a file of input may have."""
MOST_VALUES = 300_000
"""Values that a YAML file may stand for, with its aliases written out and with all it includes."""
DEEPEST = 100
"""Lists and mappings that may stand one in the other."""
LONGEST_NUMBER = 40
"""Characters of a number."""
LARGEST_INTEGER = 10**20
MOST_DIRECTIVES = 20
"""Lines that begin with a per cent sign."""
MOST_FILES = 200
"""Files that one may include, each as often as it is, one through the other."""
LONGEST_CHAIN = 20
"""Files of which each includes the next."""
TEXT, WHOLE, BROKEN = (f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float"))
PLAIN = re.compile(r"-?[0-9]{1,15}\.[0-9]{0,20}")
"""What most broken numbers look like."""
WIDE = ("\xff\xfe", "\xfe\xff", "\x00\x00\xfe\xff")
"""How UTF-16 and UTF-32 begin, as Latin letters."""


def read_bytes(path: Path, where: str) -> bytes:
    """Read a file of input, if it is one: a pipe or a device might never end.

    Raises
    ------
    ConfigError
        With the fault at `where`.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ConfigError.of(where, f"{str(path)!r} is no file", "name a file")
            if found.st_size > LARGEST_FILE:
                problem = f"{str(path)!r} has {found.st_size / 2**20:,.0f} MiB"
                raise ConfigError.of(where, problem, f"give at most {LARGEST_FILE >> 20} MiB")
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError.of(where, f"{str(path)!r} cannot be read: {reason}", "check it") from None


@dataclass
class Reading:
    """What a file and all that it includes have taken so far.

    Parameters
    ----------
    files : int
        Read, each as often as it is included.
    values : int
        That they stand for.
    chain : list[Path]
        The files that are open, each included by the one before.
    """

    files: int = 0
    values: int = 0
    chain: list[Path] = field(default_factory=list)

    @contextmanager
    def of(self, file: Path) -> Iterator[None]:
        """Open one more file.

        Raises
        ------
        ValueError
            Where it includes itself, or the files are too many.
        """
        path = file.resolve()
        self.files += 1
        if path in self.chain:
            raise ValueError(f"{file.name} includes itself")
        if self.files > MOST_FILES:
            raise ValueError(f"{self.chain[0].name} includes more than {MOST_FILES} files")
        if len(self.chain) >= LONGEST_CHAIN:
            raise ValueError(f"!include more than {LONGEST_CHAIN} files deep")
        self.chain.append(path)
        try:
            yield
        finally:
            self.chain.pop()


class SafeLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe tags, without keys that stand twice and numbers that nobody writes.

    Attributes
    ----------
    folder : to which the files that it includes are relative
    reading : Reading
        What has been read so far.
    """

    folder = Path()
    reading: Reading

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Make a value; plain texts and numbers, of which there are many, without ado."""
        if type(node) is yaml.ScalarNode:
            if node.tag == TEXT:
                return node.value
            if node.tag == WHOLE and node.value.isdecimal() and len(node.value) < 10:
                if node.value[0] != "0" or len(node.value) == 1:
                    return int(node.value)
            elif node.tag == BROKEN and PLAIN.fullmatch(node.value):
                return float(node.value)
        return super().construct_object(node, deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a mapping, unless a key stands twice."""
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) < len(keys):
                twice = [key for key, n in Counter(keys).items() if n > 1 and key != "<<"]
                if twice:
                    _refuse(node, f"key {min(twice)[:80]!r} stands twice")
        values: dict[Any, Any] = super().construct_mapping(node, deep)
        return values

    def number(self, node: yaml.ScalarNode) -> int | float:
        """Make a number, unless it is one by accident."""
        text = str(self.construct_scalar(node))
        if len(text) > LONGEST_NUMBER:
            _refuse(node, f"{text[:20]!r}... is a number of {len(text):,} characters")
        is_whole = node.tag == WHOLE
        if ":" in text or (is_whole and re.fullmatch(r"[-+]?0[0-9_]+", text)):
            kind = "to the base 60" if ":" in text else "to the base 8"
            _refuse(node, f"{text!r} is a number {kind} in YAML: put it in quotes if it is none")
        value = self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)
        if is_whole and abs(value) > LARGEST_INTEGER:
            _refuse(node, f"{text!r} is too large a number")
        number: int | float = value
        return number


def _refuse(node: yaml.Node, problem: str) -> None:
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


SafeLoader.add_constructor(WHOLE, SafeLoader.number)
SafeLoader.add_constructor(BROKEN, SafeLoader.number)


def load_yaml(file: Path, kind: type[SafeLoader], reading: Reading | None = None) -> Any:
    """Return what a YAML file says, with the files that it includes.

    Parameters
    ----------
    file : Path
        To read.
    kind : type[SafeLoader]
        The dialect.
    reading : Reading or None
        Of the file that includes it.

    Raises
    ------
    yaml.YAMLError, ValueError, ConfigError
        When it cannot be read.
    """
    reading = reading or Reading()
    where = reading.chain[-1].name if reading.chain else file.name
    with reading.of(file):
        require_file(file, where)
        text = decoded(read_bytes(file, where))
        return _load(text, kind, reading, file.parent)


def safe_yaml(text: str) -> Any:
    """Return what YAML text says.

    Raises
    ------
    ValueError
        With what is wrong with it, on one line.
    """
    try:
        return _load(text, SafeLoader, Reading(), Path())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError) as error:
        said = " ".join(str(error).split()).replace(' in "<unicode string>",', " at")
        raise ValueError(said[:300]) from None


def decoded(content: bytes) -> str:
    """Return the text of a file, which is UTF-8.

    Raises
    ------
    ValueError
    """
    if content[:4].decode("latin-1").startswith(WIDE) or content[1:2] == b"\0":
        raise ValueError("it is in UTF-16 or UTF-32: save it in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = f"byte {error.start + 1} is 0x{content[error.start]:02x}"
        packed = ": it is packed by gzip, unpack it" if content[:2] == b"\x1f\x8b" else ""
        raise ValueError(f"it is no text in UTF-8 ({at}){packed}") from None


def _load(text: str, kind: type[SafeLoader], reading: Reading, folder: Path) -> Any:
    reading.values += count_values(text, MOST_VALUES - reading.values)
    loader = kind(text)
    loader.folder, loader.reading = folder, reading
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def count_values(text: str, most: int = MOST_VALUES) -> int:
    """Count the values that YAML stands for, aliases written out, and refuse what means harm.

    What is no YAML is left to whoever reads it, who says so better.

    Raises
    ------
    ValueError
        Where it is nested too deeply, stands for more than `most` values, or for itself.
    """
    if text.startswith("%") or "\n%" in text:
        directives = len(re.findall(r"^%", text, re.MULTILINE))
        if directives > MOST_DIRECTIVES:
            raise ValueError(f"it has {directives:,} lines that begin with %")
    counts, anchors = [0], [""]  # of the lists and mappings that are open, and their names
    sizes: dict[str, int] = {}
    total = 0
    aliased = False
    try:
        event: Any
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            of = type(event)
            size = 1
            if of is yaml.ScalarEvent:
                if event.anchor:
                    sizes[event.anchor] = 1
            elif of is yaml.SequenceStartEvent or of is yaml.MappingStartEvent:
                if len(counts) > DEEPEST:
                    raise ValueError(f"it is nested too deeply: at most {DEEPEST} levels are read")
                counts.append(0)
                anchors.append(event.anchor or "")
            elif of is yaml.SequenceEndEvent or of is yaml.MappingEndEvent:
                size, name = counts.pop(), anchors.pop()
                counts[-1] += size
                if name:
                    sizes[name] = size
                continue
            elif of is yaml.AliasEvent:
                if event.anchor in anchors:
                    raise ValueError("an alias (*name) stands within what it names")
                size, aliased = sizes.get(event.anchor, 1), True
            elif of is yaml.DocumentEndEvent:
                break
            else:
                continue
            counts[-1] += size
            total += size
            if total > most and (not aliased or total > 10**30):
                break
    except yaml.YAMLError:
        return total
    if total > most:
        if aliased:
            raise ValueError(f"its aliases (*name) stand for {total:.3g} values{_AT_MOST}")
        raise ValueError(f"it holds more than {most:,} values{_AT_MOST}")
    return total


_AT_MOST = f", at most {MOST_VALUES:,} are read: write long tables as CSV or netCDF"
