"""numpy arrays count by dtype, shape and all of their content, as it is seen."""

from __future__ import annotations

import pytest
from jobstamps._native import encode, identify

np = pytest.importorskip("numpy", reason="SKIPPED: numpy is not installed")


def test_arrays_differ_by_dtype_shape_and_every_item():
    large = np.zeros(1_000_000)
    changed = large.copy()
    changed[500_001] = 1
    arrays = [
        np.arange(6),
        np.arange(6, dtype="i4"),
        np.arange(6, dtype=">i8"),
        np.arange(6, dtype="u8"),
        np.arange(6).reshape(2, 3),
        np.arange(6).reshape(3, 2),
        np.arange(6).view("M8[s]"),
        np.arange(6).view("M8[D]"),
        np.arange(6, dtype="f2"),
        np.array(["a", "b"]),
        np.array(["a", "c"]),
        np.array([b"a", b"b"]),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("c", "f8")]),
        np.array([1, "a", None], dtype=object),
        np.array([1, "a", ()], dtype=object),
        np.array(1),
        np.array([1]),
        np.array([]),
        np.zeros((0, 3)),
        np.array([""]),
        np.arange(6).view(np.recarray),
        np.ma.masked_array([1, 2], mask=[0, 1]),
        np.ma.masked_array([1, 2], mask=[1, 0]),
        np.float64(1),
        np.float32(1),
        np.datetime64(1, "s"),
        np.datetime64(1, "D"),
        np.dtype("i4"),
        np.sum,
        large,
        changed,
    ]
    encoded = [encode(array) for array in arrays]
    assert len(set(encoded)) == len(arrays)
    assert [encode(array.copy() if hasattr(array, "copy") else array) for array in arrays] == encoded


def test_how_an_array_lies_in_memory_does_not_count():
    array = np.arange(24).reshape(4, 6)
    for view in (np.asfortranarray(array), np.arange(24).reshape(4, 6), array[::-1][::-1], array.T.copy().T):
        assert encode(view) == encode(array)
    assert encode(array[::2, ::3]) == encode(array[::2, ::3].copy())
    assert encode(array[::2]) != encode(array[1::2])
    assert encode(array.T) != encode(array)


def test_an_array_of_objects_names_the_one_that_cannot_be_keyed():
    with pytest.raises(TypeError, match=r"`value\[1\]` cannot be keyed"):
        encode(np.array([1, object()], dtype=object))


def test_two_vectorized_functions_share_no_stamp():
    def key(function):
        return identify(np.vectorize(function), (1,), {})

    assert key(lambda x: x + 1) == key(lambda x: x + 1)
    assert key(lambda x: x + 1)[0] != key(lambda x: x * 10)[0]
