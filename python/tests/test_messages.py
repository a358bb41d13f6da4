"""What we say is one line and steers no terminal, whatever functions, files and exceptions are called. X10, X11."""

from __future__ import annotations

import threading
import unicodedata
import warnings

import jobs
import pytest
from jobstamps import JobstampsWarning, jobstamp, stamp

EVIL = "e\x1b[31m\x07\nv\ti\rl\x9b\u202e\u2028"
SHOWN = "e\\e[31m\\x07\\nv\\ti\\rl\\x9b\\u{202e}\\u{2028}"


class UnpicklableError(Exception):
    def __reduce__(self):
        raise self


def named(name, value=1):
    def function(_=None):
        jobs.ran()
        return value

    function.__qualname__ = function.__name__ = name
    return function


def is_one_line(text):
    return not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} or c in "\u202e\u2066" for c in text)


def not_pickled(_):
    stamp(named(EVIL, value=UnpicklableError(EVIL)))()


def not_keyed(_):
    jobstamp.run(named(EVIL), threading.Lock())


def output_not_made(tmp_path):
    stamp(outputs=tmp_path / EVIL)(named(EVIL))()


def no_match(tmp_path):
    stamp(dependencies=tmp_path / (EVIL + "*"))(named(EVIL))()


@pytest.mark.parametrize("job", [not_pickled, not_keyed, output_not_made, no_match])
def test_warnings_are_one_line(tmp_path, job):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        job(tmp_path)
    messages = [str(warning.message) for warning in warned if warning.category is JobstampsWarning]
    assert messages
    for message in messages:
        assert is_one_line(message), message
        assert SHOWN in message


def test_debug_lines_are_one_line_each(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JOBSTAMPS_DEBUG", "1")
    path = tmp_path / EVIL
    path.write_text("1")
    function = stamp(dependencies=path)(named(EVIL))
    function()
    path.write_text("22")
    function()
    function()
    jobstamp.run(named(EVIL), jobstamps_dependencies=[path])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 3
    for line in lines:
        assert line.startswith("jobstamp: ")
        assert is_one_line(line), line


def test_reasons_and_explanations_are_one_line_each(tmp_path):
    path = tmp_path / EVIL
    path.write_text("1")
    function = stamp(dependencies=path)(named(EVIL))
    function()
    path.write_text("22")
    explanation = function.explain()
    for reason in explanation.reasons:
        # The reason itself is the path as it is: it is compared with what was declared.
        assert reason == path
        assert is_one_line(reason.detail), reason.detail
        assert SHOWN in reason.detail
    for line in str(explanation).split("\n"):
        assert is_one_line(line), line
