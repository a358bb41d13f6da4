"""One job, many processes: one run, and nobody waits for ever, whoever is killed or forked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import jobs
import meeting
import pytest
from jobstamps import jobstamp
from meeting import HERE, Gate, Named, join, pass_gate, threads, ways

pytestmark = meeting.alone


@pytest.fixture(params=["run", "stamp"])
def run(request, store):
    """Runs jobs with their stamps in the store, in both ways that there are."""
    return ways(store)[request.param]


WAITS = """
import os, sys, threading
sys.path.insert(0, {here!r})
import jobs
from jobstamps import jobstamp, stamp

def job():
    jobs.ran()
    print("entered", flush=True)
    sys.stdin.readline()
    return os.getpid()

def main():
    print("started", flush=True)
    print({call}, flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.fixture(params=["jobstamp.run(job)", "stamp(job)()"])
def worker(request, tmp_path, store, monkeypatch):
    """Starts processes that run one job, which ends when a line is written to it."""
    script = tmp_path / "worker.py"
    script.write_text(WAITS.format(here=HERE, call=request.param))
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


def test_eight_processes_run_one_call_once(worker, tally):
    leader = worker()
    assert leader.stdout.readline() == "entered\n"
    others = [worker() for _ in range(7)]
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


ORPHANS = """
import os, signal, sys
sys.path.insert(0, {here!r})
import jobs
from jobstamps import jobstamp, stamp

def job():
    jobs.ran()
    if os.path.exists(sys.argv[1]):
        return "second"
    open(sys.argv[1], "w").close()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        # Lives on as the workers of a pool do whose parent is killed, until somebody lets it go.
        os.kill(parent, signal.SIGKILL)
        print("orphan", flush=True)
        sys.stdin.readline()
        print({call}, flush=True)
        os._exit(0)
    signal.pause()

print({call}, flush=True)
"""


@pytest.mark.parametrize("call", ["jobstamp.run(job)", "stamp(job)()"])
def test_a_child_that_outlives_a_killed_run_holds_no_lock(call, tmp_path, store, tally, monkeypatch):
    """P17, S25: neither against others, nor against itself."""
    script = tmp_path / "worker.py"
    script.write_text(ORPHANS.format(here=HERE, call=call))
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(store))
    words = [sys.executable, str(script), str(tmp_path / "first")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "orphan\n"
        assert first.wait() == -signal.SIGKILL
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        assert done.stdout == "second\n"
        assert first.communicate("\n")[0] == "second\n"
    # The killed run, and one of the two that could have waited for ever.
    tally.ran(2)


def test_a_child_that_is_forked_while_another_thread_makes_a_call_may_make_the_same(run, tally):
    """P17: its parent is at it, and may be waiting for the child; so the child makes it beside."""
    gate = Gate(entered=threading.Event(), opened=threading.Event())
    started, results = threads(1, lambda: run(pass_gate, gate))
    assert gate.entered.wait(60)
    child = os.fork()
    if child == 0:
        status = 99
        try:
            import warnings

            warnings.simplefilter("ignore")
            gate.opened.set()
            status = 7 if run(pass_gate, gate) == os.getpid() else 98
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] >> 8 == 7
    gate.opened.set()
    join(started)
    assert results == [os.getpid()]
    tally.ran(2)


def test_programs_that_a_function_starts_inherit_no_descriptor_of_ours(run):
    """P17: by fork and exec, with all descriptors that are not to be closed."""

    def job():
        read, write = os.pipe()
        os.set_inheritable(write, True)
        child = os.fork()
        if child == 0:
            listed = f"import os; os.write({write}, ','.join(os.listdir('/proc/self/fd')).encode())"
            os.execv(sys.executable, [sys.executable, "-S", "-c", listed])
        os.close(write)
        with os.fdopen(read) as told:
            text = told.read()
        os.waitpid(child, 0)
        return text

    def inherited(make):
        return len(make().split(","))

    assert inherited(lambda: run(Named(job))) == inherited(job)


POOL = """
import multiprocessing, os, signal, sys
sys.path.insert(0, {here!r})
import jobs
from jobstamps import jobstamp, stamp

def part(number):
    if number:
        # All workers are there; the one that waits for them is killed, and they live on.
        os.kill(os.getppid(), signal.SIGKILL)
    return number

def job():
    jobs.ran()
    if os.path.exists(sys.argv[1]):
        return "second"
    open(sys.argv[1], "w").close()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(part, range(2), chunksize=1)

print({call}, flush=True)
"""


@pytest.mark.parametrize("call", ["jobstamp.run(job)", "stamp(job)()"])
def test_a_pool_whose_program_is_killed_holds_nobody_up(call, tmp_path, store, tally, monkeypatch):
    """P17, S25: the workers of a pool outlive their parent."""
    script = tmp_path / "pool.py"
    script.write_text(POOL.format(here=HERE, call=call))
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(store))
    words = [sys.executable, str(script), str(tmp_path / "first")]
    # In a session of its own, so that what is left of it can be found.
    with subprocess.Popen(words, start_new_session=True) as first:
        assert first.wait() == -signal.SIGKILL
        try:
            done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        finally:
            os.killpg(first.pid, signal.SIGKILL)
    assert done.stdout == "second\n"
    tally.ran(2)


def daemon(store):
    jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory=store)
    os.kill(os.getpid(), signal.SIGSTOP)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_daemon_process_that_is_ended_with_its_parent_leaves_its_stamps(method, store, tally):
    """P17."""
    process = multiprocessing.get_context(method).Process(target=daemon, args=(str(store),), daemon=True)
    process.start()
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    process.kill()
    process.join()
    assert jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory=str(store)) == 1
    tally.ran(1)
