"""Functions that the tests run as jobs. Each leaves a line in the tally, so that true runs can be counted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from jobstamps import stamp

# A thread that has a test to itself counts for itself.
TALLIES = threading.local()


def ran():
    """Counts a true run."""
    with open(getattr(TALLIES, "path", None) or os.environ["TALLY"], "ab", buffering=0) as tally:
        tally.write(b"ran\n")


def give(value):
    ran()
    return value


def add(a, b=2, *rest, c=3, **others):
    ran()
    return [a, b, rest, c, others]


def fail(error):
    ran()
    raise error


def read(path):
    ran()
    return Path(path).read_text()


def write(path, text="made"):
    ran()
    Path(path).write_text(text)
    return len(text)


def edit(path, text):
    """Changes the file that it depends on."""
    ran()
    Path(path).write_text(text)
    return text


def see(value):
    ran()
    return type(value).__name__


def nothing():
    ran()


def mutate(items):
    ran()
    items.append(len(items))
    return items


class Holder:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __eq__(self, other):
        return type(other) is type(self) and self.__dict__ == other.__dict__

    __hash__ = None


def give_a_holder(**attributes):
    ran()
    return Holder(**attributes)


def give_a_lock():
    ran()
    return {"deep": [Holder(lock=threading.Lock())]}


@stamp
def stamped(value):
    ran()
    return value
