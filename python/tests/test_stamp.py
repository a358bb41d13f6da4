"""`stamp` is to the disk what `functools.cache` is to memory."""

from __future__ import annotations

import copy
import datetime
import functools
import inspect
import os
import pathlib
import pickle
import subprocess
import sys
import threading
from unittest.mock import Mock

import jobs
import pytest
from conftest import age
from jobstamps import CacheInfo, Explanation, JobstampsWarning, Reason, Stamped, stamp
from jobstamps.declared import Ignore, Key


def give(x, y=2, *args, log=None, **more):  # noqa: ARG001
    """Gives back what it got."""
    jobs.ran()
    return [x, y, args, more]


def read(path):
    jobs.ran()
    return pathlib.Path(path).read_text()


def test_equal_calls_run_once_and_each_gets_an_object_of_its_own(tally):
    f = stamp(give)
    first = f(1)
    assert first == f(1) == f(1, 2) == f(x=1) == f(y=2, x=1)
    tally.ran(1)
    first.append("mine")
    assert f(1) == [1, 2, (), {}]
    assert f(True) == [True, 2, (), {}]
    tally.ran(2)
    assert f.cache_info() == CacheInfo(hits=5, misses=2, uncached=0)
    assert repr(f.cache_info()) == "CacheInfo(hits=5, misses=2, uncached=0)"


@pytest.mark.parametrize("decorate", [stamp, stamp(), stamp(method="mtime"), lambda f: stamp(f, ignore=["log"])])
def test_bare_and_called_it_takes_over_what_functools_wraps_takes_over(decorate):
    f = decorate(give)
    assert isinstance(f, Stamped)
    assert (f.__name__, f.__qualname__, f.__module__, f.__doc__) == ("give", "give", __name__, give.__doc__)
    assert f.__wrapped__ is give
    assert f.__annotations__ == give.__annotations__
    assert inspect.signature(f) == inspect.signature(give)
    assert callable(f)
    assert repr(f) == f"<stamped {__name__}.give>"
    f.note = "an attribute of its own"
    assert f.note == "an attribute of its own"
    assert not hasattr(give, "note")


def test_attributes_of_the_function_are_attributes_of_the_stamped_one():
    def local():
        pass

    local.marked = True
    assert stamp(local).marked


def test_no_keyword_of_the_function_is_taken(tally):
    def greedy(**keywords):
        jobs.ran()
        return sorted(keywords)

    names = ["args", "code", "default", "dependencies", "function", "jobstamps_method", "kwargs", "self", "slf"]
    f = stamp(greedy)
    assert f(**dict.fromkeys(names)) == f(**dict.fromkeys(names)) == names
    tally.ran(1)
    assert f.stale(**dict.fromkeys(names)) is None
    assert f.peek(None, **dict.fromkeys(names)) == names


def test_stale_says_why_and_calls_nothing(tally, tmp_path):
    path = tmp_path / "file"
    path.write_text("one")
    age(path)
    f = stamp(read, dependencies=[path])
    reason = f.stale(path)
    assert isinstance(reason, Reason)
    assert (reason.kind, reason.detail) == ("no-stamp", "it has no stamp yet")
    tally.ran(0)
    f(path)
    assert f.stale(path) is None
    path.write_text("other")
    reason = f.stale(path)
    assert reason == str(path) == reason
    assert reason == path
    assert path == reason
    assert reason == os.fsencode(path)
    assert reason != str(path) + "x"
    assert hash(reason) == hash(str(path))
    assert reason.kind == "dependency"
    assert reason.detail == f"the dependency `{path}` changed: its size was 3 bytes and is 5"
    assert pickle.loads(pickle.dumps(reason)).detail == copy.copy(reason).detail == reason.detail
    tally.ran(1)


def test_explain_tells_all_there_is_and_calls_nothing(tally, tmp_path):
    path = tmp_path / "file"
    path.write_text("one")
    f = stamp(read, dependencies=[path], outputs=[tmp_path / "made"])
    explained = f.explain(path)
    assert isinstance(explained, Explanation)
    assert not explained.fresh
    assert [reason.kind for reason in explained.reasons] == ["no-stamp"]
    assert explained.function == f"{__name__}.read"
    assert str(explained).startswith(f"`{__name__}.read` would run\n  because it has no stamp yet\n  its stamp: ")
    with pytest.warns(JobstampsWarning, match="made"):
        f(path)
    path.write_text("other")
    explained = f.explain(path)
    assert [(reason.kind, str(reason)) for reason in explained.reasons] == [
        ("output", str(tmp_path / "made")),
        ("dependency", str(path)),
    ]
    (tmp_path / "made").touch()
    f(path)
    assert f.explain(path).fresh
    assert f.explain(path).reasons == ()
    assert os.path.exists(f.explain(path).stamp)
    assert any(__name__ in part for part in f.explain(path).code)
    tally.ran(2)


def test_peek_gives_the_remembered_value_or_the_default_and_never_calls(tally):
    f = stamp(give)
    assert f.peek(1, "nothing") == "nothing"
    f(1)
    assert f.peek(1, "nothing") == [1, 2, (), {}]
    assert f.peek(1, 3, "nothing") == "nothing"
    tally.ran(1)
    with pytest.raises(TypeError, match="`peek` needs a default"):
        f.peek()


def test_rerun_runs_and_replaces_what_was_remembered(tally, tmp_path):
    f = stamp(read)
    (tmp_path / "file").write_text("one")
    assert f(tmp_path / "file") == "one"
    (tmp_path / "file").write_text("two")
    assert f(tmp_path / "file") == "one", "it was not declared"
    assert f.rerun(tmp_path / "file") == "two"
    assert f(tmp_path / "file") == "two"
    tally.ran(2)


def test_forget_forgets_one_call_and_cache_clear_those_of_the_function(tally):
    f, g = stamp(give), stamp(read)
    path = __file__
    f(1), f(2), g(path)
    assert f.forget(1)
    assert not f.forget(1)
    assert f.stale(1) is not None
    assert f.stale(2) is None
    f(1)
    assert f.cache_clear() == 2
    assert f.cache_info() == (0, 0, 0)
    assert f.stale(1).kind == f.stale(2).kind == "no-stamp"
    assert g.stale(path) is None
    tally.ran(4)


def test_what_the_function_raises_passes_unchanged_and_is_not_remembered(tally):
    error = KeyError("mine")

    @stamp
    def fail():
        jobs.ran()
        raise error

    for _ in range(2):
        with pytest.raises(KeyError) as raised:
            fail()
        assert raised.value is error
    tally.ran(2)


def test_ignored_parameters_do_not_count(tally):
    f = stamp(give, ignore=("log", "args"))
    assert f(1, 2, 3, log=open) == f(1, 2, 4, log=threading.Lock())
    tally.ran(1)
    assert stamp(give, ignore="log")(1, log=1) == stamp(give, ignore="log")(1, log=2)
    tally.ran(2)
    # Under other rules it is another call.
    stamp(give)(1)
    tally.ran(3)
    with pytest.raises(TypeError, match=r"`ignore` names `logs`, which is no parameter of `.*give`; it has x, y, log"):
        stamp(give, ignore="logs")
    with pytest.raises(TypeError, match=r"`ignore` names `obj`, but the parameters of `builtins.len` have no names"):
        stamp(len, ignore="obj")


@pytest.mark.parametrize("as_text", [False, True])
def test_annotations_say_how_a_parameter_counts(tally, as_text):
    from typing import Annotated

    def query(db, log, *rest, **more):  # noqa: ARG001
        jobs.ran()
        return 1

    annotations = {
        "db": Annotated[object, "a note", Key(lambda db: db["url"])],
        "log": Annotated[object, Ignore],
        "rest": Annotated[object, Ignore()],
        "more": Annotated[object, Key(len)],
    }
    query.__annotations__ = annotations
    if as_text:
        query.__globals__["ANNOTATIONS"] = annotations
        query.__annotations__ = {name: f"ANNOTATIONS[{name!r}]" for name in annotations}
        query.__annotations__["return"] = "Nobody.Knows"
    f = stamp(query)
    lock = threading.Lock()
    assert f({"url": "a", "lock": lock}, lock, 1, a=[1]) == f({"url": "a"}, None, 2, a=[2])
    tally.ran(1)
    f({"url": "b"}, None)
    f({"url": "a"}, None, a=[1, 2])
    tally.ran(3)


def test_an_argument_that_cannot_be_keyed_is_refused_with_the_ways_out(tally):
    f = stamp(give)
    for call in (f, f.rerun, f.forget):
        with pytest.raises(TypeError) as raised:
            call({"deep": [threading.Lock()]})
        assert str(raised.value).startswith(f"`{__name__}.give`: `args.x['deep'][0]` cannot be keyed: ")
        for way_out in ("ignore=", "Annotated[..., Ignore]", "Key(", "__jobstamp_key__"):
            assert way_out in str(raised.value)
    reason = f.stale(threading.Lock())
    assert reason.kind == "unkeyed"
    assert f.explain(threading.Lock()).stamp is None
    tally.ran(0)


def test_a_call_that_does_not_fit_fails_as_python_says(tally):
    f = stamp(give)
    with pytest.raises(TypeError, match=r"give\(\) missing 1 required positional argument: 'x'"):
        f()
    with pytest.raises(TypeError, match=r"give\(\) got multiple values for argument 'x'"):
        f(1, x=2)
    tally.ran(0)


def test_another_version_is_another_function_and_the_old_one_is_remembered(tally):
    for version, runs in [("1", 1), ("2", 2), (3, 3), ("1", 3), ("2", 3)]:
        stamp(give, version=version)(1)
        tally.ran(runs)
    assert stamp(give, version="4").stale(1).kind == "code"
    with pytest.raises(TypeError, match="`version`: `version` cannot be keyed"):
        stamp(give, version=threading.Lock())


def test_a_stamp_expires(tally):
    for expires in (3600, 3600.5, "1h", datetime.timedelta(hours=1)):
        f = stamp(give, expires=expires)
        f(1), f(1)
        tally.ran(1)
    f = stamp(give, expires=0)
    assert f.stale(1).kind == "expired"
    f(1), f(1)
    tally.ran(3)


def test_disabled_runs_and_touches_nothing(tally, tmp_path, monkeypatch):
    f = stamp(give)
    f(1)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    assert f(1) == f.rerun(1) == [1, 2, (), {}]
    tally.ran(3)
    assert f.stale(1) == "JOBSTAMPS_DISABLED"
    assert (f.stale(1).kind, f.explain(1).fresh) == ("disabled", False)
    assert f.peek(1, "default") == "default"
    assert not f.forget(1)
    assert sorted(path for path in tmp_path.rglob("*") if path.name != "tally") == [
        path for path in before if path.name != "tally"
    ]
    monkeypatch.delenv("JOBSTAMPS_DISABLED")
    f(1)
    tally.ran(3)
    assert f.cache_info() == (1, 1, 2)


def test_debug_tells_on_stderr(capsys, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_DEBUG", "1")
    f = stamp(give)
    f(1), f(1)
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"jobstamp: `{__name__}.give` runs: it has no stamp yet"
    assert second.startswith(f"jobstamp: `{__name__}.give` replayed from `")


def test_what_gives_no_value_is_refused_where_it_is_decorated():
    def generator():
        yield 1

    async def stream():
        yield 1

    for function in (generator, stream, functools.partial(generator)):
        with pytest.raises(TypeError, match="generator function: what it returns is used up"):
            stamp(function)
    with pytest.raises(TypeError, match="`stamp` is for functions; 3 cannot be called"):
        stamp(3)


def test_what_can_be_called_can_be_stamped(tally):
    class Doubler:
        def __init__(self, by):
            self.by = by

        def __call__(self, x):
            jobs.ran()
            return x * self.by

    for function, runs in [(functools.partial(give, 1), 1), (Doubler(2), 2), (Doubler(2), 2), (Doubler(3), 3)]:
        f = stamp(function)
        assert f(5) == f(5)
        tally.ran(runs)
    assert stamp(len)([1, 2]) == stamp(len)([1, 2]) == 2
    assert stamp(dict)(a=1) == {"a": 1}
    assert stamp(Mock(return_value=5, __name__="mock"))() == 5


def test_it_is_pickled_by_reference():
    assert pickle.loads(pickle.dumps(jobs.stamped)) is jobs.stamped
    assert copy.deepcopy(jobs.stamped) is jobs.stamped
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(stamp(give, ignore="log"))


def test_a_process_pool_runs_stamped_functions(tally):
    import concurrent.futures
    import multiprocessing

    # Not by a fork server: it would keep the variables of this test for the next ones.
    for method in ("spawn", "fork"):
        context = multiprocessing.get_context(method)
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            assert list(pool.map(jobs.stamped, [1, 1, 2])) == [1, 1, 2]
    tally.ran(2)


def test_warnings_are_the_callers(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("from jobstamps import stamp\n@stamp\ndef f():\n    return lambda: 0\n\nf()\n")
    said = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stderr
    assert said.startswith(
        f"{program}:6: JobstampsWarning: `program.f` is not remembered: value is a function, which cannot"
    )


def test_a_stamped_function_that_calls_itself(tally):
    @stamp
    def fibonacci(n):
        jobs.ran()
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    assert fibonacci(20) == 6765
    tally.ran(21)


def test_generic_at_run_time():
    assert Stamped[[int], str] is Stamped
