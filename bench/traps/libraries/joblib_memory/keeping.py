"""`joblib.Memory`."""

import os

import joblib

memory = joblib.Memory(os.environ["STORE"], verbose=0)


def keep(function):
    """Remembers what the function returns."""
    return memory.cache(function)
