"""Classes among the arguments: by name where that leads to them, by what they define elsewhere."""

from __future__ import annotations

import collections
import contextlib
import copy
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import sys
import types
import typing

import pytest
from jobstamps._native import encode
from kinds import (
    Plain,
)


def test_local_classes_of_one_name_differ_by_what_they_define():
    def make(n, base=object):
        class Local(base):
            constant = n

            def method(self):
                return 1

            @staticmethod
            def static():
                return 2

            @property
            def shown(self):
                return 3

        return Local

    assert encode(make(1)) == encode(make(1))
    assert encode(make(1)()) == encode(make(1)())
    assert encode(make(1)) != encode(make(2))
    assert encode(make(1)()) != encode(make(2)())
    assert encode(make(1)) != encode(make(1, base=Plain))


def test_a_class_is_known_by_its_name_only_where_that_leads_to_it(monkeypatch):
    def make(n):
        made = type("Made", (), {"n": n})
        made.__module__ = "module"
        return made

    module = types.ModuleType("module")
    monkeypatch.setitem(sys.modules, "module", module)
    module.Made = make(1)
    by_name = encode(module.Made)
    other = make(2)
    assert encode(other) == encode(make(2)) != by_name
    module.Made = other
    assert encode(other) == by_name


def local_classes():
    class Sized(collections.abc.Sized):
        def __len__(self):
            return super().__len__() + 1

    @dataclasses.dataclass
    class Data:
        names: dict = dataclasses.field(default_factory=dict)

    class Colour(enum.Flag):
        RED = 1
        BLUE = 2

    class Named(typing.NamedTuple):
        name: str = ""

    class Shown(typing.Protocol):
        def show(self) -> str: ...

    class Cached:
        @functools.cached_property
        def once(self):
            return 1

        @functools.lru_cache  # noqa: B019
        def again(self):
            return 2

    class Error(Exception):
        def __init__(self, text):
            super().__init__(text)

    class Structure(ctypes.Structure):
        _fields_ = (("a", ctypes.c_int),)

    # Not by text alone, as all annotations are in this file.
    forward = dataclasses.make_dataclass("Forward", [("children", typing.List["Data"])])  # noqa: UP006
    return [Sized, Data, forward, Colour, Named, Shown, Cached, Error, Structure]


def test_a_local_class_that_was_used_has_the_bytes_of_one_that_was_not():
    for used, fresh in zip(local_classes(), local_classes()):
        uses = [
            lambda used=used: copy.copy(used(1)),
            lambda used=used: used(3),
            lambda used=used: used().once,
            lambda used=used: isinstance(1, used),
            lambda used=used: typing.get_type_hints(used, None, {"Data": used}),
            lambda used=used: used.__annotations__,
        ]
        for use in uses:
            with contextlib.suppress(Exception):
                use()
        assert encode(used) == encode(fresh), used


def test_many_objects_of_a_local_class_are_written_in_a_short_time():
    class Local(collections.namedtuple("Local", [f"field{n}" for n in range(50)])):
        pass

    rows = [Local(*range(n, n + 50)) for n in range(3000)]
    assert encode(rows) != encode(rows[1:])


def test_what_its_name_does_not_lead_to_is_refused():
    for value, path in [(typing.TypeVar("T"), "value"), (types.ModuleType("nowhere"), "value")]:
        with pytest.raises(TypeError, match=rf"^`{path}` cannot be keyed: it is not .* its name leads to"):
            encode(value)


class Day(datetime.date):
    pass


class Amount(decimal.Decimal):
    pass


class Part(fractions.Fraction):
    pass


class Lacking(collections.defaultdict):
    pass


class Counted(collections.Counter):
    pass


class Place(type(pathlib.Path())):
    pass


VALUES = [
    lambda: Day(2026, 1, 1),
    lambda: Amount(1),
    lambda: Part(1),
    lambda: Lacking(int),
    Counted,
    lambda: Place("a"),
]


@pytest.mark.parametrize("make", VALUES)
def test_attributes_that_a_subclass_adds_to_a_value_count(make):
    bare, one, other, same = make(), make(), make(), make()
    one.unit, other.unit, same.unit = 1, 2, 1
    assert encode(one) == encode(same) != encode(other)
    assert encode(bare) == encode(make()) not in (encode(one), encode(other))


def test_a_state_of_the_users_own_is_all_that_counts():
    class Told(datetime.date):
        def __reduce__(self):
            return Told, (self.year, self.month, self.day)

    one, other = Told(2026, 1, 1), Told(2026, 1, 1)
    other.seen = True
    assert encode(one) == encode(other)
