"""Stamped coroutine functions. Only imported where there is one."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from jobstamps._native import Attempt, Stamped

# How long a task lets others run before it looks again whether the call that it waits for has ended, in seconds.
NAP = 0.0015

# The calls that this task, or a task that it was started by, is in the midst of.
RUNNING: ContextVar[tuple[bytes, ...]] = ContextVar("jobstamps running", default=())


def mark(stamped: Stamped[..., Any]) -> None:
    """Makes a stamped function be taken for the coroutine function that it is."""
    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(stamped)
    elif (own := getattr(asyncio.coroutines, "_is_coroutine", None)) is not None:
        stamped._is_coroutine = own  # type: ignore[attr-defined]


async def awaited(
    attempt: Attempt,
    function: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Returns the remembered value, or awaits the function and keeps what it returns.

    While another task, thread or process makes the same call, other tasks run. A call that is cancelled is given up at
    once, so that those who wait for it may make it.
    """
    running = RUNNING.get()
    if attempt.key in running:
        attempt.recursion()
        return await function(*args, **kwargs)
    beside = not has_loop()
    while (found := attempt.look(beside)) is None:
        await asyncio.sleep(NAP)
    if found:
        return attempt.value()
    token = RUNNING.set((*running, attempt.key))
    try:
        value = await function(*args, **kwargs)
        attempt.keep(value)
        return value
    finally:
        attempt.give_up()
        # Unless the coroutine was closed in another context, by the garbage collector.
        with suppress(ValueError):
            RUNNING.reset(token)


def has_loop() -> bool:
    """Tells whether asyncio runs here: other schedulers cannot sleep with its means, so nothing waits under them."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
