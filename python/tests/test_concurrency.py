"""One job, many threads and processes: one run, and nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import jobs
import pytest
from jobstamps import JobstampsWarning, jobstamp

# They start threads themselves, which count in one tally.
pytestmark = pytest.mark.alone

HERE = os.path.dirname(os.path.abspath(__file__))


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


class Named:
    """Goes by its name alone: what its function holds cannot be keyed."""

    def __init__(self, function):
        self.function = function

    def __jobstamp_key__(self):
        return "named"

    def __call__(self, *args):
        return self.function(*args)


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


WAITS = """
import os, sys, threading
sys.path.insert(0, {here!r})
import jobs
from jobstamps import jobstamp

def job():
    jobs.ran()
    print("entered", flush=True)
    sys.stdin.readline()
    return os.getpid()

def main():
    print("started", flush=True)
    print(jobstamp.run(job), flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def worker(tmp_path, store, monkeypatch):
    """Starts processes that run one job, which ends when a line is written to it."""
    script = tmp_path / "worker.py"
    script.write_text(WAITS.format(here=HERE))
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(store))
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell in the background would have left it deaf to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        started.append(process)
        assert process.stdout.readline() == "started\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_run_one_call_once(worker, tally):
    leader = worker()
    assert leader.stdout.readline() == "entered\n"
    others = [worker() for _ in range(4)]
    leader.stdin.write("\n")
    leader.stdin.flush()
    assert {process.stdout.readline() for process in [leader, *others]} == {f"{leader.pid}\n"}
    tally.ran(1)


def test_when_the_running_process_is_killed_one_that_waits_runs_the_job(worker, tally):
    leader = worker()
    assert leader.stdout.readline() == "entered\n"
    other = worker()
    leader.kill()
    leader.wait()
    assert other.stdout.readline() == "entered\n"
    other.stdin.write("\n")
    other.stdin.flush()
    assert other.stdout.readline() == f"{other.pid}\n"
    tally.ran(2)


def test_ctrl_c_ends_the_waiting_for_another_process(worker, tally):
    leader = worker()
    assert leader.stdout.readline() == "entered\n"
    other = worker()
    wait_until(lambda: waits(other, leader))
    other.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in other.communicate(timeout=60)[1]
    leader.stdin.write("\n")
    leader.stdin.flush()
    assert leader.stdout.readline() == f"{leader.pid}\n"
    tally.ran(1)


def waits(process, leader):
    """Tells whether a process has come to waiting: it naps again and again, so it is switched away from."""
    with open(f"/proc/{process.pid}/status") as status:
        switches = next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
    return leader.poll() is None and switches > 50


def wait_until(happened):
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        os.sched_yield()


def test_ctrl_c_ends_the_waiting_of_the_main_thread_for_another_thread(tally):
    program = textwrap.dedent(
        """
        import os, signal, sys, threading
        sys.path.insert(0, sys.argv[1])
        import jobs
        from jobstamps import jobstamp
        opened, entered = threading.Event(), threading.Event()

        class Named:
            def __call__(self):
                jobs.ran()
                entered.set()
                # Waits for the main thread to be interrupted, by which time that waits for this one.
                opened.wait(60)

        thread = threading.Thread(target=jobstamp.run, args=(Named(),))
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
            jobstamp.run(Named())
        except KeyboardInterrupt:
            print("interrupted")
        opened.set()
        thread.join()
        """
    )
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


def test_a_fork_inside_the_function_stores_the_parents_value_once(run, tally):
    def job():
        jobs.ran()
        return os.fork()

    job = Named(job)
    child = run(job)
    if child == 0:
        # The job has ended in the child too, but the stamp was its parent's to write.
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert run(job) == child
    tally.ran(1)


def test_a_forked_child_that_lives_on_holds_nobody_up(run, tally):
    read, write = os.pipe()

    def job():
        jobs.ran()
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
        raise ValueError(child)

    job = Named(job)
    with pytest.raises(ValueError, match=r"\d+") as raised:
        run(job)
    # The child still holds the lock's descriptor. Whoever comes next must not wait for it.
    with pytest.raises(ValueError, match=r"\d+") as again:
        run(job)
    tally.ran(2)
    os.close(write)
    os.close(read)
    for error in (raised, again):
        os.waitpid(error.value.args[0], 0)


def test_a_child_of_the_function_that_runs_the_same_call_does_not_wait_for_its_parent(run, tally):
    def job():
        jobs.ran()
        child = os.fork()
        if child == 0:
            import warnings

            warnings.simplefilter("ignore")
            # In the child fork returns 0 again, so this ends.
            os._exit(run(Named(lambda: 7)))
        return os.waitpid(child, 0)[1] >> 8

    job = Named(job)
    assert run(job) == 7
    tally.ran(1)


def test_a_fork_while_another_thread_runs_a_job_leaves_a_child_that_works(run, tally):
    gate = Gate(entered=threading.Event(), opened=threading.Event())
    started, results = threads(1, lambda: run(pass_gate, gate))
    assert gate.entered.wait(60)
    child = os.fork()
    if child == 0:
        try:
            os._exit(run(jobs.give, 5))
        finally:
            os._exit(99)
    assert os.waitpid(child, 0)[1] >> 8 == 5
    gate.opened.set()
    join(started)
    assert results == [os.getpid()]
    tally.ran(2)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_every_kind_share_stamps(method, store, tally):
    context = multiprocessing.get_context(method)
    keywords = {"jobstamps_cache_output_directory": str(store)}
    with context.Pool(2) as pool:
        tasks = [pool.apply_async(jobstamp.run, (jobs.add, n % 4), keywords) for n in range(16)]
        assert [task.get(60)[0] for task in tasks] == [n % 4 for n in range(16)]
    assert jobstamp.run(jobs.add, 3, **keywords)[0] == 3
    tally.ran(4)


def test_threads_that_hit_do_not_disturb_each_other(run, tally):
    run(jobs.give, list(range(100)))
    started, results = threads(16, lambda: [run(jobs.give, list(range(100))) for _ in range(50)])
    join(started)
    assert results == [[list(range(100))] * 50] * 16
    tally.ran(1)


def test_a_job_at_the_end_of_the_interpreter_does_no_harm(tally):
    program = textwrap.dedent(
        """
        import atexit, sys
        sys.path.insert(0, sys.argv[1])
        import jobs
        from jobstamps import jobstamp
        atexit.register(jobstamp.run, jobs.give, 1)

        class AtTheEnd:
            def __del__(self):
                jobstamp.run(jobs.give, 2)

        kept = AtTheEnd()
        """
    )
    subprocess.run([sys.executable, "-c", program, HERE], check=True, timeout=60)
    assert tally.runs in (1, 2)


def test_a_job_that_starts_a_warning_as_an_error_keeps_the_lock_for_nobody(run, tally):
    # Warnings are errors in these tests: this one is raised when the job has run.
    for runs in (1, 2):
        with pytest.raises(JobstampsWarning):
            run(jobs.give_a_lock)
        tally.ran(runs)
