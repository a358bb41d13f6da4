"""Whatever happens to the store, the value is delivered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading

import jobs
import pytest
from conftest import stamps
from jobstamps import JobstampsWarning, jobstamp

HERE = os.path.dirname(os.path.abspath(__file__))


def fresh(program, *words):
    """Runs a program in a process of its own and returns what it printed."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import jobs\nfrom jobstamps import jobstamp\n" + program
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(program), HERE, *map(str, words)],
        check=True,
        capture_output=True,
        text=True,
    )


LIMITED = """
import resource
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print(jobstamp.run({job}, jobstamps_cache_output_directory=sys.argv[2]))
"""


@pytest.mark.parametrize("limit", [0, 1, 100, 1000])
def test_a_stamp_that_cannot_be_written_whole_is_not_there_and_the_value_is(store, limit):
    job = LIMITED.format(job="bytes, 100_000")
    done = fresh(job, store, limit)
    assert done.stdout == f"{bytes(100_000)}\n"
    assert "JobstampsWarning" in done.stderr
    assert stamps(store) == []


def test_a_stamp_that_is_there_is_served_where_none_can_be_written(store):
    job = LIMITED.format(job="str, 5")
    assert "Warning" not in fresh(job, store, 1 << 30).stderr
    before = [path.read_bytes() for path in stamps(store)]
    done = fresh(job, store, 0)
    assert (done.stdout, done.stderr) == ("5\n", "")
    assert [path.read_bytes() for path in stamps(store)] == before


def test_without_a_descriptor_left_the_function_is_called(store):
    program = """
    import os
    import _pickle
    from jobstamps import culprit
    jobstamp.run(str, 4, jobstamps_cache_output_directory=sys.argv[2])
    kept = []
    try:
        while True:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for _ in range(2):
        value = jobstamp.run(str, 5, jobstamps_cache_output_directory=sys.argv[2])
        assert value == "5"
    for descriptor in kept:
        os.close(descriptor)
    print(jobstamp.run(str, 5, jobstamps_cache_output_directory=sys.argv[2]))
    """
    assert fresh(textwrap.dedent(program), store).stdout == "5\n"


def remove(path):
    jobs.ran()
    shutil.rmtree(path)
    return "removed"


def replace_by_a_file(path):
    jobs.ran()
    shutil.rmtree(path)
    with open(path, "w") as file:
        file.write("in the way")
    return "replaced"


def test_a_job_that_removes_the_store_is_kept_in_a_new_one(run, store, tally):
    assert run(remove, str(store)) == "removed"
    assert run(remove, str(store)) == "removed"
    assert run(jobs.give, 1) == 1
    tally.ran(2)


def test_a_job_that_puts_a_file_in_the_place_of_the_store_gets_its_value(run, store):
    with pytest.warns(JobstampsWarning):
        assert run(replace_by_a_file, str(store)) == "replaced"
    with pytest.raises(OSError, match="exists and is not a directory"):
        run(jobs.give, 1)


def test_a_fifo_in_the_place_of_the_directory_is_not_a_directory_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="exists and is not a directory"):
        jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory=tmp_path / "fifo")


def test_a_dangling_link_in_the_place_of_the_directory_costs_nobody_the_value(tmp_path, tally):
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.warns(JobstampsWarning):
        assert jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory=tmp_path / "dangling") == 1
    tally.ran(1)


def test_arguments_whose_own_methods_raise_do_no_harm(run, tally):
    class Raises:
        def __init__(self, n):
            self.n = n

        def __repr__(self):
            raise ValueError("repr")

        def __eq__(self, other):
            raise ValueError("eq")

        def __hash__(self):
            raise ValueError("hash")

        def __bool__(self):
            raise ValueError("bool")

    for n in (1, 1, 2):
        run(jobs.see, [Raises(n)])
    tally.ran(2)
    with pytest.warns(JobstampsWarning, match=r"args\.value\[0\]\.n"):
        run(jobs.see, [Raises(threading.Lock())])


def test_a_path_with_a_null_character_is_a_valueerror_before_anything_runs(run, tally):
    with pytest.raises(ValueError, match="null"):
        run(jobs.give, 1, jobstamps_dependencies=["a\0b"])
    tally.ran(0)


def test_names_that_are_not_utf8_are_dependencies_like_others(run, tally, tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9\n"
    with open(path, "w") as file:
        file.write("one")
    for given in (path, os.fsdecode(path)):
        run(jobs.nothing, jobstamps_dependencies=[given])
        run(jobs.nothing, jobstamps_dependencies=given)
    tally.ran(1)
    os.unlink(path)
    assert jobstamp.out_of_date(jobs.nothing, jobstamps_dependencies=[path], **run.keywords) == path


def test_a_working_directory_that_is_gone_matters_only_to_relative_paths(store, tmp_path):
    program = """
    import os
    os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
    print(jobstamp.run(str, 5, jobstamps_cache_output_directory=sys.argv[2]))
    """
    program = "import os; os.chdir(sys.argv[3])\n" + textwrap.dedent(program)
    assert fresh(program, store, tmp_path).stdout == "5\n"
    assert len(stamps(store)) == 1
