"""A fault of our own, at whatever step, is an exception of its own kind or a warning; it never takes a value along."""

from __future__ import annotations

import asyncio
import contextlib
import warnings

import jobs
import pytest
from jobstamps import JobstampsError, JobstampsWarning, _native, jobstamp, stamp


@stamp
async def slow(value):
    jobs.ran()
    return value


def stamped(value):
    return jobs.stamped(value)


def awaited(value):
    return asyncio.run(slow(value))


def compatible(value):
    return jobstamp.run(jobs.give, value)


@pytest.fixture(autouse=True)
def _no_fault_is_left():
    yield
    _native.fail_in(0)


@pytest.mark.parametrize("call", [stamped, awaited, compatible])
@pytest.mark.parametrize("is_hit", [False, True])
def test_a_fault_at_any_step_costs_no_value(tally, call, is_hit):
    told = []
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
    assert is_hit or "warning" in told
