"""A value that is older than is liked, but still holds, is given back at once and made anew behind."""

from __future__ import annotations

import asyncio
import functools
import threading

import jobs
import pytest
from jobstamps import JobstampsWarning, asynchronous, stamp


class Work:
    """What `work` does, and a gate that it waits at."""

    def __init__(self):
        self.values = iter(range(1, 100))
        self.entered, self.opened = threading.Event(), threading.Event()
        self.opened.set()

    def __call__(self, argument):
        self.entered.set()
        assert self.opened.wait(60)
        jobs.ran()
        return [next(self.values), argument]


WORK = Work()


# Not local: of a local function, what is in its closure counts.
@stamp(stale=0, code="off")
def f(argument):
    return WORK(argument)


@stamp(stale=0, code="off")
async def g(argument):
    await asyncio.sleep(0)
    return WORK(argument)


@stamp(code="off")
async def plain(argument):
    return WORK(argument)[0] // 2


@pytest.fixture(autouse=True)
def work():
    """The work that `f` and `g` do, done anew for each test, and never without the gate opened in the end."""
    WORK.__init__()
    for function in (f, g, plain):
        function.cache_clear()
    yield WORK
    WORK.opened.set()


def behind():
    """Waits for all that is made behind."""
    for thread in threading.enumerate():
        if thread.name.startswith("jobstamps: "):
            assert not thread.daemon, "a program that ends waits for it"
            thread.join(60)
            assert not thread.is_alive()


def test_an_old_value_is_given_back_and_made_anew_behind(tally):
    assert f(0) == [1, 0]
    assert f.stale(0) is None, "it still holds"
    assert f(0) == [1, 0]
    behind()
    assert f(0) == [2, 0]
    behind()
    tally.ran(3)
    assert f.peek(0, None) == [3, 0]
    assert f.cache_info() == (2, 1, 0)


def test_nobody_waits_for_it_and_it_is_made_once(work, tally):
    f(0)
    work.opened.clear()
    for _ in range(5):
        assert f(0) == [1, 0]
    work.opened.set()
    behind()
    tally.ran(2)


def test_who_was_answered_may_change_the_arguments(work):
    argument = [0]
    f(argument)
    work.entered.clear(), work.opened.clear()
    assert f(argument) == [1, [0]]
    assert work.entered.wait(60)
    argument.append(1)
    work.opened.set()
    behind()
    assert f.peek([0], None) == [2, [0]]
    assert f.peek([0, 1], None) is None


class Bound:
    def __init__(self, state):
        self.state = state

    def method(self):
        WORK(None)
        return list(self.state)

    async def awaited(self):
        await asyncio.sleep(0)
        return self.method()


def bound(state):
    return Bound(state).method


def given(state):
    WORK(None)
    return list(state)


def closed(state):
    def local():
        WORK(None)
        return list(state)

    return local


@pytest.mark.parametrize("holding", [bound, closed, lambda state: functools.partial(given, state)])
def test_who_was_answered_may_change_what_the_function_holds(holding, work):
    state = [0]
    # Of a closure there is no copy: then the value is not kept, and a warning says so.
    f = stamp(holding(state), stale=0, code="off", quiet=True)
    f()
    work.entered.clear(), work.opened.clear()
    assert f() == [0]
    assert work.entered.wait(60)
    state.append(1)
    work.opened.set()
    behind()
    assert stamp(holding([0]), stale=3600, code="off").peek(None) == [0]
    assert f.peek(None) is None


class Connection(jobs.Holder):
    def __jobstamp_key__(self):
        return "connection"


def test_with_arguments_that_cannot_be_copied_it_is_made_in_front(tally):
    @stamp(stale=0, code="off")
    def query(connection):  # noqa: ARG001
        jobs.ran()
        return 1

    connection = Connection(lock=threading.Lock())
    query(connection), query(connection)
    tally.ran(2)


def test_what_has_changed_is_made_in_front(tally, file):
    @stamp(stale=0, dependencies=file, code="off")
    def read(path):
        jobs.ran()
        return path.read_text()

    read(file)
    file.write_text("another")
    assert read(file) == "another"
    tally.ran(2)


def test_what_has_expired_is_made_in_front(tally):
    for stale in (0, 1, 0.5):
        f = stamp(jobs.give, stale=stale, ttl=0)
        f(1)
    tally.ran(3)
    f = stamp(jobs.give, stale=3600, ttl=7200)
    f(1), f(1)
    tally.ran(3)


def test_warm_makes_an_old_value_in_front(tally):
    assert [f.warm(0), f.warm(0)] == [True, True]
    assert f.peek(0, None) == [2, 0]
    tally.ran(2)


def test_it_is_not_kept_if_the_working_directory_changes_meanwhile(work, tmp_path, monkeypatch, recwarn):
    import warnings

    f(0)
    work.entered.clear(), work.opened.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        f(0)
        assert work.entered.wait(60)
        monkeypatch.chdir(tmp_path)
        work.opened.set()
        behind()
    assert "the working directory changed while it ran" in str(recwarn.pop(JobstampsWarning).message)
    assert f.peek(0, None) == [1, 0]


def test_what_it_raises_is_told_as_threads_tell_it_and_the_old_value_stays(work, monkeypatch):
    raised = []
    monkeypatch.setattr(threading, "excepthook", lambda told: raised.append(told.exc_value))
    f(0)
    work.values = iter([])
    f(0)
    behind()
    assert [type(error) for error in raised] == [StopIteration]
    assert f.peek(0, None) == [1, 0]


def test_the_variable_says_so_too(tally, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_STALE", "0")
    f = stamp(jobs.give)
    f(1), f(1)
    behind()
    tally.ran(2)
    stamp(jobs.give, stale=3600)(1)
    tally.ran(2)


class TestOfACoroutineFunction:
    def test_another_task_makes_it_anew(self, tally):
        async def main():
            assert await g(0) == [1, 0]
            assert await g(0) == [1, 0]
            tally.ran(1)
            (task,) = asynchronous.BEHIND
            await task
            tally.ran(2)
            assert await g.warm(0) is True
            assert g.peek(0, None) == [3, 0]
            assert not asynchronous.BEHIND

        asyncio.run(main())

    def test_who_was_answered_may_change_what_a_method_holds(self):
        bound = Bound([0])
        f = stamp(bound.awaited, stale=0, code="off")

        async def main():
            await f()
            assert await f() == [0]
            bound.state.append(1)
            (task,) = asynchronous.BEHIND
            await task

        asyncio.run(main())
        assert stamp(Bound([0]).awaited, stale=3600, code="off").peek(None) == [0]

    def test_it_is_made_once(self, tally):
        async def main():
            await g(0)
            assert await asyncio.gather(*[g(0) for _ in range(5)]) == [[1, 0]] * 5
            (task,) = asynchronous.BEHIND
            await task

        asyncio.run(main())
        tally.ran(2)

    def test_a_loop_that_ends_gives_it_up(self, tally):
        async def main():
            await g(0)
            await g(0)

        asyncio.run(main())
        tally.ran(1)
        asyncio.run(g(0))
        assert g.peek(0, None) == [1, 0]

    def test_without_a_loop_it_is_made_in_front(self, tally):
        def driven(coroutine):
            try:
                while True:
                    coroutine.send(None)
            except StopIteration as stopped:
                return stopped.value

        assert driven(g(0)) == [1, 0]
        assert driven(g(0)) == [2, 0]
        tally.ran(2)


def test_a_coroutine_function_can_be_forced_verified_and_warmed(tally):
    of = plain.__wrapped__

    async def main():
        assert await plain.warm(0) is True
        assert await plain.warm(0) is False
        assert await stamp(of, code="off", force=True)(0) == 1
        verified = stamp(of, code="off", verify=True)
        assert await verified(0) == 1
        with pytest.warns(JobstampsWarning, match="not the same again: value was 1 and is 2"):
            assert await verified(0) == 2
        assert await plain(0) == 2

    asyncio.run(main())
    tally.ran(4)
