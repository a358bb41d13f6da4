"""Dependencies and outputs: which changes run a job again."""

from __future__ import annotations

import pathlib
from unittest.mock import call

import jobs
import pytest
from conftest import MockJob, age, each_method
from jobstamps import JobstampsWarning, jobstamp


@each_method
def test_a_missing_dependency_runs_the_job_every_time(run, tmp_path, method):
    job = MockJob()
    for _ in range(2):
        run(job, 1, jobstamps_dependencies=[str(tmp_path / "missing")], jobstamps_method=method)
    assert job.call_args_list == [call(1), call(1)]


@each_method
def test_an_unchanged_dependency_does_not_run_the_job_again(run, file, method):
    job = MockJob()
    for _ in range(3):
        run(job, 1, jobstamps_dependencies=[str(file)], jobstamps_method=method)
    job.assert_called_once_with(1)


@each_method
def test_a_dependency_that_was_just_written_does_not_run_the_job_again(run, tmp_path, method):
    path = tmp_path / "young"
    path.write_text("one")
    job = MockJob()
    for _ in range(2):
        run(job, 1, jobstamps_dependencies=[path], jobstamps_method=method)
    job.assert_called_once_with(1)


@each_method
@pytest.mark.parametrize("aged", [0, 10, 1000, -1000])
def test_an_edited_dependency_runs_the_job_again_whatever_its_time(run, file, method, aged, tally):
    assert run(jobs.read, str(file), jobstamps_dependencies=[file], jobstamps_method=method) == "one"
    file.write_text("two")
    age(file, aged)
    for _ in range(2):
        assert run(jobs.read, str(file), jobstamps_dependencies=[file], jobstamps_method=method) == "two"
    tally.ran(2)


def test_a_touched_dependency_runs_the_job_under_mtimes_and_not_under_hashes(run, file, tally):
    for method, runs in [(jobstamp.HashMethod, [1, 1, 1]), (jobstamp.MTimeMethod, [2, 3, 4])]:
        for count in runs:
            age(file, 10 * count)
            run(jobs.read, str(file), jobstamps_dependencies=[file], jobstamps_method=method)
            tally.ran(count)


def test_edited_and_edited_back_replays_under_hashes(run, file, tally):
    for text in ("one", "two", "one", "two"):
        file.write_text(text)
        assert run(jobs.read, str(file), jobstamps_dependencies=[file], jobstamps_method=jobstamp.HashMethod) == text
    tally.ran(2)


@each_method
def test_a_deleted_dependency_runs_the_job_again(run, file, method):
    job = MockJob()
    run(job, 1, jobstamps_dependencies=[file], jobstamps_method=method)
    file.unlink()
    run(job, 1, jobstamps_dependencies=[file], jobstamps_method=method)
    assert job.call_count == 2


@each_method
def test_a_dependency_added_to_or_removed_from_the_list_runs_the_job_again(run, file, tmp_path, method):
    other = tmp_path / "other"
    other.write_text("other")
    job = MockJob()
    for count, listed in enumerate(([file], [file, other], []), 1):
        for _ in range(2):
            run(job, 1, jobstamps_dependencies=listed, jobstamps_method=method)
        assert job.call_count == count


def test_lists_are_sets_of_resolved_paths(run, file, tmp_path, monkeypatch, tally):
    other = tmp_path / "other"
    other.write_text("other")
    monkeypatch.chdir(tmp_path)
    for listed in (
        [str(file), str(other)],
        [str(other), str(file)],
        ["file", "other"],
        ["./file", "other", "file"],
        [b"file", pathlib.Path("other")],
        ("file", "other"),
        {"file", "other"},
        iter(["file", "other"]),
        (name for name in ("file", "other")),
    ):
        run(jobs.nothing, jobstamps_dependencies=listed)
    tally.ran(1)


def test_a_single_path_is_a_list_of_one_and_none_is_an_empty_list(run, file, tally):
    for listed in (str(file), file, str(file).encode(), [file]):
        run(jobs.nothing, jobstamps_dependencies=listed)
    tally.ran(1)
    for listed in (None, [], ()):
        run(jobs.nothing, jobstamps_dependencies=listed)
    tally.ran(2)


def test_a_missing_output_runs_the_job_again_and_a_present_one_does_not(run, tmp_path, tally):
    path = tmp_path / "output"
    for runs in (1, 2):
        for _ in range(2):
            run(jobs.write, str(path), jobstamps_output_files=[str(path)])
            tally.ran(runs)
        path.unlink()


def test_an_output_that_was_not_made_is_said_and_the_job_stays_stale_until_it_is_there(run, tmp_path):
    job, path = MockJob(), tmp_path / "output"
    for _ in range(2):
        with pytest.warns(JobstampsWarning, match="the declared output `.*output` was not made"):
            run(job, 1, jobstamps_output_files=[path])
    path.write_text("made by somebody else")
    run(job, 1, jobstamps_output_files=[path])
    assert job.call_count == 2


def test_a_dependency_that_changes_while_the_job_runs_leaves_no_stamp(run, file, tally):
    for count in (1, 2):
        with pytest.warns(JobstampsWarning, match="changed while the job ran"):
            assert run(jobs.edit, str(file), f"edit {count}", jobstamps_dependencies=[file]) == f"edit {count}"
        tally.ran(count)


def test_a_formatter_whose_dependency_is_its_output_too_is_remembered(run, file, tally):
    for _ in range(3):
        run(jobs.edit, str(file), "formatted", jobstamps_dependencies=[file], jobstamps_output_files=[file])
    tally.ran(1)


def test_a_change_deep_in_a_directory_is_seen_and_a_pattern_stands_for_its_matches(run, tmp_path, tally):
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "c.txt").write_text("one")
    for listed in (tmp_path / "tree", str(tmp_path / "tree" / "**" / "*.txt")):
        before = tally.runs
        run(jobs.nothing, jobstamps_dependencies=listed)
        run(jobs.nothing, jobstamps_dependencies=listed)
        tally.ran(before + 1)
        (deep / f"d{before}.txt").write_text("new")
        run(jobs.nothing, jobstamps_dependencies=listed)
        tally.ran(before + 2)
