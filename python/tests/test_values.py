"""Arguments that cannot be keyed, and values on their way into the store and back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import jobs
import pytest
from conftest import MockJob, stamps
from jobstamps import JobstampsWarning, stamp
from places import amount, left_over


def test_an_argument_that_cannot_be_keyed_runs_the_function_and_says_which(run, store):
    job = MockJob()
    job.return_value = 5
    for _ in range(2):
        with pytest.warns(JobstampsWarning, match=r"`args\.x\[1\]\.lock` cannot be keyed: .*lock"):
            assert run(job, x=[0, jobs.Holder(lock=threading.Lock())]) == 5
    assert job.call_count == 2
    assert stamps(store) == []


def test_the_warning_points_to_the_caller_of_run(run):
    with pytest.warns(JobstampsWarning) as caught:
        run(MockJob(), threading.Lock())
    assert caught[0].filename.endswith("test_values.py")


def test_iterators_are_passed_on_whole(run):
    seen = []

    def job(items):
        seen.append(list(items))

    for _ in range(2):
        with pytest.warns(JobstampsWarning, match="would consume it"):
            run(job, iter([1, 2]))
    assert seen == [[1, 2], [1, 2]]


def test_an_object_that_only_prints_itself_is_keyed_by_that(run, tally):
    class Printed:
        def __init__(self, text):
            self.text, self.lock = text, threading.Lock()

        def __repr__(self):
            return f"Printed({self.text})"

        def __reduce__(self):
            raise TypeError("no")

    for text, runs in [("a", 1), ("a", 1), ("b", 2)]:
        run(jobs.see, Printed(text))
        tally.ran(runs)


def test_the_key_is_taken_before_the_function_changes_its_arguments(run, tally):
    for _ in range(2):
        items = [1]
        assert run(jobs.mutate, items) == [1, 1]
    tally.ran(1)


@pytest.mark.parametrize("value", [0, "", (), {"a": [1, 2.5, None]}, b"\xff\x00", {1, 2}, 10**100, "\udcff", ...])
def test_a_value_comes_back_equal_and_of_its_type(run, tally, value):
    for _ in range(2):
        again = run(jobs.give, value)
        assert again == value
        assert type(again) is type(value)
    tally.ran(1)


def test_a_large_value_comes_back_whole(run, store, tally):
    value = bytes(range(256)) * 40_000
    for _ in range(2):
        assert run(jobs.give, value) == value
    tally.ran(1)
    (stamp,) = stamps(store)
    assert stamp.stat().st_size < 100_000


def test_a_hit_gives_a_fresh_object(run, tally):
    run(jobs.give_a_holder, items=[1])
    one = run(jobs.give_a_holder, items=[1])
    one.items.append(2)
    assert run(jobs.give_a_holder, items=[1]).items == [1]
    tally.ran(1)


def test_a_value_that_cannot_be_pickled_is_returned_and_not_kept(run, store, tally):
    for _ in range(2):
        with pytest.warns(JobstampsWarning, match=r"value\['deep'\]\[0\]\.lock is a _thread\.lock"):
            assert run(jobs.give_a_lock)["deep"][0].lock.acquire()
    tally.ran(2)
    assert stamps(store) == left_over(store) == []


async def coroutine():
    pass


class ChangesWhatHoldsIt:
    def __init__(self, holder):
        self.holder = holder

    def __reduce__(self):
        self.holder[len(self.holder)] = None
        return str, ("changed",)


def changes_itself():
    value = {n: n for n in range(10)}
    value[3] = ChangesWhatHoldsIt(value)
    return value


UNPICKLABLE = {
    r"value\[0\] is a function": lambda: [lambda: 1],
    "value is a generator": lambda: (n for n in (1, 2)),
    r"value\['s'\] is a socket.socket": lambda: {"s": socket.socket()},
    r"value\[0\] is a coroutine": lambda: (coroutine(),),
    r"value\[1\]\['deep'\] is a _thread.lock": lambda: [bytes(200_000), {"deep": threading.Lock()}],
    "dictionary changed size": changes_itself,
}


def give_unpicklable(culprit):
    jobs.ran()
    return UNPICKLABLE[culprit]()


@pytest.mark.parametrize("culprit", UNPICKLABLE)
def test_whatever_cannot_be_pickled_is_returned_and_leaves_nothing_behind(run, store, tally, culprit):
    for _ in range(2):
        with pytest.warns(JobstampsWarning, match=culprit) as caught:
            value = run(give_unpicklable, culprit)
        assert len(caught) == 1
        assert value
        for part in value.values() if isinstance(value, dict) else value:
            getattr(part, "close", int)()
    tally.ran(2)
    assert stamps(store) == left_over(store) == []


@pytest.mark.parametrize("error", [RecursionError("deep"), MemoryError("much"), ValueError("own")])
def test_a_value_whose_pickling_raises_is_returned_and_not_kept(run, store, tally, error):
    class Raises:
        def __reduce_ex__(self, protocol):
            raise error

    def job():
        jobs.ran()
        return [Raises()]

    for _ in range(2):
        with pytest.warns(JobstampsWarning, match="cannot be pickled"):
            assert len(run(job)) == 1
    tally.ran(2)
    assert stamps(store) == []


def test_ctrl_c_while_a_value_is_pickled_is_ctrl_c(run, store):
    class Interrupted:
        def __reduce_ex__(self, protocol):
            raise KeyboardInterrupt

    def give_the_interrupted():
        return Interrupted()

    with pytest.raises(KeyboardInterrupt):
        run(give_the_interrupted)
    assert stamps(store) == []


def test_too_deep_a_value_is_returned_and_not_kept(run):
    def job():
        deep = []
        for _ in range(100_000):
            deep = [deep]
        return deep

    with pytest.warns(JobstampsWarning, match="cannot be pickled"):
        deep = run(job)
    while deep:
        deep = deep.pop()


def test_a_value_that_can_no_longer_be_read_is_computed_anew_and_replaced(store, tally, monkeypatch):
    give = stamp(jobs.give_a_holder, directory=store, code="off")
    give(a=1)
    holder = jobs.Holder
    monkeypatch.delattr(jobs, "Holder")
    monkeypatch.setattr(jobs, "Holder2", holder, raising=False)

    class Other:
        def __init__(self, **attributes):
            self.__dict__.update(attributes)

        def __setstate__(self, state):
            raise ValueError("no longer")

    # In its place a class that refuses the old state, and whose own values are plain.
    monkeypatch.setattr(jobs, "Holder", Other, raising=False)
    Other.__module__, Other.__qualname__ = "jobs", "Holder"
    with pytest.warns(JobstampsWarning, match="cannot be read back .*no longer.* runs again"):
        give(a=1)
    tally.ran(2)
    monkeypatch.setattr(jobs, "Holder", holder)
    assert give(a=1).a == 1
    tally.ran(2)


LARGE = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import jobs
from jobstamps import jobstamp

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def job(mebibytes, numbers):
    jobs.ran()
    return {"large": b"x" * (mebibytes << 20), "many": list(range(numbers))}

mebibytes, numbers = map(int, sys.argv[2:])
sizes = mebibytes + numbers * (8 + 32) / 2**20
jobstamp.run(jobs.see, 1)
before = peak()
value = jobstamp.run(job, mebibytes, numbers)
assert len(value["large"]) == mebibytes << 20 and value["many"][-1] == numbers - 1
assert value["large"].count(b"x") == mebibytes << 20
print(peak() - before - sizes)
"""
# Numbers: of what may be there twice in a value, pickle keeps a table.
SIZES = [(100, 500_000), *amount([], [(2 << 10, 1), (4 << 10, 1), (1, 10_000_000)])]


@pytest.mark.parametrize(("mebibytes", "numbers"), SIZES)
def test_a_large_value_is_in_memory_once_while_it_is_kept_and_while_it_is_read(tmp_path, tally, mebibytes, numbers):
    """P21."""
    (tmp_path / "large.py").write_text(LARGE)
    for _ in range(2):
        here = os.path.dirname(jobs.__file__)
        words = [str(tmp_path / "large.py"), here, str(mebibytes), str(numbers)]
        done = subprocess.run([sys.executable, *words], check=True, stdout=subprocess.PIPE, text=True)
        assert float(done.stdout) < 64, "MiB above the value itself"
    # Each of the two functions once.
    tally.ran(2)
