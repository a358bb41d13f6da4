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

# The tasks that make calls anew behind an answer that was given at once.
BEHIND: set[asyncio.Task[None]] = set()


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
    An old value that will do for now is given back at once, and made anew by another task.
    """
    found, value = await attempted(attempt, function, args, kwargs)
    if found and (anew := attempt.anew()) is not None:
        task = asyncio.get_running_loop().create_task(made_behind(*anew))
        # Nobody else holds it.
        BEHIND.add(task)
        task.add_done_callback(BEHIND.discard)
    return value


async def warmed(
    attempt: Attempt,
    function: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> bool:
    """Awaits the function if that has to be; tells whether it did."""
    found, _ = await attempted(attempt, function, args, kwargs)
    return not found


async def only_made(made: Coroutine[Any, Any, Any]) -> bool:
    """Awaits a call that cannot be looked up."""
    await made
    return True


async def attempted(
    attempt: Attempt,
    function: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[bool, Any]:
    """Returns whether a value is remembered, and that or the one that the function returned."""
    running = RUNNING.get()
    if attempt.key in running:
        attempt.recursion()
        return False, await function(*args, **kwargs)
    beside = not has_loop()
    while (found := attempt.look(beside, args, kwargs)) is None:
        await asyncio.sleep(NAP)
    if found:
        return True, attempt.value()
    return False, await made(attempt, function, args, kwargs)


async def made(
    attempt: Attempt,
    function: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Awaits the function, and keeps what it returns."""
    token = RUNNING.set((*RUNNING.get(), attempt.key))
    try:
        value = await function(*args, **kwargs)
        attempt.keep(value)
        return value
    finally:
        attempt.give_up()
        # Unless the coroutine was closed in another context, by the garbage collector.
        with suppress(ValueError):
            RUNNING.reset(token)


async def made_behind(
    attempt: Attempt,
    function: Callable[..., Coroutine[Any, Any, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Awaits a call whose old value was given back, unless somebody else has, or is at it."""
    try:
        if attempt.look(False, args, kwargs) is False:
            await made(attempt, function, args, kwargs)
    finally:
        attempt.give_up()


def has_loop() -> bool:
    """Tells whether asyncio runs here: other schedulers cannot sleep with its means, so nothing waits under them."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
