"""Whatever values there are: equal ones have equal bytes, in every process, and different ones have different bytes."""

from __future__ import annotations

import collections
import copy
import dataclasses
import os
import pickle
import struct
import subprocess
import sys

import pytest
from jobstamps._native import encode, identify

hypothesis = pytest.importorskip("hypothesis", reason="SKIPPED: hypothesis is not installed")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as some  # noqa: E402

# The same examples each time: who looks for more sets HYPOTHESIS_EXAMPLES.
MORE = os.environ.get("HYPOTHESIS_EXAMPLES")
thoroughly = settings(
    max_examples=int(MORE or 150),
    derandomize=not MORE,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@dataclasses.dataclass(frozen=True)
class Pair:
    left: object
    right: object


class Slotted:
    __slots__ = ("item",)

    def __init__(self, item):
        self.item = item


class Items(list):
    pass


Named = collections.namedtuple("Named", "one other")

# From so few that equal ones come up often, and from all that there are.
FEW = some.one_of(
    some.sampled_from([None, True, False, (), frozenset(), 0, 1, -1, 255, 256, 2**63, -(2**63) - 1]),
    some.sampled_from([0.0, -0.0, 1.0, float("nan"), 1j, "", "1", "a", "\u00e9", "\udcff", "\ud800", b"", b"a", b"1"]),
    some.sampled_from([64, 65]).map(lambda length: "a" * length),
    some.sampled_from([64, 65]).map(lambda length: "\u00e9" * length),
    some.sampled_from([4096, 4097]).map(bytes),
)
ANY = some.one_of(
    some.integers(),
    some.floats(),
    some.complex_numbers(),
    some.text(some.characters(), max_size=100),
    some.binary(max_size=100),
    some.dates(),
    some.timedeltas(),
    some.decimals(allow_nan=False),
    some.fractions(),
    some.uuids(),
)
LEAVES = FEW | ANY
HASHABLE = some.recursive(
    LEAVES,
    lambda inner: some.tuples(inner, inner) | some.frozensets(inner, max_size=4) | some.builds(Pair, inner, inner),
    max_leaves=6,
)
VALUES = some.recursive(
    HASHABLE,
    lambda inner: some.one_of(
        some.lists(inner, max_size=4),
        some.tuples(inner, inner, inner),
        some.sets(HASHABLE, max_size=4),
        some.dictionaries(HASHABLE, inner, max_size=4),
        some.dictionaries(HASHABLE, inner, max_size=4).map(collections.OrderedDict),
        some.lists(inner, max_size=3).map(Items),
        some.lists(inner, max_size=3).map(collections.deque),
        some.builds(Slotted, inner),
        some.builds(Named, inner, inner),
        some.binary(max_size=20).map(bytearray),
    ),
    max_leaves=12,
)


def told_apart(value):
    """Returns what tells a value from all others, in Python's own terms."""
    kind = type(value).__name__
    if isinstance(value, float):
        return kind, struct.pack("d", value)
    if isinstance(value, complex):
        return kind, struct.pack("dd", value.real, value.imag)
    if isinstance(value, collections.OrderedDict):
        return kind, tuple((told_apart(key), told_apart(item)) for key, item in value.items())
    if isinstance(value, dict):
        return kind, frozenset((told_apart(key), told_apart(item)) for key, item in value.items())
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(map(told_apart, value))
    if isinstance(value, (list, tuple, collections.deque)):
        return kind, tuple(map(told_apart, value))
    if isinstance(value, (Pair, Slotted)):
        names = ("item",) if isinstance(value, Slotted) else ("left", "right")
        return kind, tuple(told_apart(getattr(value, name)) for name in names)
    return kind, repr(value)


def changed(draw, value):
    """Returns a value that may differ from another in one place only."""
    if isinstance(value, (list, tuple)) and value and type(value) in (list, tuple):
        place = draw(some.integers(0, len(value) - 1))
        return type(value)([*value[:place], changed(draw, value[place]), *value[place + 1 :]])
    if type(value) is dict and value:
        key = draw(some.sampled_from(list(value)))
        return {**value, key: changed(draw, value[key])}
    if isinstance(value, (str, bytes)) and value:
        place = draw(some.integers(0, len(value) - 1))
        return value[:place] + draw(some.sampled_from([value[:0], value[:1], value[-1:]])) + value[place + 1 :]
    if type(value) is int:
        return value + draw(some.sampled_from([0, 1, -1, 256]))
    return draw(LEAVES)


@thoroughly
@given(some.data())
def test_two_values_have_equal_bytes_exactly_where_they_are_equal(data):
    one = data.draw(VALUES)
    other = data.draw(VALUES) if data.draw(some.booleans()) else changed(data.draw, one)
    assert (encode(one) == encode(other)) == (told_apart(one) == told_apart(other))


@thoroughly
@given(some.lists(VALUES, min_size=2, max_size=5))
def test_where_one_value_ends_and_the_next_begins_is_known(values):
    split = [encode(tuple(map(tuple, (values[:cut], values[cut:])))) for cut in range(len(values) + 1)]
    assert len(set(split)) == len(split)
    assert not encode(values[0]).startswith(encode(values[1])) or encode(values[0]) == encode(values[1])


@thoroughly
@given(VALUES)
def test_a_copy_has_the_bytes_of_the_original(value):
    for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value)), pickle.loads(pickle.dumps(value, 2))):
        assert encode(again) == encode(value)


ELSEWHERE = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
import test_canonical_properties
from jobstamps._native import encode
while True:
    value = pickle.load(sys.stdin.buffer)
    sys.stdout.write(encode(value).hex() + "\\n")
    sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def processes():
    """Processes with hash seeds of their own, that read values and write their bytes."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ELSEWHERE, os.path.dirname(__file__)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for seed in ("1", "2", "random")
    ]
    yield started
    for process in started:
        process.stdin.close()
        process.stdout.close()
        process.wait()


@thoroughly
@given(value=VALUES)
def test_a_value_has_the_same_bytes_in_every_process_whatever_its_hash_seed(processes, value):
    for process in processes:
        process.stdin.write(pickle.dumps(value))
        process.stdin.flush()
    assert {process.stdout.readline().strip().decode() for process in processes} == {encode(value).hex()}


def job(a, b=2, /, c=3, *more, d, e=5, **others):
    return a, b, c, more, d, e, others


@thoroughly
@given(some.data())
def test_calls_that_bind_alike_are_one_call_and_others_are_not(data):
    names = ["c", "d", "e", "f", "g"]

    def call():
        args = tuple(data.draw(some.lists(some.integers(0, 3), min_size=1, max_size=5)))
        kwargs = data.draw(some.dictionaries(some.sampled_from(names), some.integers(0, 5)))
        kwargs.setdefault("d", 4)
        if len(args) > 2:
            kwargs.pop("c", None)
        return args, kwargs

    (args, kwargs), (other_args, other_kwargs) = call(), call()
    same = identify(job, args, kwargs)[0] == identify(job, other_args, other_kwargs)[0]
    assert same == (job(*args, **kwargs) == job(*other_args, **other_kwargs))


@thoroughly
@given(some.data())
def test_arrays_have_equal_bytes_exactly_where_type_shape_and_items_are_equal(data):
    np = pytest.importorskip("numpy", reason="SKIPPED: numpy is not installed")
    arrays = pytest.importorskip("hypothesis.extra.numpy")
    kinds = some.one_of(
        arrays.boolean_dtypes(),
        arrays.integer_dtypes(),
        arrays.floating_dtypes(sizes=(16, 32, 64)),
        arrays.datetime64_dtypes(),
        arrays.unicode_string_dtypes(max_len=3),
        arrays.array_dtypes(arrays.scalar_dtypes(), max_size=3),
    )

    def draw():
        return data.draw(arrays.arrays(data.draw(kinds), arrays.array_shapes(min_dims=0, min_side=0, max_side=4)))

    one = draw()
    other = draw() if data.draw(some.booleans()) else one.copy()
    if other.size and data.draw(some.booleans()):
        other[np.unravel_index(other.size - 1, other.shape)] = np.zeros((), other.dtype)

    def of_array(array):
        items = array.tolist() if array.dtype.kind not in "MmV" else np.ascontiguousarray(array).tobytes()
        return array.dtype, array.shape, told_apart(items)

    assert (encode(one) == encode(other)) == (of_array(one) == of_array(other))
    for way in (np.asarray(one, order="F"), one.T.copy().T, np.repeat(one[None], 2, 0)[1, ...]):
        assert encode(way) == encode(one)
