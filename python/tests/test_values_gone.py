"""What was kept and does not load any more is a miss: one warning, one run, and the next call replays."""

from __future__ import annotations

import _pickle
import functools
import os
import pickle
import subprocess
import sys
import types

import interpreters
import jobs
import meeting
import pytest
from jobstamps import JobstampsWarning, Stamps, jobstamp
from places import left_over, stamps

pytestmark = meeting.alone


@pytest.fixture
def module(monkeypatch):
    """A module whose classes change, unseen by those who look at the code of functions."""
    module = types.ModuleType("changing")
    exec("class Kept:\n    def __init__(self, n):\n        self.n = n\n", module.__dict__)
    monkeypatch.setitem(sys.modules, "changing", module)
    monkeypatch.setitem(sys.modules, "maker", types.SimpleNamespace(make=module.Kept))
    return module


def give_kept(n):
    jobs.ran()
    return sys.modules["maker"].make(n)


def moved(module):
    del module.Kept


def gone(module):
    del sys.modules[module.__name__]


def refuses(error):
    def change(module):
        def refuse(_self, _state):
            raise error

        module.Kept.__setstate__ = refuse

    return change


CHANGES = {
    "attribute 'Kept'": moved,
    "No module named 'changing'": gone,
    "array size": refuses(ValueError("unexpected array size in new buffer: expected 8, got 4")),
    "much": refuses(MemoryError("much")),
    "deep": refuses(RecursionError("deep")),
    "no further": refuses(StopIteration("no further")),
}


@pytest.mark.parametrize("message", CHANGES)
@pytest.mark.parametrize("way", ["run", "stamp"])
def test_a_value_that_does_not_load_any_more_runs_once_with_one_warning_and_is_replaced(
    store, tally, module, message, way
):
    """P05."""
    there = Stamps(store)
    stamped = there.stamp(give_kept)
    call = functools.partial(there.run, give_kept) if way == "run" else stamped
    assert call(1).n == 1
    sys.modules["maker"].make = lambda n: [n]
    CHANGES[message](module)
    assert stamped.peek(1, "default") == "default"
    assert there.out_of_date(give_kept, 1) is None, "to know better, it would have to load the value"
    tally.ran(1)
    with pytest.warns(JobstampsWarning, match=message) as warned:
        assert call(1) == [1]
    assert len(warned) == 1
    assert "runs again" in str(warned[0].message)
    assert call(1) == [1]
    tally.ran(2)
    assert len(stamps(store)) == 1
    assert left_over(store) == []


def test_an_interrupt_while_a_value_loads_is_an_interrupt(store, module, tally):
    """P02, P05."""
    call = Stamps(store).stamp(give_kept)
    call(1)
    refuses(KeyboardInterrupt())(module)
    for wanted in (call, lambda number: call.peek(number, None)):
        with pytest.raises(KeyboardInterrupt):
            wanted(1)
    tally.ran(1)


@pytest.mark.parametrize("kept", [b"\x80\x06K\x01.", b"\x80\x05K\x01", b"\x80\x05\xff.", b"", b"I1\n."])
def test_a_pickle_of_a_protocol_or_with_instructions_that_this_python_does_not_know_is_a_miss(
    run, tally, monkeypatch, kept
):
    """P07: our own key has signed it, as a newer Python would have."""
    with monkeypatch.context() as patched:
        patched.setattr(_pickle, "dump", lambda _value, file, *_, **__: file.write(kept))
        assert run(jobs.give, 1) == 1
    loads = kept == b"I1\n."
    for _ in range(2):
        if loads:
            assert run(jobs.give, 1) == 1
        elif tally.runs == 1:
            with pytest.warns(JobstampsWarning) as warned:
                assert run(jobs.give, 1) == 1
            assert len(warned) == 1
    assert run(jobs.give, 1) == 1
    tally.ran(1 if loads else 2)


OTHER = """
import sys, warnings
warnings.simplefilter("error")
sys.path.insert(0, sys.argv[1])
import jobs
from jobstamps import Stamps
there = Stamps(sys.argv[2])
value = {"set": {1, 2}, "bytes": bytes(100_000), "nested": [range(3), frozenset("a"), 1j]}
for _ in range(2):
    assert there.run(jobs.give, value) == there.stamp(jobs.give)(value) == value
    assert there.out_of_date(jobs.give, value) is None
"""


def test_pythons_of_all_versions_share_a_directory_and_none_reads_what_another_wrote(store, tally):
    """P07."""
    pythons = [path for path in map(interpreters.find, interpreters.VERSIONS) if path]
    if len(pythons) < 2:
        pytest.skip("SKIPPED: only one Python is installed")
    ours = os.path.dirname(os.path.dirname(os.path.abspath(jobstamp.__file__)))
    words = [os.path.dirname(jobs.__file__), str(store)]
    for python in [*pythons, pythons[0]]:
        subprocess.run([python, "-c", OTHER, *words], check=True, env={**os.environ, "PYTHONPATH": ours})
    # Once for each Python.
    tally.ran(len(pythons))
    assert len(stamps(store)) == len(pythons)


class Mutates:
    """Changes itself and what holds it whenever it is pickled."""

    def __init__(self, holder):
        self.holder, self.times = holder, 0

    def __getstate__(self):
        self.times += 1
        self.holder.append(self.times)
        return {"holder": [], "times": self.times}


def give_what_mutates():
    jobs.ran()
    value = ["first"]
    value.append(Mutates(value))
    return value


def test_a_value_that_pickling_changes_is_returned_and_what_is_kept_loads(run, tally, store):
    """P04."""
    value = run(give_what_mutates)
    assert value[0] == "first"
    for _ in range(2):
        again = run(give_what_mutates)
        assert again[0] == "first"
        assert isinstance(again[1], Mutates)
    tally.ran(1)
    assert left_over(store) == []


def test_what_a_caller_does_to_a_value_is_nobody_elses(store, tally):
    """P24: the one who ran it, those who replay it, and those who peek."""
    there = Stamps(store)
    stamped = there.stamp(jobs.give)
    peek, run = lambda value: stamped.peek(value, None), lambda value: there.run(jobs.give, value)
    for call in (stamped, stamped, peek, run, stamped, peek):
        value = call({"deep": [1]})
        assert pickle.dumps(value) == pickle.dumps({"deep": [1]})
        value["deep"].append(2)
        value["more"] = value
    tally.ran(1)
