"""Arrays as values: equal, of their type, and open to change when they come back, whatever their size."""

from __future__ import annotations

import jobs
import pytest
from jobstamps import stamp

np = pytest.importorskip("numpy", reason="SKIPPED: numpy is not installed")

LARGE = 70_000


def records(length):
    array = np.zeros(length, dtype=[("a", "i4"), ("b", "f8"), ("c", "U3")])
    array["b"] = np.arange(length)
    return array


MAKERS = {
    "plain": np.arange,
    "bytes": lambda length: np.arange(length, dtype="u1"),
    "swapped": lambda length: np.arange(length, dtype=">f4"),
    "two-dimensional": lambda length: np.arange(length * 4).reshape(-1, 4),
    "fortran": lambda length: np.asfortranarray(np.arange(length * 4).reshape(-1, 4)),
    "every-other": lambda length: np.arange(2 * length)[::2],
    "backwards": lambda length: np.arange(length)[::-1],
    "part": lambda length: np.arange(2 * length)[length:],
    "records": records,
    "field": lambda length: records(length)["b"],
    "dates": lambda length: np.arange(length).astype("M8[s]"),
    "texts": lambda length: np.arange(length).astype("U6"),
    "objects": lambda length: np.array([str(n) for n in range(length)], dtype=object),
    "truths": lambda length: np.arange(length) % 3 == 0,
    "complex": lambda length: np.arange(length) * 1j,
    "masked": lambda length: np.ma.masked_array(np.arange(length), mask=np.arange(length) % 2),
    "empty": lambda length: np.zeros((0, length)),
    "scalar": np.array,
    "broadcast": lambda length: np.broadcast_to(np.int64(1), (length,)),
    "several": lambda length: {"a": [np.arange(length), np.ones(length)], "b": (np.zeros(3),)},
}


def make(kind, length):
    jobs.ran()
    return MAKERS[kind](length)


def arrays_in(value):
    if isinstance(value, np.ndarray):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [array for part in parts for array in arrays_in(part)]


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("length", [10, LARGE])
def test_arrays_come_back_equal_and_can_be_changed_without_harm_to_the_next_hit(run, tally, kind, length):
    for _ in range(3):
        for again, made in zip(arrays_in(run(make, kind, length)), arrays_in(MAKERS[kind](length))):
            assert type(again) is type(made)
            assert (again.dtype, again.shape) == (made.dtype, made.shape)
            np.testing.assert_array_equal(again, made)
            if again.size and kind != "broadcast":
                assert again.flags.writeable
                again.flat[0] = again.flat[again.size - 1]
    tally.ran(1)


def give_unchangeable(length):
    jobs.ran()
    array = np.arange(length)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("length", [10, LARGE])
def test_an_array_that_could_not_be_changed_comes_back_as_pickle_gives_it_back(run, tally, length):
    for _ in range(2):
        again = run(give_unchangeable, length)
        np.testing.assert_array_equal(again, np.arange(length))
        assert not again.flags.writeable
    tally.ran(1)


def test_arrays_that_are_mapped_to_be_read_cannot_be_changed(store, tally):
    give = stamp(make, directory=store, mmap="read")
    give("several", LARGE)
    large = give("several", LARGE)["a"][0]
    np.testing.assert_array_equal(large, np.arange(LARGE))
    with pytest.raises(ValueError, match="read-only"):
        large[0] = 1
    tally.ran(1)
