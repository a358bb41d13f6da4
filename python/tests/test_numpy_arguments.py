"""numpy arrays count by dtype, shape and all of their content, as it is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobstamps._native import encode, identify

np = pytest.importorskip("numpy", reason="SKIPPED: numpy is not installed")
SPECIFICATION = Path(__file__).resolve().parents[2] / "docs" / "canonical-arguments.md"


def vectors():
    listed = SPECIFICATION.read_text(encoding="utf-8").split("With numpy 2:")[1].split("```")[1]
    return [line.rsplit(maxsplit=1) for line in listed.splitlines()[1:]]


@pytest.mark.parametrize(("expression", "digits"), vectors())
def test_the_bytes_are_those_of_the_specification(expression, digits):
    assert encode(eval(expression, {"numpy": np})).hex() == digits


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


def laid_out(array):
    """Returns an array in several layouts of memory."""
    larger = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
    larger[..., ::2] = array
    rolled = np.empty(array.shape[::-1], dtype=array.dtype)
    rolled[...] = array.T
    return [array, np.asfortranarray(array), larger[..., ::2], array[::-1].copy()[::-1], rolled.T]


@pytest.mark.parametrize("shape", [(5,), (0, 3), (40_000,), (3, 70_000), (70_000, 3), (2, 3, 30_000), (300, 7, 90)])
@pytest.mark.parametrize("dtype", ["i8", "u1", ">f4", "M8[ns]", "U3", [("a", "i4"), ("b", "f8")], "g"])
def test_large_and_small_arrays_are_their_items_in_whatever_order_these_lie(shape, dtype):
    array = np.arange(int(np.prod(shape))).reshape(shape).astype("i4").astype(dtype)
    encoded = {encode(way) for way in laid_out(array)}
    assert len(encoded) == 1
    if array.size:
        changed = array.copy()
        changed.flat[array.size // 2] = changed.flat[array.size // 2 - 1]
        assert encode(changed) not in encoded


def test_items_larger_than_a_piece_are_taken_one_by_one():
    large = np.array([b"a" * 300_000, b"b" * 300_000, b"c", b"d"])
    assert encode(large[::2]) == encode(large[::2].copy()) != encode(large[1::2])
    repeated = np.broadcast_to(np.arange(100_000), (4, 100_000))
    assert encode(repeated) == encode(repeated.copy())


class Noted(np.ndarray):
    note = None

    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, (*state, self.note)


class Kind(np.ndarray):
    pass


def test_how_an_array_of_another_class_lies_in_memory_does_not_count(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    mapped = np.memmap(tmp_path / "mapped", dtype="f8", mode="w+", shape=(3, 4))
    mapped[...] = array
    groups = [
        [array],
        [
            array.view(Kind),
            np.asfortranarray(array).view(Kind),
            np.arange(24.0).reshape(3, 8).view(Kind)[:, :4] * 0 + array,
        ],
        [array.view(Noted), np.asfortranarray(array).view(Noted)],
        [mapped, np.asfortranarray(array).view(np.memmap)],
        [array.view(np.matrix), np.asfortranarray(array).view(np.matrix)],
        [np.ma.masked_array(way, mask=way > 5) for way in laid_out(array)],
        [np.ma.masked_array(way, mask=way > 6) for way in laid_out(array)],
        [np.ma.masked_array(array)],
        [np.arange(3).view(np.recarray)],
    ]
    noted = array.view(Noted)
    noted.note = "other"
    groups.append([noted])
    encoded = [{encode(value) for value in group} for group in groups]
    assert [len(group) for group in encoded] == [1] * len(groups)
    assert len(set().union(*encoded)) == len(groups)


def test_bytes_that_belong_to_no_item_do_not_count():
    gaps = np.dtype([("a", "i1"), ("b", "f8"), ("c", [("d", "i1"), ("e", "i4")], 2)], align=True)
    late = np.dtype({"names": ["a"], "formats": ["i4"], "offsets": [4], "itemsize": 12})
    for dtype, values in [(gaps, (1, 2.5, [(1, 2), (3, 4)])), (late, (5,)), ("g", 1.5), ("G", 1.5 - 2j), (">g", 1.5)]:
        filled = []
        for filler in (b"\x00", b"\xff"):
            array = np.frombuffer(filler * 3 * np.dtype(dtype).itemsize, dtype).copy()
            array[...] = values
            filled.append(array)
        one, other = filled
        assert (one == other).all()
        assert encode(one) == encode(other)
        assert encode(one[0]) == encode(other[0])
        assert encode(one[1:2].reshape(())) == encode(other[1:2].reshape(()))
        changed = one.copy()
        changed[1] = np.zeros((), dtype)
        assert encode(changed) != encode(one)


def test_an_array_of_records_with_objects_counts_by_these():
    kinds = [("a", "i4"), ("b", object)]
    array = np.array([(1, "x"), (2, None)], dtype=kinds)
    assert encode(array) == encode(array.copy()) != encode(np.array([(1, "x"), (2, "None")], dtype=kinds))
    array["b"][1] = object()
    with pytest.raises(TypeError, match=r"`value\['b'\]\[1\]` cannot be keyed"):
        encode(array)


def test_a_type_that_calls_itself_numpys_array_is_not_believed():
    class Liar:
        """Says that its memory is somewhere."""

        dtype, shape, nbytes = np.dtype("i8"), (3,), 24
        __array_struct__ = "here"

        def tobytes(self, _order):
            return bytes(24)

    Liar.__module__, Liar.__name__ = "numpy", "ndarray"
    assert encode(Liar()) == encode(Liar())


def test_scalars_differ_by_type_and_value():
    scalars = [np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.datetime64(1, "s"), np.datetime64(1, "D")]
    scalars += [np.timedelta64(1, "s"), np.complex64(1), np.str_(""), np.str_("\0"), np.str_("a"), np.str_("a\0")]
    scalars += [
        np.bytes_(b""),
        np.bytes_(b"\0"),
        np.void(b"\0"),
        np.void(b"\0\0"),
        np.float64(-0.0),
        np.float64(0.0),
        1.0,
    ]
    assert len({encode(scalar) for scalar in scalars}) == len(scalars)
    assert encode(np.float64(1.5)) == encode(np.arange(3.0)[1:2].sum() + 0.5)


def test_an_array_of_objects_names_the_one_that_cannot_be_keyed():
    with pytest.raises(TypeError, match=r"`value\[1\]` cannot be keyed"):
        encode(np.array([1, object()], dtype=object))


def test_two_vectorized_functions_share_no_stamp():
    def key(function):
        return identify(np.vectorize(function), (1,), {})

    assert key(lambda x: x + 1) == key(lambda x: x + 1)
    assert key(lambda x: x + 1)[0] != key(lambda x: x * 10)[0]
