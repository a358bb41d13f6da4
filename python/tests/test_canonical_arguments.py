"""Equal arguments have equal bytes in every process, different ones have different: docs/canonical-arguments.md."""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import functools
import io
import itertools
import mmap
import operator
import os
import pickle
import random
import re
import socket
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from unittest import mock

import pytest
from jobstamps._native import encode
from kinds import (
    MAKERS,
    InheritsItsRepr,
    Items,
    Plain,
    Point,
    PrintedWithAddress,
    Slotted,
    contains_itself,
    made,
)

SPECIFICATION = Path(__file__).resolve().parents[2] / "docs" / "canonical-arguments.md"
NAMES = {
    "collections": collections,
    "datetime": datetime,
    "decimal": decimal,
    "operator": operator,
    "re": re,
    "uuid": uuid,
}


def pairs(items):
    return zip(items, items[1:])


def vectors():
    listed = SPECIFICATION.read_text(encoding="utf-8").split("## Test vectors")[1].split("```")[1]
    for line in listed.splitlines()[1:]:
        expression, digits = line.rsplit(maxsplit=1)
        yield expression.strip(), digits


@pytest.mark.parametrize(("expression", "digits"), list(vectors()))
def test_the_bytes_are_those_of_the_specification(expression, digits):
    assert encode(eval(expression, dict(NAMES))).hex() == digits


def test_equal_values_have_equal_bytes_and_different_values_have_different_ones():
    seen = {}
    for number, make in enumerate(MAKERS):
        bytes_ = encode(make())
        assert encode(make()) == bytes_, f"line {number} gives different bytes for equal values: {make()!r}"
        assert bytes_ not in seen, f"{make()!r} and {MAKERS[seen[bytes_]]()!r} have the same bytes"
        seen[bytes_] = number


def test_no_bytes_begin_with_those_of_another_value():
    # Sorted, a prefix stands right before the first that begins with it.
    for one, other in pairs(sorted(encode(make()) for make in MAKERS)):
        assert not other.startswith(one)


def test_copies_and_unpickled_values_have_the_bytes_of_the_original():
    for make in MAKERS:
        value = make()
        if isinstance(value, mock.NonCallableMock):
            continue  # The copy's class is derived from the one that was made for the original alone.
        for remake in (copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))):
            try:
                again = remake(value)
            except Exception:
                continue
            assert encode(again) == encode(value), repr(value)


def test_the_order_in_which_a_dict_or_set_was_filled_does_not_count():
    items = list(range(50))
    for _ in range(5):
        random.Random(1).shuffle(items)
        assert encode({n: str(n) for n in items}) == encode({n: str(n) for n in range(50)})
        assert encode(set(map(str, items))) == encode(set(map(str, range(50))))
        assert encode(Plain(**{f"a{n}": n for n in items})) == encode(Plain(**{f"a{n}": n for n in range(50)}))


def test_the_hash_seed_does_not_count():
    program = (
        "import collections, sys; from jobstamps._native import encode\n"
        "class Names(set): pass\n"
        "words = [str(n) for n in range(100)]\n"
        "value = [set(words), frozenset(words), dict.fromkeys(words), Names(words), {frozenset(words): set(words)}]\n"
        "value += [(lambda x: x in {'a', 'b', 'c', 'd', 'e'}), collections.Counter(words)]\n"
        "print(encode(value).hex())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for seed in range(10)
    }
    assert len(seen) == 1


def test_whether_two_parts_are_one_object_does_not_count():
    shared = [1, 2]
    assert encode([shared, shared]) == encode([[1, 2], [1, 2]])
    large = ["x" * 5000]
    assert encode([large, large]) == encode([["x" * 5000], ["x" * 5000]])
    loop = contains_itself()
    assert encode((loop, loop)) == encode((contains_itself(), contains_itself()))


def test_what_is_shared_many_times_is_written_in_a_short_time():
    items = ["x"]
    for _ in range(60):
        items = [items, items]
    assert len(encode(items)) < 10_000


def test_a_value_that_contains_itself_is_not_its_unrolled_likeness():
    assert encode(contains_itself()) != encode([1, contains_itself()[1]][:1])
    assert encode([1, [1]]) != encode(contains_itself())


def test_of_an_argument_with_a_name_of_its_own_all_state_counts():
    assert encode(Plain(__name__="job", n=1)) != encode(Plain(__name__="job", n=2))
    assert encode(mock.Mock(__name__="job", n=1)) != encode(mock.Mock(__name__="job", n=2))
    with pytest.raises(TypeError, match=r"^`value.lock` cannot be keyed: "):
        encode(Plain(__name__="job", lock=threading.Lock()))


def test_a_repr_with_an_address_or_of_a_parent_class_is_not_taken():
    for value in (PrintedWithAddress("a"), InheritsItsRepr("a")):
        with pytest.raises(TypeError, match=r"^`value` cannot be keyed: TypeError: it is not to be pickled"):
            encode(value)


def test_a_repr_does_not_stand_for_a_state_that_cannot_be_keyed():
    class Model:
        def __init__(self, lock):
            self.lock = lock

        def __repr__(self):
            return "Model()"

    with pytest.raises(TypeError, match=r"^`value\[0\].lock` cannot be keyed: "):
        encode([Model(threading.Lock())])


def test_iterators_and_files_are_refused_and_not_consumed(tmp_path):
    path = tmp_path / "file"
    path.write_text("one\ntwo\n")
    with path.open() as file, path.open("rb") as raw:
        one_shot = [
            iter([1, 2]),
            (n for n in (1, 2)),
            map(str, [1, 2]),
            zip([1, 2]),
            iter({1: 2}),
            itertools.count(1),
            file,
            raw,
            io.BytesIO(b"one\ntwo\n"),
            io.StringIO("one\n"),
        ]
        for value in one_shot:
            with pytest.raises(TypeError, match=r"looking at a .* would consume it"):
                encode({"key": [value]})
        firsts = [next(value) for value in one_shot]
    assert firsts[:3] == [1, 1, "1"]
    assert firsts[5:] == [1, "one\n", b"one\n", b"one\n", "one\n"]


def test_the_way_to_what_cannot_be_keyed_is_named():
    lock = threading.Lock()
    with socket.socket() as opened:
        for value, path in [
            (lock, "value"),
            ([0, {"a": (lock,)}], "value[1]['a'][0]"),
            (Plain(items=[Point(1, lock)]), "value.items[0].y"),
            (Slotted(1, lock), "value.b"),
            ({"x": Items([lock])}, "value['x'][0]"),
            (object(), "value"),
            ([opened], "value[0]"),
            (threading.current_thread(), "value._"),
            (functools.partial(print, lock), "value"),
            (made(lock, body=True), "value closure n of inner"),
        ]:
            with pytest.raises(TypeError, match=rf"^`{re.escape(path)}.* cannot be keyed: "):
                encode(value)


def test_an_exception_from_the_values_own_code_names_it_and_an_interrupt_passes():
    class Raises:
        def __init__(self, error):
            self.error = error

        def __reduce_ex__(self, protocol):
            raise self.error

    with pytest.raises(TypeError, match=r"^`value\[0\]` cannot be keyed: ValueError: no"):
        encode([Raises(ValueError("no"))])
    with pytest.raises(KeyboardInterrupt):
        encode([Raises(KeyboardInterrupt())])


def test_a_value_whose_own_code_changes_the_list_that_holds_it_does_no_harm():
    items = []

    class Grows:
        def __reduce__(self):
            if len(items) < 100:
                items.append(1)
            return (str, ("a",))

    items.extend([Grows(), Grows()])
    encode(items)
    encode({"a": items, "b": Grows()})


def test_too_deep_a_value_is_refused_and_does_no_harm():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TypeError, match="nested more than 100 levels deep"):
        encode(deep)
    refused = []

    def in_a_thread():
        try:
            encode(deep)
        except TypeError as error:
            refused.append(error)

    before = threading.stack_size(256 * 1024)
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    threading.stack_size(before)
    assert len(refused) == 1
    while deep:
        deep = deep.pop()


def test_a_memory_map_counts_by_its_content(tmp_path):
    path = tmp_path / "mapped"
    seen = []
    for content in (b"one", b"two", b"one"):
        path.write_bytes(content)
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            seen.append(encode(mapped))
    assert seen[0] == seen[2] != seen[1]


def test_what_a_set_says_it_is_made_of_counts_beside_its_items():
    class Weighted(set):
        def __init__(self, items, weight=0):
            super().__init__(items)
            self.weighs = lambda: weight

        def __reduce__(self):
            return type(self), (list(self), self.weighs())

    assert encode(Weighted([1], 1)) == encode(Weighted([1], 1)) != encode(Weighted([1], 2))
