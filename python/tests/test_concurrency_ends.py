"""The interpreter ends, or there are several of them: no crash, and nobody hangs."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import meeting
import pytest
from meeting import HERE

pytestmark = meeting.alone


def ends_well(program, *words):
    """Runs a program that has to end by itself, without a crash; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), HERE, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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


BOTH_WAYS = pytest.mark.parametrize("way", ["jobstamp.run(job)", "stamp(job)()"])


@BOTH_WAYS
def test_the_interpreter_ends_while_a_daemon_thread_runs_a_job_and_others_wait_for_it(way, store):
    program = """
    import os, sys, threading
    sys.path.insert(0, sys.argv[1])
    os.environ["JOBSTAMPS_DIRECTORY"] = sys.argv[2]
    from jobstamps import jobstamp, stamp
    entered = threading.Event()

    def job():
        entered.set()
        threading.Event().wait()

    for _ in range(4):
        threading.Thread(target=lambda: WAY, daemon=True).start()
    entered.wait()

    def switches():
        path = "/proc/self/task/{}/status"
        lines = (line for task in os.listdir("/proc/self/task") for line in open(path.format(task)))
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))

    # Napping again and again, threads are switched away from: now they wait.
    until = switches() + 100
    while switches() < until:
        os.sched_yield()
    print("ends")
    """
    assert ends_well(program.replace("WAY", way), str(store)) == "ends\n"


@BOTH_WAYS
def test_a_job_of_a_thread_that_the_interpreter_waits_for_is_remembered(way, store, tally):
    program = """
    import os, sys, threading
    sys.path.insert(0, sys.argv[1])
    os.environ["JOBSTAMPS_DIRECTORY"] = sys.argv[2]
    import jobs
    from jobstamps import jobstamp, stamp

    def job():
        jobs.ran()
        threading.main_thread().join()
        return 5

    threading.Thread(target=lambda: print(WAY)).start()
    """
    for _ in range(2):
        assert ends_well(program.replace("WAY", way), str(store)) == "5\n"
    tally.ran(1)


def test_an_object_that_dies_with_the_interpreter_may_make_calls(store):
    program = """
    import os, sys
    sys.path.insert(0, sys.argv[1])
    os.environ["JOBSTAMPS_DIRECTORY"] = sys.argv[2]
    import jobs
    from jobstamps import stamp

    class AtTheEnd:
        def __init__(self, function):
            self.function = function
        def __del__(self):
            self.function(2)

    kept = AtTheEnd(stamp(jobs.give))
    kept.function(1)
    # In a cycle with a module, it dies when there is hardly anything left.
    sys.modules["cycle"] = kept
    kept.modules = sys.modules
    print("ends")
    """
    for _ in range(2):
        assert ends_well(program, str(store)) == "ends\n"


@BOTH_WAYS
def test_what_is_to_be_done_at_the_end_may_make_calls_while_a_thread_is_in_one(way, store, tally):
    """P25: `atexit` during a run, whose thread is waited for or not."""
    program = """
    import atexit, os, sys, threading
    sys.path.insert(0, sys.argv[1])
    os.environ["JOBSTAMPS_DIRECTORY"] = sys.argv[2]
    import jobs
    from jobstamps import jobstamp, stamp
    entered, ended = threading.Event(), threading.Event()

    def job():
        jobs.ran()
        entered.set()
        ended.wait()
        return 5

    def at_the_end():
        # The daemon is in the midst of its call, and this is another one, and then the same.
        print(jobstamp.run(jobs.give, 1), stamp(jobs.give)(2))
        ended.set()
        print(WAY)

    atexit.register(at_the_end)
    threading.Thread(target=lambda: WAY, daemon=True).start()
    entered.wait()
    """
    assert ends_well(program.replace("WAY", way), str(store)) == "1 2\n5\n"
    tally.ran(3)


INNER = """
try:
    from jobstamps import stamp
except ImportError:
    pass
else:
    def inner(x):
        return x
    assert [stamp(inner)(3) for _ in range(3)] == [3] * 3
"""


def test_in_an_interpreter_within_this_one_the_import_works_or_is_refused(store, tally):
    program = """
    import os, sys
    sys.path.insert(0, sys.argv[1])
    os.environ["JOBSTAMPS_DIRECTORY"] = sys.argv[2]
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    import jobs
    from jobstamps import stamp
    give = stamp(jobs.give)
    give(1)
    inner = interpreters.create()
    failed = interpreters.run_string(inner, sys.argv[3])
    assert failed is None, failed
    interpreters.destroy(inner)
    print(give(1))
    """
    assert ends_well(program, str(store), INNER) == "1\n"
    tally.ran(1)
