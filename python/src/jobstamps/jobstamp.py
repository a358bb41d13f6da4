"""Runs functions as jobs: a call whose value is remembered is not made again.

The names, keywords and environment variables are those of jobstamps 0.0.20. Keywords that begin with ``jobstamps_`` are
for us, all others for the function:

``jobstamps_dependencies``
    Files that the function reads: a path or any number of them. When one of them changes, the function is called again.
    A directory stands for all that is in it, and ``*``, ``?``, ``[`` and ``**`` for file names.
``jobstamps_output_files``
    Files that the function writes. While one of them is missing, the function is called again.
``jobstamps_cache_output_directory``
    Where stamps are kept; by default ``$JOBSTAMPS_DIRECTORY``, else ``jobstamps-<uid>`` among the temporary files.
``jobstamps_method``
    How dependencies are compared: `MTimeMethod` (the default) or `HashMethod`.
"""

from __future__ import annotations

from jobstamps import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Any, TypeVar, Union

    Value = TypeVar("Value")
    Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

__all__ = ["HashMethod", "MTimeMethod", "out_of_date", "run"]


class MTimeMethod:
    """Compares files by what the system tells of them: size, modification and change time, type, executable bit."""


class HashMethod:
    """Compares files by their bytes: a file that was only touched, copied or restored has not changed."""


def run(func: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Value:
    """Returns what ``func(*args, **kwargs)`` returns, without calling it where that is remembered and still holds.

    A remembered value is a fresh object each time. What the function raises passes unchanged and is not remembered.
    Where a value cannot be pickled, an argument not be keyed, or the directory not be used, the function is called all
    the same, and a `JobstampsWarning` says why it will be called again.

    Args:
        func: The function.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments, but for those below, which are for jobstamps and optional.
        jobstamps_dependencies (path or iterable of paths, none): Files, directories and globs that the function reads.
        jobstamps_output_files (path or iterable of paths, none): Files that the function writes.
        jobstamps_cache_output_directory (path, ``$JOBSTAMPS_DIRECTORY`` or a temporary one): Where stamps are kept.
        jobstamps_method (class, `MTimeMethod`): How dependencies are compared; the other one is `HashMethod`.

    Raises:
        OSError: where the directory for stamps should be made, there is something else.
        TypeError: a ``jobstamps_`` keyword is unknown or has a value of the wrong kind, or the function is a generator
            or coroutine function. Nothing was called.
        ValueError: a path is empty or has a null character. Nothing was called.
    """
    return _native.run(func, args, kwargs)


def out_of_date(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Path | None:
    """Returns why `run` would call the function: mostly a path that is out of date, or None where it would not.

    In this order: ``"JOBSTAMPS_DISABLED"`` where that variable is set; a text that names the argument which cannot be
    keyed; the path of the stamp where there is none, it is damaged, or the function changed; the first missing output;
    the first dependency that changed, is missing, or was added to or removed from the list. Dependencies and outputs
    are the caller's own objects.

    Nothing is called, written or created.

    Args:
        func: The function.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments, but for those below, which are for jobstamps and optional.
        jobstamps_dependencies (path or iterable of paths, none): Files, directories and globs that the function reads.
        jobstamps_output_files (path or iterable of paths, none): Files that the function writes.
        jobstamps_cache_output_directory (path, ``$JOBSTAMPS_DIRECTORY`` or a temporary one): Where stamps are kept.
        jobstamps_method (class, `MTimeMethod`): How dependencies are compared; the other one is `HashMethod`.

    Raises:
        OSError: as for `run`.
        TypeError: as for `run`.
        ValueError: as for `run`.
    """
    return _native.out_of_date(func, args, kwargs)
