"""`run` calls a function or returns what it returned before."""

from __future__ import annotations

import pathlib
from unittest.mock import Mock, call

import jobs
import pytest
from conftest import MockJob, each_method, stamps
from jobstamps import JobstampsWarning, jobstamp


def test_the_first_call_calls_the_function_and_returns_its_value(run):
    job = MockJob(return_value="expected")
    job.return_value = "expected"
    assert run(job, 1) == "expected"
    job.assert_called_once_with(1)


@each_method
def test_the_second_call_returns_the_same_value_without_calling(run, method):
    job = MockJob()
    job.return_value = "expected"
    for _ in range(2):
        assert run(job, 1, jobstamps_method=method) == "expected"
    job.assert_called_once_with(1)


@each_method
def test_other_arguments_are_another_call(run, method):
    job = MockJob()
    run(job, 1, jobstamps_method=method)
    run(job, 2, jobstamps_method=method)
    assert job.call_args_list == [call(1), call(2)]


def test_keywords_are_passed_on_and_ours_are_not(run, tally):
    assert run(jobs.add, 1, b=5, c=6, x=7) == [1, 5, (), 6, {"x": 7}]
    assert run(jobs.add, 1, x=7, c=6, b=5) == [1, 5, (), 6, {"x": 7}]
    tally.ran(1)


def test_a_function_may_have_a_parameter_called_func(run):
    job = MockJob()
    run(job, func=1)
    job.assert_called_once_with(func=1)


def test_none_is_a_value_that_is_remembered(run, tally):
    assert run(jobs.nothing) is None
    assert run(jobs.nothing) is None
    tally.ran(1)


def test_the_directory_is_made_nested_if_need_be(tmp_path):
    for directory in (tmp_path / "one", tmp_path / "two" / "three"):
        jobstamp.run(MockJob(), 1, jobstamps_cache_output_directory=str(directory))
        assert directory.is_dir()


def test_a_directory_may_be_given_as_path_or_bytes_or_relative_to_the_current_one(tmp_path, tally, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for directory in ("stamps", b"stamps", pathlib.Path("stamps"), tmp_path / "stamps"):
        jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory=directory)
    tally.ran(1)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory="stamps")
    tally.ran(2)


@pytest.mark.parametrize("below", ["", "below", "below/it"])
def test_a_directory_whose_name_a_file_has_raises_oserror(tmp_path, below):
    path = tmp_path / "cache"
    path.write_text("Regular file")
    job = MockJob()
    for function in (jobstamp.run, jobstamp.out_of_date):
        with pytest.raises(OSError, match="exists and is not a directory" if not below else ".") as raised:
            function(job, jobstamps_cache_output_directory=str(path / below))
        assert raised.type is OSError
    job.assert_not_called()
    assert path.read_text() == "Regular file"


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("jobstamps_dependencies", 3),
        ("jobstamps_dependencies", [3]),
        ("jobstamps_dependencies", [["nested"]]),
        ("jobstamps_output_files", object()),
        ("jobstamps_cache_output_directory", 3),
        ("jobstamps_method", "hash"),
        ("jobstamps_method", jobstamp.HashMethod()),
        ("jobstamps_method", type("OwnMethod", (jobstamp.MTimeMethod,), {})),
    ],
)
def test_a_keyword_of_ours_with_a_value_of_the_wrong_kind_is_a_typeerror_before_anything_runs(store, keyword, value):
    job = MockJob()
    for function in (jobstamp.run, jobstamp.out_of_date):
        with pytest.raises(TypeError, match=keyword):
            function(job, 1, **{"jobstamps_cache_output_directory": str(store), keyword: value})
    job.assert_not_called()
    assert not store.exists()


@pytest.mark.parametrize("keyword", ["jobstamps_dependencies", "jobstamps_output_files"])
@pytest.mark.parametrize("value", ["", [""], ["a", b""]])
def test_an_empty_path_is_a_valueerror_before_anything_runs(store, keyword, value):
    job = MockJob()
    for function in (jobstamp.run, jobstamp.out_of_date):
        with pytest.raises(ValueError, match=f"^{keyword}: a path is empty$"):
            function(job, 1, **{"jobstamps_cache_output_directory": str(store), keyword: value})
    job.assert_not_called()
    assert not store.exists()


def test_an_unknown_keyword_of_ours_is_a_typeerror_naming_the_valid_ones_before_anything_runs(run, store):
    job = MockJob()
    with pytest.raises(TypeError) as raised:
        run(job, 1, jobstamps_dependancies=[])
    for name in ("dependancies", "dependencies", "output_files", "cache_output_directory", "method"):
        assert f"jobstamps_{name}" in str(raised.value)
    job.assert_not_called()
    assert not store.exists()


def test_an_exception_is_the_functions_own_object_and_leaves_no_stamp(run, store, tally):
    class OwnError(Exception):
        pass

    for kind in (OwnError, KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError, MemoryError):
        error = kind("why")
        before = tally.runs
        for _ in range(2):
            with pytest.raises(kind) as raised:
                run(jobs.fail, error) if kind is not OwnError else run(jobs.fail, error=error)
            assert raised.value is error
            assert raised.traceback[-1].name == "fail"
        tally.ran(before + 2)
    assert stamps(store) == []
    assert not list(store.rglob("*.lock"))[1:]


def test_a_call_that_does_not_bind_raises_pythons_own_typeerror(run, store, tally):
    for args, kwargs in [((), {}), ((1,), {"a": 1}), ((), {"b": 1})]:
        with pytest.raises(TypeError) as raised:
            run(jobs.add, *args, **kwargs)
        with pytest.raises(TypeError) as own:
            jobs.add(*args, **kwargs)
        assert str(raised.value) == str(own.value)
    tally.ran(0)
    assert stamps(store) == []


def test_generator_and_coroutine_functions_are_a_typeerror_up_front(run, store):
    def generator():
        yield 1

    async def coroutine():
        return 1

    for function in (generator, coroutine):
        with pytest.raises(TypeError, match="function"):
            run(function)
    assert not store.exists()


def test_a_job_that_runs_other_jobs_is_fine(run, tally):
    def outer(n):
        return [run(jobs.give, n), run(jobs.give, n + 1)]

    assert run(outer, 1) == [1, 2]
    assert run(jobs.give, 2) == 2
    tally.ran(2)


def test_a_job_that_runs_itself_with_the_same_arguments_does_not_wait_for_itself(run):
    depth = []

    def job():
        depth.append(1)
        return len(depth) if len(depth) > 2 else run(recursive)

    recursive = Mock(__name__="recursive", side_effect=job)
    with pytest.warns(JobstampsWarning, match="calls itself with the same arguments"):
        assert run(recursive) == 3
    assert run(recursive) == 3
    assert recursive.call_count == 3


class CallsBack:
    """Its pickling and unpickling run jobs."""

    def __init__(self, run=None):
        self.run = run

    def __getstate__(self):
        with pytest.warns(JobstampsWarning, match="calls itself with the same arguments"):
            self.run(give_what_calls_back, None)
        return {"seen": self.run(jobs.give, 3)}

    def __setstate__(self, state):
        self.seen = [state["seen"], LAST_RUN[0](jobs.give, 3)]


LAST_RUN = []


def give_what_calls_back(_):
    jobs.ran()
    return CallsBack(LAST_RUN[0])


@pytest.mark.alone
def test_a_value_whose_pickling_runs_jobs_waits_for_nobody(run, tally):
    LAST_RUN[:] = [run]
    run(give_what_calls_back, None)
    assert run(give_what_calls_back, None).seen == [3, 3]
    tally.ran(3)
