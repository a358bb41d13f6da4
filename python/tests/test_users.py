"""Two users on one machine: nothing of the other's is read, and nothing is written where another has a hand in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import jobs
import meeting
import pytest
from jobstamps import JobstampsWarning, Stamps, stamp
from meeting import HERE
from places import stamps

pytestmark = [
    meeting.alone,
    pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED: only root can be several users"),
]
OTHER, VICTIM, ROOT = 4711, 4712, 0


@pytest.fixture
def place():
    """A directory that all users may write to, as `/tmp` is."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o1777)
    for user in (OTHER, VICTIM, ROOT):
        (place / f"config-{user}").mkdir(mode=0o700)
        os.chown(place / f"config-{user}", user, user)
    yield place
    shutil.rmtree(place)


MAKES_A_CALL = """
import asyncio, os, sys, warnings
sys.path.insert(0, {here!r})
import jobs, forging, pickle, copyreg, encodings.idna
from jobstamps import culprit, jobstamp, stamp
user, marker = int(sys.argv[1]), sys.argv[2]
os.environ["TMPDIR"], os.environ["XDG_CONFIG_HOME"] = {place!r}, {place!r} + "/config-" + sys.argv[1]
os.environ["TALLY"] = {place!r} + "/tally-" + sys.argv[1]
os.environ.pop("JOBSTAMPS_DIRECTORY", None)
if {directory!r}:
    os.environ["JOBSTAMPS_DIRECTORY"] = {directory!r}
os.setgroups([]), os.setgid(user), os.setuid(user)
os.umask(0)
os.chdir("/")

class Planted:
    def __reduce__(self):
        return forging.Marks, (marker,)

def job(number):
    jobs.ran()
    # The code is the same, and the value is what each of them makes of it.
    return Planted() if os.getuid() == {other} else number

with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    for call in (lambda: jobstamp.run(job, 1), lambda: stamp(job)(1)):
        value = call()
        assert value == 1 or user == {other}, value
        jobstamp.out_of_date(job, 1), stamp(job).stale(1), stamp(job).explain(1), stamp(job).peek(1, None)
    for one in warned:
        print(one.message)
"""


def call_as(user, place, directory=""):
    """Makes calls as a user, each function twice; returns what was warned of and how many runs there were."""
    program = textwrap.dedent(MAKES_A_CALL).format(here=HERE, place=str(place), directory=str(directory), other=OTHER)
    words = [sys.executable, "-c", program, str(user), str(place / "unpickled")]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    tally = place / f"tally-{user}"
    return done.stdout, len(tally.read_text().splitlines())


def owners(directory):
    return {path.lstat().st_uid for path in [directory, *directory.rglob("*")]}


@pytest.mark.parametrize("user", [VICTIM, ROOT])
def test_a_store_that_another_user_prepared_is_neither_read_nor_written(place, user):
    """X01, X05, X16, P06: under the name by default, all of it right but for its owner and the key."""
    theirs = place / f"jobstamps-{user}"
    call_as(OTHER, place, theirs)
    (place / "unpickled").unlink(missing_ok=True)
    # Their modes are meant to be read.
    for path in [theirs, *theirs.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    before = {path: path.read_bytes() for path in theirs.rglob("*") if path.is_file()}
    assert stamps(theirs)
    warned, runs = call_as(user, place)
    assert f"owned by uid {OTHER}" in warned
    assert runs == 2
    assert not (place / "unpickled").exists()
    assert {path: path.read_bytes() for path in theirs.rglob("*") if path.is_file()} == before
    assert owners(theirs) == {OTHER}


@pytest.mark.parametrize("user", [VICTIM, ROOT])
def test_in_a_directory_of_another_user_no_store_is_made(place, user):
    """X01, X16."""
    theirs = place / "theirs"
    theirs.mkdir(mode=0o755)
    os.chown(theirs, OTHER, OTHER)
    warned, runs = call_as(user, place, theirs)
    assert warned
    assert runs == 2
    assert list(theirs.iterdir()) == []


def test_a_directory_that_all_share_serves_each_only_what_is_their_own(place):
    """X01, X05: who comes first has the store; the others run."""
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    assert call_as(VICTIM, place, shared) == ("", 1)
    warned, runs = call_as(OTHER, place, shared)
    assert "not cached" in warned
    assert runs == 2
    assert owners(shared / "jobstamps-v1") == {VICTIM}
    assert call_as(VICTIM, place, shared) == ("", 1)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o755])
def test_a_directory_that_others_may_write_is_used_only_if_nobody_can_swap_what_lies_in_it(place, mode):
    """X01, X02."""
    for where in (place / "direct", place / "above" / "below"):
        where.mkdir(parents=True)
        os.chown(where, VICTIM, VICTIM)
    (place / "above").chmod(mode)
    (place / "direct").chmod(mode)
    for number, where in enumerate([place / "direct", place / "above" / "below"]):
        (place / f"tally-{VICTIM}").unlink(missing_ok=True)
        warned, runs = call_as(VICTIM, place, where)
        is_safe = mode != 0o777
        assert (runs, warned == "") == ((1, True) if is_safe else (2, False)), (number, warned)
        assert bool(stamps(where)) == is_safe


def test_a_link_that_another_user_put_in_the_place_of_the_store_is_not_followed(place):
    """X04."""
    theirs = place / "theirs"
    call_as(VICTIM, place, theirs)
    (place / f"jobstamps-{VICTIM}").mkdir(mode=0o755)
    os.chown(place / f"jobstamps-{VICTIM}", VICTIM, VICTIM)
    link = place / f"jobstamps-{VICTIM}" / "jobstamps-v1"
    link.symlink_to(theirs / "jobstamps-v1")
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    before = sorted(theirs.rglob("*"))
    warned, runs = call_as(VICTIM, place)
    assert warned
    assert runs == 3
    assert sorted(theirs.rglob("*")) == before


@pytest.mark.parametrize("change", ["another owner", "others may write", "a group may write", "another owner's blob"])
def test_a_stamp_in_our_own_store_that_another_could_have_written_is_not_believed(store, tally, change):
    """X03."""
    value = "large" * 50_000
    give = stamp(jobs.give, directory=store)
    give(value)
    (there,) = stamps(store)
    if change == "another owner":
        os.chown(there, OTHER, -1)
    elif change == "another owner's blob":
        os.chown(next(there.parent.glob(f"{there.name}-*")), OTHER, -1)
    else:
        there.chmod(0o602 if change == "others may write" else 0o620)
    if change == "a group may write":
        # A group is chosen by the user, and each stamp is looked at by itself.
        assert give(value) == value
        tally.ran(1)
        return
    with pytest.warns(JobstampsWarning) as warned:
        assert Stamps(store).run(jobs.give, value) == value
    assert len(warned) == 1
    tally.ran(2)
    assert give(value) == value
    tally.ran(2)
    assert there.stat().st_uid == 0
