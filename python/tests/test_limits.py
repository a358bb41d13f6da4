"""Where there is too little room, memory or rights for a store, values are delivered all the same."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import textwrap
import warnings

import jobs
import meeting
import pytest
from jobstamps import JobstampsWarning, Stamps, jobstamp
from meeting import HERE
from places import amount, left_over, stamps

pytestmark = meeting.alone


@pytest.fixture
def mount(tmp_path):
    """Mounts small file systems, and takes them away again."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()

    def mount(options):
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "jobstamps-test", mounted], check=False, capture_output=True
        )
        if done.returncode != 0:
            pytest.skip(f"SKIPPED: no file system can be mounted here: {done.stderr.decode()}")
        return mounted

    yield mount
    while os.path.ismount(mounted):
        subprocess.run(["umount", "-l", mounted], check=True)


VALUES = [["small"], "inline" * 5_000, "beside its stamp" * 10_000]


def deliver(directory):
    """Makes calls; returns what was warned of."""
    there = Stamps(directory)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for value in VALUES:
            for _ in range(2):
                assert there.run(jobs.give, value) == there.stamp(jobs.give)(value) == value
    assert {one.category for one in warned} <= {JobstampsWarning}
    return [str(one.message) for one in warned]


@pytest.mark.parametrize("what", ["size", "nr_inodes"])
def test_on_a_file_system_of_any_size_values_are_right_and_what_there_is_room_for_is_kept(mount, tally, what):
    """P26, S05, S14."""
    runs = []
    # A size of one page holds nothing, and the largest holds all of it.
    sizes = range(4096, 300_000, amount(40_000, 4096)) if what == "size" else range(2, 24, amount(3, 1))
    for size in [*sizes, 4 << 20 if what == "size" else 1000]:
        place = mount(f"{what}={size}")
        before = tally.runs
        warned = deliver(place)
        runs.append(tally.runs - before)
        assert bool(warned) == (runs[-1] > len(VALUES)), (size, warned)
        if warned:
            assert all("not cached" in one or "not remembered" in one or "cannot" in one for one in warned)
        assert [path for path in left_over(place) if path.suffix != ".lock"] == []
        subprocess.run(["umount", "-l", place], check=True)
    assert runs[-1] == len(VALUES)
    assert runs[0] > len(VALUES)


def test_a_store_that_is_read_only_serves_what_it_has_and_says_once_a_call_that_it_takes_no_more(mount, tally):
    """P26, S07."""
    place = mount("size=4m")
    assert deliver(place) == []
    runs = tally.runs
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    assert deliver(place) == []
    tally.ran(runs)
    for _ in range(2):
        with pytest.warns(JobstampsWarning, match="Read-only file system") as warned:
            assert jobstamp.run(jobs.give, "new", jobstamps_cache_output_directory=place) == "new"
        assert len(warned) == 1
    tally.ran(runs + 2)


IN_LITTLE_MEMORY = """
import os, resource, sys, warnings
sys.path.insert(0, sys.argv[1])
import jobs, _pickle
from jobstamps import Stamps, culprit

def size():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()

def job(count):
    return values[count]

values = {0: ["small"], 1: bytes(3_000_000), 2: list(range(100_000)), 3: "x" * 100_000}
there = Stamps(sys.argv[2])
stamped = there.stamp(job, code="off")
there.stamp(jobs.nothing)
ended = []
for headroom in range(0, int(sys.argv[3]), int(sys.argv[4])):
    for count in values:
        child = os.fork()
        if child == 0:
            status = 3
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    resource.setrlimit(resource.RLIMIT_AS, (size() + headroom,) * 2)
                    status = 0 if stamped(count) == values[count] and stamped(count) == values[count] else 1
            except MemoryError:
                # Before the function was called, or in making what nobody has made yet.
                status = 2
            finally:
                os._exit(status)
        ended.append(os.waitpid(child, 0)[1])
        stamped.forget(count)
print(sorted(set(ended)))
"""


def test_with_hardly_any_memory_left_a_process_is_not_ended_and_no_value_is_wrong(store):
    """P04, P26: of address space there is just so much more than is taken."""
    words = [HERE, str(store), *map(str, (amount(400_000, 16 << 20), amount(150_000, 16_384)))]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IN_LITTLE_MEMORY), *words], check=True, stdout=subprocess.PIPE, text=True
    )
    assert set(eval(done.stdout)) <= {0, 2 << 8}


WITH_FEW_DESCRIPTORS = """
import os, resource, sys, warnings
sys.path.insert(0, sys.argv[1])
import jobs, _pickle
from jobstamps import Stamps, culprit
import encodings.idna

kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
resource.setrlimit(resource.RLIMIT_NOFILE, (max(kept) + 1,) * 2)
warnings.simplefilter("ignore")
there = Stamps(sys.argv[2])

def job(value):
    return value

for free in range(12):
    # One more from time to time: each step of the way fails for the lack of one.
    if free:
        os.close(kept.pop())
    for value in (free, "x" * 200_000):
        for _ in range(2):
            assert there.run(job, value) == there.stamp(job)(value) == value
        there.stamp(job).stale(value), there.stamp(job).peek(value, None)
print("ended")
"""


def test_with_any_number_of_descriptors_left_values_are_right_and_at_last_remembered(store):
    """P26, S05: EMFILE in truth."""
    words = [HERE, str(store)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WITH_FEW_DESCRIPTORS), *words],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("ended\n", "")
    assert stamps(store)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(store)
