"""Code that counts without being called by name: of functions among the arguments, behind a wrapper, of classes."""

from __future__ import annotations

import sys
import textwrap
import types

import pytest
from jobstamps._native import identify
from programs import listed


def key(function, *args, **kwargs):
    return identify(function, args, kwargs)[0]


def code(function, *args, **kwargs):
    return identify(function, args, kwargs)[1]


@pytest.fixture
def somewhere(monkeypatch):
    """Makes what a text defines, in place of what the module `somewhere` had before."""
    module = types.ModuleType("somewhere")
    monkeypatch.setitem(sys.modules, "somewhere", module)

    def define(text):
        exec(textwrap.dedent(text), vars(module))
        return module

    return define


def apply(function, other=None):
    return function, other


def test_the_code_of_functions_among_the_arguments_counts(somewhere):
    keys, codes = [], []
    for body in ("x", "x + 1", "x"):
        callback = somewhere(f"def callback(x): return {body}").callback
        keys.append(key(apply, callback))
        codes.append((code(apply, callback), code(apply, {"k": [callback]})))
    assert keys[0] == keys[1] == keys[2]
    assert codes[0] == codes[2]
    assert codes[0][0] != codes[1][0]
    assert codes[0][1] != codes[1][1]


def test_two_functions_that_swap_their_code_have_both_changed(somewhere):
    codes = []
    for f, g in ((1, 2), (2, 1), (1, 2)):
        module = somewhere(f"def f(): return {f}\ndef g(): return {g}")
        codes.append(code(apply, module.f, module.g))
    assert codes[0] == codes[2] != codes[1]


def test_a_function_and_an_argument_of_the_same_name_that_swap_their_code_have_changed(somewhere):
    one = somewhere("def f(x=0): return 1").f
    two = somewhere("def f(x=0): return 2").f
    assert identify(one, (two,), {}) != identify(two, (one,), {})
    seen = identify(one, (two,), {})
    two = somewhere("def f(x=0): return 2").f
    assert identify(one, (two,), {}) == seen
    assert identify(two, (somewhere("def f(x=0): return 1").f,), {}) != seen


def test_functions_of_one_name_are_known_by_their_code(somewhere):
    one, other = (somewhere(f"def f(): return {n}").f for n in (1, 2))
    assert key(apply, one, other) != key(apply, other, one)
    assert key(apply, one, 1) != key(apply, other, 1)


def test_an_edit_of_a_function_behind_a_decorators_wrapper_is_a_change_of_the_same_job(somewhere):
    text = """
    import functools

    def f():
        return 1

    inner = f
    f = functools.wraps(f)(lambda: inner())
    """
    one = somewhere(text).inner
    other = somewhere(text.replace("return 1", "return 2")).inner
    assert key(one) == key(other)
    assert code(one) != code(other)


def test_the_code_that_makes_objects_of_a_class_counts_where_the_class_is_called(somewhere):
    seen = []
    for body in ("pass", "self.x = 1", "pass"):
        thing = somewhere(f"class Thing:\n    def __init__(self): {body}").Thing
        seen.append((key(thing), code(thing)))
    assert seen[0] == seen[2] != seen[1]
    assert seen[0][0] == seen[1][0]


ARGUMENTS = listed("arguments.txt")


@pytest.mark.parametrize("what", ARGUMENTS)
def test_all_that_functions_and_classes_of_arguments_reach_counts(somewhere, what):
    seen = []
    for value in (1, 2, 1):
        text = ARGUMENTS[what][0].replace("return 1", f"return {value}")
        module = somewhere(f"def f(*args): pass\n{text}")
        seen.append((key(module.f, *module.args), code(module.f, *module.args)))
    assert seen[0] == seen[2]
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] != seen[1][1]
