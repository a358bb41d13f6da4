"""Coroutine functions: a call and a new run are awaited; what only asks is not."""

from __future__ import annotations

from jobstamps import stamp


@stamp
async def fetch(url: str) -> bytes:
    return b""


@stamp(dependencies="hosts")
async def fetch_with_keywords(url: str) -> bytes:
    return b""


reveal_type(fetch)  # Stamped[(url: str), Coroutine[Any, Any, bytes]]


async def awaited() -> None:
    reveal_type(await fetch("a"))  # bytes
    reveal_type(await fetch.rerun("a"))  # bytes
    reveal_type(await fetch_with_keywords("a"))  # bytes
    reveal_type(fetch.peek("a", None))  # bytes | None
    reveal_type(fetch.stale("a"))  # Reason | None
    reveal_type(fetch.explain("a"))  # Explanation
    reveal_type(fetch.forget("a"))  # bool
    fetch("a")  # refused: unused-coroutine reportUnusedCoroutine
