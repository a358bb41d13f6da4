"""A stamped function in a class binds as functions do, and what it is bound to is an argument."""

from __future__ import annotations

import dataclasses
import pickle
import threading

import jobs
import pytest
from jobstamps import BoundStamped, stamp


class Scaled:
    def __init__(self, by):
        self.by = by

    @stamp
    def times(self, number):
        """Scales a number."""
        jobs.ran()
        return self.by * number

    @stamp
    @classmethod
    def named(cls, number):
        jobs.ran()
        return f"{cls.__name__} {number}"

    @stamp
    @staticmethod
    def plain(number):
        jobs.ran()
        return number

    @classmethod
    @stamp
    def inside_out(cls, number):
        jobs.ran()
        return f"{cls.__name__} {number}"

    @staticmethod
    @stamp
    def plain_inside_out(number):
        jobs.ran()
        return number


class Other(Scaled):
    pass


def test_self_is_an_argument_by_its_value(tally):
    one = Scaled(3)
    assert one.times(2) == one.times(number=2) == Scaled(3).times(2) == Scaled.times(one, 2) == 6
    tally.ran(1)
    assert Scaled(4).times(2) == 8
    one.by = 5
    assert one.times(2) == 10
    # Another class is another call.
    assert Other(3).times(2) == 6
    tally.ran(4)


def test_the_class_of_a_class_method_is_an_argument(tally):
    assert Scaled.named(1) == Scaled(9).named(1) == "Scaled 1"
    tally.ran(1)
    assert Other.named(1) == "Other 1"
    tally.ran(2)
    assert Scaled.inside_out(1) == Scaled(9).inside_out(1) == "Scaled 1"
    tally.ran(3)


def test_a_static_method_is_a_function(tally):
    assert Scaled.plain(1) == Scaled(2).plain(1) == Other.plain(1) == 1
    tally.ran(1)
    assert Scaled.plain_inside_out(1) == Scaled(2).plain_inside_out(1) == 1
    tally.ran(2)


def test_what_is_asked_of_a_method_is_asked_with_its_self(tally):
    one = Scaled(3)
    assert one.times.stale(2).kind == "no-stamp"
    assert one.times.peek(2, "nothing") == "nothing"
    one.times(2)
    assert one.times.stale(2) is None
    assert one.times.explain(2).fresh
    assert one.times.peek(2, "nothing") == 6
    assert one.times.rerun(2) == 6
    assert one.times.forget(2)
    assert one.times.stale(2) is not None
    assert Scaled.times.stale(one, 2) is not None
    tally.ran(2)
    assert Scaled.named.stale(7).kind == "no-stamp"
    Scaled.named(7)
    assert Scaled.named.stale(7) is None
    assert one.times.cache_info() == Scaled.times.cache_info()
    assert one.times.cache_clear() == 0


def test_a_bound_method_is_like_pythons(tally):
    one, other = Scaled(3), Scaled(3)
    assert isinstance(one.times, BoundStamped)
    assert one.times == one.times
    assert hash(one.times) == hash(one.times)
    assert one.times != other.times
    assert one.times != one.named
    assert one.times.__self__ is one
    assert one.times.__func__ is Scaled.times
    assert one.times.__name__ == "times"
    assert one.times.__doc__ == "Scales a number."
    assert one.times.__wrapped__(2) == 6
    tally.ran(1)
    assert repr(one.times) == f"<<stamped {__name__}.Scaled.times> of {one!r}>"
    assert pickle.loads(pickle.dumps(one.times))(2) == 6
    with pytest.raises(AttributeError, match="nonsense"):
        one.times.nonsense  # noqa: B018


def test_what_cannot_be_keyed_in_self_is_named(tally):
    one = Scaled(3)
    one.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"`args\.self\.lock` cannot be keyed"):
        one.times(2)
    tally.ran(0)


def test_a_class_may_say_what_counts_of_it(tally):
    class Connection:
        def __init__(self, url):
            self.url, self.lock = url, threading.Lock()

        def __jobstamp_key__(self):
            return self.url

        @stamp
        def fetch(self, path):
            jobs.ran()
            return self.url + path

    assert Connection("a").fetch("/") == Connection("a").fetch("/") == "a/"
    tally.ran(1)
    assert Connection("b").fetch("/") == "b/"
    tally.ran(2)


def test_methods_of_slots_and_frozen_dataclasses(tally):
    class Slotted:
        __slots__ = ("x",)

        @stamp
        def get(self):
            jobs.ran()
            return self.x

    @dataclasses.dataclass(frozen=True)
    class Point:
        x: int

        @stamp
        def get(self):
            jobs.ran()
            return self.x

    one, other = Slotted(), Slotted()
    one.x, other.x = 1, 2
    assert [one.get(), one.get(), other.get(), Point(1).get(), Point(1).get(), Point(2).get()] == [1, 1, 2, 1, 1, 2]
    tally.ran(4)


def test_a_property_over_a_stamped_method(tally):
    class Report:
        def __init__(self, text):
            self.text = text

        @property
        @stamp
        def words(self):
            jobs.ran()
            return self.text.split()

    assert Report("a b").words == Report("a b").words == ["a", "b"]
    tally.ran(1)
