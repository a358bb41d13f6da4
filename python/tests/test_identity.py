"""Which call is which: the callable, and arguments bound to names."""

from __future__ import annotations

import collections
import functools
import os
import subprocess
import sys
import textwrap
import threading
from unittest import mock

import pytest
from jobstamps._native import identify


def key(function, *args, **kwargs):
    return identify(function, args, kwargs)[0]


def code(function, *args, **kwargs):
    return identify(function, args, kwargs)[1]


def f(a, b=2, /, c=3, *rest, d=4, **others):
    return a, b, c, rest, d, others


def g(a, b=2, /, c=3, *rest, d=4, **others):
    return a, b, c, rest, d, others


MISSING = object()


def absent(a=MISSING):
    return a is MISSING


class Linter:
    level = 1

    def __init__(self, level):
        self.level = level

    def lint(self, path):
        return self.level, path

    @classmethod
    def made(cls, path):
        return cls, path

    @staticmethod
    def plain(path):
        return path

    def __call__(self, path, strict=False):
        return self.level, path, strict


class Strict(Linter):
    pass


def deco(n):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return n, function(*args)

        return wrapper

    return decorate


def wrapped_one(x):
    return x


def wrapped_other(x):
    return x + 1


def test_one_call_has_one_key_however_its_arguments_are_given():
    calls = [
        key(f, 1),
        key(f, 1, 2),
        key(f, 1, 2, 3),
        key(f, 1, 2, c=3),
        key(f, 1, c=3, d=4),
        key(f, 1, d=4, c=3),
        key(functools.partial(f, 1), 2),
        key(functools.partial(functools.partial(f, 1), d=5), d=4),
    ]
    assert len(set(calls)) == 1
    assert key(f, 1, x=1, y=2) == key(f, 1, y=2, x=1)
    linter = Linter(1)
    assert key(linter.lint, "a") == key(Linter(1).lint, path="a") == key(Linter.lint, linter, "a")
    assert key(linter, "a") == key(Linter(1), path="a", strict=False)


def test_different_calls_have_different_keys():
    calls = [
        (f, (1, 23), {}),
        (f, (12, 3), {}),
        (f, (123,), {}),
        (f, (1,), {"x": 1}),
        (f, (1,), {"y": 1}),
        (f, (1,), {"a": 1}),
        (f, (1,), {"b": 1}),
        (f, (1, 2, 3, 4), {}),
        (f, (1, 2, 3), {"d": 5}),
        (f, (True,), {}),
        (f, (1.0,), {}),
        (f, ((1,),), {}),
        (f, ([1],), {}),
        (g, (1,), {}),
        (Linter(1).lint, ("a",), {}),
        (Linter(2).lint, ("a",), {}),
        (Strict(1).lint, ("a",), {}),
        (Linter(1), ("a",), {}),
        (Linter(2), ("a",), {}),
        (Linter.made, ("a",), {}),
        (Strict.made, ("a",), {}),
        (Linter.plain, ("a",), {}),
        (Linter, (1,), {}),
        (Strict, (1,), {}),
        (functools.partial(f, 1), (3,), {}),
        (functools.partial(f, 1, 2, 3), (4, 5), {}),
        (len, ("a",), {}),
        (str.upper, ("a",), {}),
        ("a".upper, (), {}),
        ("b".upper, (), {}),
        (collections.Counter, ("a",), {}),
        (lambda: 1, (), {}),
        (lambda: 2, (), {}),
        (lambda x=1: x, (), {}),
        (mock.Mock(__name__="job"), (1,), {}),
        (mock.Mock(__name__="job"), (), {"x": 1}),
        (mock.Mock(__name__="other"), (1,), {}),
    ]
    keys = [identify(*call)[0] for call in calls]
    for index, one in enumerate(keys):
        assert keys.index(one) == index, f"{calls[index]} has the key of {calls[keys.index(one)]}"


def test_two_closures_of_one_name_have_different_keys():
    def make(n):
        def inner():
            return n

        return inner

    assert key(make(1)) == key(make(1))
    assert key(make(1)) != key(make(2))
    assert key(make([1])) != key(make([2]))


def test_a_local_function_that_calls_itself_has_a_key():
    def make(step):
        def count(n):
            return n and count(n - step)

        return count

    assert key(make(1), 5) == key(make(1), 5) != key(make(2), 5)


def test_an_empty_cell_is_a_value_of_its_own():
    def make(filled):
        def inner():
            return later

        if filled:
            later = 1
        return inner

    assert key(make(False)) != key(make(True))


def test_what_a_decorator_keeps_and_wraps_is_part_of_the_code():
    codes = [code(deco(n)(function), 1) for n in (1, 2) for function in (wrapped_one, wrapped_other)]
    codes += [code(wrapped_one, 1), code(wrapped_other, 1)]
    assert len(set(codes)) == len(codes)
    assert code(deco(1)(wrapped_one), 1) == codes[0]


def test_a_named_mock_goes_by_its_name_and_what_it_went_through_does_not_count():
    used = mock.Mock(__name__="job")
    used(1)
    used.attribute = 2
    assert identify(used, (1,), {}) == identify(mock.Mock(__name__="job"), (1,), {})
    assert key(MyMock(), 1) == key(MyMock(), 1)
    assert key(MyMock(), 1) != key(mock.Mock(__name__="job"), 1) != key(mock.MagicMock(__name__="job"), 1)


class MyMock(mock.Mock):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, __name__="job", **kwargs)


class Vectorized:
    """Takes its name from the function that it calls, as `numpy.vectorize` does."""

    def __init__(self, function):
        self.function = function
        self.__name__ = function.__name__

    def __call__(self, x):
        return self.function(x)


def test_of_any_other_callable_with_a_name_of_its_own_all_state_counts():
    assert key(Vectorized(lambda x: x + 1), 1) == key(Vectorized(lambda x: x + 1), 1)
    assert key(Vectorized(lambda x: x + 1), 1) != key(Vectorized(lambda x: x * 10), 1)
    with pytest.raises(TypeError, match="cannot be keyed"):
        key(Vectorized(generates(threading.Lock())), 1)


def generates(lock):
    return lambda: lock


def test_a_default_that_only_means_not_given_does_not_hinder():
    assert key(absent) == key(absent, MISSING) != key(absent, None)
    with pytest.raises(TypeError, match=r"`args\.a` cannot be keyed: an `object\(\)` has nothing but an address"):
        key(absent, object())


def test_a_call_that_does_not_bind_is_told_from_one_that_does():
    for args, kwargs in [((), {}), ((1,), {"a": 1, "c": 1}), ((1, 2, 3), {"c": 4})]:
        assert key(f, *args, **kwargs) not in (key(f, 1), key(f, 1, 2, 4))


def test_the_way_to_the_culprit_begins_with_the_parameters_name():
    class Holder:
        pass

    holder = Holder()
    holder.lock = object()
    for args, kwargs, path in [
        ((1, [0, 1, 2, holder]), {}, "args.b[3].lock"),
        ((1, 2, 3, holder), {}, "args.rest[0].lock"),
        ((1,), {"x": holder}, "args.x.lock"),
        ((1,), {"d": {"k": holder}}, "args.d['k'].lock"),
    ]:
        with pytest.raises(TypeError) as raised:
            key(f, *args, **kwargs)
        assert str(raised.value).startswith(f"`{path}` cannot be keyed")
    with pytest.raises(TypeError, match=r"`args\[0\]\.lock` cannot be keyed"):
        key(len, holder)


def test_what_gives_no_value_is_refused():
    def generator():
        yield 1

    async def coroutine():
        pass

    async def stream():
        yield 1

    class Holder:
        def method(self):
            yield 1

        __call__ = method

    for function, kind in [
        (generator, "generator function"),
        (coroutine, "coroutine function"),
        (stream, "asynchronous generator function"),
        (functools.partial(generator), "generator function"),
        (Holder().method, "generator function"),
        (Holder(), "generator function"),
    ]:
        with pytest.raises(TypeError, match=f"is an? {kind}"):
            key(function)


IDENTIFIES = """
from jobstamps._native import identify

def job(x):
    return x

class Thing:
    pass

if __name__ == "__main__":
    print(identify(job, (Thing(), job), {})[0].hex())
"""


def run(*command, cwd, **kwargs):
    done = subprocess.run([sys.executable, *command], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **kwargs)
    return done.stdout.split()[-1]


def test_a_script_by_path_by_module_imported_or_in_a_worker_process_is_one_module(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "tool.py").write_text(IDENTIFIES)
    (tmp_path / "tool.py").write_text(IDENTIFIES)
    imports = (
        "from {0} import *; import {0} as tool; print(tool.identify(tool.job, (tool.Thing(), tool.job), {{}})[0].hex())"
    )
    by_path = run("tool.py", cwd=tmp_path)
    assert by_path == run("-m", "tool", cwd=tmp_path) == run("-c", imports.format("tool"), cwd=tmp_path)
    by_module = run("-m", "package.tool", cwd=tmp_path)
    assert by_module == run("-c", imports.format("package.tool"), cwd=tmp_path) != by_path

    (tmp_path / "pool.py").write_text(
        textwrap.dedent(
            """
            import multiprocessing, sys
            from jobstamps._native import identify

            def job(x):
                return x

            def worker(x):
                return identify(job, (x,), {})[0].hex()

            if __name__ == "__main__":
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    print(pool.apply(worker, (1,)) == worker(1))
            """
        )
    )
    assert run("pool.py", cwd=tmp_path) == "True"


def test_same_named_functions_of_two_modules_have_different_keys(tmp_path, monkeypatch):
    for name in ("module_one", "module_other"):
        (tmp_path / f"{name}.py").write_text("def job(x):\n    return x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import module_one
    import module_other

    assert key(module_one.job, 1) != key(module_other.job, 1)


def test_keys_say_which_python_made_them():
    name = f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}"
    assert name.encode() in key(f, 1)


def test_the_hash_seed_changes_no_key(tmp_path):
    (tmp_path / "tool.py").write_text(IDENTIFIES.replace("(Thing(), job)", "({'a', 'b', 'c'}, Thing)"))
    seeds = [{**os.environ, "PYTHONHASHSEED": str(seed)} for seed in range(3)]
    assert len({run("tool.py", cwd=tmp_path, env=seed) for seed in seeds}) == 1
