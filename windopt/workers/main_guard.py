"""Scripts without ``if __name__ == "__main__":``, which every worker process would run again.

A spawned worker imports the script that has started it. Work that the script does while it is
imported begins anew there, and would start workers of its own. Such a worker leaves at once with an
exit code of its own, by which the process that has started it knows what is wrong.
"""

import os
from multiprocessing import current_process

from windopt.errors import MainGuardError

UNGUARDED = 78
"""Exit code of a worker that was about to do the work of its script."""
STARTED_BY = "WINDOPT_WORKERS_OF"
"""Environment variable that tells a worker the process that has started it."""


def require_main_guard() -> None:
    """Refuse to work while a worker process imports the script that has started it.

    Raises
    ------
    MainGuardError
        In a process that another library has started; windopt's own workers end.
    """
    if not getattr(current_process(), "_inheriting", False):  # as multiprocessing itself asks
        return
    if os.environ.get(STARTED_BY) == str(os.getppid()):
        os._exit(UNGUARDED)
    raise MainGuardError
