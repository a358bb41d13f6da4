"""Finds the part of a value that cannot be pickled. Only imported when something could not be."""

from __future__ import annotations

from _pickle import Pickler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# A value nested deeper than this is named by its outer part.
DEEPEST = 64
# Of a longer way only so many steps are told: `sys` leads to itself.
TOLD = 8


def blame(value: object, name: str = "value") -> str:
    """Returns where in `value` the first part is that cannot be pickled, and of what type it is.

    For example ``value[3].lock is a _thread.lock``.
    """
    steps = []
    for _ in range(DEEPEST):
        for step, part in parts(value):
            if not can_be_pickled(part):
                steps.append(step)
                value = part
                break
        else:
            break
    path = name + "".join(steps[:TOLD]) + ("..." if len(steps) > TOLD else "")
    kind = type(value)
    return f"{path} is a {kind.__module__}.{kind.__qualname__}".replace("builtins.", "")


class Nowhere:
    """A file that forgets what is written: a large value is not held in memory once more."""

    def write(self, data: bytes) -> int:
        """Forgets `data`."""
        return len(data)


def can_be_pickled(value: object) -> bool:
    """Tells whether pickling `value` by itself works."""
    try:
        Pickler(Nowhere(), 5, buffer_callback=lambda _: None).dump(value)
    except Exception:
        return False
    return True


def parts(value: object) -> Iterator[tuple[str, object]]:
    """Yields what `value` is made of, each part with the step that leads to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f" key {key!r:.40}", key
            yield f"[{key!r:.40}]", item
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield f"[{index}]", item
    elif isinstance(value, (set, frozenset)):
        for item in value:
            yield f"{{{item!r:.40}}}", item
    else:
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict) and not isinstance(value, type):
            for attribute, item in attributes.items():
                yield f".{attribute}", item
        for kind in type.mro(type(value)):
            slots = kind.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                    yield f".{slot}", getattr(value, slot)
