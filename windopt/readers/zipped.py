"""Reading what is zipped: no more of it than is allowed, whatever the archive says of itself."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_MEMBERS = 10_000
PLAIN_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of packing that everybody uses; others take memory as the archive wants."""
_UNREADABLE = (
    *(OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error),
    *(struct.error, OverflowError, KeyError, IndexError),
)


@contextmanager
def open_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive.

    Raises
    ------
    ValueError
        Where it, or what is done with it, cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise ValueError(f"it holds more than {MOST_MEMBERS:,} files")
            yield archive
    except _UNREADABLE as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """Return the content of a member of at most `most` bytes.

    Raises
    ------
    ValueError
        Where it has more, or is packed in an unusual way.
    """
    if member.compress_type not in PLAIN_WAYS:
        raise ValueError(f"{member.filename} is packed in an unusual way: zip it again")
    with archive.open(member) as stream:
        content = stream.read(most + 1)
    if member.file_size > most or len(content) > most:
        raise ValueError(f"{member.filename} has more than {most // 1_000_000} MB")
    return content
