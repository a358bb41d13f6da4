"""`jobstamp.run`, with the keywords of 0.0.20: this one, or 0.0.20 itself."""

import functools
import os

from jobstamps import jobstamp


def keep(function, files=(), outputs=(), by="mtime"):
    """Remembers what the function returns."""
    method = {"mtime": jobstamp.MTimeMethod, "hash": jobstamp.HashMethod}[by]

    @functools.wraps(function)
    def kept(*arguments, **keywords):
        return jobstamp.run(
            function,
            *arguments,
            jobstamps_dependencies=list(files),
            jobstamps_output_files=list(outputs),
            jobstamps_method=method,
            jobstamps_cache_output_directory=os.environ["STORE"],
            **keywords,
        )

    return kept
