"""Reading XML that somebody else has written: as a stream, within limits, without declarations.

A document type declaration, which no map and no wind climate needs, is refused whatever the file's
encoding: its entities could make a small file fill the memory, or name other files.
"""

from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

LARGEST = 50_000_000
"""Bytes of a document."""
MOST_ELEMENTS = 500_000
DEEPEST = 100
"""Elements that may stand one in the other."""
CHUNK = 1 << 20


def read_xml(stream: BinaryIO) -> ElementTree.Element:
    """Return the root of a document; its elements have lost their namespaces.

    Raises
    ------
    ValueError
        Where it is no XML, has a document type declaration or is beyond all limits.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    tree = ElementTree.TreeBuilder()
    depth = elements = size = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > DEEPEST:
            raise ValueError(f"its elements are nested more than {DEEPEST} deep")
        if elements > MOST_ELEMENTS:
            raise ValueError(f"it has more than {MOST_ELEMENTS:,} elements")
        names = {name.rpartition("}")[2]: value for name, value in attributes.items()}
        tree.start(tag.rpartition("}")[2], names)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        tree.end(tag.rpartition("}")[2])

    def refuse(*_: object) -> None:
        raise ValueError("it holds a document type declaration: leave that out")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = tree.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > LARGEST:
                raise ValueError(f"it has more than {LARGEST // 1_000_000} MB")
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(str(error)) from None
    return tree.close()
