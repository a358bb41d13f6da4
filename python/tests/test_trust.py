"""Nothing is unpickled that another user could have written; what is damaged is as good as absent."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import stat
import struct
import subprocess
import sys

import jobs
import pytest
from conftest import stamps
from forging import HEAD, forged
from jobstamps import JobstampsWarning, Stamps, jobstamp, stamp


class Planted:
    """Leaves a mark where it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.fixture
def marker(tmp_path):
    marker = tmp_path / "unpickled"
    yield marker
    assert not marker.exists(), "a planted pickle was loaded"


@pytest.mark.alone
def test_the_key_is_made_at_first_use_for_the_user_alone(run, tmp_path):
    run(jobs.give, 1)
    key = tmp_path / "config" / "jobstamps" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.stat().st_size == 32
    before = key.read_bytes()
    run(jobs.give, 2)
    assert key.read_bytes() == before


def test_a_stamp_under_another_key_is_a_miss_and_not_a_byte_of_it_is_unpickled(
    run, store, tally, tmp_path, monkeypatch, marker
):
    (tmp_path / "attacker").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "attacker"))
    run(plant, str(marker))
    assert len(stamps(store)) == 1
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.warns(JobstampsWarning, match="damaged"):
        assert isinstance(run(plant, str(marker)), Planted)
    tally.ran(2)


def plant(marker):
    jobs.ran()
    return Planted(marker)


@pytest.mark.parametrize("claims_tag", [False, True])
@pytest.mark.parametrize("claims_pickle", [False, True])
def test_a_forged_stamp_is_not_unpickled_whatever_it_claims_to_be(run, store, tally, marker, claims_pickle, claims_tag):
    run(jobs.give, "the value")
    (stamp,) = stamps(store)
    stamp.write_bytes(forged(stamp.read_bytes(), pickle.dumps(Planted(marker), 5), claims_pickle, claims_tag))
    assert jobstamp.out_of_date(jobs.give, "the value", **run.keywords) == str(stamp)
    with pytest.warns(JobstampsWarning) as warned:
        assert run(jobs.give, "the value") == "the value"
    assert len(warned) == 1
    tally.ran(2)
    assert run(jobs.give, "the value") == "the value"
    tally.ran(2)


def test_processes_that_make_the_key_at_the_same_time_believe_each_others_stamps(store, tally, tmp_path):
    program = "import sys; sys.stdin.read(1); import warnings; warnings.simplefilter('error'); import jobs; "
    program += "from jobstamps import jobstamp; jobstamp.run(jobs.give, int(sys.argv[1]), "
    program += f"jobstamps_cache_output_directory={str(store)!r})"
    # What was left by processes that were killed while they made it.
    (tmp_path / "config" / "jobstamps").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "config" / "jobstamps" / f".key-{os.getpid() + number}-0").write_bytes(b"half")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(number)], stdin=subprocess.PIPE, cwd=os.path.dirname(jobs.__file__)
        )
        for number in range(16)
    ]
    # All are started before the first may begin.
    for process in started:
        process.stdin.close()
    assert [process.wait() for process in started] == [0] * 16
    tally.ran(16)
    for number in range(16):
        assert jobstamp.out_of_date(jobs.give, number, jobstamps_cache_output_directory=store) is None


def test_the_variable_overrules_the_key_so_that_machines_can_share_a_directory(run, tally, tmp_path, monkeypatch):
    for config, runs in [("one", 1), ("two", 1)]:
        (tmp_path / config).mkdir()
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / config))
        monkeypatch.setenv("JOBSTAMPS_KEY", "shared secret")
        run(jobs.give, 1)
        tally.ran(runs)
    assert list((tmp_path / "one").iterdir()) == []
    monkeypatch.setenv("JOBSTAMPS_KEY", "another secret")
    with pytest.warns(JobstampsWarning):
        run(jobs.give, 1)
    tally.ran(2)


def runs_without(key, run, tally):
    """Tells that a call is made each time, with one warning that names the key and the way out."""
    for runs in (1, 2):
        with pytest.warns(JobstampsWarning) as warned:
            assert run(jobs.give, 1) == 1
        (warning,) = [str(warning.message) for warning in warned]
        assert warning.startswith(f"`jobs.give`: there is no key to sign it with: cannot use the key `{key}`: ")
        assert "it cannot be made: " in warning
        assert warning.endswith("; not cached (JOBSTAMPS_KEY may hold one)")
        tally.ran(runs)
        assert jobstamp.out_of_date(jobs.give, 1, **run.keywords) is not None


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home that does not exist yet, and no other place for the key."""
    home = tmp_path / "home"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(home))
    return home


def test_without_a_home_nothing_is_made_or_kept_until_there_is_one(run, store, tally, home):
    runs_without(home / ".config" / "jobstamps" / "key", run, tally)
    assert not home.exists()
    assert stamps(store) == []
    home.mkdir()
    for _ in range(2):
        assert run(jobs.give, 1) == 1
    tally.ran(3)
    assert (home / ".config" / "jobstamps" / "key").exists()


def test_without_a_home_the_variable_holds_the_key(run, tally, home, monkeypatch):
    monkeypatch.setenv("JOBSTAMPS_KEY", "secret")
    for _ in range(2):
        assert run(jobs.give, 1) == 1
    tally.ran(1)
    assert not home.exists()


def test_a_configuration_directory_that_is_not_there_is_not_made(run, tally, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    runs_without(tmp_path / "configuration" / "jobstamps" / "key", run, tally)
    assert not (tmp_path / "configuration").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="SKIPPED: root can write everywhere")
def test_in_a_home_that_is_read_only_nothing_is_kept(run, tally, home):
    home.mkdir(mode=0o555)
    runs_without(home / ".config" / "jobstamps" / "key", run, tally)


def test_a_file_in_place_of_the_configuration_directory_is_no_place_for_the_key(run, tally, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.warns(JobstampsWarning, match="no key to sign it with: cannot use the key .*/file/jobstamps/key`: "):
        assert run(jobs.give, 1) == 1
    tally.ran(1)


def test_a_key_that_others_can_read_is_not_used(run, store, tally, tmp_path):
    run(jobs.give, 1)
    (tmp_path / "config" / "jobstamps" / "key").chmod(0o644)
    fresh = "import warnings; warnings.simplefilter('ignore'); import jobs; from jobstamps import jobstamp; "
    fresh += f"jobstamp.run(jobs.give, 1, jobstamps_cache_output_directory={str(store)!r})"
    for runs in (2, 3):
        subprocess.run([sys.executable, "-c", fresh], check=True, cwd=os.path.dirname(jobs.__file__))
        tally.ran(runs)


def test_pickles_planted_in_place_of_a_stamp_are_never_loaded(run, store, tally, tmp_path, marker):
    run(jobs.give, 1)
    (stamp,) = stamps(store)
    whole = stamp.read_bytes()
    payload = pickle.dumps(Planted(marker))
    planted = tmp_path / "planted"
    planted.write_bytes(payload)
    runs = 1
    for plant_it in (
        lambda: stamp.write_bytes(payload),
        lambda: stamp.write_bytes(whole.replace(b"K\x01.", payload)),
        lambda: stamp.symlink_to(planted),
        lambda: os.link(planted, stamp),
        stamp.mkdir,
        lambda: os.mkfifo(stamp),
        lambda: stamp.symlink_to(tmp_path / "nowhere"),
    ):
        if stamp.is_dir() and not stamp.is_symlink():
            stamp.rmdir()
        else:
            stamp.unlink(missing_ok=True)
        plant_it()
        with pytest.warns(JobstampsWarning):
            assert run(jobs.give, 1) == 1
        runs += 1
        tally.ran(runs)


def test_stamps_of_0_0_20_are_neither_read_nor_deleted(run, store, tally, marker):
    old = store / hashlib.md5(b"give1").hexdigest()
    store.mkdir()
    old.write_bytes(pickle.dumps(Planted(marker)))
    (store / f"{old.name}.dep.sha1").write_text("{}")
    before = sorted(path.name for path in store.iterdir())
    assert run(jobs.give, 1) == 1
    tally.ran(1)
    assert sorted(path.name for path in store.iterdir() if path.name != "jobstamps-v1") == before
    assert old.read_bytes() == pickle.dumps(Planted(marker))


def kept(directory):
    """Returns all names and bytes below a directory."""
    paths = directory.rglob("*")
    return b"\n".join(os.fsencode(path) + (path.read_bytes() if path.is_file() else b"") for path in paths)


def test_variables_are_nowhere_in_the_store_and_arguments_may_be_left_out(run, store, tmp_path, monkeypatch):
    """X06: they count by their digests."""
    monkeypatch.setenv("PASSWORD", "correct horse")
    stamp(jobs.see, directory=store, record_arguments=False)({"battery staple": "battery staple"})
    monkeypatch.setenv("JOBSTAMPS_RECORD_ARGUMENTS", "false")
    run(jobs.see, ["battery staple"])
    Stamps(store).run(jobs.see, value="battery staple")
    assert len(stamps(store)) == 3
    assert not any(secret in kept(tmp_path) for secret in (b"correct", b"horse", b"battery", b"staple"))
    stamp(jobs.see, directory=store, record_arguments=True)("battery staple again")
    assert b"'battery staple again'" in kept(tmp_path)


def test_every_truncation_and_every_flipped_bit_of_a_stamp_is_a_miss(run, store):
    run(jobs.give, {"a": [1, "two"]})
    (stamp,) = stamps(store)
    whole = stamp.read_bytes()
    start, length = struct.unpack("<2Q", whole[HEAD : HEAD + 16])
    flipped = [
        whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :] for place in range(len(whole))
    ]
    # What no hit needs lies behind the stamp: a flipped byte there spoils nothing.
    for harmless in flipped[start + length :]:
        stamp.write_bytes(harmless)
        assert jobstamp.out_of_date(jobs.give, {"a": [1, "two"]}, **run.keywords) is None
    damages = [whole[:length] for length in range(len(whole))] + flipped[: start + length]
    for damaged in damages:
        stamp.write_bytes(damaged)
        assert jobstamp.out_of_date(jobs.give, {"a": [1, "two"]}, **run.keywords) == str(stamp)
    for damaged in damages[:: len(damages) // 20]:
        stamp.write_bytes(damaged)
        with pytest.warns(JobstampsWarning, match="damaged"):
            assert run(jobs.give, {"a": [1, "two"]}) == {"a": [1, "two"]}
        assert run(jobs.give, {"a": [1, "two"]}) == {"a": [1, "two"]}
    assert stamp.read_bytes()[:40] == whole[:40]


def test_a_damaged_blob_is_a_miss(run, store, tally):
    value = os.urandom(200_000)
    run(jobs.give, value)
    (blob,) = [path for path in store.glob("jobstamps-v1/??/*-*") if path.stat().st_size > 100_000]
    blob.write_bytes(b"x" + blob.read_bytes()[1:])
    with pytest.warns(JobstampsWarning):
        assert run(jobs.give, value) == value
    tally.ran(2)
    assert run(jobs.give, value) == value
    tally.ran(2)


@pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED: only root can make another user's directory")
def test_a_store_of_another_user_is_not_used(run, store, tally):
    run(jobs.give, 1)
    os.chown(store / "jobstamps-v1", 4711, -1)
    for runs in (2, 3):
        with pytest.warns(JobstampsWarning, match="owned by uid 4711"):
            assert run(jobs.give, 1) == 1
        tally.ran(runs)


def test_a_store_that_anybody_can_write_is_not_used(run, store, tally):
    run(jobs.give, 1)
    (store / "jobstamps-v1").chmod(0o777)
    with pytest.warns(JobstampsWarning, match="writable by all"):
        assert run(jobs.give, 1) == 1
    tally.ran(2)


def test_a_store_that_is_removed_between_two_calls_is_made_again(run, store, tally):
    for runs in (1, 2):
        assert run(jobs.give, 1) == 1
        assert run(jobs.give, 1) == 1
        tally.ran(runs)
        shutil.rmtree(store)


def test_a_store_that_is_moved_away_is_not_written_to_any_more(run, store, tally, tmp_path):
    """S11: even where it is open since an earlier call."""
    for _ in range(3):
        run(jobs.give, 1)
    store.rename(tmp_path / "moved")
    for _ in range(2):
        assert run(jobs.give, 2) == 2
    tally.ran(2)
    assert len(stamps(tmp_path / "moved")) == 1
    assert len(stamps(store)) == 1
