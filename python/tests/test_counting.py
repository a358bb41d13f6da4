"""Hits and misses are counted in the store, by processes and their children, each once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import jobs
import pytest
from jobstamps import JobstampsWarning, Stamps, stamp
from jobstamps._native import counted


def times(store):
    """Returns hits, misses and calls that are not remembered, by function."""
    return {name: times for name, times, _, _ in counted(str(store))[0]}


def causes(store):
    return dict(counted(str(store))[1])


def test_hits_are_written_with_the_next_miss(store, file):
    f = Stamps(store).stamp(jobs.read, dependencies=file)
    f(file), f(file), f(file)
    assert times(store) == {"jobs.read": (0, 1, 0)}
    file.write_text("another")
    f(file)
    ((name, counts, saved, taken),) = counted(str(store))[0]
    assert (name, counts) == ("jobs.read", (2, 2, 0))
    assert saved > 0 < taken
    assert causes(store) == {"no-stamp": 1, "dependency": 1}


def test_hits_of_many_calls_are_written_without_a_miss(store):
    f = Stamps(store).stamp(jobs.give)
    for number in range(256):
        f(number)
    for number in range(256):
        f(number)
    assert times(store) == {"jobs.give": (256, 256, 0)}


def test_what_is_not_remembered_is_counted_with_its_cause(store, tmp_path):
    cache = Stamps(store)
    cache.run(jobs.give, 0)
    with pytest.raises(KeyError):
        cache.run(jobs.fail, KeyError())
    with pytest.warns(JobstampsWarning):
        cache.run(jobs.give_a_lock)
    path = tmp_path / "edited"
    path.write_text("one")
    with pytest.warns(JobstampsWarning):
        cache.stamp(jobs.edit, dependencies=path)(path, "two")
    cache.stamp(jobs.give, force=True)(0)
    assert times(store) == {
        "jobs.give": (0, 2, 0),
        "jobs.fail": (0, 0, 1),
        "jobs.give_a_lock": (0, 0, 1),
        "jobs.edit": (0, 0, 1),
    }
    assert causes(store) == {"no-stamp": 1, "failed": 1, "unfit": 1, "disturbed": 1, "forced": 1}


def test_awaited_calls_are_counted(store):
    cache = Stamps(store)

    @cache.stamp
    async def double(number):
        if number < 0:
            raise ValueError(number)
        return 2 * number

    async def main():
        assert [await double(1), await double(1)] == [2, 2]
        with pytest.raises(ValueError, match="-1"):
            await double(-1)

    asyncio.run(main())
    assert list(times(store).values()) == [(1, 1, 1)]


def test_who_does_not_want_it_is_not_counted(store, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_COUNT", "false")
    f = Stamps(store).stamp(jobs.give)
    f(1), f(1), f(2)
    assert times(store) == {}


def test_nothing_is_made_to_count_in(store, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(store))
    f = stamp(jobs.give)
    assert f.peek(1, None) is None
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    f(1)
    assert not store.exists()


PROGRAM = """
import os, sys
from jobstamps import Stamps

stamps = Stamps(sys.argv[1])

@stamps.stamp
def give(number):
    return number

if __name__ == "__main__":
"""


def ran(tmp_path, store, body):
    """Runs a program that calls `give` as `body` says."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM + body)
    subprocess.run([sys.executable, program, store], check=True, timeout=120)
    return times(store)


def test_a_process_that_ends_writes_what_it_has_gathered(tmp_path, store):
    body = "    for number in (1, 1, 1): give(number)\n"
    assert ran(tmp_path, store, body) == {"program.give": (2, 1, 0)}
    assert ran(tmp_path, store, body) == {"program.give": (5, 1, 0)}


def test_a_child_of_a_fork_counts_its_own_and_not_its_parents(tmp_path, store):
    body = """
    give(1), give(1), give(1)
    child = os.fork()
    if child == 0:
        give(1)
        sys.exit()
    os.waitpid(child, 0)
"""
    assert ran(tmp_path, store, body) == {"program.give": (3, 1, 0)}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_a_pool_count_theirs(tmp_path, store, method):
    body = f"""
    import concurrent.futures, multiprocessing
    give(1), give(1)
    context = multiprocessing.get_context({method!r})
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(give, [1] * 20)) == [1] * 20
"""
    assert ran(tmp_path, store, body) == {"program.give": (21, 1, 0)}


@pytest.mark.alone
def test_threads_count_each_hit_once(store):
    f = Stamps(store).stamp(jobs.give)
    f(1)
    threads = [threading.Thread(target=lambda: [f(1) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    f(2)
    assert times(store) == {"jobs.give": (800, 2, 0)}
