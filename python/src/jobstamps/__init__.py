"""Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.

    from jobstamps import stamp

    @stamp(dependencies=["rules.toml"])
    def lint(path: str) -> list[str]: ...

`stamp` is to files and code what `functools.cache` is to arguments: a call is answered from the disk while the
arguments are equal and the function's code, what that code reaches, and all files it depends on are as they were.
`Stamps` is a directory of stamps of one's own. `jobstamp.run` and `jobstamp.out_of_date` do the same for a single call,
with the names of jobstamps 0.0.20. The command `jobstamp` does it for any program.
"""

from jobstamps._native import BoundStamped, Stamped, Stamps, __version__, stamp
from jobstamps.answers import CacheInfo, Explanation, Nearest, Reason, Seen, Stats
from jobstamps.declared import Glob, Ignore, Key, Tree

__all__ = [
    "BoundStamped",
    "CacheInfo",
    "Explanation",
    "Glob",
    "Ignore",
    "JobstampsError",
    "JobstampsWarning",
    "Key",
    "Nearest",
    "Reason",
    "Seen",
    "Stamped",
    "Stamps",
    "Stats",
    "Tree",
    "__version__",
    "jobstamp",
    "stamp",
]


class JobstampsWarning(UserWarning):
    """A call was made and its value returned, but it could not be remembered; the message says why."""


class JobstampsError(Exception):
    """Jobstamps itself failed: a fault to be reported, not one of the function's."""


# After the classes above, which it uses. People write `from jobstamps import jobstamp`.
from jobstamps import jobstamp  # noqa: E402
