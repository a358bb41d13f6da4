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

from jobstamps._native import out_of_date, run

__all__ = ["HashMethod", "MTimeMethod", "out_of_date", "run"]


class MTimeMethod:
    """Compares files by what the system tells of them: size, modification and change time, type, executable bit."""


class HashMethod:
    """Compares files by their bytes: a file that was only touched, copied or restored has not changed."""
