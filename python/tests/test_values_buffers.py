"""Large buffers in values: kept beside the pickle, and mapped when they come back."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import jobs
import pytest
from conftest import stamps
from jobstamps import JobstampsWarning, stamp

SMALL = 64 * 1024
LARGE = SMALL + 1
PAGE = 4096


class Picture:
    """Shows its pixels to pickle as a buffer, as arrays do."""

    def __init__(self, pixels, name=""):
        self.pixels, self.name = pixels, name

    def __reduce_ex__(self, protocol):
        return Picture, (pickle.PickleBuffer(self.pixels), self.name)


def content(length=LARGE, seed=1):
    return (bytes((n * seed + (n >> 8)) % 251 for n in range(4096)) * (length // 4096 + 1))[:length]


def give_pictures(*lengths, read_only=False):
    jobs.ran()
    pictures = [Picture(bytearray(content(length, seed=n + 1))) for n, length in enumerate(lengths)]
    if read_only:
        for picture in pictures:
            picture.pixels = bytes(picture.pixels)
    return pictures


def blobs(store):
    (stamp,) = stamps(store)
    return sorted(stamp.parent.glob(f"{stamp.name}-*"))


@pytest.mark.parametrize(
    "lengths",
    [(LARGE,), (LARGE + 1,), (5 * LARGE, LARGE, 3 * LARGE + 17), (10, LARGE, 0, 2 * LARGE), (1 << 20,) * 20],
)
def test_large_buffers_come_back_whole_and_can_be_changed_without_harm_to_the_next_hit(run, store, tally, lengths):
    for _ in range(3):
        again = run(give_pictures, *lengths)
        for n, length in enumerate(lengths):
            assert again[n].pixels == content(length, seed=n + 1)
            if length:
                again[n].pixels[0] = again[n].pixels[-1] = 255
    tally.ran(1)
    assert len(blobs(store)) == 1


def test_small_buffers_stay_in_the_stamp(run, store, tally):
    for _ in range(2):
        assert run(give_pictures, 1000)[0].pixels == content(1000)
    assert blobs(store) == []
    for _ in range(2):
        assert run(give_pictures, SMALL, SMALL)[1].pixels == content(SMALL, seed=2)
    tally.ran(2)


def test_what_could_not_be_changed_cannot_be_changed_when_it_comes_back(run, tally):
    for length in (1000, SMALL, LARGE):
        run(give_pictures, length, read_only=True)
        again = run(give_pictures, length, read_only=True)[0].pixels
        assert again == content(length)
        with pytest.raises(TypeError):
            again[0] = 1
    tally.ran(3)


def give_much(length):
    jobs.ran()
    return [str(n) for n in range(length)], Picture(bytearray(content(2 * LARGE)))


def test_a_large_pickle_lies_beside_its_buffers(run, store, tally):
    for _ in range(2):
        texts, picture = run(give_much, 30_000)
        assert texts[-1] == "29999"
        assert picture.pixels == content(2 * LARGE)
        picture.pixels[0] += 1
    tally.ran(1)
    assert len(blobs(store)) == 1


def test_each_buffer_begins_on_a_page_of_its_own(run, store):
    run(give_pictures, LARGE + 1, LARGE + 2, LARGE)
    (blob,) = blobs(store)
    kept = blob.read_bytes()
    for n in range(3):
        assert kept.index(content(LARGE, seed=n + 1)) % PAGE == 0


def test_a_value_outlives_its_stamp(run, store):
    run(give_pictures, LARGE)
    again = run(give_pictures, LARGE)[0]
    blobs(store)[0].unlink()
    assert again.pixels == content()


def test_a_damaged_buffer_is_computed_anew(run, store, tally):
    run(give_pictures, LARGE)
    (blob,) = blobs(store)
    damaged = bytearray(blob.read_bytes())
    damaged[100] ^= 1
    for runs, wrong in [(2, bytes(damaged)), (3, damaged[:-1]), (4, b"")]:
        blobs(store)[0].write_bytes(wrong)
        with pytest.warns(JobstampsWarning, match="invalid data; the job runs again"):
            assert run(give_pictures, LARGE)[0].pixels == content()
        assert run(give_pictures, LARGE)[0].pixels == content()
        tally.ran(runs)


WITHOUT_MAPS = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["mmap"] = None
import test_values_buffers as tests
from jobstamps import jobstamp
for _ in range(2):
    pictures = jobstamp.run(tests.give_pictures, 70_000, 100_000)
    assert pictures[1].pixels == tests.content(100_000, seed=2)
    assert "mmap" not in repr(getattr(pictures[1].pixels, "obj", None))
    pictures[1].pixels[0] = 1
"""


def test_where_nothing_can_be_mapped_buffers_are_read(tmp_path, tally):
    program = tmp_path / "without_maps.py"
    program.write_text(WITHOUT_MAPS)
    subprocess.run([sys.executable, str(program), os.path.dirname(__file__)], check=True)
    tally.ran(1)


@pytest.mark.alone
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="SKIPPED: since Python 3.13 a map holds no descriptor")
def test_maps_do_not_take_up_the_programs_descriptors(run, tally):
    run(give_pictures, LARGE)
    held = [os.dup(0) for _ in range(520)]
    try:
        again = run(give_pictures, LARGE)[0].pixels
        assert isinstance(again.obj, bytearray)
    finally:
        for descriptor in held:
            os.close(descriptor)
    assert again == content()
    tally.ran(1)


class Asks:
    """Runs a job of its own while it is pickled, and another while it is unpickled."""

    run = None

    def __init__(self, pixels):
        self.pixels = pixels

    def __reduce_ex__(self, protocol):
        assert Asks.run(give_pictures, LARGE)[0].pixels == content()
        return Asks.made, (pickle.PickleBuffer(self.pixels),)

    @staticmethod
    def made(pixels):
        assert Asks.run(give_pictures, 2 * LARGE)[0].pixels == content(2 * LARGE)
        return Asks(pixels)


def give_one_that_asks():
    jobs.ran()
    return [Asks(bytearray(content(LARGE, seed=n + 1))) for n in range(3)]


def test_a_value_may_ask_for_other_values_while_it_is_pickled_and_while_it_comes_back(run, tally, monkeypatch):
    monkeypatch.setattr(Asks, "run", staticmethod(run))
    for _ in range(3):
        again = run(give_one_that_asks)
        assert [asks.pixels == content(LARGE, seed=n + 1) for n, asks in enumerate(again)] == [True] * 3
    tally.ran(3)


def test_a_buffer_that_is_not_in_one_piece_cannot_be_pickled_and_is_returned(run, store):
    def job():
        return [Picture(memoryview(bytearray(4 * LARGE))[::2])]

    with pytest.warns(JobstampsWarning, match=r"value\[0\].pixels is a memoryview, which cannot be pickled"):
        assert len(run(job)[0].pixels) == 2 * LARGE
    assert stamps(store) == []


MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import jobs, test_values_buffers as tests
from jobstamps import jobstamp

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def job():
    jobs.ran()
    return tests.Picture(bytearray(100 << 20))

jobstamp.run(len, "")
before = peak()
assert len(jobstamp.run(job).pixels) == 100 << 20
print(peak() - before)
"""


def test_a_large_buffer_is_in_memory_once_while_it_is_kept_and_not_at_all_until_it_is_used(tmp_path, tally):
    (tmp_path / "memory.py").write_text(MEMORY)
    here = os.path.dirname(__file__)
    for most in (164, 10):
        done = subprocess.run(
            [sys.executable, str(tmp_path / "memory.py"), here], check=True, stdout=subprocess.PIPE, text=True
        )
        assert float(done.stdout) < most, "MiB"
    tally.ran(1)


@pytest.mark.parametrize(
    ("mmap", "kind", "read_only"), [("copy", "mmap", 0), ("read", "mmap", 1), (None, "bytearray", 0)]
)
def test_the_caller_chooses_how_large_buffers_come_back(store, tally, mmap, kind, read_only):
    give = stamp(give_pictures, directory=store, mmap=mmap)
    give(LARGE, 2 * LARGE)
    for n, picture in enumerate(give(LARGE, 2 * LARGE), 1):
        assert picture.pixels == content(n * LARGE, seed=n)
        assert type(picture.pixels.obj).__name__ == kind
        assert picture.pixels.readonly == read_only
    tally.ran(1)
