"""Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.

    from jobstamps import jobstamp

    jobstamp.run(lint, "main.c", jobstamps_dependencies=["main.c"])

`jobstamp.run` calls a function or returns what it returned before; `jobstamp.out_of_date` tells whether it would be
called. The command `jobstamp` does the same for any program.
"""

from jobstamps._native import __version__

__all__ = ["JobstampsError", "JobstampsWarning", "__version__", "jobstamp"]


class JobstampsWarning(UserWarning):
    """A call was made and its value returned, but it could not be remembered; the message says why."""


class JobstampsError(Exception):
    """Jobstamps itself failed: a fault to be reported, not one of the function's."""


# After the classes above, which it uses. People write `from jobstamps import jobstamp`.
from jobstamps import jobstamp  # noqa: E402
