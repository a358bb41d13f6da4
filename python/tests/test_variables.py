"""What the environment says stands above what the caller says."""

from __future__ import annotations

import os

import jobs
from conftest import MockJob, age, each_method, stamps
from jobstamps import jobstamp


@each_method
def test_disabled_always_runs_and_leaves_stamps_alone(run, store, method, monkeypatch):
    job = MockJob()
    run(job, 1, jobstamps_method=method)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    for _ in range(2):
        run(job, 1, jobstamps_method=method)
    assert job.call_count == 3
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "")
    run(job, 1, jobstamps_method=method)
    assert job.call_count == 3


def test_disabled_does_not_touch_a_store_at_all(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    path.write_text("a file where the directory should be")
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    job = MockJob()
    jobstamp.run(job, jobstamps_cache_output_directory=str(path))
    jobstamp.run(job, jobstamps_cache_output_directory=str(tmp_path / "none"))
    assert job.call_count == 2
    assert not (tmp_path / "none").exists()


def test_always_use_hashes_overrules_the_caller(run, file, tally, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_ALWAYS_USE_HASHES", "1")
    for seconds in (10, 20):
        age(file, seconds)
        run(jobs.read, str(file), jobstamps_dependencies=[file], jobstamps_method=jobstamp.MTimeMethod)
    tally.ran(1)


def test_debug_says_on_stderr_why_a_job_runs_and_from_where_it_is_replayed(
    run, file, store, capsys, tally, monkeypatch
):
    monkeypatch.setenv("JOBSTAMPS_DEBUG", "1")
    for text in ("one", "two"):
        file.write_text(text)
        run(jobs.read, str(file), jobstamps_dependencies=[file])
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("jobstamp: `jobs.read` runs: ")
        assert "no stamp" in said.err if text == "one" else str(file) in said.err
    run(jobs.read, str(file), jobstamps_dependencies=[file])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"jobstamp: `jobs.read` replayed from `{stamps(store)[0]}`\n"
    tally.ran(2)


def test_debug_without_a_stderr_hinders_nothing(run, tally, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_DEBUG", "1")
    for stderr in (None, open("/dev/null")):  # noqa: SIM115
        monkeypatch.setattr("sys.stderr", stderr)
        if stderr is not None:
            stderr.close()
        assert run(jobs.give, 1) == 1
    tally.ran(1)


def test_without_a_directory_the_variable_says_where_and_else_the_users_own_among_temporary_files(
    tmp_path, tally, monkeypatch
):
    jobstamp.run(jobs.give, 1)
    assert len(stamps(tmp_path / "default-stamps")) == 1
    monkeypatch.delenv("JOBSTAMPS_DIRECTORY")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    jobstamp.run(jobs.give, 1)
    (only,) = (tmp_path / "temporary").iterdir()
    assert only.name == f"jobstamps-{os.geteuid()}"
    tally.ran(2)


def test_an_empty_variable_for_temporary_files_is_none(tmp_path, tally, monkeypatch):
    """C40. Its value is no name of a directory: nothing lands where the caller happens to be."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("JOBSTAMPS_DIRECTORY", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", "")
    assert jobstamp.run(jobs.give, str(tmp_path)) == str(tmp_path)
    assert list((tmp_path / "here").iterdir()) == []
    tally.ran(1)


def test_debug_says_that_disabled_is_why(run, capsys, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_DEBUG", "1")
    monkeypatch.setenv("JOBSTAMPS_DISABLED", "1")
    run(jobs.give, 1)
    assert capsys.readouterr() == ("", "jobstamp: `jobs.give` runs: JOBSTAMPS_DISABLED is set\n")
