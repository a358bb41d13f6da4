"""`checkpointer`, told to look at globals too."""

import os

from checkpointer import Checkpointer

checkpoint = Checkpointer(directory=os.environ["STORE"], verbosity=0, capture=True)


def keep(function):
    """Remembers what the function returns."""
    return checkpoint(function)
