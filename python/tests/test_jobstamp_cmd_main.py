"""`main(argv)`, the command for callers in Python: the program that was installed with the package does the work."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from conftest import stamps
from jobstamps import jobstamp_cmd_main
from jobstamps.jobstamp_cmd_main import main

each_method = pytest.mark.parametrize("flags", [[], ["--use-hashes"]])

SAYS = """
import os, sys
os.write(1, b"out\\n")
os.write(2, b"err\\n")
with open(sys.argv[1], "a") as tally:
    tally.write("ran\\n")
sys.exit(2)
"""


@pytest.fixture
def job(store, tally):
    """The words of a job that says something on both streams and ends with 2."""
    return ["--stamp-directory", str(store), "--", sys.executable, "-c", SAYS, str(tally.path)]


@each_method
def test_streams_and_exit_code_are_the_jobs_own_on_the_run_and_from_the_cache(job, tally, capfd, flags):
    for _ in range(2):
        assert main(["jobstamp", *flags, *job]) == 2
        assert capfd.readouterr() == ("out\n", "err\n")
    tally.ran(1)


@pytest.mark.parametrize("times", [1, 2])
def test_what_stands_in_the_place_of_the_streams_gets_what_is_said(job, capsys, times):
    for _ in range(times):
        assert main(["jobstamp", *job]) == 2
        assert capsys.readouterr() == ("out\n", "err\n")


class Text(io.StringIO):
    """A stream that takes text alone."""


@pytest.mark.parametrize("times", [1, 2])
def test_a_stream_that_takes_text_alone_gets_bytes_that_are_none_with_backslashes(store, monkeypatch, times):
    out, err = Text(), Text()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    printing = ["printf", "%b", "caf\\303\\251 \\377\\n"]
    for _ in range(times):
        assert main(["jobstamp", "--stamp-directory", str(store), "--", *printing]) == 0
    assert out.getvalue() == "caf\u00e9 \\xff\n" * times
    assert err.getvalue() == ""


def test_a_stream_with_a_buffer_gets_every_byte(store, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    out.write("before ")
    monkeypatch.setattr("sys.stdout", out)
    main(["jobstamp", "--stamp-directory", str(store), "--", "printf", "%b", "\\377\\0\\r\\n"])
    assert out.buffer.getvalue() == b"before \xff\0\r\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_was_printed_before_comes_before(store, monkeypatch, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    program = (
        "import sys; from jobstamps.jobstamp_cmd_main import main; print('before'); main(sys.argv); print('after')"
    )
    words = ["--stamp-directory", str(store), "--", "sh", "-c", "echo one; echo two >&2; echo three"]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
        )
        assert done.stdout == b"before\none\ntwo\nthree\nafter\n"


def test_without_a_stdout_the_job_runs_all_the_same(job, tally, monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert main(["jobstamp", *job]) == 2
    tally.ran(1)


def test_a_stream_that_refuses_bytes_does_not_hold_the_job_up(store, monkeypatch):
    class Refusing(io.StringIO):
        def write(self, _):
            raise OSError("full")

    monkeypatch.setattr("sys.stdout", Refusing())
    words = ["--stamp-directory", str(store), "--", "sh", "-c", "head -c 1000000 /dev/zero; exit 3"]
    assert main(["jobstamp", *words]) == 3


def test_without_two_dashes_it_says_so_and_ends_with_1(capfd):
    assert main(["cmd"]) == 1
    assert "Must specify command after '--'." in capfd.readouterr().err


def test_without_words_those_of_the_process_are_taken(job, tally, capfd, monkeypatch):
    monkeypatch.setattr("sys.argv", ["program", *job])
    for words in (None, []):
        assert main(words) == 2
    assert main() == 2
    assert capfd.readouterr().out == "out\n" * 3
    tally.ran(1)


def test_a_signal_that_ends_it_is_128_and_its_number(store):
    assert main(["jobstamp", "--stamp-directory", str(store), "--", "sh", "-c", "kill -9 $$"]) == 137
    assert stamps(store) == []


def test_standard_input_directory_and_environment_are_the_callers(tmp_path, store, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GREETING", "hello")
    script = "pwd; echo $GREETING"
    assert main(["jobstamp", "--stamp-directory", str(store), "--", "sh", "-c", script]) == 0
    assert capfd.readouterr().out == f"{tmp_path}\nhello\n"
    program = (
        f"from jobstamps.jobstamp_cmd_main import main; main(['j', '--stamp-directory', {str(store)!r}, '--', 'cat'])"
    )
    for text in (b"one\n", b"two\n", b"one\n"):
        done = subprocess.run([sys.executable, "-c", program], input=text, stdout=subprocess.PIPE, check=True)
        assert done.stdout == text


def test_the_program_is_the_one_installed_with_the_package_never_one_on_path(tmp_path, job, monkeypatch):
    impostor = tmp_path / "bin" / "jobstamp"
    impostor.parent.mkdir()
    impostor.write_text("#!/bin/sh\necho impostor; exit 77\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{impostor.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(impostor.parent)
    assert main(["jobstamp", *job]) == 2
    assert not jobstamp_cmd_main.find_program().startswith(str(tmp_path))


def test_a_program_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(jobstamp_cmd_main, "places", lambda: iter(["/nowhere/jobstamp"]))
    with pytest.raises(FileNotFoundError, match="reinstall"):
        main(["jobstamp", "--", "true"])
