"""Arrays of numbers as text in a page: base64 of their bytes, as JavaScript's typed arrays are."""

import base64
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["f4", "f8", "u4"]


class Packed(NamedTuple):
    """An array as a page has it; `files.js` and others get it back by ``unpack``.

    Attributes
    ----------
    kind : {"f4", "f8", "u4"}
        Bytes of a number, little-endian, and whether it is a float or a count.
    shape : tuple of int
    base64 : str
    """

    kind: Kind
    shape: tuple[int, ...]
    base64: str

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"kind": self.kind, "shape": list(self.shape), "base64": self.base64}


def packed(values: ArrayLike, kind: Kind = "f8") -> dict[str, Any]:
    """Return an array for a page; single precision (f4) does for what was learned in it."""
    array = np.ascontiguousarray(values, dtype=f"<{kind}")
    shape = tuple(int(size) for size in array.shape)
    return Packed(kind, shape, base64.b64encode(array.tobytes()).decode()).plain()
