"""What `stamp` is told: files, methods, and what it says to bad input."""

from __future__ import annotations

import os
import pathlib
import sys

import jobs
import pytest
from conftest import age
from jobstamps import Glob, Tree, jobstamp, stamp


def give(x):
    """Gives back what it got."""
    jobs.ran()
    return [x, 2, (), {}]


def test_files_may_be_computed_from_the_arguments_by_name(tally, tmp_path):
    def copy_file(source, target, /, mode="w", *rest, **more):  # noqa: ARG001
        jobs.ran()
        pathlib.Path(target).write_text(pathlib.Path(source).read_text())
        return mode

    seen = []
    f = stamp(
        copy_file,
        dependencies=lambda source, **others: seen.append(others) or source,
        outputs=lambda target, **_: [target],
    )
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("one")
    for _ in range(2):
        assert f(source, target, "w", 5, more=6) == "w"
    assert seen[0] == {"target": target, "mode": "w", "rest": (5,), "more": {"more": 6}}
    tally.ran(1)
    target.unlink()
    assert f.stale(source, target, "w", 5, more=6) == target
    f(source, target, "w", 5, more=6)
    source.write_text("two!")
    f(source, target, "w", 5, more=6)
    assert target.read_text() == "two!"
    tally.ran(3)
    assert stamp(give, dependencies=lambda **_: None)(1) == [1, 2, (), {}]
    with pytest.raises(TypeError, match="`dependencies` is 3, not a path or several"):
        stamp(give, dependencies=lambda **_: 3)(1)
    with pytest.raises(ZeroDivisionError):
        stamp(give, outputs=lambda **_: 1 / 0)(1)
    with pytest.raises(TypeError, match="name each output"):
        stamp(give, outputs=lambda **_: Glob("*"))(1)
    with pytest.raises(TypeError, match="unexpected keyword argument") as raised:
        stamp(give, dependencies=lambda y: y)(1)
    if sys.version_info >= (3, 11):
        assert raised.value.__notes__[0].startswith("`dependencies` is called with all arguments by name")


def test_globs_and_trees_are_dependencies(tally, tmp_path):
    rules, tree = tmp_path / "rules", tmp_path / "tree[1]"
    rules.mkdir(), (tree / "deep").mkdir(parents=True)
    (rules / "a.yml").write_text("a")
    f = stamp(give, dependencies=[Glob(rules / "*.yml"), Tree(tree)])
    f(1), f(1)
    tally.ran(1)
    (rules / "b.txt").write_text("b")
    f(1)
    tally.ran(1)
    (rules / "b.yml").write_text("b")
    assert f.stale(1) == os.path.join(rules, "*.yml")
    f(1)
    (tree / "deep" / "new").touch()
    assert f.stale(1) == tree
    f(1)
    tally.ran(3)
    assert (repr(Glob("*.c")), repr(Tree("src"))) == ("Glob('*.c')", "Tree('src')")


def test_relative_files_belong_to_the_current_directory_at_the_call(tally, tmp_path, monkeypatch):
    f = stamp(give, dependencies="here")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "here").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        f(1)
    tally.ran(2)
    monkeypatch.chdir(tmp_path / "a")
    f(1)
    tally.ran(2)


def test_a_generator_of_paths_is_listed_once(tally, file):
    f = stamp(give, dependencies=(path for path in [file]))
    f(1), f(1)
    tally.ran(1)
    file.write_text("changed")
    assert f.stale(1) == file


@pytest.mark.parametrize("method", ["hash", "paranoid"])
def test_methods_by_content_do_not_mind_a_touch(tally, file, method):
    f = stamp(give, dependencies=file, method=method)
    f(1)
    age(file, 100)
    f(1)
    tally.ran(1)
    file.write_text("two")
    f(1)
    tally.ran(2)


def test_the_variable_forces_hashes_on_stamped_functions_too(tally, file, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_ALWAYS_USE_HASHES", "1")
    f = stamp(give, dependencies=file)
    f(1)
    age(file, 100)
    f(1)
    tally.ran(1)


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"method": "md5"}, ValueError, '`method` is \'md5\'; it can be "mtime", "hash", "paranoid"'),
        ({"method": jobstamp.HashMethod}, ValueError, "`method` is <class"),
        ({"code": "all"}, ValueError, '`code` is \'all\'; it can be "deep", "shallow", "off"'),
        ({"mmap": True}, ValueError, '`mmap` is True; it can be "copy", "read"'),
        ({"expires": -1}, ValueError, "`expires` is -1; it cannot be negative or without end"),
        ({"expires": float("inf")}, ValueError, "`expires` is inf; it cannot be negative or without end"),
        ({"expires": "1 h"}, ValueError, "`expires` is '1 h', not a number of seconds, a timedelta or a text such as"),
        ({"expires": True}, TypeError, "`expires` is True, not a number of seconds, a timedelta or a text such as"),
        ({"dependencies": 3}, TypeError, "`dependencies` is 3, not a path or several"),
        ({"outputs": [None]}, TypeError, "`outputs` has None, which is not a path"),
        ({"outputs": [Glob("*.o")]}, TypeError, "`outputs` has the pattern '*.o'; name each output"),
        ({"dependencies": ""}, ValueError, "dependencies: a path is empty"),
        ({"dependencies": "a\0b"}, ValueError, "`dependencies` has a path with a null character"),
        ({"ignore": 3}, TypeError, "`ignore` is 3, not names of parameters"),
        ({"maxsize": 3}, TypeError, "unknown keyword `maxsize`; `stamp` knows dependencies, outputs, ignore"),
    ],
)
def test_bad_input_is_said_where_it_is_written(keywords, error, message):
    with pytest.raises(error) as raised:
        stamp(**keywords)
    assert str(raised.value).startswith(message)
