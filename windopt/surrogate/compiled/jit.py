"""How numba compiles the loops: to the same bits at every call, thread and run, and but once."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numpy.typing import NDArray

njit: Any = numba.njit
"""Its annotations lack options that numba itself uses."""
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

Index = NDArray[np.uint32]
"""Numbers of places in arrays: where they might be negative, numba would ask at every access."""

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"nnan", "ninf", "nsz", "arcp"},
}
"""`fastmath`: LLVM's liberties that change no sum's order: no NaN, no infinity, no sign of 0,
reciprocals. Where it may reorder sums ("reassoc"), LLVM makes two versions of a loop and chooses at
every call, by how far apart its arrays happen to lie in memory: the last bits of a gradient then
differ from thread to thread and from run to run. Products and sums are not joined either
("contract"), so that processors with other vector lengths round alike."""


def primitive(function: AnyFunction) -> AnyFunction:
    """Have LLVM write a small function into every one that calls it."""
    compiled: AnyFunction = njit(forceinline=True, _nrt=False, **OPTIONS)(function)
    return compiled


def step(function: AnyFunction) -> AnyFunction:
    """Have numba write a function of records into the kernel that calls it, and compile that."""
    compiled: AnyFunction = njit(inline="always")(function)
    return compiled


def kernel(function: AnyFunction) -> AnyFunction:
    """Have numba compile what Python calls, and keep the code on disk.

    It counts no references to arrays, hence makes none: room comes from its caller. Records hold so
    many arrays that the counting would be most of the code.
    """
    return _kept(njit(_nrt=False, **OPTIONS)(function), function)


def allocating_kernel(function: AnyFunction) -> AnyFunction:
    """Have numba compile what Python calls and what makes arrays, and keep the code on disk."""
    return _kept(njit(**OPTIONS)(function), function)


def _kept(compiled: Any, function: AnyFunction) -> AnyFunction:
    compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]
    kept: AnyFunction = compiled
    return kept


class _Cache(FunctionCache):
    """Numba's cache on disk, whose code is old as soon as any file of the wake's physics changes.

    Numba itself looks at the file of the kernel alone, not at those of the primitives in it.
    """

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), SOURCES)  # type: ignore[no-untyped-call]


def _sources() -> str:
    here = Path(__file__).parent
    taken = ("wake_flow", "wake_kernel", "wake_pairs", "curves", "swirl", "tables")
    files = [*sorted(here.glob("*.py")), *(here.parent / f"{name}.py" for name in taken)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


SOURCES = _sources()
