"""How the tests of many threads and processes meet: at gates and barriers, never by the clock."""

from __future__ import annotations

import functools
import os
import threading

import jobs
import pytest
from jobstamps import jobstamp, stamp

# Tests that start threads themselves, which count in one tally, or processes.
alone = pytest.mark.alone
HERE = os.path.dirname(os.path.abspath(__file__))


def ways(store):
    """Returns both ways to run a job with its stamp in the store."""
    stamped = {}
    return {
        "run": functools.partial(jobstamp.run, jobstamps_cache_output_directory=str(store)),
        "stamp": lambda function, *arguments: stamped.setdefault(function, stamp(function, directory=store))(
            *arguments
        ),
    }


class Gate(jobs.Holder):
    """Lets a job go on when its test says so; equal to every other one for the key."""

    def __jobstamp_key__(self):
        return "gate"


def pass_gate(gate):
    jobs.ran()
    gate.entered.set()
    assert gate.opened.wait(60)
    return os.getpid()


def threads(count, target):
    """Starts `count` threads that meet before they call `target`; returns them and the list of results."""
    start, results = threading.Barrier(count), []

    def meet():
        start.wait()
        results.append(target())

    started = [threading.Thread(target=meet, daemon=True) for _ in range(count)]
    for thread in started:
        thread.start()
    return started, results


def join(started):
    for thread in started:
        thread.join(60)
        assert not thread.is_alive()


class Named:
    """Goes by its name alone: what its function holds cannot be keyed."""

    def __init__(self, function):
        self.function = function

    def __jobstamp_key__(self):
        return "named"

    def __call__(self, *args):
        return self.function(*args)
