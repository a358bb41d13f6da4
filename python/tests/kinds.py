"""Values of many kinds: each line of `MAKERS` makes a new one, equal to what it made before and to no other line's."""

# ruff: noqa: PIE807, PLW0108

from __future__ import annotations

import array
import collections
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import operator
import os
import pathlib
import re
import threading
import types
import uuid
from unittest import mock


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Number(enum.IntEnum):
    ONE = 1


class Flags(enum.Flag):
    A = 1
    B = 2


@dataclasses.dataclass
class Point:
    x: object
    y: object = 0


@dataclasses.dataclass
class OtherPoint:
    x: object
    y: object = 0


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Items(list):
    pass


class Names(set):
    pass


class Table(dict):
    pass


class Ordered(collections.OrderedDict):
    pass


class SaysItsKey:
    def __init__(self, key):
        self.lock = threading.Lock()
        self.key = key

    def __jobstamp_key__(self):
        return self.key


class Printed:
    """Has no state that pickling could have, and says what it is."""

    def __init__(self, text):
        self.text = text

    def __reduce_ex__(self, protocol):
        raise TypeError("it is not to be pickled")

    def __repr__(self):
        return f"Printed({self.text})"


class PrintedWithAddress(Printed):
    def __repr__(self):
        return f"<it is at {id(self):#x}>"


class InheritsItsRepr(Printed):
    pass


Pair = collections.namedtuple("Pair", "left right")
OtherPair = collections.namedtuple("OtherPair", "left right")


def module_function():
    pass


def other_function():
    pass


def made(n, body):
    """Returns a function that shares its name with all others made here."""
    if body:

        def inner():
            return n + 1

    else:

        def inner():
            return n + 2

    return inner


def named_tuple(*names, **more):
    return collections.namedtuple("Made", names, **more)


def data_class(*fields):
    return dataclasses.make_dataclass("Made", fields)


def plain_class(*bases, kind=type, **body):
    return kind("Made", bases, body)


class Kind(type):
    pass


def made_by_exec(body):
    """Returns a function whose name leads nowhere."""
    names = {"__name__": "nowhere"}
    exec(f"def made(): return {body}", names)
    return names["made"]


def contains_itself():
    items = [1]
    items.append(items)
    return items


def contain_each_other():
    one, other = Plain(name="one"), Plain(name="other")
    one.friend, other.friend = other, one
    return one


# Each of these makes a new value each time; equal where made by one line, different where made by two.
MAKERS = [
    lambda: None,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: 1,
    lambda: -1,
    lambda: 255,
    lambda: 256,
    lambda: 10**5000,
    lambda: 10**5000 + 1,
    lambda: -(10**5000),
    lambda: 1.0,
    lambda: 0.0,
    lambda: -0.0,
    lambda: float("inf"),
    lambda: float("nan"),
    lambda: 1 + 0j,
    lambda: complex(0.0, -0.0),
    lambda: complex(0.0, 0.0),
    lambda: "",
    lambda: "1",
    lambda: "a",
    lambda: "\u00e9",
    lambda: "e\u0301",
    lambda: "\udcff",
    lambda: "\x00",
    lambda: "a" * 4097,
    lambda: "a" * 4098,
    lambda: b"",
    lambda: b"a",
    lambda: bytearray(b"a"),
    lambda: bytes(100_000),
    lambda: bytes(99_999) + b"\x01",
    lambda: (),
    lambda: [],
    lambda: {},
    lambda: set(),
    lambda: frozenset(),
    lambda: (1, 23),
    lambda: (12, 3),
    lambda: (123,),
    lambda: [1, 23],
    lambda: [[1], 2],
    lambda: [1, [2]],
    lambda: ([],),
    lambda: ((),),
    lambda: {"a": 1},
    lambda: {"b": 1},
    lambda: {"a": 1, "b": 2},
    lambda: {"a": 2, "b": 1},
    lambda: {1: "a"},
    lambda: {True: "a"},
    lambda: {1, 2},
    lambda: frozenset({1, 2}),
    lambda: {(1, 2)},
    lambda: collections.OrderedDict(a=1, b=2),
    lambda: collections.OrderedDict(b=2, a=1),
    lambda: collections.defaultdict(list, a=1),
    lambda: collections.defaultdict(set, a=1),
    lambda: collections.Counter("aab"),
    lambda: collections.deque([1, 2]),
    lambda: collections.deque([1, 2], maxlen=2),
    lambda: types.MappingProxyType({"a": 1}),
    lambda: {"a": 1}.keys(),
    lambda: {"a": 1}.values(),
    lambda: {"a": 1}.items(),
    lambda: ...,
    lambda: NotImplemented,
    lambda: decimal.Decimal("1.0"),
    lambda: decimal.Decimal("1.00"),
    lambda: fractions.Fraction(1, 3),
    lambda: datetime.date(2026, 1, 2),
    lambda: datetime.datetime(2026, 1, 2),
    lambda: datetime.datetime(2026, 1, 2, fold=1),
    lambda: datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    lambda: datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    lambda: datetime.time(1, 2),
    lambda: datetime.timedelta(days=1),
    lambda: datetime.timezone.utc,
    lambda: uuid.UUID(int=1),
    lambda: uuid.UUID(int=2),
    lambda: pathlib.PurePosixPath("a/b"),
    lambda: pathlib.PureWindowsPath("a/b"),
    lambda: pathlib.PurePosixPath("a/c"),
    lambda: pathlib.PosixPath("a/b"),
    lambda: range(3),
    lambda: range(4),
    lambda: slice(1, 2),
    lambda: slice(1, 2, 3),
    lambda: Colour.RED,
    lambda: Colour.GREEN,
    lambda: Number.ONE,
    lambda: Flags.A,
    lambda: Flags.A | Flags.B,
    lambda: Point(1),
    lambda: Point(1, 1),
    lambda: Point("1"),
    lambda: OtherPoint(1),
    lambda: Slotted(1, 2),
    lambda: Slotted(2, 1),
    lambda: Plain(),
    lambda: Plain(a=1),
    lambda: Plain(a=1, b=2),
    lambda: Plain(a=[Plain(a=1)]),
    lambda: Pair(1, 2),
    lambda: OtherPair(1, 2),
    lambda: Text("a"),
    lambda: Whole(1),
    lambda: Items([1]),
    lambda: Names({"a", "b"}),
    lambda: Table(a=1, b=2),
    lambda: Ordered(a=1, b=2),
    lambda: Ordered(b=2, a=1),
    lambda: types.SimpleNamespace(a=1),
    lambda: array.array("i", [1]),
    lambda: array.array("I", [1]),
    lambda: memoryview(b"abcd"),
    lambda: memoryview(b"abcd").cast("I"),
    lambda: memoryview(b"abcd").cast("B", (2, 2)),
    lambda: memoryview(b"abcd")[::2],
    lambda: memoryview(b"a" * 70_000),
    lambda: (ctypes.c_int * 2)(1, 2),
    lambda: ValueError("a"),
    lambda: KeyError("a"),
    lambda: re.compile("a"),
    lambda: re.compile("a", re.IGNORECASE),
    lambda: int,
    lambda: str,
    lambda: Point,
    lambda: Pair,
    lambda: module_function,
    lambda: other_function,
    lambda: lambda: 1,
    lambda: lambda: 2,
    lambda: made(1, body=True),
    lambda: made(1, body=False),
    lambda: made(2, body=True),
    lambda: len,
    lambda: sum,
    lambda: [].append,
    lambda: [1].append,
    lambda: [].extend,
    lambda: str.join,
    lambda: "a".join,
    lambda: Point(1).__eq__,
    lambda: functools.partial(len),
    lambda: functools.partial(print, 1),
    lambda: functools.partial(print, sep=""),
    lambda: functools.lru_cache(module_function),
    lambda: functools.lru_cache(made(1, body=True)),
    lambda: functools.lru_cache(made(1, body=False)),
    lambda: collections,
    lambda: os,
    lambda: SaysItsKey(1),
    lambda: SaysItsKey("1"),
    lambda: Printed("a"),
    lambda: Printed("b"),
    lambda: mock.Mock(__name__="job"),
    lambda: mock.Mock(__name__="other"),
    lambda: Plain(__name__="job", n=1),
    lambda: Plain(__name__="job", n=2),
    lambda: named_tuple("a"),
    lambda: named_tuple("b"),
    lambda: named_tuple("a", "b"),
    lambda: named_tuple("a", "b", defaults=(1,)),
    lambda: named_tuple("a", "b", defaults=(2,)),
    lambda: named_tuple("a")(1),
    lambda: named_tuple("b")(1),
    lambda: data_class("a"),
    lambda: data_class("b"),
    lambda: data_class(("a", int)),
    lambda: data_class(("a", str)),
    lambda: data_class(("a", int, dataclasses.field(default=1))),
    lambda: data_class(("a", int, dataclasses.field(default=2))),
    lambda: data_class(("a", list, dataclasses.field(default_factory=list))),
    lambda: data_class(("a", int, dataclasses.field(default=2, compare=False))),
    lambda: data_class("a")(1),
    lambda: data_class("b")(1),
    lambda: plain_class(),
    lambda: plain_class(Plain),
    lambda: plain_class(kind=Kind),
    lambda: plain_class(n=1),
    lambda: plain_class(n=2),
    lambda: plain_class(__len__=lambda _: 1),
    lambda: plain_class(__len__=lambda _: 2),
    lambda: plain_class(__abs__=operator.neg),
    lambda: plain_class(__abs__=operator.pos),
    lambda: plain_class(m=property(made_by_exec(1))),
    lambda: plain_class(m=property(made_by_exec(2))),
    lambda: plain_class(__slots__=("a",)),
    lambda: plain_class(__slots__=("b",)),
    lambda: plain_class(n=1)(),
    lambda: plain_class(n=2)(),
    lambda: made_by_exec(1),
    lambda: made_by_exec(2),
    contains_itself,
    contain_each_other,
    lambda: [contains_itself()],
]
