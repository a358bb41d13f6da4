"""Functions: what the decorator keeps of them, and what it gives them."""

from __future__ import annotations

from functools import partial
from typing import Callable, TypeVar

from jobstamps import Stamped, stamp

T = TypeVar("T")


@stamp
def bare(count: int, name: str = "", *, flag: bool = False) -> str:
    return name * count


@stamp(version=2)
def called(count: int) -> list[str]:
    return [""] * count


@stamp
def first(items: list[T]) -> T:
    return items[0]


@stamp
def nothing() -> None: ...


class Repeat:
    def __call__(self, count: int) -> str:
        return ""


reveal_type(bare)  # Stamped[(count: int, name: str, *, flag: bool), str]
reveal_type(bare(1, "a", flag=True))  # str
reveal_type(called)  # Stamped[(count: int), list[str]]
reveal_type(called(1))  # list[str]
reveal_type(first([1]))  # int
reveal_type(stamp(Repeat()))  # Stamped[(count: int), str]
reveal_type(stamp(partial(bare, 1))(name=""))  # str
reveal_type(stamp(expires=3600.0)(len)([]))  # int

reveal_type(called.stale(1))  # Reason | None
reveal_type(called.explain(count=1))  # Explanation
reveal_type(called.rerun(1))  # list[str]
reveal_type(called.forget(1))  # bool
reveal_type(called.peek(1, None))  # list[str] | None
reveal_type(called.peek(1, b""))  # list[str] | bytes
reveal_type(called.peek(b"", count=1))  # list[str] | bytes
reveal_type(nothing.peek(None))  # None
reveal_type(called.cache_info())  # CacheInfo
reveal_type(called.cache_info().hits)  # int
reveal_type(called.cache_clear())  # int
reveal_type(called.__wrapped__)  # (count: int) -> list[str]
reveal_type(called.__name__)  # str

# It stands where a function stands.
plain: Callable[[int], list[str]] = called
declared: Stamped[[int], list[str]] = called
reveal_type(list(map(called, [1, 2])))  # list[list[str]]
