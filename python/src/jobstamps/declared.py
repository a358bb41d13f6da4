"""What a function declares beside its code: kinds of files, and how arguments count."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Any, Union

    Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


class Glob:
    """A dependency on all files whose names match a pattern: the set of names counts, and every file in it.

    ``*`` and ``?`` stand for characters within a name, ``**`` for any directories, ``[ab]`` and ``{a,b}`` for a choice.
    A pattern that matches nothing is an empty set, which changes when the first match appears.

    Args:
        pattern: Such as ``"rules/*.yml"``; a relative one belongs to the current directory at the call.
    """

    __slots__ = ("pattern",)

    pattern: Path

    def __init__(self, pattern: Path) -> None:
        self.pattern = pattern

    def __repr__(self) -> str:
        return f"Glob({self.pattern!r})"


class Tree:
    """A dependency on a directory and all that is in it, at any depth: names, kinds and contents.

    Declared outputs and stamps inside it do not count. Symbolic links in it are compared by where they point, not
    followed. A plain path of a directory means the same; this says that no character of it is a wildcard.

    Args:
        path: The directory; a relative one belongs to the current directory at the call.
    """

    __slots__ = ("path",)

    path: Path

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"Tree({self.path!r})"


class Ignore:
    """Marks a parameter that does not count: ``def f(x: int, log: Annotated[Logger, Ignore])``.

    Calls that differ in nothing else are one call, so the function must not return anything that depends on it.
    """


class Key:
    """Marks a parameter that counts by something else: ``def f(db: Annotated[Database, Key(lambda db: db.url)])``.

    Args:
        function: Called with the argument; what it returns takes the argument's place in the key, and must be something
            that can be keyed itself. Its code counts too.
    """

    __slots__ = ("function",)

    function: Callable[[Any], object]

    def __init__(self, function: Callable[[Any], object]) -> None:
        self.function = function

    def __repr__(self) -> str:
        return f"Key({self.function!r})"
