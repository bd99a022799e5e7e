"""Processes whose parents have ended: this one inherits them, so that they stay on its bill.

Otherwise a child that makes itself a daemon leaves the tree of processes, and what it uses is
nobody's. Linux knows such heirs (PR_SET_CHILD_SUBREAPER, prctl(2)); on other systems a daemon is
charged until its parent has ended.
"""

import ctypes
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans(adopt: bool = True) -> bool:
    """Inherit what the children of this process leave behind, or no longer; returns whether it can.

    The processor time of killed workers would be lost to the ledger as well, whose sums would stand
    still until others had used as much.
    """
    try:
        failed = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, adopt, 0, 0, 0)
    except AttributeError:  # no Linux
        logger.debug("this system has no heirs: daemons are charged until their parents end")
        return False
    if failed:
        logger.warning("orphans cannot be adopted: %s", os.strerror(ctypes.get_errno()))
    return not failed


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Inherit orphans as long as the context lasts; those that are there remain."""
    adopt_orphans()
    try:
        yield
    finally:
        adopt_orphans(False)
