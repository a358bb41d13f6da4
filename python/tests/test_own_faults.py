"""A fault of our own, at whatever step, is an exception of its own kind or a warning; it never takes a value along."""

from __future__ import annotations

import asyncio
import contextlib
import warnings

import jobs
import pytest
from jobstamps import JobstampsError, JobstampsWarning, Stamps, _native, jobstamp, stamp
from places import age, stamps


@stamp
async def slow(value):
    jobs.ran()
    return value


class Counter:
    @stamp
    def add(self, value):
        jobs.ran()
        return value


# What may run the function, and what never does.
CALLS = {
    "stamp": jobs.stamped,
    "a method": lambda value: Counter().add(value),
    "awaited": lambda value: asyncio.run(slow(value)),
    "rerun": jobs.stamped.rerun,
    "run": lambda value: jobstamp.run(jobs.give, value),
    "Stamps.run": lambda value: Stamps().run(jobs.give, value),
}
QUESTIONS = {
    "stale": jobs.stamped.stale,
    "explain": lambda value: jobs.stamped.explain(value).reasons,
    "peek": lambda value: jobs.stamped.peek(value, value),
    "forget": jobs.stamped.forget,
    "cache_clear": lambda _value: jobs.stamped.cache_clear(),
    "out_of_date": lambda value: jobstamp.out_of_date(jobs.give, value),
    "stats": lambda _value: Stamps().stats(),
    "sweep": lambda _value: Stamps().sweep(),
}


@pytest.fixture(autouse=True)
def _no_fault_is_left():
    yield
    _native.fail_in(0)


@pytest.mark.parametrize("way", CALLS)
@pytest.mark.parametrize("is_hit", [False, True])
def test_a_fault_at_any_step_costs_no_value(tally, way, is_hit):
    """P20: a true panic in each of our steps."""
    call, told = CALLS[way], []
    for step in range(1, 100):
        value = [step]
        if is_hit:
            assert call(value) == value
        runs = tally.runs
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            _native.fail_in(step)
            with contextlib.suppress(JobstampsError):
                assert call(value) == value
                told.append("warning" if warned else "nothing")
        if len(told) < step:
            assert tally.runs == runs, "the function ran, and its value was lost"
            told.append("error")
        if _native.fail_in(0):
            break
        assert [warning.category for warning in warned] == [JobstampsWarning] * len(warned)
        # As if nothing had been.
        assert call(value) == value
    assert told[-1] == "nothing", "there is no end of steps"
    assert "error" in told
    assert (is_hit and way != "rerun") or "warning" in told


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_fault_while_something_is_asked_is_an_error_of_ours_and_the_next_answer_is_right(tally, question):
    """P20, P27."""
    ask, errors = QUESTIONS[question], 0
    for step in range(1, 100):
        value = [step]
        jobs.stamped(value), jobstamp.run(jobs.give, value)
        runs = tally.runs
        _native.fail_in(step)
        try:
            ask(value)
        except JobstampsError:
            errors += 1
        if _native.fail_in(0):
            break
        ask(value)
        tally.ran(runs)
        assert jobs.stamped(value) == jobstamp.run(jobs.give, value) == value
    assert step > errors > 0


def test_a_fault_while_the_last_use_is_noted_costs_nobody_the_value(tally, tmp_path):
    """P20: the value was there already."""
    jobs.stamped(1)
    (there,) = stamps(tmp_path / "default-stamps")
    said = []
    for step in range(1, 20):
        # Used more than a day ago: a hit writes down that it was used.
        age(there, 200_000)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            _native.fail_in(step)
            with contextlib.suppress(JobstampsError):
                assert jobs.stamped(1) == 1
        said += [str(one.message) for one in warned]
        if _native.fail_in(0):
            break
    tally.ran(1)
    assert said == ["`jobs.stamped`: jobstamps failed: a test asked for it"]
