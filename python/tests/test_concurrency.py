"""One job, many threads: one run, and nobody waits for ever."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import ClassVar

import jobs
import meeting
import pytest
from jobstamps import JobstampsWarning, stamp
from meeting import HERE, Gate, Named, join, pass_gate, threads, ways

pytestmark = meeting.alone


@pytest.fixture(params=["run", "stamp"])
def run(request, store):
    """Runs jobs with their stamps in the store, in both ways that there are."""
    return ways(store)[request.param]


def test_32_threads_run_one_call_once_and_other_threads_go_on_meanwhile(run, tally):
    gate = Gate(entered=threading.Event(), opened=threading.Event())
    started, results = threads(32, lambda: run(pass_gate, gate))
    assert gate.entered.wait(60)
    # This thread is one of the others: it computes while the 31 wait.
    assert sum(range(100_000)) == 4999950000
    assert results == []
    gate.opened.set()
    join(started)
    assert results == [os.getpid()] * 32
    tally.ran(1)


def test_threads_with_other_arguments_do_not_wait_for_each_other(run, tally):
    meet = threading.Barrier(8)

    def job(n):
        jobs.ran()
        meet.wait(60)
        return n

    numbers = iter(range(8))
    # The closure cannot be keyed by its barrier, so each is given its own name.
    job = Named(job)
    started, results = threads(8, lambda: run(job, next(numbers)))
    join(started)
    assert sorted(results) == list(range(8))
    tally.ran(8)


def test_when_the_running_thread_fails_one_that_waits_runs_the_job(run, tally):
    tries = []

    def job():
        jobs.ran()
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("first")
        return "second"

    def attempt():
        try:
            return run(Named(job))
        except ValueError as error:
            return str(error)

    started, results = threads(8, attempt)
    join(started)
    assert sorted(results) == ["first"] + ["second"] * 7
    tally.ran(2)


@pytest.mark.parametrize("way", ["jobstamp.run", "stamped"])
def test_ctrl_c_ends_the_waiting_of_the_main_thread_for_another_thread(way, tally):
    program = textwrap.dedent(
        """
        import os, signal, sys, threading
        sys.path.insert(0, sys.argv[1])
        import jobs
        from jobstamps import jobstamp, stamp
        opened, entered = threading.Event(), threading.Event()

        class Named:
            def __call__(self):
                jobs.ran()
                entered.set()
                # Waits for the main thread to be interrupted, by which time that waits for this one.
                opened.wait(60)

        stamped = lambda job: stamp(job)()
        call = WAY
        thread = threading.Thread(target=call, args=(Named(),))
        thread.start()
        entered.wait()

        def switches():
            with open(f"/proc/self/task/{os.getpid()}/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("voluntary"))

        def interrupt():
            # Napping again and again, it is switched away from: now it waits.
            until = switches() + 50
            while switches() < until:
                os.sched_yield()
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        try:
            call(Named())
        except KeyboardInterrupt:
            print("interrupted")
        opened.set()
        thread.join()
        """
    ).replace("WAY", way)
    done = subprocess.run(
        [sys.executable, "-c", program, HERE],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.stdout == "interrupted\n"
    tally.ran(1)


def test_threads_that_hit_do_not_disturb_each_other(run, tally):
    run(jobs.give, list(range(100)))
    started, results = threads(16, lambda: [run(jobs.give, list(range(100))) for _ in range(50)])
    join(started)
    assert results == [[list(range(100))] * 50] * 16
    tally.ran(1)


def test_a_job_that_starts_a_warning_as_an_error_keeps_the_lock_for_nobody(run, tally):
    # Warnings are errors in these tests: this one is raised when the job has run.
    for runs in (1, 2):
        with pytest.raises(JobstampsWarning):
            run(jobs.give_a_lock)
        tally.ran(runs)


@pytest.fixture
def fibonacci(store):
    @stamp(directory=store)
    def fib(n):
        jobs.ran()
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib


def test_recursion_in_many_threads_makes_each_call_once(fibonacci, tally):
    numbers = iter(range(16))
    started, results = threads(16, lambda: fibonacci(next(numbers)))
    join(started)
    assert sorted(results) == sorted([0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610])
    tally.ran(16)


class Restless:
    """Calls and forgets stamped functions while it comes back."""

    actions: ClassVar = []

    def __init__(self, n):
        self.n = n

    def __getstate__(self):
        return {"n": self.n, "much": bytes(100_000)}

    def __setstate__(self, state):
        self.n = state["n"]
        for action in self.actions:
            action(self.n)


def rest(n):
    jobs.ran()
    return Restless(n)


@pytest.mark.parametrize("count", [1, 8])
def test_a_value_that_comes_back_may_call_forget_and_clear(count, store, monkeypatch):
    # Not by its code: the actions are no part of it.
    rests = stamp(rest, directory=store, code="shallow")
    gives = stamp(jobs.give, directory=store)
    actions = [gives, rests.stale, gives.forget, lambda _n: rests.cache_clear(), lambda _n: gc.collect()]
    monkeypatch.setattr(Restless, "actions", actions)
    started, results = threads(count, lambda: [rests(n % 3).n for n in range(12)])
    join(started)
    assert results == [[0, 1, 2] * 4] * count


def test_a_value_that_comes_back_may_ask_for_another_of_its_kind(store, tally, monkeypatch):
    rests = stamp(rest, directory=store, code="shallow")
    for n in range(21):
        rests(n)
    came = []
    monkeypatch.setattr(Restless, "actions", [came.append, lambda n: rests(n - 1) if n else None])
    assert rests(20).n == 20
    assert came == list(range(20, -1, -1))
    tally.ran(21)


def test_what_is_collected_in_the_middle_of_a_call_may_make_calls(run, tally):
    seen = []

    class Last:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            seen.append(run(jobs.give, "last words"))

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for n in range(200):
            Last()
            assert run(jobs.give, [n % 2]) == [n % 2]
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert set(seen) == {"last words"}
    tally.ran(3)


def test_a_signals_handler_may_make_calls_in_the_middle_of_one(run, tally):
    def job():
        jobs.ran()
        os.kill(os.getpid(), signal.SIGUSR1)
        return seen[0]

    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(run(jobs.give, "handled")))
    try:
        assert run(Named(job)) == "handled"
    finally:
        signal.signal(signal.SIGUSR1, before)
    tally.ran(2)
