"""Of a coroutine function the awaited value is remembered; while one task makes a call, others go on."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading

import jobs
import pytest
from jobstamps import JobstampsWarning, stamp


@stamp
async def twice(number):
    """Doubles a number."""
    jobs.ran()
    await asyncio.sleep(0)
    return [number, number]


def test_the_awaited_value_is_remembered_and_never_the_coroutine(tally):
    async def main():
        first = await twice(1)
        first.append("mine")
        assert await twice(1) == [1, 1]
        assert await twice.rerun(1) == [1, 1]

    asyncio.run(main())
    assert asyncio.run(twice(1)) == [1, 1]
    tally.ran(2)
    assert twice.stale(1) is None
    assert twice.stale(2).kind == "no-stamp"
    assert twice.peek(1, None) == [1, 1]
    assert twice.explain(1).fresh
    assert twice.forget(1)
    assert twice.cache_info()[:2] == (2, 2)


def test_it_is_taken_for_a_coroutine_function():
    assert asyncio.iscoroutinefunction(twice) if sys.version_info < (3, 14) else inspect.iscoroutinefunction(twice)
    if sys.version_info >= (3, 12):
        assert inspect.iscoroutinefunction(twice)
    assert twice.__name__ == "twice"
    coroutine = twice(1)
    assert inspect.iscoroutine(coroutine)
    coroutine.close()


class Gate:
    """Lets a job wait inside its run until the test opens the gate."""

    def __init__(self):
        self.entered, self.opened = asyncio.Event(), asyncio.Event()

    async def passed(self):
        self.entered.set()
        await self.opened.wait()


@stamp(ignore="gate")
async def job(number, gate):
    jobs.ran()
    await gate.passed()
    return number


def test_tasks_that_make_one_call_run_it_once_and_the_loop_goes_on(tally):
    async def main():
        gate = Gate()
        tasks = [asyncio.create_task(job(1, gate)) for _ in range(20)]
        await gate.entered.wait()
        # The others wait, and this task still runs.
        gate.opened.set()
        assert await asyncio.gather(*tasks) == [1] * 20

    asyncio.run(main())
    tally.ran(1)


def test_a_cancelled_call_frees_those_who_wait_for_it(tally):
    async def main():
        first, second = Gate(), Gate()
        second.opened.set()
        task = asyncio.create_task(job(1, first))
        await first.entered.wait()
        waiting = asyncio.create_task(job(1, second))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await waiting == 1

    asyncio.run(main())
    tally.ran(2)


def test_a_cancelled_waiter_takes_nothing_from_the_others(tally):
    async def main():
        gate = Gate()
        task = asyncio.create_task(job(1, gate))
        await gate.entered.wait()
        waiting = asyncio.create_task(job(1, gate))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.opened.set()
        assert await task == 1

    asyncio.run(main())
    tally.ran(1)


def test_what_it_raises_passes_and_is_not_remembered(tally):
    error = ValueError("mine")

    @stamp
    async def fail():
        jobs.ran()
        raise error

    for _ in range(2):
        with pytest.raises(ValueError, match="mine") as raised:
            asyncio.run(fail())
        assert raised.value is error
    tally.ran(2)


def test_a_call_inside_itself_with_the_same_arguments_does_not_wait_for_itself(tally):
    @stamp(ignore="deep")
    async def job(number, deep):
        jobs.ran()
        return number if deep else await asyncio.create_task(job(number, deep=True))

    async def main():
        with pytest.warns(JobstampsWarning, match="calls itself with the same arguments"):
            return await job(1, deep=False)

    assert asyncio.run(main()) == 1
    tally.ran(2)


def test_a_call_inside_itself_with_other_arguments_is_a_call_like_others(tally):
    @stamp
    async def factorial(number):
        jobs.ran()
        return number * await factorial(number - 1) if number else 1

    assert asyncio.run(factorial(5)) == asyncio.run(factorial(5)) == 120
    tally.ran(6)


def test_loops_in_several_threads_make_one_call(tally):
    barrier = threading.Barrier(4)
    values = []

    def work():
        async def main():
            barrier.wait()
            values.append(await twice(7))

        asyncio.run(main())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [[7, 7]] * 4
    tally.ran(1)


def test_without_asyncio_nothing_waits(tally):
    """As under another scheduler."""
    with pytest.raises(StopIteration) as stopped:
        twice_at_once(3).send(None)
    assert stopped.value.value == 3
    with pytest.raises(StopIteration) as stopped:
        twice_at_once(3).send(None)
    assert stopped.value.value == 3
    tally.ran(1)


@stamp
async def twice_at_once(number):
    jobs.ran()
    return number


def test_a_coroutine_that_is_never_awaited_holds_nobody_up(tally):
    coroutine = twice(5)
    coroutine.close()
    assert asyncio.run(twice(5)) == [5, 5]
    tally.ran(1)


def test_a_method_may_be_a_coroutine(tally):
    class Client:
        def __init__(self, url):
            self.url = url

        @stamp
        async def fetch(self, path):
            jobs.ran()
            return self.url + path

    async def main():
        assert await Client("a").fetch("/") == await Client("a").fetch("/") == "a/"
        assert Client("a").fetch.peek("/", None) == "a/"

    asyncio.run(main())
    tally.ran(1)


def test_disabled_it_is_the_function_itself(tally, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    assert asyncio.run(twice(1)) == asyncio.run(twice(1)) == [1, 1]
    tally.ran(2)
