"""P06, X05: a pickle that anybody else could have written is never loaded, whatever it says and wherever it lies."""

from __future__ import annotations

import copyreg
import functools
import hashlib
import os
import pickle
import warnings
from pathlib import Path

import jobs
import pytest
from forging import EXTENSIONS, PERSISTENT, forged, payloads
from jobstamps import JobstampsWarning, jobstamp, stamp
from places import stamps

pytestmark = pytest.mark.alone
KINDS = [*payloads("x"), *PERSISTENT]


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "unpickled"


@pytest.fixture(autouse=True)
def _numbers_of_classes():
    for number, name in EXTENSIONS.items():
        copyreg.add_extension("forging", name, number)
    yield
    for number, name in EXTENSIONS.items():
        copyreg.remove_extension("forging", name, number)


@pytest.mark.parametrize("kind", payloads("x"))
def test_the_payloads_are_sharp(marker, kind):
    pickle.loads(payloads(marker)[kind])
    assert marker.exists()


def written(path, payload, _whole):
    path.write_bytes(payload)


def linked(path, payload, _whole):
    (path.parent / "planted").write_bytes(payload)
    path.unlink()
    os.link(path.parent / "planted", path)


def pointed(path, payload, _whole):
    (path.parent / "planted").write_bytes(payload)
    path.unlink()
    path.symlink_to(path.parent / "planted")


def of_the_format(path, payload, whole):
    """All is right but for the tag, which takes the user's key."""
    path.write_bytes(forged(whole, payload, claims_pickle=True, claims_tag=True))


def without_a_tag(path, payload, whole):
    path.write_bytes(forged(whole, payload, claims_pickle=False, claims_tag=False))


@pytest.fixture(params=["the default directory", "a directory that is given", "a directory that all share"])
def store(request, tmp_path, monkeypatch):
    """Where stamps are kept; a function makes calls there."""
    if request.param == "the default directory":
        monkeypatch.delenv("JOBSTAMPS_DIRECTORY")
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        store = tmp_path / f"jobstamps-{os.geteuid()}"
    else:
        store = tmp_path / "store"
        store.mkdir()
        store.chmod(0o1777 if request.param.endswith("all share") else 0o700)
        monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(store))
    return store


@pytest.mark.parametrize("plant", [written, linked, pointed, of_the_format, without_a_tag])
def test_no_pickle_that_is_planted_is_loaded(store, tally, marker, plant):
    """P06, X05: each kind of payload in place of the stamp."""
    runs = 0
    for kind in KINDS:
        payload = {**payloads(marker), **PERSISTENT}[kind]
        stamped, value = stamp(jobs.give), "the value"
        for call in (functools.partial(jobstamp.run, jobs.give, value), functools.partial(stamped, value)):
            assert stamped.rerun(value) == value
            (there,) = stamps(store)
            plant(there, payload, there.read_bytes())
            assert stamped.stale(value)
            assert stamped.peek(value, "nothing") == "nothing"
            assert jobstamp.out_of_date(jobs.give, value) is not None
            stamped.explain(value)
            runs += 1
            tally.ran(runs)
            with pytest.warns(JobstampsWarning) as warned:
                assert call() == value
            assert len(warned) == 1
            assert call() == value
            runs += 1
            tally.ran(runs)
            assert not marker.exists(), kind


@pytest.mark.parametrize("plant", [written, linked, pointed])
def test_no_pickle_that_is_planted_beside_a_stamp_is_loaded(store, tally, marker, plant):
    """P06, X05: in place of a blob."""
    value = "large" * 50_000
    runs = 0
    for kind in KINDS:
        stamped = stamp(jobs.give)
        stamped.rerun(value)
        (there,) = stamps(store)
        blob = next(there.parent.glob(f"{there.name}-*"))
        payload = {**payloads(marker), **PERSISTENT}[kind]
        # As long as what was there, so that it is not its length that gives it away.
        plant(blob, payload + bytes(blob.stat().st_size - len(payload)), b"")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert stamped.peek(value, value) == value
            assert stamped(value) == value
        runs += 2
        tally.ran(runs)
        assert not marker.exists(), kind


def test_no_pickle_under_the_name_of_a_stamp_of_0_0_20_is_loaded_or_deleted(store, tally, marker):
    """P28, P06: the names were MD5 sums of what was called."""
    store.mkdir(exist_ok=True)
    old = [store / hashlib.md5(str(n).encode()).hexdigest() for n in range(len(KINDS))]
    for path, kind in zip(old, KINDS):
        path.write_bytes({**payloads(marker), **PERSISTENT}[kind])
        Path(f"{path}.dep.sha1").write_text("{}")
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    for _ in range(2):
        assert jobstamp.run(jobs.give, 1) == stamp(jobs.give)(1) == 1
    stamp(jobs.give).cache_clear()
    assert not marker.exists()
    assert {path.name: path.read_bytes() for path in store.iterdir() if path.is_file()} == before
    tally.ran(1)
