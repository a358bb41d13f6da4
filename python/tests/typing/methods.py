"""Methods: the first parameter is bound where Python binds it."""

from __future__ import annotations

from functools import cached_property
from typing import Generic, TypeVar

from jobstamps import stamp

T = TypeVar("T")


class Parser:
    @stamp
    def method(self, count: int) -> str:
        return ""

    @stamp
    @classmethod
    def outer_class_method(cls, count: int) -> str:
        return ""

    @classmethod
    @stamp
    def inner_class_method(cls, count: int) -> str:
        return ""

    @stamp
    @staticmethod
    def outer_static_method(count: int) -> str:
        return ""

    @staticmethod
    @stamp
    def inner_static_method(count: int) -> str:
        return ""

    @stamp(ignore="self")
    async def coroutine(self, count: int) -> str:
        return ""

    @property
    @stamp
    def outer_property(self) -> str:
        return ""

    @cached_property
    @stamp
    def outer_cached_property(self) -> str:
        return ""

    @stamp
    def __call__(self, count: int) -> str:
        return ""


class Derived(Parser): ...


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item

    @stamp
    def get(self) -> T:
        return self.item


parser, derived = Parser(), Derived()

reveal_type(parser.method)  # BoundStamped[(count: int), str]
reveal_type(parser.method(1))  # str
reveal_type(derived.method(count=1))  # str
reveal_type(parser.method.stale(1))  # Reason | None
reveal_type(parser.method.explain(1))  # Explanation
reveal_type(parser.method.peek(1, None))  # str | None
reveal_type(parser.method.rerun(1))  # str
reveal_type(parser.method.forget(1))  # bool
reveal_type(Parser.method)  # Stamped[(self: Parser, count: int), str]
reveal_type(Parser.method(parser, 1))  # str
reveal_type(Parser.method.cache_info())  # CacheInfo
reveal_type(parser.method.cache_clear())  # int

reveal_type(Parser.outer_class_method)  # BoundStamped[(count: int), str]
reveal_type(Parser.outer_class_method(1))  # str
reveal_type(derived.outer_class_method.stale(1))  # Reason | None
reveal_type(Parser.inner_class_method(1))  # str
reveal_type(parser.inner_class_method(1))  # str

reveal_type(Parser.outer_static_method)  # Stamped[(count: int), str]
reveal_type(Parser.outer_static_method(1))  # str
reveal_type(parser.outer_static_method.peek(1, None))  # str | None
reveal_type(Parser.inner_static_method(1))  # str
reveal_type(derived.inner_static_method(1))  # str

reveal_type(parser.outer_property)  # str
reveal_type(parser.outer_cached_property)  # str
reveal_type(parser(1))  # str
reveal_type(derived.__call__.peek(1, None))  # str | None

reveal_type(Box(1).get())  # int
reveal_type(Box("").get.peek(None))  # str | None


async def awaited() -> None:
    reveal_type(await parser.coroutine(1))  # str
    reveal_type(await parser.coroutine.rerun(1))  # str
    reveal_type(parser.coroutine.peek(1, None))  # str | None
    reveal_type(parser.coroutine.stale(1))  # Reason | None
