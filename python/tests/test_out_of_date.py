"""`out_of_date` tells why `run` would call a function, and does nothing else."""

from __future__ import annotations

import functools
import os
import pathlib
import threading
from shutil import rmtree
from unittest.mock import Mock

import jobs
import pytest
from conftest import MockJob, age, each_method, stamps
from jobstamps import JobstampsWarning, Stamps, jobstamp, stamp
from meeting import Named


@pytest.fixture
def out_of_date(store):
    return functools.partial(jobstamp.out_of_date, jobstamps_cache_output_directory=str(store))


def contents(directory):
    return {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in directory.rglob("*")}


@each_method
def test_without_a_stamp_it_is_the_path_where_the_stamp_will_be(run, out_of_date, store, method):
    job = MockJob()
    path = out_of_date(job, 1, jobstamps_method=method)
    assert isinstance(path, str)
    run(job, 1, jobstamps_method=method)
    assert stamps(store) == [pathlib.Path(path)]
    assert out_of_date(job, 1, jobstamps_method=method) is None
    assert out_of_date(MockJob(), 1, jobstamps_method=method) is None
    assert out_of_date(job, 2, jobstamps_method=method) != path


def test_it_calls_nothing_writes_nothing_and_makes_no_directory(run, out_of_date, store, tmp_path):
    job = MockJob()
    out_of_date(job, 1)
    assert not store.exists()
    run(job, 1)
    before = contents(tmp_path)
    for arguments in ((1,), (2,), (threading.Lock(),)):
        out_of_date(job, *arguments, jobstamps_dependencies=[tmp_path / "missing"])
    job.assert_called_once_with(1)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("method", [jobstamp.MTimeMethod, jobstamp.HashMethod])
def test_disabled_is_the_answer_before_all_others(out_of_date, tmp_path, monkeypatch, method):
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    (tmp_path / "stamps").write_text("a file where the directory should be")
    assert out_of_date(MockJob(), 1, jobstamps_method=method) == "JOBSTAMPS_DISABLED"


def test_a_damaged_stamp_is_the_stamps_path_and_no_exception(run, out_of_date, store):
    run(jobs_nothing := MockJob(), 1)
    (stamp,) = stamps(store)
    whole = stamp.read_bytes()
    for damaged in (b"", whole[:-1], whole[:20], whole + b"x", b"\0" * len(whole), b"abc" + whole[3:]):
        stamp.write_bytes(damaged)
        assert out_of_date(jobs_nothing, 1) == str(stamp)


def test_the_stamps_path_is_the_answer_when_the_function_changed(run, out_of_date, store, tmp_path, monkeypatch):
    path = tmp_path / "edited.py"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    functions = []
    for text in ("return x", "return x + 1", "return x  # a comment"):
        names = {"__name__": "edited"}
        exec(compile(f"def lint(x):\n    {text}\n", str(path), "exec"), names)
        functions.append(names["lint"])
    first, second, third = functions
    assert run(first, 1) == 1
    (stamp,) = stamps(store)
    assert out_of_date(first, 1) is None
    assert out_of_date(third, 1) is None
    assert out_of_date(second, 1, jobstamps_dependencies=["missing"]) == str(stamp)
    assert run(second, 1) == 2
    assert run(first, 1) == 1
    assert stamps(store) == [stamp]


@each_method
def test_the_first_missing_output_comes_before_any_dependency(run, out_of_date, tmp_path, method):
    outputs = [str(tmp_path / name) for name in ("one", "two")]
    missing = str(tmp_path / "missing")
    job = MockJob()
    lists = {
        "jobstamps_output_files": outputs,
        "jobstamps_dependencies": [missing],
        "jobstamps_method": method,
    }
    with pytest.warns(JobstampsWarning, match="not made"):
        run(job, 1, **lists)
    assert out_of_date(job, 1, **lists) == outputs[0]
    (tmp_path / "one").touch()
    assert out_of_date(job, 1, **lists) == outputs[1]
    (tmp_path / "two").touch()
    assert out_of_date(job, 1, **lists) == missing


@each_method
def test_the_first_changed_dependency_in_the_callers_order_and_spelling(
    run, out_of_date, tmp_path, monkeypatch, method
):
    monkeypatch.chdir(tmp_path)
    names = ["b", "a", "./c"]
    for name in names:
        pathlib.Path(name).write_text("one")
        age(name)
    run(jobs.see, 1, jobstamps_dependencies=names, jobstamps_method=method)
    ask = functools.partial(out_of_date, jobs.see, 1, jobstamps_method=method)
    assert ask(jobstamps_dependencies=names) is None
    for name in reversed(names):
        pathlib.Path(name).write_text("two")
        assert ask(jobstamps_dependencies=names) == name
    assert ask(jobstamps_dependencies=["c", "a", "b"]) == "c"
    path = tmp_path / "a"
    assert ask(jobstamps_dependencies=[path, "b", "c"]) == path
    assert ask(jobstamps_dependencies=[b"b", "a", "c"]) == b"b"


@each_method
def test_a_missing_added_removed_or_deleted_dependency_is_named(run, out_of_date, file, tmp_path, method):
    job, other = MockJob(), str(tmp_path / "other")
    ask = functools.partial(out_of_date, job, 1, jobstamps_method=method)
    run(job, 1, jobstamps_dependencies=[str(file)], jobstamps_method=method)
    assert ask(jobstamps_dependencies=[str(file), other]) == other
    assert ask(jobstamps_dependencies=[]) == str(file)
    file.unlink()
    assert ask(jobstamps_dependencies=[str(file)]) == str(file)
    run(job, 1, jobstamps_dependencies=[str(file)], jobstamps_method=method)
    assert ask(jobstamps_dependencies=[str(file)]) == str(file)


def test_an_argument_that_cannot_be_keyed_is_the_answer_in_words(out_of_date):
    assert out_of_date(MockJob(), threading.Lock()).startswith("`args[0]` cannot be keyed: ")


def calls_a_mock():
    return DOUBLE()


DOUBLE = Mock()


def test_a_mock_that_is_reached_is_named_once(out_of_date):
    reason = out_of_date(calls_a_mock)
    assert (reason.kind, reason) == ("uncached", reason.detail)
    assert reason.count("Mock") == 1


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


FAULTS = {
    "damaged": lambda stamp: stamp.write_bytes(stamp.read_bytes()[:-9]),
    "empty": lambda stamp: stamp.write_bytes(b""),
    "a directory": lambda stamp: (stamp.unlink(), stamp.mkdir()),
    "a pipe": lambda stamp: (stamp.unlink(), os.mkfifo(stamp)),
    "a link": lambda stamp: stamp.rename(stamp.with_suffix(".old")) and stamp.symlink_to(stamp.with_suffix(".old")),
    "a loop": lambda stamp: (stamp.unlink(), stamp.symlink_to(stamp)),
    "writable by all": lambda stamp: stamp.chmod(0o666),
    "a shard that is a file": lambda stamp: (
        stamp.rename(stamp.parents[2] / "s"),
        rmtree(stamp.parent),
        stamp.parent.touch(),
    ),
    "a store that all may write": lambda stamp: stamp.parents[1].chmod(0o777),
    "a store that is a link": lambda stamp: (
        stamp.parents[1].rename(stamp.parents[2] / "v1") and stamp.parents[1].symlink_to(stamp.parents[2] / "v1")
    ),
    "no key": lambda stamp: (stamp.parents[3] / "config" / "jobstamps" / "key").write_bytes(b"short"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_stamp_it_is_a_reason_and_neither_an_exception_nor_a_change(
    run, out_of_date, store, tally, tmp_path, fault
):
    """P27."""
    run(jobs.give, 1)
    (there,) = stamps(store)
    FAULTS[fault](there)
    before = {path: path.lstat() for path in tmp_path.rglob("*")}
    questions = [
        functools.partial(out_of_date, jobs.give, 1),
        functools.partial(Stamps(store).out_of_date, jobs.give, 1),
        functools.partial(stamp(jobs.give, directory=store).stale, 1),
        lambda: stamp(jobs.give, directory=store).explain(1).reasons[0],
    ]
    for question in questions:
        assert isinstance(question(), str)
    assert stamp(jobs.give, directory=store).peek(1, "default") == "default"
    tally.ran(1)
    after = {path: path.lstat() for path in tmp_path.rglob("*")}
    assert {path: look[:9] for path, look in after.items()} == {path: look[:9] for path, look in before.items()}


def test_while_the_call_is_made_it_is_out_of_date_and_nobody_waits(run, out_of_date, tally):
    """P27, P16: asked from within, and of what raises, or returns what cannot be kept."""
    answers = []

    def job(kind):
        jobs.ran()
        answers.append(out_of_date(named, kind))
        if kind == "raises":
            raise ValueError(kind)
        return threading.Lock() if kind == "a lock" else Unreadable()

    named = Named(job)
    with pytest.raises(ValueError, match="raises"):
        run(named, "raises")
    with pytest.warns(JobstampsWarning, match="lock"):
        run(named, "a lock")
    run(named, "unreadable")
    assert len(answers) == 3
    assert all(isinstance(answer, str) for answer in answers)
    for kind in ("raises", "a lock"):
        assert isinstance(out_of_date(named, kind), str)
    # Only who loads it can tell.
    assert out_of_date(named, "unreadable") is None
    tally.ran(3)
