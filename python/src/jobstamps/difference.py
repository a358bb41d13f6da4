"""Finds where two values differ. Only imported when a call that was verified did not do the same again."""

from __future__ import annotations

from _pickle import dumps

from jobstamps._native import encode
from jobstamps.culprit import DEEPEST, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# So much of a value is shown; and of two long texts, so much of what they have in common before they differ.
SHOWN = 80
COMMON = 20


def difference(then: Any, now: Any) -> str | None:
    """Returns where two values differ first, and how; None if they are equal.

    For example ``value[3].name was 'a' and is 'b'``.
    """
    if same(then, now):
        return None
    path = "value"
    for _ in range(DEEPEST):
        if type(then) is not type(now):
            break
        before, after = steps(then), steps(now)
        differing = (step for step in before if step in after and not same(before[step], after[step]))
        step = next(differing, None)
        if step is not None:
            path, then, now = path + step, before[step], after[step]
            continue
        for word, some, others in (("gone", before, after), ("new", after, before)):
            for step in some:
                if step not in others:
                    return f"{path}{step} is {word}: {shown(some[step])}"
        break
    return f"{path} was {shown(then, now)} and is {shown(now, then)}"


def steps(value: Any) -> dict[str, Any]:
    """Returns what `value` is made of, by the steps that lead there; a key of a dict leads to its item."""
    return {step: part for step, part in parts(value) if not step.startswith(" key ")}


def same(one: Any, other: Any) -> bool:
    """Tells whether two values are equal: by what they hold, which says more than ``==``."""
    try:
        return encode(one) == encode(other)
    except TypeError:
        return (one == other) is True or (type(one) is type(other) and dumps(one, 5) == dumps(other, 5))


def shown(value: Any, other: Any = None) -> str:
    """Returns how a value looks; of a long text, from where it begins to differ from the other one."""
    if type(value) in (str, bytes) and type(other) is type(value):
        common = next(
            (at for at, (one, two) in enumerate(zip(value, other)) if one != two), min(len(value), len(other))
        )
        if common > COMMON:
            return f"...{value[common - COMMON :]!r:.{SHOWN}}"
    return f"{value!r:.{SHOWN}}"
