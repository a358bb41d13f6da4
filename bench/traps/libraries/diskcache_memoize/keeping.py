"""`diskcache.Cache.memoize`."""

import os

import diskcache

cache = diskcache.Cache(os.environ["STORE"])


def keep(function):
    """Remembers what the function returns; `typed` tells 1 from 1.0."""
    return cache.memoize(typed=True)(function)
