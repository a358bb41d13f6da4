"""Calls that are made in processes of their own, to be disturbed there.

Run as a program, it forks a process for each line that it reads (what to do, and in which directory), says its number,
lets it go on at a signal, and says how it ended. Everything is imported by then: what such a process still asks
of the system, it asks for the call.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import sys
import traceback
import warnings
from pathlib import Path

from jobstamps import JobstampsWarning, Stamps, jobstamp, stamp
from places import stamps

GO_ON = signal.SIGUSR1
SMALL, LARGE = ["small"], "large" * 50_000
# Runs are counted in memory that all processes share: no system call of ours is to be disturbed. Not a global of this
# module, which would count as what the function depends on.
sys.modules["runs"] = mmap.mmap(-1, 8)


def give(value):
    runs = sys.modules["runs"]
    runs[0] = (runs[0] + 1) % 256
    return value


def call(store, value=SMALL, method=jobstamp.MTimeMethod):
    """Calls a function that depends on a file; tells whether the value is right."""
    keywords = {"jobstamps_dependencies": store / "dependency", "jobstamps_method": method}
    return jobstamp.run(give, value, jobstamps_cache_output_directory=store, **keywords) == value


def change(store):
    """Changes the file that calls depend on, so that stamps speak no more."""
    (store / "dependency").write_text((store / "dependency").read_text() + "more")


def touch(store):
    """Changes how the file looks, and none of its content."""
    os.utime(store / "dependency", (1, 1))


def forget_the_last_use(store):
    """Makes it more than a day ago, so that the next one is written down."""
    for path in stamps(store):
        os.utime(path, (1, 1))


def stamped(store):
    return stamp(give, directory=store)


def sweep(store):
    stamped(store)(SMALL)
    Stamps(store, max_bytes=1).sweep()
    return True


def answers(store):
    """Asks all that can be asked of a call."""
    there = stamped(store)
    there.stale(SMALL), there.explain(SMALL), there.peek(SMALL, SMALL)
    jobstamp.out_of_date(give, SMALL, jobstamps_cache_output_directory=store)
    return True


# What is done before, and what is disturbed.
STEPS = {
    "run": ([], call),
    "run large": ([], lambda store: call(store, LARGE)),
    "hit": ([call], call),
    "hit large": ([lambda store: call(store, LARGE)], lambda store: call(store, LARGE)),
    "run again": ([call, change], call),
    "run again large": ([lambda store: call(store, LARGE), change], lambda store: call(store, LARGE)),
    "note a use": ([call, forget_the_last_use], call),
    "rerun": ([lambda store: stamped(store)(SMALL)], lambda store: stamped(store).rerun(SMALL) == SMALL),
    "forget": ([lambda store: stamped(store)(SMALL)], lambda store: stamped(store).forget(SMALL) in (True, False)),
    "clear": ([lambda store: stamped(store)(SMALL)], lambda store: stamped(store).cache_clear() is not ...),
    "sweep": ([], sweep),
    "stats": ([lambda store: stamped(store)(SMALL)], lambda store: Stamps(store).stats() is not ...),
    "answers": ([lambda store: stamped(store)(SMALL)], answers),
}
# What may say that the store is out of order, since the store is what was asked about.
MAY_RAISE = {"forget", "clear", "sweep", "stats"}
# What calls a function whatever is remembered.
NOT_REMEMBERED = {"rerun", "sweep"}


def prepare(step, store):
    """Brings a directory to where a step begins, in a process of its own: who makes the step has nothing in memory."""
    child = os.fork()
    if child == 0:
        store.mkdir()
        (store / "dependency").write_text("content")
        touch(store)
        for one in STEPS[step][0]:
            one(store)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def attempt(step, store):
    """Makes one step; says how it went as an exit status: 0 if the value is right and we said nothing twice."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            right = STEPS[step][1](store)
        except OSError:
            with contextlib.suppress(OSError):
                traceback.print_exc()
            right = step in MAY_RAISE
    with contextlib.suppress(OSError):
        for one in warned:
            sys.stderr.write(f"{one.message}\n")
    if not right:
        return 1
    ours = [str(one.message) for one in warned if one.category is JobstampsWarning]
    return 0 if len(ours) == len(set(ours)) else 2


def follow(step, store):
    """Makes the same step after what happened, and once more, which has to find what is remembered."""
    status = attempt(step, store)
    runs = sys.modules["runs"][0]
    status = attempt(step, store) or status
    again = sys.modules["runs"][0] != runs
    return status or (5 if again and step not in NOT_REMEMBERED else 0)


def say(number):
    os.write(1, b"%d\n" % number)


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, {GO_ON})
    for line in iter(sys.stdin.readline, ""):
        act, step, directory = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            status = 4
            # Nobody waits for what never comes.
            signal.alarm(60)
            try:
                os.environ["XDG_CONFIG_HOME"] = directory
                store = Path(directory, "store")
                if act == "attempt":
                    prepare(step, store)
                say(os.getpid())
                # Not by reading: that would be one more call to count, or not.
                signal.sigwait({GO_ON})
                status = {"attempt": attempt, "follow": follow}[act](step, store)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        say(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    warnings.simplefilter("always")
    main()
