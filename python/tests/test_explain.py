"""`explain` tells how things were and how they are, and which remembered call is most like one that has no stamp."""

from __future__ import annotations

import copy
import enum
import os
import pickle
from pathlib import Path
from typing import Annotated

import jobs
import pytest
from conftest import age
from jobstamps import Ignore, Key, Nearest, Seen, stamp
from jobstamps._native import identify


@stamp
def lint(path, *rest, flags=("--check",), level=3, **more):  # noqa: ARG001
    return 1


@stamp
def query(table, connection: Annotated[object, Ignore], key: Annotated[object, Key(len)]):  # noqa: ARG001
    return 1


class Level(enum.Enum):
    LOW = 1


def nearest(function, *args, **kwargs):
    """Returns in what a call differs from the nearest remembered one."""
    found = function.explain(*args, **kwargs).nearest
    return found and list(found.differences)


def test_a_reason_tells_how_it_was_and_how_it_is(file):
    f = stamp(jobs.read, dependencies=file)
    f(file)
    was = os.stat(file)
    age(file, 100)
    file.write_text("other")
    file.chmod(0o600)
    (reason,) = f.explain(file).reasons
    assert (reason.then.kind, reason.then.size, reason.now.size) == ("file", 3, 5)
    assert (reason.then.modified, reason.now.modified) == (was.st_mtime_ns, os.stat(file).st_mtime_ns)
    assert (reason.then.mode & 0o777, reason.now.mode & 0o777) == (was.st_mode & 0o777, 0o600)
    file.unlink()
    (reason,) = f.explain(file).reasons
    assert (reason.then.size, reason.now) == (3, Seen())
    assert f.stale(file).then is None, "it costs a look at the content, which only `explain` takes"
    again = pickle.loads(pickle.dumps(reason))
    assert (again, again.then, again.now) == (reason, reason.then, reason.now)
    assert copy.copy(reason).then == reason.then
    assert hash(again.then) == hash(reason.then)


def test_contents_are_told_where_they_are_known(file):
    f = stamp(jobs.read, dependencies=file, method="hash")
    f(file)
    file.write_text("two")
    (reason,) = f.explain(file).reasons
    assert len(reason.then.digest) == len(reason.now.digest) == 64
    assert reason.then.digest != reason.now.digest
    lines = str(f.explain(file)).splitlines()
    assert lines[2].startswith("    then  written ")
    assert lines[2].endswith(f", content {reason.then.digest[:12]}")
    assert lines[3].startswith("    now   written ")
    assert lines[4].startswith("  compared with the call of 20")


def test_other_code_is_compared_with_the_call_that_is_remembered():
    stamp(jobs.give, version=1)(1)
    changed = stamp(jobs.give, version=2)
    (reason,) = changed.explain(1).reasons
    assert reason.kind == "code"
    assert changed.explain(1).ran is not None


def test_the_nearest_remembered_call_is_told_with_what_differs():
    assert lint.explain("a.c").nearest is None
    lint("a.c", flags=("--check",), level=3)
    for args, kwargs, differences in [
        (("a.c",), {"flags": ("--fix",)}, ["the argument `flags`: `('--fix',)` instead of `('--check',)`"]),
        (("a.c", "b.c"), {}, ["the argument `rest[0]`: `'b.c'` instead of none"]),
        (("a.c",), {"depth": None}, ["the argument `depth`: `None` instead of none"]),
        (
            ("b.c",),
            {"level": 2.5},
            ["the argument `path`: `'b.c'` instead of `'a.c'`", "the argument `level`: `2.5` instead of `3`"],
        ),
    ]:
        assert nearest(lint, *args, **kwargs) == differences
    explained = lint.explain("a.c", flags=("--fix",))
    assert isinstance(explained.nearest, Nearest)
    assert explained.stamp.replace(os.sep, "").find(explained.nearest.key) == -1
    assert str(explained).splitlines()[1:3] == [
        "  because it has no stamp yet",
        "    the nearest remembered call differs in the argument `flags`: `('--fix',)` instead of `('--check',)`",
    ]
    assert str(lint.explain("b.c", level=1)).splitlines()[2:5] == [
        "    the nearest remembered call differs in",
        "      the argument `path`: `'b.c'` instead of `'a.c'`",
        "      the argument `level`: `1` instead of `3`",
    ]


def test_a_call_of_another_function_or_with_nothing_in_common_is_not_near():
    stamp(jobs.give)(1)
    lint("a.c", "b.c", flags=(), level=1, deep=True)
    assert nearest(lint, "x", "y", flags=("z",), level=9, deep=False) is None
    assert nearest(stamp(jobs.see), 1) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a`b\n", r"'a`b\n'"),
        (b"bytes", "b'bytes'"),
        (True, "True"),
        (-(10**30), "-1" + "0" * 30),
        (1 + 2j, "(1+2j)"),
        ([1, (2,), {"k": {3}}, frozenset([4])], "[1, (2,), {'k': {3}}, frozenset({4})]"),
        ((), "()"),
        (Path("a"), f"{Path('a')!r}"),
        ("x" * 1000, None),
        (10**1000, None),
        (set(), None),
        (jobs.Holder(a=1), None),
        ([jobs.Holder(a=1)], None),
        (Level.LOW, None),
        (jobs.read, None),
    ],
)
def test_a_short_text_is_kept_of_values_of_pythons_own(value, text):
    stamp(jobs.give)(value)
    (difference,) = nearest(stamp(jobs.give), "another")
    expected = f"`'another'` instead of `{text}`" if text else "`'another'` instead of another"
    assert difference == f"the argument `value`: {expected}"


def test_a_value_that_holds_itself_has_no_text():
    loop = [1]
    loop.append(loop)
    stamp(jobs.give)(loop)
    assert nearest(stamp(jobs.give), 1) == ["the argument `value`: `1` instead of another"]


def test_what_does_not_count_is_not_told_and_what_counts_by_something_else_has_no_text():
    query("a", object(), "12")
    assert nearest(query, "b", object(), "34") == ["the argument `table`: `'b'` instead of `'a'`"]
    assert nearest(query, "a", object(), "123") == ["the argument `key`: it has another value"]


def test_no_text_of_an_argument_is_kept_if_that_is_not_wished(monkeypatch, tmp_path):
    monkeypatch.setenv("JOBSTAMPS_RECORD_ARGUMENTS", "false")
    lint("secret-argument")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "default-stamps").rglob("*") if path.is_file())
    assert b"secret-argument" not in kept
    monkeypatch.delenv("JOBSTAMPS_RECORD_ARGUMENTS")
    assert nearest(lint, "another") is None
    assert b"secret-argument" in identify(lint.__wrapped__, ("secret-argument",), {})[0], "but it is in the key"


def test_a_call_of_another_scope_is_near():
    stamp(jobs.give, scope="main")(1)
    assert nearest(stamp(jobs.give), 1) == ["the scope: none instead of `main`"]
