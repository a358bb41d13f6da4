"""A program that was written for jobstamps 0.0.20 works unchanged: as a script, as a module, and in pools."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = '''
import errno
import multiprocessing
import os
import sys

from collections import namedtuple

from jobstamps import jobstamp
from jobstamps import jobstamp_cmd_main


Finding = namedtuple("Finding", "path line text")


class Report(object):
    def __init__(self, path, findings):
        super(Report, self).__init__()
        self.path = path
        self.findings = findings


def _lint(path, words, limit=10):
    """Find words in a file."""
    with open(os.environ["TALLY"], "a") as tally:
        tally.write("{}\\n".format(os.path.basename(path)))
    if not os.path.exists(path):
        raise IOError(errno.ENOENT, "missing", path)
    with open(path) as source:
        lines = source.read().splitlines()
    found = [Finding(path, n, line) for n, line in enumerate(lines) if set(words) & set(line.split())]
    return Report(path, found[:limit])


def _stamped(arguments):
    path, cache, method = arguments
    return jobstamp.run(_lint,
                        path,
                        ["todo", "fixme"],
                        limit=5,
                        jobstamps_dependencies=[path],
                        jobstamps_output_files=None,
                        jobstamps_cache_output_directory=cache,
                        jobstamps_method=method)


def main(argv):
    folder, cache, kind = argv
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    for method in (jobstamp.MTimeMethod, jobstamp.HashMethod, None):
        tasks = [(path, cache, method) for path in paths]
        if kind == "none":
            reports = [_stamped(task) for task in tasks]
        else:
            pool = multiprocessing.get_context(kind).Pool(2)
            reports = pool.map(_stamped, tasks)
            pool.close()
            pool.join()
        for report in reports:
            assert isinstance(report, Report), report
            assert all(isinstance(finding, Finding) for finding in report.findings)
        print([[finding.line for finding in report.findings] for report in reports])
        assert jobstamp.out_of_date(_lint, paths[0], ["todo", "fixme"], limit=5, jobstamps_dependencies=[paths[0]],
                                    jobstamps_cache_output_directory=cache) is None
    try:
        _stamped((os.path.join(folder, "missing"), cache, None))
    except IOError as error:
        assert error.errno == errno.ENOENT
    else:
        raise AssertionError("the exception was lost")


if __name__ == "__main__":
    main(sys.argv[1:])
'''


@pytest.mark.parametrize("kind", ["none", "fork", "spawn", "forkserver"])
@pytest.mark.parametrize("started", [["{0}/linter.py"], ["-m", "linter"]], ids=["script", "module"])
def test_it_works_unchanged_and_shares_stamps_with_its_pools(tmp_path, tally, kind, started):
    (tmp_path / "linter.py").write_text(PROGRAM)
    folder = tmp_path / "sources"
    folder.mkdir()
    for n in range(4):
        (folder / f"{n}.c").write_text("fine\n" * n + "todo this\n")

    def run(kind):
        words = ["-W", "error::jobstamps.JobstampsWarning", *(word.format(tmp_path) for word in started)]
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "error::jobstamps.JobstampsWarning",
                *words,
                str(folder),
                str(tmp_path / "cache"),
                kind,
            ],
            cwd=tmp_path,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert done.stdout == "[[0], [1], [2], [3]]\n" * 3

    run(kind)
    # Once for each file, and once for the one that is missing.
    assert sorted(set(tally.path.read_text().split())) == ["0.c", "1.c", "2.c", "3.c", "missing"]
    runs = tally.runs
    # What a pool's worker remembered, the program itself reads, whichever way it is started again.
    run("none")
    assert tally.runs == runs + 1
