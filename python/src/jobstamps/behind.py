"""Makes calls anew behind an answer that was given at once. Only imported where there is one."""

from __future__ import annotations

from contextvars import copy_context
from copy import deepcopy
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def copied(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Returns copies of arguments, also of those that are bound; what two of them share, their copies share."""
    return deepcopy((function, args, kwargs))


def start(work: Callable[[], None], name: str) -> None:
    """Starts `work` in a thread, which a program that ends waits for.

    What the function raises there is told by `threading.excepthook`.
    """
    Thread(target=copy_context().run, args=(work,), name=f"jobstamps: {name}", daemon=False).start()
