"""What stamped functions and stores answer when they are asked about themselves."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Kind = Literal[
        "disabled",
        "no-stamp",
        "damaged",
        "no-store",
        "code",
        "dependency",
        "output",
        "expired",
        "forced",
        "unkeyed",
        "uncached",
    ]


class Seen:
    """How a file, a directory or a part of the program looked at one moment; None for what is not known.

    Attributes:
        kind: ``"file"``, ``"directory"``, ``"link"``, ``"fifo"``, ``"socket"`` or ``"device"``; None for nothing.
        size: The bytes of a file.
        modified: When its content was last changed, in nanoseconds since 1970, as ``os.stat`` tells it.
        changed: When anything about it was last changed, likewise.
        mode: The permission bits of a file.
        digest: The BLAKE3 of its content, in hexadecimal digits.
    """

    __slots__ = ("changed", "digest", "kind", "mode", "modified", "size")

    kind: str | None
    size: int | None
    modified: int | None
    changed: int | None
    mode: int | None
    digest: str | None

    def __init__(
        self,
        kind: str | None = None,
        size: int | None = None,
        modified: int | None = None,
        changed: int | None = None,
        mode: int | None = None,
        digest: str | None = None,
    ) -> None:
        self.kind, self.size, self.modified, self.changed = kind, size, modified, changed
        self.mode, self.digest = mode, digest

    def parts(self) -> tuple[Any, ...]:
        """Returns what is known, in the order of the attributes."""
        return self.kind, self.size, self.modified, self.changed, self.mode, self.digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash(self.parts())

    def __reduce__(self) -> tuple[type[Seen], tuple[Any, ...]]:
        return Seen, self.parts()

    def __repr__(self) -> str:
        return f"Seen{self.parts()}"


class Reason(str):
    """Why a call would be made: a text, mostly the path of what is out of date.

    It equals that path, as text, as bytes and as `pathlib.Path`, so that it can be compared with what was declared.

    Attributes:
        kind: ``"disabled"``, ``"no-stamp"``, ``"damaged"``, ``"no-store"``, ``"code"``, ``"dependency"``, ``"output"``,
            ``"expired"``, ``"forced"``, ``"unkeyed"`` or ``"uncached"``.
        detail: The whole sentence, such as "the dependency `a.c` changed: its size was 3 bytes and is 5".
        then: How that looked when the call was last made, as far as it is known; only `explain` tells it.
        now: How it looks now, likewise.
    """

    __slots__ = ("detail", "kind", "now", "then")

    kind: Kind
    detail: str
    then: Seen | None
    now: Seen | None

    def __new__(cls, text: str, kind: Kind, detail: str, then: Seen | None = None, now: Seen | None = None) -> Reason:
        """Makes a reason."""
        self = str.__new__(cls, text)
        self.kind = kind
        self.detail = detail
        self.then = then
        self.now = now
        return self

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, str):
            return str.__eq__(self, other)
        if isinstance(other, bytes) or hasattr(type(other), "__fspath__"):
            from os import fsdecode

            return str.__eq__(self, fsdecode(other))
        return NotImplemented

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    # Said again, because a class that says what is equal loses it.
    def __hash__(self) -> int:
        return str.__hash__(self)

    def __reduce__(self) -> tuple[type[Reason], tuple[str, Kind, str, Seen | None, Seen | None]]:
        return Reason, (str(self), self.kind, self.detail, self.then, self.now)


class Nearest:
    """The remembered call that is most like one that is not remembered.

    Attributes:
        key: What it is filed under, in hexadecimal digits: ``jobstamp show`` tells the rest.
        differences: In what the other call differs from it, such as "the argument `path`: `'b'` instead of `'a'`".
        ran: When it was made, in nanoseconds since 1970; None if that cannot be read.
    """

    __slots__ = ("differences", "key", "ran")

    key: str
    differences: tuple[str, ...]
    ran: int | None

    def __init__(self, key: str, differences: tuple[str, ...], ran: int | None) -> None:
        self.key, self.differences, self.ran = key, differences, ran

    def __repr__(self) -> str:
        return f"<Nearest: {self.key[:12]}, {len(self.differences)} differences>"


class Explanation:
    """What would happen at a call, and why; ``print`` it.

    Attributes:
        function: The function's full name.
        fresh: Whether the call would be answered from its stamp.
        reasons: Why not: every reason that can be told, the first one first; empty if `fresh`.
        stamp: The path of the stamp, whether it is there or not; None if the call cannot be keyed.
        code: What of the program counts: functions, classes, globals, modules and packages that the function reaches.
        state: Those of them that a remembered run itself changed; they do not count.
        unseen: What of the program cannot be seen, so that a change there is not noticed.
        ran: When the call was made that the reasons compare with, in nanoseconds since 1970; None if there is none.
        nearest: If it has no stamp, the remembered call that is most like it, if there is one.
    """

    __slots__ = ("code", "fresh", "function", "nearest", "ran", "reasons", "stamp", "state", "unseen")

    function: str
    fresh: bool
    reasons: tuple[Reason, ...]
    stamp: str | None
    code: tuple[str, ...]
    state: tuple[str, ...]
    unseen: tuple[str, ...]
    ran: int | None
    nearest: Nearest | None

    def __init__(self, **parts: object) -> None:
        for name, part in parts.items():
            setattr(self, name, part)

    def __str__(self) -> str:
        # Names and paths may hold anything.
        from jobstamps._native import one_line

        lines = [f"`{self.function}` {'is fresh' if self.fresh else 'would run'}"]
        for reason in self.reasons:
            lines.append(f"  because {reason.detail}")
            if reason.then is not None and reason.now is not None:
                from jobstamps.told import then_and_now

                lines += [f"    {line}" for line in then_and_now(reason.then, reason.now)]
        if self.nearest is not None:
            first, *more = self.nearest.differences
            told = [first] if not more else ["", *(f"  {one}" for one in (first, *more))]
            lines.append(f"    the nearest remembered call differs in {told[0]}".rstrip())
            lines += [f"    {line}" for line in told[1:]]
        if self.ran is not None and self.reasons:
            from jobstamps.told import moment

            lines.append(f"  compared with the call of {moment(self.ran)}")
        if self.stamp is not None:
            lines.append(f"  its stamp: {self.stamp}")
        for title, parts in (
            ("what counts of the program", self.code),
            ("left out, because a run changes it", self.state),
            ("not seen", self.unseen),
        ):
            if parts:
                lines.append(f"  {title}:")
                lines += [f"    {part}" for part in parts]
        return "\n".join(one_line(line) for line in lines)

    def __repr__(self) -> str:
        return f"<Explanation: {self.function} {'is fresh' if self.fresh else 'would run'}>"


class CacheInfo(tuple[int, int, int]):
    """How a stamped function's calls went in this process: ``(hits, misses, uncached)``."""

    __slots__ = ()

    def __new__(cls, hits: int, misses: int, uncached: int) -> CacheInfo:
        """Makes a report."""
        return tuple.__new__(cls, (hits, misses, uncached))

    @property
    def hits(self) -> int:
        """Calls answered from a stamp."""
        return self[0]

    @property
    def misses(self) -> int:
        """Calls that were made, and remembered where that was possible."""
        return self[1]

    @property
    def uncached(self) -> int:
        """Calls that were made without being looked up or remembered."""
        return self[2]

    def __getnewargs__(self) -> tuple[int, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"CacheInfo(hits={self.hits}, misses={self.misses}, uncached={self.uncached})"


class Stats(tuple[int, int]):
    """How much a store holds, or how much went: ``(stamps, bytes)``."""

    __slots__ = ()

    def __new__(cls, stamps: int, size: int) -> Stats:
        """Makes a report."""
        return tuple.__new__(cls, (stamps, size))

    @property
    def stamps(self) -> int:
        """How many calls and commands."""
        return self[0]

    @property
    def bytes(self) -> int:
        """How much they take on the disk, large values included."""
        return self[1]

    def __getnewargs__(self) -> tuple[int, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"Stats(stamps={self.stamps}, bytes={self.bytes})"
