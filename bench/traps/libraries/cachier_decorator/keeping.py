"""`cachier`, told that None is a value."""

import os

from cachier import cachier


def keep(function):
    """Remembers what the function returns."""
    return cachier(cache_dir=os.environ["STORE"], allow_none=True)(function)
