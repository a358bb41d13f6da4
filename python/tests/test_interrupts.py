"""What ends a function from outside passes unchanged, frees the lock and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap

import jobs
import meeting
import pytest
from jobstamps import Stamps
from meeting import HERE
from places import amount, left_over

INTERRUPTS = [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]


async def give(value):
    return jobs.give(value)


class InTheMidst:
    """Raises while it is pickled, when much of it has been written already."""

    def __init__(self, error):
        self.much, self.error = bytes(300_000), error

    def __reduce_ex__(self, protocol):
        return complex, (self.much, Raises(self.error))


class Raises:
    def __init__(self, error):
        self.error = error

    def __reduce_ex__(self, protocol):
        raise self.error


def fails_once(state):
    """Raises what it finds; when there is nothing left to raise, returns."""
    jobs.ran()
    if state.errors:
        raise state.errors.pop()
    return "at last"


def cannot_be_pickled_once(state):
    jobs.ran()
    return InTheMidst(state.errors.pop()) if state.errors else "at last"


class State:
    """What a function is told in an attribute that does not count."""

    def __init__(self, *errors):
        self.errors = list(errors)

    def __jobstamp_key__(self):
        return "state"


@pytest.mark.parametrize("kind", INTERRUPTS)
@pytest.mark.parametrize("function", [fails_once, cannot_be_pickled_once])
@pytest.mark.parametrize("way", ["run", "stamp", "rerun"])
def test_an_interrupt_passes_and_leaves_neither_a_lock_nor_a_file(store, tally, kind, function, way):
    """P02, in the function and while its value is pickled."""
    there = Stamps(store)
    stamped = there.stamp(function)
    call = {"run": lambda state: there.run(function, state), "stamp": stamped, "rerun": stamped.rerun}[way]
    error = kind("from outside")
    with pytest.raises(kind) as raised:
        call(State(error))
    assert raised.value is error
    assert left_over(store) == []
    # It would wait for ever if it were locked.
    assert call(State()) == "at last"
    tally.ran(2)


class Pause:
    """Suspends the task that awaits it."""

    def __await__(self):
        yield


async def pauses(errors):
    jobs.ran()
    await Pause()
    return errors


@pytest.mark.parametrize("kind", INTERRUPTS)
def test_an_interrupt_in_an_awaited_call_passes_and_leaves_neither_a_lock_nor_a_file(store, tally, kind):
    """P02, P18: thrown in where it is suspended."""
    stamped = Stamps(store).stamp(pauses)
    for runs in (1, 2):
        coroutine = stamped(1)
        coroutine.send(None)
        with pytest.raises(kind):
            coroutine.throw(kind("from outside"))
        assert left_over(store) == []
        tally.ran(runs)
    coroutine = stamped(1)
    coroutine.send(None)
    coroutine.close()
    assert left_over(store) == []
    coroutine = stamped(1)
    coroutine.send(None)
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    assert stopped.value.value == 1
    tally.ran(4)


STORM = """
import os, random, signal, sys
sys.path.insert(0, sys.argv[1])
import jobs
from jobstamps import Stamps
from places import left_over

count, seed, store = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
there = Stamps(store)

def value(number):
    return [number, bytes([number]) * (number * 20_000)]

ways = [there.stamp(value), there.stamp(value).rerun, lambda number: there.run(value, number)]
chosen = random.Random(seed)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGALRM, signal.default_int_handler)
interrupted = 0
while interrupted < count:
    number = chosen.randrange(10)
    try:
        signal.setitimer(signal.ITIMER_REAL, chosen.uniform(1e-5, 2e-3))
        got = chosen.choice(ways)(number)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        interrupted += 1
        continue
    assert got == [number, bytes([number]) * (number * 20_000)], (seed, number)
for number in range(10):
    assert ways[0](number)[0] == number
print([str(path) for path in left_over(store)])
"""


@meeting.alone
def test_ctrl_c_at_any_moment_never_leads_to_a_wrong_value_or_another_exception(store):
    """P02."""
    seed = amount(1, os.getpid())
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(STORM), HERE, str(amount(100, 20_000)), str(seed), str(store)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[]\n")
